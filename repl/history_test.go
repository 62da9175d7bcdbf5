package repl

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"riffle/session/linefile"
)

func newHistory(t *testing.T, path string) *history {
	return &history{file: linefile.File{Path: path}, warn: func(text string) { t.Error(text) }}
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

// The secrets that a shell recalls from its own entries are never written, also when the file
// grows large and is cut.
func TestCutHistoryKeepsNoSecrets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	h := newHistory(t, path)
	const typed = "CREATE TABLE t (a INT) WITH ('connector' = 'jdbc', 'password' = 'hunter2');"
	if _, err := h.add(typed); err != nil {
		t.Fatal(err)
	}
	large := strings.Repeat("x", linefile.TailSize/4)
	for i := range linefile.MaxSize/len(large) + 1 {
		if i%3 == 1 { // near the end of the file, too
			if _, err := h.add(fmt.Sprintf("%s -- %d", typed, i)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.add(fmt.Sprint(i, large)); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil || len(text) > 2*linefile.TailSize || !strings.Contains(string(text), "******") {
		t.Fatalf("%d bytes are left, %v", len(text), err)
	}
	if strings.Contains(string(text), "hunter2") {
		t.Error("the file holds the password")
	}
	if h.entries[0] != typed {
		t.Errorf("the shell recalls %.40q", h.entries[0])
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
	h := &history{file: linefile.File{Path: filepath.Join(t.TempDir(), "file", "history")}, warn: func(text string) { told = append(told, text) }}
	if err := os.WriteFile(filepath.Dir(h.file.Path), nil, 0o600); err != nil {
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
