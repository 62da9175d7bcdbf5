package repl

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"riffle/render"
	"riffle/repl/edit"
	"riffle/session/complete"
	"riffle/session/sqltext"
)

// typing is the effect of a key on the prompt.
type typing uint8

const (
	goOn   typing = iota
	submit        // the text is to be run
	giveUp        // Ctrl-C
	atEnd         // Ctrl-D on an empty text
)

// press handles a key.
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
	if press, ok := e.keys[k.name]; ok {
		press(e)
		return goOn
	}
	switch k.name {
	case "enter", "ctrl+j": // a line end that was typed before the terminal was ours
		return e.enter()
	case "ctrl+c":
		return giveUp
	case "ctrl+d":
		if e.buffer.Text() == "" {
			return atEnd
		}
		e.buffer.Delete()
	case "up":
		if !e.buffer.Up() {
			e.recall(-1)
		}
	case "down":
		if !e.buffer.Down() {
			e.recall(1)
		}
	case "space":
		e.buffer.Insert(" ")
	default:
		if utf8.RuneCountInString(k.name) == 1 || !strings.Contains(k.name, "+") && k.name[0] >= utf8.RuneSelf {
			e.buffer.Insert(k.name)
		}
	}
	return goOn
}

// editKey is a key at the prompt that changes the text in one way, as in readline and Emacs.
type editKey struct {
	names []string
	help  string
	press func(e *textEditor)
}

// editKeys returns the table of them, from which the docs page is made.
func editKeys() []editKey {
	on := func(f func(b *edit.Buffer)) func(*textEditor) { return func(e *textEditor) { f(&e.buffer) } }
	return []editKey{
		{[]string{"left", "ctrl+b"}, "move back one character", on((*edit.Buffer).Left)},
		{[]string{"right", "ctrl+f"}, "move forward one character", on((*edit.Buffer).Right)},
		{[]string{"ctrl+left", "alt+left", "alt+b"}, "move back one word", on((*edit.Buffer).WordLeft)},
		{[]string{"ctrl+right", "alt+right", "alt+f"}, "move forward one word", on((*edit.Buffer).WordRight)},
		{[]string{"home", "ctrl+a"}, "move to the start of the line", on((*edit.Buffer).LineStart)},
		{[]string{"end", "ctrl+e"}, "move to the end of the line", on((*edit.Buffer).LineEnd)},
		{[]string{"ctrl+home", "alt+<"}, "move to the start of the text", on((*edit.Buffer).Start)},
		{[]string{"ctrl+end", "alt+>"}, "move to the end of the text", on((*edit.Buffer).End)},
		{[]string{"backspace", "ctrl+h"}, "delete the character before the cursor", on((*edit.Buffer).Backspace)},
		{[]string{"delete"}, "delete the character at the cursor; so does ctrl+d, unless the text is empty", on((*edit.Buffer).Delete)},
		{[]string{"ctrl+k"}, "cut to the end of the line", on((*edit.Buffer).KillToEnd)},
		{[]string{"ctrl+u"}, "cut to the start of the line", on((*edit.Buffer).KillToStart)},
		{[]string{"ctrl+w", "alt+backspace"}, "cut the word before the cursor", on((*edit.Buffer).KillWord)},
		{[]string{"alt+d"}, "cut the word after the cursor", on((*edit.Buffer).KillNextWord)},
		{[]string{"ctrl+y"}, "paste the last cut text", on((*edit.Buffer).Yank)},
		{[]string{"ctrl+_", "ctrl+/"}, "undo the last change", on((*edit.Buffer).Undo)},
		{[]string{"alt+enter", "shift+enter"}, "insert a line break without running the text", (*textEditor).newLine},
		{[]string{"ctrl+p"}, "previous entry in the history; also up in the first line", func(e *textEditor) { e.recall(-1) }},
		{[]string{"ctrl+n"}, "next entry in the history; also down in the last line", func(e *textEditor) { e.recall(1) }},
		{[]string{"ctrl+r"}, "search the history: type part of an entry, then ctrl+r for earlier matches", (*textEditor).beginSearch},
		{[]string{"tab"}, "complete, or list the candidates", (*textEditor).tab},
		{[]string{"ctrl+l"}, "clear the screen", func(e *textEditor) { _ = e.screen.wipe() }},
		{[]string{"ctrl+z"}, "suspend riffle; fg resumes it", func(e *textEditor) { e.jobs.suspend() }},
	}
}

// byName returns the table by the keys' names.
func byName(keys []editKey) map[string]func(*textEditor) {
	all := map[string]func(*textEditor){}
	for _, key := range keys {
		for _, name := range key.names {
			all[name] = key.press
		}
	}
	return all
}

func (e *textEditor) beginSearch() {
	e.search = &search{before: e.buffer.Text(), at: len(e.history.entries)}
}

// enter runs a complete text, or a command inside a statement. Otherwise it begins another
// line.
func (e *textEditor) enter() typing {
	text := e.buffer.Text()
	if _, ok := commandWithin(text); ok && !strings.Contains(text[e.buffer.Cursor():], "\n") {
		return submit
	}
	open, reason := sqltext.Incomplete(text)
	if !open {
		return submit
	}
	hint := enterHint(text, e.buffer.Cursor(), reason)
	e.newLine()
	if hint != "" {
		e.menu = []string{hint}
	}
	return goOn
}

// enterHint returns the hint that Enter shows for a line that may have been meant as something
// other than a part of the statement. The line remains a part of it.
func enterHint(text string, cursor int, reason sqltext.Reason) string {
	begin := strings.LastIndexByte(text[:cursor], '\n') + 1
	if reason != sqltext.OpenStatement && reason != sqltext.OpenSet || begin == 0 || cursor < len(text) {
		return ""
	}
	switch word := strings.Trim(text[begin:cursor], " \t"); strings.ToLower(word) {
	case "":
		return "end the statement with ; or press Ctrl-C to clear it"
	case "help":
		return `inside a statement, \help lists the commands; Ctrl-C clears the statement`
	case "quit", "exit":
		return `inside a statement, \quit leaves riffle; Ctrl-C clears the statement`
	}
	return ""
}

// newLine begins a line with the indentation of the previous one, unless that would be inside a
// string.
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

// readSoon is how long Tab waits for names that are being read, such as those that the previous
// statement has created.
const readSoon = 500 * time.Millisecond

// tab completes the text before the cursor.
func (e *textEditor) tab() {
	width, _ := e.screen.size()
	before := e.buffer.Text()[:e.buffer.Cursor()]
	text, skipped := e.completed()
	after, list := before, ""
	for until := time.Now().Add(readSoon); ; time.Sleep(readSoon / 100) {
		after, list = tab(before, func(before string) (int, []complete.Candidate) {
			return e.complete.at(text, len(before)-skipped)
		}, width)
		if list != "" || after != before || !e.anticipate() {
			break
		}
		if time.Now().After(until) {
			list = "still loading names: press Tab again in a moment"
			break
		}
	}
	if list != "" {
		e.menu = strings.Split(list, "\n")
	}
	if after != before {
		kept := commonLength(before, after)
		e.buffer.Replace(len(before)-kept, after[kept:])
	}
}

// completed returns the text that is completed, and how much of the buffer precedes it: a
// command inside a statement is completed on its own.
func (e *textEditor) completed() (text string, skipped int) {
	text = e.buffer.Text()
	if begin, ok := commandWithin(text); ok && e.buffer.Cursor() >= begin {
		skipped = begin
	}
	return text[skipped:], skipped
}

func (e *textEditor) anticipate() (pending bool) {
	text, skipped := e.completed()
	return e.complete.anticipate(text, e.buffer.Cursor()-skipped)
}

// commonLength returns the length in bytes of the common prefix of two texts, in whole
// characters.
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

// below returns the lines under the text.
func (e *textEditor) below() []string {
	lines := make([]string, len(e.menu))
	for i, line := range e.menu {
		lines[i] = styles{e.theme()}.faint(line)
	}
	return lines
}

// search searches the history for entries that contain a text, the newest first.
type search struct {
	before string // what was typed before the search
	text   string
	at     int // the entry that is shown
	failed bool
}

func (s *search) prompt() string {
	what := "search"
	if s.failed {
		what = "no match"
	}
	return fmt.Sprintf("(%s '%s') ", what, render.Visible(s.text))
}

// searchKey handles a key during a search. It returns false if the key ends the search and has
// its usual effect.
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

// find shows the newest matching entry at or before index from.
func (e *textEditor) find(from int) {
	s := e.search
	pattern := strings.ToLower(s.text)
	for at := from; at >= 0; at-- {
		if entry := e.history.entries[at]; strings.Contains(strings.ToLower(entry), pattern) {
			s.at, s.failed = at, false
			e.place = at
			e.buffer.Set(entry)
			return
		}
	}
	s.failed = true
}
