package kernel

import (
	"path/filepath"
	"testing"

	"riffle/session/linefile"
)

// Sessions of kernels and subshells that share a file have numbers of their own, whichever of them
// writes in between.
func TestSessionsHaveTheirOwnNumbers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notebooks.jsonl")
	one, two := &history{file: linefile.File{Path: path}}, &history{file: linefile.File{Path: path}}
	begin := func(h *history, want int) {
		t.Helper()
		if session, err := h.begin(); err != nil || session != want {
			t.Errorf("the session has the number %d, %v, want %d", session, err, want)
		}
	}
	add := func(h *history, session int) {
		t.Helper()
		if err := h.add(entry{session, 1, "SELECT 1"}); err != nil {
			t.Error(err)
		}
	}
	begin(one, 1)
	begin(two, 2)
	begin(two, 3)
	add(one, 1) // and reads that there are sessions 2 and 3
	begin(one, 4)
	add(two, 2)
	begin(two, 5)
	later := &history{file: linefile.File{Path: path}}
	begin(later, 6)
	if len(later.entries) != 2 {
		t.Errorf("a later kernel knows the cells %v", later.entries)
	}
	if len(one.entries) != 1 {
		t.Errorf("a kernel that was there knows the cells %v, which others ran", one.entries)
	}
}
