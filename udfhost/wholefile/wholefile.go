// Package wholefile puts files in their places so that whoever looks sees the old file or the
// whole new one, never a part: also when two processes write the same one, and when one is killed
// while it writes.
package wholefile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Write writes what from gives to a file of a mode. Its folder must be there.
func Write(path string, mode os.FileMode, from io.Reader) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the error is already there
	}
	return err
}

// Move gives a finished file another path, also on another file system.
func Move(from, to string) error {
	if os.Rename(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if err := Write(to, info.Mode().Perm(), in); err != nil {
		return err
	}
	return os.Remove(from)
}
