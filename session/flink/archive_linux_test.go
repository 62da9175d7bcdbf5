package flink_test

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"riffle/session/flink"
	"riffle/session/sessiontest/processes"
)

// recorderFolder is the variable that makes this test binary a riffle that records an archive of classes
// in that folder.
const recorderFolder = "RIFFLE_TEST_RECORDER"

func init() {
	if dir := os.Getenv(recorderFolder); dir != "" {
		e := flink.Embedded{Dir: dir, Log: slog.New(slog.DiscardHandler)}
		_ = e.RecordAt(context.Background(), filepath.Join(dir, "classes-0.jsa"))
		os.Exit(0)
	}
}

// A JVM that records an archive writes it when it halts, which takes seconds, and minutes at its low
// priority on a busy machine. It must not do so for a riffle that was killed.
func TestRecorderEndsWithRiffle(t *testing.T) {
	dir := t.TempDir()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), recorderFolder+"="+dir)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	// Flink's temporary folder: the JVM is past its start, and has classes to write.
	processes.Await(t, "the JVM starts a cluster", func() bool {
		made, _ := filepath.Glob(filepath.Join(dir, "record-*", "tmp", "*"))
		return len(made) > 0
	})
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	processes.Await(t, "the JVM has ended", func() bool { return len(processes.Naming(t, dir)) == 0 })
	if written, _ := filepath.Glob(filepath.Join(dir, "*", "classes*")); len(written) > 0 {
		t.Errorf("the JVM wrote %v after riffle was killed", written)
	}
}
