package repl

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"riffle/render"
)

func TestScreenPrintsAboveItsFrame(t *testing.T) {
	v := newTerminal(t, 20, 10)
	s := &screen{w: v, size: v.size}
	steps := []struct {
		name string
		do   func() error
		want string
	}{
		{"print", func() error { _, err := fmt.Fprintln(s, "one"); return err }, "one\n\n"},
		{"paint", func() error { return s.paint([]string{"f1", "f2"}) }, "one\nf1\nf2\n"},
		{"print above", func() error { _, err := fmt.Fprintln(s, "two"); return err }, "one\ntwo\nf1\nf2\n"},
		{"a status below", func() error { return s.setStatus("50 %") }, "one\ntwo\nf1\nf2\n50 %\n"},
		{"a smaller frame", func() error { return s.paint([]string{"g"}) }, "one\ntwo\ng\n50 %\n"},
		{"keep", func() error { return s.keep() }, "one\ntwo\ng\n50 %\n"},
		{"paint again", func() error { return s.paint([]string{"h"}) }, "one\ntwo\ng\nh\n50 %\n"},
		{"clear", func() error { return s.clear() }, "one\ntwo\ng\n\n"},
		{"clear nothing", func() error { return s.clear() }, "one\ntwo\ng\n\n"},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		if got := v.String(); got != step.want {
			t.Fatalf("%s: the screen is\n%swant\n%s", step.name, got, step.want)
		}
	}
}

func TestCutTo(t *testing.T) {
	for _, test := range []struct {
		text  string
		width int
		want  string
	}{
		{"short", 5, "short"},
		{"longer", 5, "long…"},
		{"日本語", 6, "日本語"},
		{"日本語", 5, "日本…"},
		{"日本語", 4, "日…"},
		{"👩‍👩‍👧x👩‍👩‍👧", 4, "👩‍👩‍👧x…"},
		{"a", 1, "a"},
		{"ab", 1, "…"},
	} {
		if got := cutTo(test.text, test.width); got != test.want {
			t.Errorf("%q cut to %d is %q, want %q", test.text, test.width, got, test.want)
		}
	}
}

func TestFigures(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{render.Count(0), "0"}, {render.Count(999), "999"}, {render.Count(1000), "1,000"}, {render.Count(-1234567), "-1,234,567"}, {render.Count(-100), "-100"},
		{render.Counted(1, "row"), "1 row"}, {render.Counted(12345, "row"), "12,345 rows"},
		{render.Elapsed(210 * time.Millisecond), "0.21 s"}, {render.Elapsed(12 * time.Second), "12.0 s"},
		{render.Elapsed(125 * time.Second), "2 min 05 s"}, {render.Elapsed(2*time.Hour + 3*time.Minute), "2 h 03 min"},
		{render.Running(5123 * time.Millisecond), "5.1 s"},
		{megabytes(131_400_000), "131.4 MB"},
		{render.WithoutControls("a\x1b[31m\n\u202eb\u009b"), "a\uFFFD[31m\n\uFFFDb\uFFFD"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}

// Without a terminal, progress is a few lines, without any escape sequences.
func TestProgressOffATerminal(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c := NewConsole(r, w, w)
	for done := range int64(101) {
		c.Progress("fetching Flink", done*1_000_000, 100_000_000)
	}
	c.Notice("a word\x1b[2J")
	w.Close()
	printed, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(printed)), "\n")
	if len(lines) != 12 || strings.Contains(string(printed), "\x1b") {
		t.Errorf("%d lines: %q", len(lines), lines)
	}
	if last := lines[10]; last != "fetching Flink ["+strings.Repeat("#", 24)+"] 100.0 MB of 100.0 MB" {
		t.Errorf("the last is %q", last)
	}
}

// Rows that a lower terminal has moved into its scrollback come back when it is higher again,
// and are painted over.
func TestFrameLeavesNoRowsWhereTheTerminalChanges(t *testing.T) {
	v := newTerminal(t, 20, 12)
	s := &screen{w: v, size: v.size}
	if _, err := fmt.Fprintln(s, "one\ntwo"); err != nil {
		t.Fatal(err)
	}
	var want string
	for i, height := range []int{12, 6, 9, 5, 8, 12, 4, 12, 30} {
		v.resize(20, height)
		for repaint := range 2 {
			var lines []string
			for line := range min(9, height-1) {
				lines = append(lines, fmt.Sprintf("%d.%d line %d", i, repaint, line))
			}
			if err := s.paint(lines); err != nil {
				t.Fatal(err)
			}
			want = "one\ntwo\n" + strings.Join(lines, "\n") + "\n"
		}
	}
	if got := v.String(); got != want {
		t.Errorf("the terminal shows\n%swant\n%s", got, want)
	}
}

// tmux copies the screen into its scrollback when it is cleared from the first row on. A frame
// that begins there once did that with every key and ten times a second. The terminal of these
// tests fails the test if it happens.
func TestScreenIsNeverClearedFromItsFirstRow(t *testing.T) {
	v := newTerminal(t, 20, 4)
	s := &screen{w: v, size: v.size}
	for _, lines := range [][]string{{"riffle> "}, {"riffle> S"}, {"a", "b", "c"}, {"d", strings.Repeat("e", 20)}, {"f"}, {"g", "h"}, nil, {"i", "j"}} {
		for range 2 {
			if err := s.paint(lines); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := fmt.Fprintln(s, "above"); err != nil {
		t.Fatal(err)
	}
	if got := v.String(); got != "above\ni\nj\n" {
		t.Errorf("%q", got)
	}
}
