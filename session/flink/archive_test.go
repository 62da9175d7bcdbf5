package flink_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

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
