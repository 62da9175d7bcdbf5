package linefile

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func add(t *testing.T, f *File, line string) Added {
	t.Helper()
	var found Added
	if err := f.Add(func(n Added) string { found = n; return line }); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestFileIsShared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "file")
	one, two := &File{Path: path}, &File{Path: path}
	if _, err := one.Read(); !os.IsNotExist(err) {
		t.Errorf("a file that does not exist: %v", err)
	}
	for _, step := range []struct {
		by   *File
		line string
		want []string
	}{{one, "a", nil}, {two, "b", []string{"a"}}, {two, "c", nil}, {one, "d", []string{"b", "c"}}} {
		if found := add(t, step.by, step.line); found.Truncated || !slices.Equal(found.Lines, step.want) {
			t.Errorf("before %s: %+v, want %q", step.line, found, step.want)
		}
	}
	if found, err := two.Read(); err != nil || !slices.Equal(found.Lines, []string{"d"}) {
		t.Errorf("read %q, %v", found.Lines, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v: only the user may read what was typed", info.Mode(), err)
	}
}

func TestLargeFileIsCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	long := strings.Repeat("x", TailSize/100)
	var text strings.Builder
	for i := 0; text.Len() < MaxSize-len(long)/2; i++ {
		fmt.Fprintf(&text, "%d %s\n", i, long)
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	one, two := &File{Path: path}, &File{Path: path}
	before, err := one.Read()
	if n := len(before.Lines); err != nil || n < 50 || n > 100 || !strings.HasSuffix(before.Lines[0], " "+long) {
		t.Fatalf("%d lines of a large file were read, %v", n, err)
	}
	if _, err := two.Read(); err != nil {
		t.Fatal(err)
	}
	if found := add(t, one, "last "+long); found.Truncated || len(found.Lines) > 0 {
		t.Errorf("found %d lines, cut %t", len(found.Lines), found.Truncated)
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() > TailSize {
		t.Errorf("the file has %d bytes, %v", info.Size(), err)
	}
	found := add(t, two, "more")
	if n := len(found.Lines); !found.Truncated || n < 50 || found.Lines[n-1] != "last "+long || found.Lines[n-2] != before.Lines[len(before.Lines)-1] {
		t.Errorf("another process finds %d lines, cut %t", n, found.Truncated)
	}
	if found := add(t, one, "end"); found.Truncated || !slices.Equal(found.Lines, []string{"more"}) {
		t.Errorf("the process that cut the file finds %q, cut %t", found.Lines, found.Truncated)
	}
}
