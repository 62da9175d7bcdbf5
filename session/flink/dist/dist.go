// Package dist finds or downloads Flink 2.3, and finds the Java to run it on.
//
// Find looks in three places: FLINK_HOME, a folder in the user's cache, and the local Maven
// (or pip, if there is no Maven), which fills that folder once. Downloads are pinned:
// artifacts.txt and wheel.txt list every jar with its SHA-256, and a jar enters the cache folder
// only after its hash was compared. The folder is filled under a lock. A marker that is written
// last says that the folder is complete, so a later start compares only names and sizes. If a
// download is interrupted, the next one continues with the jars that are already there.
//
// Flink ships its planner and its RPC system as jars within a jar. Each of them costs a
// temporary file and a class loader at every start. Package dist unpacks them once and puts
// them on the class path instead of their loaders.
//
// The files: dist.go the order of places, edition.go the pins, folder.go the cache, maven.go
// and wheel.go the two ways to download, process.go their child processes, nested.go the jars
// within jars, home.go FLINK_HOME, java.go the JVM, artifact.go the artifacts that \jar adds.
package dist

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// Version is the version of Flink that is downloaded. A FLINK_HOME may be any 2.3.x.
const Version = "2.3.0"

// ErrAbsent is wrapped by Find's error if Flink would have to be downloaded and Options.Offline forbids it.
var ErrAbsent = errors.New("flink " + Version + " is not on this machine")

// Origin says where a distribution was found.
type Origin string

const (
	Home    Origin = "home"    // FLINK_HOME
	Cache   Origin = "cache"   // downloaded by an earlier start
	Fetched Origin = "fetched" // downloaded, at least in part, by this call
)

// Distribution is a Flink that can be started.
type Distribution struct {
	Version   string
	Origin    Origin
	Dir       string   // FLINK_HOME or the cache folder
	ClassPath []string // absolute paths of jars, the planner first; always in the same order
}

// Options are all optional.
type Options struct {
	CacheDir string // default: folder riffle in os.UserCacheDir
	Offline  bool   // do not download: fail with ErrAbsent
	Verify   bool   // hash every jar in the cache, instead of comparing its size
	// Progress is called on Find's own goroutine, a few times a second while Find waits, checks,
	// downloads or unpacks. It is never called if nothing is missing.
	Progress func(Progress)
}

// Phase is a step of a download. Its text can be shown before a progress bar.
type Phase string

const (
	Waiting   Phase = "waiting for another riffle that fetches Flink" // no figures
	Checking  Phase = "checking Flink " + Version
	Fetching  Phase = "fetching Flink " + Version
	Unpacking Phase = "unpacking Flink " + Version
)

// Progress is the progress of a phase. Every phase that reports figures reports 0 ≤ Done ≤ Total, never
// decreases Done, and ends with Done == Total unless it fails. During the download, Total is the pinned size
// of the whole download, and Done includes what an earlier download has left.
type Progress struct {
	Phase      Phase
	Done       int64 // bytes
	Total      int64 // bytes
	FilesDone  int   // jars
	FilesTotal int   // jars
}

// Find returns the Flink in FLINK_HOME, or the one in the cache, or downloads one into the cache. It is safe
// to call from several processes at once: one downloads, the others wait.
func Find(ctx context.Context, o Options) (*Distribution, error) {
	cache, err := o.cacheDir()
	if err != nil {
		return nil, err
	}
	if home := os.Getenv("FLINK_HOME"); home != "" {
		return fromHome(home, cache)
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	folders, err := foldersIn(cache)
	if err != nil {
		return nil, err
	}
	for _, f := range folders {
		if !o.Verify && f.isComplete() && f.intact() {
			return f.distribution(Cache), nil
		}
	}
	for _, f := range folders {
		fetch, err := f.edition.fetcher(ctx)
		if errors.Is(err, exec.ErrNotFound) || o.Offline {
			if !f.isComplete() {
				continue
			}
			fetch = nil // it may be complete anyway
		} else if err != nil {
			return nil, err
		}
		origin, err := f.fill(ctx, fetch, o)
		if errors.Is(err, errNoFetcher) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return f.distribution(origin), nil
	}
	if o.Offline {
		return nil, fmt.Errorf("%w: it is not in FLINK_HOME, and not complete in %s", ErrAbsent, cache)
	}
	return nil, fmt.Errorf("flink %s has not been downloaded yet, and neither mvn nor pip was found: install Maven, or set FLINK_HOME to an installed Flink 2.3", Version)
}

// foldersIn returns the folders that may contain a Flink, in order of preference. A folder that
// was complete before comes first, so that it is repaired and not replaced.
func foldersIn(cache string) ([]folder, error) {
	maven, err := mavenEdition()
	if err != nil {
		return nil, err
	}
	wheel, err := wheelEdition()
	if err != nil {
		return nil, err
	}
	folders := []folder{
		{dir: filepath.Join(cache, maven.folder), edition: maven},
		{dir: filepath.Join(cache, wheel.folder), edition: wheel},
	}
	if folders[1].isComplete() && !folders[0].isComplete() {
		slices.Reverse(folders)
	}
	return folders, nil
}

func (o Options) cacheDir() (string, error) {
	if o.CacheDir != "" {
		return filepath.Abs(o.CacheDir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder to keep Flink in: %w: set HOME or XDG_CACHE_HOME", err)
	}
	return filepath.Join(dir, "riffle"), nil
}
