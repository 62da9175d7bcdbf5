package flink_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"riffle/session/flink"
	"riffle/session/flink/dist"
	"riffle/session/gateway"
)

// A fault that no rule knows has been tried on all of them, and has Flink's own words.
func TestUnknownFault(t *testing.T) {
	const message = "something that Flink never says"
	if d := flink.Diagnose(message); d.Message != message || d.Hint != "" {
		t.Errorf("%+v", d)
	}
}

// Rows of a slow stream are sent by a timer, in none of the calls that bring rows:
// where that fails, the query does.
func TestFailedFlush(t *testing.T) {
	run(t, "CREATE TEMPORARY TABLE trickle (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '20')")
	q := query(t, "SELECT id FROM trickle")
	d, err := q.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d.Record.Release()
	q.CutConnections()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for err == nil {
		if d, err = q.Next(ctx); d.Record != nil {
			d.Record.Release()
		}
	}
	var fault *gateway.Fault
	if !errors.As(err, &fault) || !strings.Contains(fault.Trace, "onTimer") {
		t.Errorf("ended by %v", err)
	}
}

// The state of a JVM that ran out of memory is unknown, so it ends and says why.
func TestOutOfMemory(t *testing.T) {
	t.Setenv("JAVA_TOOL_OPTIONS", "-Xmx200m")
	g, err := flink.Embedded{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)}.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	a, err := g.Execute(t.Context(), "SELECT CHAR_LENGTH(REPEAT('riffle', CAST(RAND() * 1000 AS INT) + 200000000))", "q1")
	if err == nil {
		_, err = a.Query.Next(t.Context())
	}
	var lost *gateway.LostError
	if !errors.As(err, &lost) || !lost.Memory || !strings.Contains(err.Error(), "out of memory") {
		t.Errorf("ended by %v", err)
	}
}

// Emptying the cache of a running riffle removes the jars of Flink that the JVM uses.
func TestDeletedCache(t *testing.T) {
	found, err := dist.Find(t.Context(), dist.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	jars := filepath.Join(cache, filepath.Base(found.Dir))
	mirror(t, found.Dir, jars)
	g, err := flink.Embedded{Dir: t.TempDir(), CacheDir: cache, Log: slog.New(slog.DiscardHandler)}.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if err := os.RemoveAll(jars); err != nil {
		t.Fatal(err)
	}
	a, err := g.Execute(t.Context(), "SELECT 1", "q1")
	for err == nil {
		_, err = a.Query.Next(t.Context())
	}
	var fault *gateway.Fault
	if !errors.As(err, &fault) {
		t.Fatalf("ended by %v", err)
	}
	if d := fault.Diagnosis; !strings.HasPrefix(d.Message, "the jar "+jars) || !strings.Contains(d.Hint, "restart riffle") {
		t.Errorf("%s: %s", d.Message, d.Hint)
	}
}

// mirror makes a folder with another one's files: no symbolic links, which the
// JVM would resolve.
func mirror(t *testing.T, from, to string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(from, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(to, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if os.Link(file, filepath.Join(to, filepath.Base(file))) != nil {
			if err := os.CopyFS(to, os.DirFS(from)); err != nil { // on another disk
				t.Fatal(err)
			}
			return
		}
	}
}
