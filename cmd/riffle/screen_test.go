package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// screens are what a test must show: whole screens by name, as recorded in testdata/screens (go
// test ./cmd/riffle -run NAME -update).
type screens struct {
	*shell
	path string
	want *txtar.Archive
	next int
}

// recorded compares the screens of a shell, until the test ends, with those of a file.
func recorded(t *testing.T, of *shell, file string) *screens {
	t.Helper()
	s := &screens{shell: of, path: filepath.Join("testdata", "screens", file+".txt"), want: new(txtar.Archive)}
	s.shell.t = t
	if !*update {
		var err error
		if s.want, err = txtar.ParseFile(s.path); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		switch {
		case t.Failed():
		case *update:
			if err := os.WriteFile(s.path, txtar.Format(s.want), 0o644); err != nil {
				t.Error(err)
			}
		case s.next != len(s.want.Files):
			t.Errorf("%s has %d screens, the test came to %d", s.path, len(s.want.Files), s.next)
		}
	})
	return s
}

// shows waits until the screen is the one recorded under the name. That screen matches the
// pattern.
func (s *screens) shows(name, pattern string) {
	s.t.Helper()
	re := regexp.MustCompile(pattern)
	if *update {
		s.sees(pattern)
		time.Sleep(time.Second) // for anything else that belongs to it
		s.want.Files = append(s.want.Files, txtar.File{Name: name, Data: []byte(s.look())})
		return
	}
	if s.next == len(s.want.Files) || s.want.Files[s.next].Name != name {
		s.t.Fatalf("%s: the screen to come is not %q", s.path, name)
	}
	want := string(s.want.Files[s.next].Data)
	if !re.MatchString(want) {
		s.t.Fatalf("%s: %q does not have %s", s.path, name, pattern)
	}
	s.wait(func(got string) bool { return got == want }, func(got string) string {
		return fmt.Sprintf("%s, screen %q (-want +got):\n%s", s.path, name, cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")))
	})
	s.next++
}

// sees waits until the screen matches the pattern.
func (s *screens) sees(pattern string) {
	s.t.Helper()
	s.wait(regexp.MustCompile(pattern).MatchString, func(got string) string {
		return fmt.Sprintf("%s is not on the screen:\n%s", pattern, got)
	})
}

// clears clears the screen, so that old text is not taken for new.
func (s *screens) clears() {
	s.t.Helper()
	s.press("\x0c")
	s.sees(`^riffle> █\n$`)
}

func (s *screens) wait(right func(screen string) bool, complaint func(screen string) string) {
	s.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		got := s.look()
		if right(got) {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatal(complaint(got))
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// shapes are the texts that differ between runs, and what is recorded in their place.
var shapes = []struct {
	of *regexp.Regexp
	as string
}{
	{regexp.MustCompile(`\b[0-9]+\.[0-9]+ s\b`), "# s"},
	{regexp.MustCompile(`\b[0-9a-f]{32}\b`), strings.Repeat("f", 32)},
	{regexp.MustCompile(`· [0-9,]+ in\b`), "· # in"},
	{regexp.MustCompile(`· [0-9,]+ changes?( \([0-9,]+/s\))?`), "· # changes"},
	{regexp.MustCompile(`\+[0-9,]+ changes?\b`), "+# changes"},
	{regexp.MustCompile(`\b\d\d:\d\d:\d\d\b`), "#:#:#"},
	{regexp.MustCompile(`(/[\w.-]+)+/script\.sql`), "script.sql"},
}

// look returns the screen, with █ at the cursor.
func (s *screens) look() string {
	var text strings.Builder
	at := s.screen.CursorPosition()
	for y := range s.screen.Height() {
		var line strings.Builder
		for x := 0; x < s.screen.Width(); x++ {
			if x == at.X && y == at.Y && !s.screen.CursorHidden() {
				line.WriteString("█")
			}
			// The first cell of a wide character has all of it.
			if cell := s.screen.CellAt(x, y); cell == nil {
				line.WriteByte(' ')
			} else if cell.Width > 0 {
				line.WriteString(cell.Content)
			}
		}
		text.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	shown := strings.TrimRight(text.String(), "\n") + "\n"
	for _, s := range shapes {
		shown = s.of.ReplaceAllString(shown, s.as)
	}
	return shown
}

// resize simulates a user who resizes the window.
func (s *screens) resize(width, height int) {
	s.t.Helper()
	s.screen.Resize(width, height)
	if err := pty.Setsize(s.keys, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)}); err != nil {
		s.t.Fatal(err)
	}
}
