package flink_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"riffle/session/flink"
)

func TestArchiveIsRecordedOnceAndUsed(t *testing.T) {
	e := flink.Embedded{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)}
	if err := e.RecordArchive(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := e.RecordArchive(t.Context()); err != nil {
		t.Fatalf("the second time: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(e.Dir, "record-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// An archive is kept for how recently it was used, however long ago it was made.
func TestArchiveInUseIsKept(t *testing.T) {
	cache := t.TempDir()
	now := time.Now()
	var paths []string
	for i := range 4 {
		path := filepath.Join(cache, fmt.Sprintf("classes-%d.jsa", i))
		paths = append(paths, path)
		for _, file := range []string{path, path + ".lock"} {
			if err := os.WriteFile(file, nil, 0o400); err != nil {
				t.Fatal(err)
			}
		}
		made := now.Add(time.Duration(i-10) * time.Hour)
		if err := os.Chtimes(path, made, made); err != nil {
			t.Fatal(err)
		}
	}
	oldest := paths[0]
	if got := flink.ArchiveArguments(flink.Launch{Archive: oldest}); !slices.Equal(got, []string{"-XX:SharedArchiveFile=" + oldest}) {
		t.Fatalf("a JVM that starts from %s gets %q", oldest, got)
	}
	// Another riffle prunes the cache too, and has removed the lock of the archive that goes.
	if err := os.Remove(paths[1] + ".lock"); err != nil {
		t.Fatal(err)
	}
	if err := flink.PruneArchives(cache); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(cache, "classes-*.jsa"))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{paths[0], paths[2], paths[3]}; !slices.Equal(left, want) {
		t.Errorf("kept %v, want %v", left, want)
	}
}

// A riffle that is killed while it moves its archive to the cache leaves a part of it there. The next one
// removes it, unless its archive is being recorded just now.
func TestPartsOfArchivesAreRemoved(t *testing.T) {
	cache := t.TempDir()
	for _, name := range []string{".classes-0.jsa.123", ".classes-1.jsa.456", "classes-2.jsa", ".other.789"} {
		if err := os.WriteFile(filepath.Join(cache, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	recording := flock.New(filepath.Join(cache, "classes-1.jsa.lock"))
	if err := recording.Lock(); err != nil {
		t.Fatal(err)
	}
	defer recording.Unlock()
	if err := flink.RemoveUnfinished(cache); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(cache, "*[0-9a]"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range left {
		left[i] = filepath.Base(left[i])
	}
	if want := []string{".classes-1.jsa.456", ".other.789", "classes-2.jsa"}; !slices.Equal(left, want) {
		t.Errorf("left are %v, want %v", left, want)
	}
}
