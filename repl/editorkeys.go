package repl

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"riffle/render"
	"riffle/session/complete"
	"riffle/session/sqltext"
)

// typing is what a key comes to.
type typing uint8

const (
	goOn   typing = iota
	submit        // the text is to be run
	giveUp        // Ctrl-C
	atEnd         // Ctrl-D on an empty text
)

// press carries out a key.
func (e *textEditor) press(k key) typing {
	e.menu = nil
	if k.name == "" {
		e.search = nil
		e.buffer.Insert(k.pasted)
		return goOn
	}
	if e.search != nil && e.searchKey(k.name) {
		return goOn
	}
	if move, ok := e.moves()[k.name]; ok {
		move()
		return goOn
	}
	switch k.name {
	case "enter":
		return e.enter()
	case "ctrl+c":
		return giveUp
	case "ctrl+d":
		if e.buffer.Text() == "" {
			return atEnd
		}
		e.buffer.Delete()
	case "tab":
		e.tab()
	case "up":
		if !e.buffer.Up() {
			e.recall(-1)
		}
	case "down":
		if !e.buffer.Down() {
			e.recall(1)
		}
	case "ctrl+z":
		e.tty.suspend()
	case "ctrl+l":
		_ = e.screen.wipe()
	case "space":
		e.buffer.Insert(" ")
	default:
		if utf8.RuneCountInString(k.name) == 1 || !strings.Contains(k.name, "+") && k.name[0] >= utf8.RuneSelf {
			e.buffer.Insert(k.name)
		}
	}
	return goOn
}

// moves are the keys that do one thing to the text, as readline and Emacs have
// them.
func (e *textEditor) moves() map[string]func() {
	b := &e.buffer
	return map[string]func(){
		"left": b.Left, "ctrl+b": b.Left, "right": b.Right, "ctrl+f": b.Right,
		"ctrl+left": b.WordLeft, "alt+left": b.WordLeft, "alt+b": b.WordLeft,
		"ctrl+right": b.WordRight, "alt+right": b.WordRight, "alt+f": b.WordRight,
		"home": b.LineStart, "ctrl+a": b.LineStart, "end": b.LineEnd, "ctrl+e": b.LineEnd,
		"ctrl+home": b.Start, "alt+<": b.Start, "ctrl+end": b.End, "alt+>": b.End,
		"backspace": b.Backspace, "ctrl+h": b.Backspace, "delete": b.Delete,
		"ctrl+k": b.KillToEnd, "ctrl+u": b.KillToStart, "ctrl+w": b.KillWord, "alt+backspace": b.KillWord,
		"alt+d": b.KillNextWord, "ctrl+y": b.Yank, "ctrl+_": b.Undo, "ctrl+/": b.Undo,
		"alt+enter": e.newLine, "ctrl+j": e.newLine, "shift+enter": e.newLine,
		"ctrl+p": func() { e.recall(-1) }, "ctrl+n": func() { e.recall(1) },
		"ctrl+r": func() { e.search = &search{before: b.Text(), at: len(e.history.entries)} },
	}
}

// enter runs a text that is whole, and else begins another line of it.
func (e *textEditor) enter() typing {
	if open, _ := sqltext.Incomplete(e.buffer.Text()); !open {
		return submit
	}
	e.newLine()
	return goOn
}

// newLine begins a line, as far to the right as the one before, unless that would
// be inside of a string.
func (e *textEditor) newLine() {
	before := e.buffer.Text()[:e.buffer.Cursor()]
	line := before[strings.LastIndexByte(before, '\n')+1:]
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	if _, reason := sqltext.Incomplete(before); reason == sqltext.OpenString || reason == sqltext.OpenComment {
		indent = ""
	}
	e.buffer.Insert("\n" + indent)
}

// recall shows another entry of the history.
func (e *textEditor) recall(by int) {
	entries := e.history.entries
	to := e.place + by
	if to < 0 || to > len(entries) {
		return
	}
	if e.place == len(entries) {
		e.typed = e.buffer.Text()
	}
	if e.place = to; to == len(entries) {
		e.buffer.Set(e.typed)
		return
	}
	e.buffer.Set(entries[to])
}

// tab completes what stands before the cursor.
func (e *textEditor) tab() {
	width, _ := e.screen.size()
	before := e.buffer.Text()[:e.buffer.Cursor()]
	after, list := tab(before, func(before string) (int, []complete.Candidate) {
		return e.complete.at(e.buffer.Text(), len(before))
	}, width)
	if list != "" {
		e.menu = strings.Split(list, "\n")
	}
	if after != before {
		kept := commonLength(before, after)
		e.buffer.Replace(len(before)-kept, after[kept:])
	}
}

// commonLength is how many bytes two texts begin with alike, whole characters.
func commonLength(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	for n > 0 && n < len(a) && !utf8.RuneStart(a[n]) || n > 0 && n < len(b) && !utf8.RuneStart(b[n]) {
		n--
	}
	return n
}

// below are the lines under the text.
func (e *textEditor) below() []string {
	lines := make([]string, len(e.menu))
	for i, line := range e.menu {
		lines[i] = styles{e.colors}.faint(line)
	}
	return lines
}

// search looks for entries of the history that have a text, the newest first.
type search struct {
	before string // what was typed before
	text   string
	at     int // the entry that is shown
	failed bool
}

func (s *search) prompt() string {
	what := "search"
	if s.failed {
		what = "no entry has"
	}
	return fmt.Sprintf("(%s '%s') ", what, render.Visible(s.text))
}

// searchKey carries out a key while the history is searched; false if the key ends
// the search and means what it always does.
func (e *textEditor) searchKey(name string) bool {
	s := e.search
	switch name {
	case "ctrl+r":
		e.find(s.at - 1)
	case "esc", "ctrl+g":
		e.buffer.Set(s.before)
		e.search = nil
	case "backspace", "ctrl+h":
		if s.text != "" {
			_, size := utf8.DecodeLastRuneInString(s.text)
			s.text = s.text[:len(s.text)-size]
			e.find(len(e.history.entries) - 1)
		}
	case "space":
		s.text += " "
		e.find(min(s.at, len(e.history.entries)-1))
	default:
		if utf8.RuneCountInString(name) != 1 {
			e.search = nil
			return false
		}
		s.text += name
		e.find(min(s.at, len(e.history.entries)-1))
	}
	return true
}

// find shows the newest entry up to one that has what is searched for.
func (e *textEditor) find(from int) {
	s := e.search
	wanted := strings.ToLower(s.text)
	for at := from; at >= 0; at-- {
		if entry := e.history.entries[at]; strings.Contains(strings.ToLower(entry), wanted) {
			s.at, s.failed = at, false
			e.place = at
			e.buffer.Set(entry)
			return
		}
	}
	s.failed = true
}
