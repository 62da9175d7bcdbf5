package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// folderPattern names the folders of sessions, in the system's temporary folder.
const folderPattern = "riffle-session-*"

// sessionFolder is the folder of one session: Flink's temporary files and log, and the shim
// with its token. Only its user can read it. It contains a lock that is held while the session
// lives. A folder whose lock is free was left by a killed riffle, and the next session removes
// it.
type sessionFolder struct {
	path string
	lock *flock.Flock
}

func newSessionFolder() (*sessionFolder, error) {
	// Mode 0700, from MkdirTemp.
	path, err := os.MkdirTemp("", folderPattern)
	if err != nil {
		return nil, fmt.Errorf("make the session's folder: %w: set TMPDIR to a folder that can be written", err)
	}
	lock := flock.New(lockIn(path))
	// This waits only for a riffle that considers the folder abandoned.
	if err := lock.Lock(); err != nil {
		return nil, fmt.Errorf("lock the session's folder %s: %w", path, err)
	}
	return &sessionFolder{path: path, lock: lock}, nil
}

func lockIn(folder string) string { return filepath.Join(folder, "lock") }

func (f *sessionFolder) remove() {
	_ = os.RemoveAll(f.path)
	_ = f.lock.Unlock()
}

// removeAbandoned deletes the folders of sessions that were killed.
func removeAbandoned(ctx context.Context) error {
	folders, err := filepath.Glob(filepath.Join(os.TempDir(), folderPattern))
	if err != nil {
		return err
	}
	for _, path := range folders {
		info, err := os.Stat(lockIn(path))
		if err != nil || time.Since(info.ModTime()) < time.Minute {
			continue // not readable for us, or just created and not locked yet
		}
		lock := flock.New(lockIn(path))
		locked, err := lock.TryLock()
		if err != nil || !locked {
			continue
		}
		err = errors.Join(os.RemoveAll(path), lock.Unlock())
		if err != nil || ctx.Err() != nil {
			return err
		}
	}
	return nil
}
