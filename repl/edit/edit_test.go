package edit_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rivo/uniseg"
	"pgregory.net/rapid"

	"riffle/repl/edit"
)

// family is one character of five code points, two cells wide.
const family = "👩‍👩‍👧"

func keys(b *edit.Buffer) map[string]func() {
	return map[string]func(){
		"left": b.Left, "right": b.Right, "up": func() { b.Up() }, "down": func() { b.Down() },
		"home": b.LineStart, "end": b.LineEnd, "start": b.Start, "finish": b.End,
		"word left": b.WordLeft, "word right": b.WordRight,
		"backspace": b.Backspace, "delete": b.Delete, "undo": b.Undo, "yank": b.Yank,
		"kill": b.KillToEnd, "kill back": b.KillToStart, "kill word": b.KillWord, "kill next": b.KillNextWord,
	}
}

// at returns the buffer's text with a | where the cursor is.
func at(b *edit.Buffer) string { return b.Text()[:b.Cursor()] + "|" + b.Text()[b.Cursor():] }

func TestKeys(t *testing.T) {
	for _, c := range []struct{ text, keys, want string }{
		{"one", "left left", "o|ne"},
		{"日本", "left backspace", "|本"},
		{"a" + family + "b", "left backspace", "a|b"},
		{"a" + family + "b", "start right delete", "a|b"},
		{"e\u0301x", "left backspace", "|x"},
		{"a\nb", "left backspace", "a|b"},
		{"long line\nab\nlonger line", "up up", "long line|\nab\nlonger line"},
		{"long line\nab\nlonger", "left up up", "long |line\nab\nlonger"},
		{"long line\nab\nlonger", "left up up down down", "long line\nab\nlonge|r"},
		{"日本語\nabcdef", "left left left up", "日本語|\nabcdef"},
		{"SELECT a_b, 日本", "word left word left", "SELECT |a_b, 日本"},
		{"SELECT a_b, c", "kill word kill word", "SELECT |"},
		{"SELECT a", "start kill next yank yank", "SELECTSELECT| a"},
		{"one\ntwo", "home kill back up kill", "|\ntwo"},
		{"one\ntwo", "start end kill", "one|two"},
		{"one two", "kill word undo", "one two|"},
		{"one", "kill back kill back undo undo undo", "|"},
		{"", "up down left right backspace delete kill undo yank", "|"},
	} {
		var b edit.Buffer
		b.Insert(c.text)
		all := keys(&b)
		for rest := c.keys; rest != ""; rest = strings.TrimSpace(rest) {
			name := longestPrefix(all, rest)
			all[name]()
			rest = rest[len(name):]
		}
		if got := at(&b); got != c.want {
			t.Errorf("%q, %s: %q, want %q", c.text, c.keys, got, c.want)
		}
	}
}

func longestPrefix(all map[string]func(), text string) (longest string) {
	for name := range all {
		if strings.HasPrefix(text, name) && len(name) > len(longest) {
			longest = name
		}
	}
	return longest
}

func TestInsertCleans(t *testing.T) {
	var b edit.Buffer
	b.Insert("a\r\nb\rc\x1b[31m\x00\td\xff")
	if got, want := b.Text(), "a\nb\nc[31m\td\uFFFD"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestTypingIsUndoneTogether(t *testing.T) {
	var b edit.Buffer
	for _, c := range strings.Split("one", "") {
		b.Insert(c)
	}
	b.Left()
	b.Insert("x")
	b.Undo()
	if got := at(&b); got != "on|e" {
		t.Error(got)
	}
	if b.Undo(); at(&b) != "|" {
		t.Error(at(&b))
	}
}

// drawText draws lines of wide, joined, combining and plain characters.
var drawText = rapid.Custom(func(r *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{
		"a", "b ", "\n", "\t", "日", family, "e\u0301", "\u0301", "🇩🇪", "🇩", "_", "'", "\u200d",
	}), 0, 30).Draw(r, "pieces"), "")
})

// Whatever keys are pressed, the cursor is between two characters, and undoing all changes
// restores the text.
func TestNoKeyLeavesHalfACharacter(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var b edit.Buffer
		all := keys(&b)
		names := make([]string, 0, len(all))
		for name := range all {
			names = append(names, name)
		}
		slices.Sort(names)
		for range rapid.IntRange(0, 60).Draw(r, "steps") {
			if rapid.Bool().Draw(r, "insert") {
				b.Insert(drawText.Draw(r, "text"))
			} else {
				all[rapid.SampledFrom(names).Draw(r, "key")]()
			}
			if !boundary(b.Text(), b.Cursor()) {
				r.Fatalf("the cursor is within a character: %q", at(&b))
			}
		}
	})
}

// boundary reports whether a position is between two characters of its line.
func boundary(text string, position int) bool {
	start := strings.LastIndexByte(text[:position], '\n') + 1
	graphemes := uniseg.NewGraphemes(text[start:])
	for graphemes.Next() {
		from, _ := graphemes.Positions()
		if start+from == position {
			return true
		}
	}
	return position == len(text) || position == start
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Rows have all of the text, none is too wide, and the cursor is where it belongs.
func TestLay(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var b edit.Buffer
		b.Insert(drawText.Draw(r, "text"))
		for range rapid.IntRange(0, 5).Draw(r, "back") {
			b.Left()
		}
		text, width := b.Text(), rapid.IntRange(6, 40).Draw(r, "width")
		paints := []edit.Paint{{0, len(text) / 3, "1"}, {len(text) / 2, len(text), "31"}}
		s := edit.Lay(text, b.Cursor(), width, func(int) (string, int) { return "> ", 2 }, paints)
		rows := escapes.ReplaceAllString(strings.Join(s.Rows, "\n"), "")
		for _, row := range strings.Split(rows, "\n") {
			if uniseg.StringWidth(row) > width-1 {
				r.Fatalf("%q is wider than %d cells", row, width-1)
			}
		}
		plain := strings.NewReplacer("\n", "", " ", "", "\t", "", ">", "")
		if got, want := plain.Replace(rows), plain.Replace(text); got != want {
			r.Fatalf("rows have %q of %q", got, want)
		}
		if s.Row >= len(s.Rows) {
			r.Fatalf("the cursor is in row %d of %d", s.Row, len(s.Rows))
		}
		if before := escapes.ReplaceAllString(s.Rows[s.Row], ""); s.Column > uniseg.StringWidth(before) {
			r.Fatalf("the cursor is behind the row %q, at %d", before, s.Column)
		}
	})
}

func TestLayPlacesTheCursor(t *testing.T) {
	prompt := func(line int) (string, int) { return []string{"riffle> ", "     -> "}[min(line, 1)], 8 }
	for _, c := range []struct {
		text        string
		cursor      int
		row, column int
		rows        string
	}{
		{"", 0, 0, 8, "riffle> "},
		{"SELECT 1", 8, 0, 16, "riffle> SELECT 1"},
		{"SELECT\n 1", 7, 1, 8, "riffle> SELECT|     ->  1"},
		{"SELECT 123456789", 16, 1, 5, "riffle> SELECT 1234|56789"},
		{"SELECT 123456789", 11, 1, 0, "riffle> SELECT 1234|56789"},
		{"SELECT 1234", 11, 1, 0, "riffle> SELECT 1234|"},
		{"SELECT 123日", 14, 1, 2, "riffle> SELECT 123|日"},
		{"\tx", 1, 0, 12, "riffle>     x"},
	} {
		s := edit.Lay(c.text, c.cursor, 20, prompt, nil)
		if got := strings.Join(s.Rows, "|"); got != c.rows || s.Row != c.row || s.Column != c.column {
			t.Errorf("%q at %d: %d, %d in %q, want %d, %d in %q", c.text, c.cursor, s.Row, s.Column, got, c.row, c.column, c.rows)
		}
	}
}
