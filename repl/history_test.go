package repl

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func newHistory(t *testing.T, path string) *history {
	return &history{path: path, warn: func(text string) { t.Error(text) }}
}

func TestHistoryIsKeptAndShared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "riffle", "history")
	one, two := newHistory(t, path), newHistory(t, path)
	if got := one.load(); len(got) != 0 {
		t.Fatalf("a new history has %q", got)
	}
	two.load()
	for _, step := range []struct {
		shell *history
		entry string
		want  []string
	}{
		{one, "SELECT 1;", []string{"SELECT 1;"}},
		{two, "SELECT\n  '\\n';", []string{"SELECT 1;", "SELECT\n  '\\n';"}},
		{two, "SELECT\n  '\\n';", []string{"SELECT 1;", "SELECT\n  '\\n';"}},
		{one, "quit", []string{"SELECT 1;", "SELECT\n  '\\n';", "quit"}},
	} {
		if got, err := step.shell.add(step.entry); err != nil || !slices.Equal(got, step.want) {
			t.Fatalf("after %q: %q, %v; want %q", step.entry, got, err, step.want)
		}
	}
	if got := newHistory(t, path).load(); len(got) != 3 || got[1] != "SELECT\n  '\\n';" {
		t.Errorf("a later shell reads %q", got)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v: only the user may read what was typed", info.Mode(), err)
	}
}

// A password stays in the shell where it was typed.
func TestHistoryKeepsNoSecrets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	const typed = "CREATE TABLE t (a INT) WITH ('connector' = 'jdbc', 'password' = 'hunter2');"
	h := newHistory(t, path)
	if got, err := h.add(typed); err != nil || !slices.Equal(got, []string{typed}) {
		t.Errorf("the shell recalls %q, %v", got, err)
	}
	want := strings.Replace(typed, "hunter2", "******", 1)
	if got := newHistory(t, path).load(); !slices.Equal(got, []string{want}) {
		t.Errorf("a later shell recalls %q", got)
	}
}

func TestHistoryHasBounds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	long := strings.Repeat("x", historyRead/100)
	var file strings.Builder
	for i := 0; file.Len() < historyMost; i++ {
		fmt.Fprintf(&file, "%d %s\n", i, long)
	}
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	h := newHistory(t, path)
	read := h.load()
	if len(read) < 50 || len(read) > 100 || !strings.HasSuffix(read[0], " "+long) {
		t.Fatalf("%d entries of a large file were read, the first %.20q", len(read), read[0])
	}
	if _, err := h.add("last"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() > 2*historyRead {
		t.Errorf("the file has %d bytes, %v", info.Size(), err)
	}
	again := newHistory(t, path).load()
	if !slices.Equal(again[len(again)-2:], []string{read[len(read)-1], "last"}) {
		t.Errorf("the file ends with %.20q", again[len(again)-2:])
	}
}

func TestEntriesAreOneLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entry := rapid.StringOf(rapid.RuneFrom([]rune("an\\r\n\r日"))).Draw(t, "entry")
		line := escapeEntry.Replace(entry)
		if strings.ContainsAny(line, "\r\n") || unescapeEntry.Replace(line) != entry {
			t.Fatalf("%q is kept as %q and read as %q", entry, line, unescapeEntry.Replace(line))
		}
	})
}

func TestBrokenHistoryIsToldOnce(t *testing.T) {
	var told []string
	h := &history{path: filepath.Join(t.TempDir(), "file", "history"), warn: func(text string) { told = append(told, text) }}
	if err := os.WriteFile(filepath.Dir(h.path), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, entry := range []string{"a", "b"} {
		entries, err := h.add(entry)
		if err == nil || entries[len(entries)-1] != entry {
			t.Fatalf("add: %q, %v", entries, err)
		}
		h.broken(err)
	}
	if len(told) != 1 {
		t.Errorf("told %q", told)
	}
}
