package flink_test

import (
	"log/slog"
	"path/filepath"
	"testing"

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
