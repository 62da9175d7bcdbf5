// Package edit implements the text being typed: its lines, its cursor, the effects of
// keys, and its layout on a terminal. It reads no keys and writes to no terminal.
//
//	key ─► Buffer ─► Lay ─► rows of the screen, and the position of the cursor in them
//
// Positions are byte offsets. They are always between two user-perceived characters
// (grapheme clusters), so no key leaves half of an emoji.
package edit

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Buffer is a text and a cursor in it. The zero Buffer is empty.
type Buffer struct {
	text   string
	cursor int
	column int    // the column that Up and Down aim for, in characters, plus one; 0 for the cursor's
	killed string // the text that was cut last
	undo   []state
	typing bool // the last change was a typed character: it is undone together with those before
}

type state struct {
	text   string
	cursor int
}

// maxUndo limits the steps that can be undone.
const maxUndo = 200

// Text returns the whole text.
func (b *Buffer) Text() string { return b.text }

// Cursor returns the place where the next character is inserted.
func (b *Buffer) Cursor() int { return b.cursor }

// Set replaces the text and puts the cursor at its end. It can be undone.
func (b *Buffer) Set(text string) {
	b.change(text, len(text))
}

// Reset empties the buffer and its undo history.
func (b *Buffer) Reset() { *b = Buffer{killed: b.killed} }

// change makes a change that can be undone.
func (b *Buffer) change(text string, cursor int) {
	b.remember()
	b.text, b.cursor, b.column, b.typing = text, cursor, 0, false
	b.settle()
}

func (b *Buffer) remember() {
	b.undo = append(b.undo, state{b.text, b.cursor})
	if extra := len(b.undo) - maxUndo; extra > 0 {
		b.undo = b.undo[extra:]
	}
}

// Undo undoes the last change.
func (b *Buffer) Undo() {
	n := len(b.undo)
	if n == 0 {
		return
	}
	b.text, b.cursor = b.undo[n-1].text, b.undo[n-1].cursor
	b.undo, b.column, b.typing = b.undo[:n-1], 0, false
}

// Insert inserts a text at the cursor. Line ends become \n. Control characters other than tabs are dropped.
func (b *Buffer) Insert(text string) {
	text = clean(text)
	if text == "" {
		return
	}
	one := utf8.RuneCountInString(text) == 1 && text != "\n"
	if !one || !b.typing {
		b.remember()
	}
	b.text = b.text[:b.cursor] + text + b.text[b.cursor:]
	b.cursor += len(text)
	b.column, b.typing = 0, one
	b.settle()
}

// settle moves the cursor to the end of the character that it is in: typed text may have joined
// with the text after it.
func (b *Buffer) settle() {
	for at := lineStart(b.text, b.cursor); at < b.cursor; {
		next := at + clusterLength(b.text[at:])
		if next > b.cursor {
			b.cursor = next
			return
		}
		at = next
	}
}

// clean returns a text without what cannot be typed.
func clean(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(text, "\uFFFD"))
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text)
}

// Replace replaces the n bytes before the cursor by a text.
func (b *Buffer) Replace(n int, text string) {
	b.change(b.text[:b.cursor-n]+text+b.text[b.cursor:], b.cursor-n+len(text))
}

// Backspace deletes the character before the cursor.
func (b *Buffer) Backspace() { b.cut(b.before(), b.cursor, false) }

// Delete deletes the character at the cursor.
func (b *Buffer) Delete() { b.cut(b.cursor, b.after(), false) }

// KillToEnd cuts to the end of the line or, at the end of the line, cuts the line end.
func (b *Buffer) KillToEnd() {
	end := lineEnd(b.text, b.cursor)
	if end == b.cursor {
		end = min(end+1, len(b.text))
	}
	b.cut(b.cursor, end, true)
}

// KillToStart cuts to the line's start.
func (b *Buffer) KillToStart() { b.cut(lineStart(b.text, b.cursor), b.cursor, true) }

// KillWord cuts the word before the cursor.
func (b *Buffer) KillWord() { b.cut(b.wordBefore(), b.cursor, true) }

// KillNextWord cuts the word after the cursor.
func (b *Buffer) KillNextWord() { b.cut(b.cursor, b.wordAfter(), true) }

// Yank inserts the text that was cut last.
func (b *Buffer) Yank() {
	if b.killed != "" {
		b.change(b.text[:b.cursor]+b.killed+b.text[b.cursor:], b.cursor+len(b.killed))
	}
}

func (b *Buffer) cut(from, to int, keep bool) {
	if from == to {
		return
	}
	if keep {
		b.killed = b.text[from:to]
	}
	b.change(b.text[:from]+b.text[to:], from)
}

// Left and Right move by a character, through line ends.
func (b *Buffer) Left() { b.move(b.before()) }

// Right is described at Left.
func (b *Buffer) Right() { b.move(b.after()) }

// WordLeft and WordRight move by a word.
func (b *Buffer) WordLeft() { b.move(b.wordBefore()) }

// WordRight is described at WordLeft.
func (b *Buffer) WordRight() { b.move(b.wordAfter()) }

// LineStart and LineEnd move within the line.
func (b *Buffer) LineStart() { b.move(lineStart(b.text, b.cursor)) }

// LineEnd is described at LineStart.
func (b *Buffer) LineEnd() { b.move(lineEnd(b.text, b.cursor)) }

// Start and End move to the start and the end of the text.
func (b *Buffer) Start() { b.move(0) }

// End is described at Start.
func (b *Buffer) End() { b.move(len(b.text)) }

func (b *Buffer) move(to int) { b.cursor, b.column, b.typing = to, 0, false }

// Up moves to the line above, to the column that the cursor had when it began to move vertically. It returns
// false if there is no line above.
func (b *Buffer) Up() bool {
	start := lineStart(b.text, b.cursor)
	if start == 0 {
		return false
	}
	b.vertical(lineStart(b.text, start-1))
	return true
}

// Down is like Up, for the line below.
func (b *Buffer) Down() bool {
	end := lineEnd(b.text, b.cursor)
	if end == len(b.text) {
		return false
	}
	b.vertical(end + 1)
	return true
}

// vertical moves into the line that starts at a position.
func (b *Buffer) vertical(start int) {
	if b.column == 0 {
		b.column = uniseg.GraphemeClusterCount(b.text[lineStart(b.text, b.cursor):b.cursor]) + 1
	}
	column := b.column
	to, end := start, lineEnd(b.text, start)
	for range column - 1 {
		if to >= end {
			break
		}
		to += clusterLength(b.text[to:])
	}
	b.move(min(to, end))
	b.column = column
}

// before returns the start of the character before the cursor.
func (b *Buffer) before() int { return previous(b.text, b.cursor) }

func (b *Buffer) after() int { return next(b.text, b.cursor) }

// previous returns the start of the character before a position, or the position itself at the
// start of the text.
func previous(text string, at int) int {
	if at == 0 {
		return 0
	}
	start := lineStart(text, at)
	if start == at {
		return at - 1 // the line end
	}
	for end := start; ; {
		if end += clusterLength(text[end:]); end >= at {
			return start
		}
		start = end
	}
}

// next returns the end of the character at a position.
func next(text string, at int) int {
	if at == len(text) {
		return at
	}
	return at + clusterLength(text[at:])
}

func (b *Buffer) wordBefore() int {
	at := b.cursor
	for _, inWord := range []bool{false, true} {
		for at > 0 {
			from := previous(b.text, at)
			if isWord(b.text[from:]) != inWord {
				break
			}
			at = from
		}
	}
	return at
}

func (b *Buffer) wordAfter() int {
	at := b.cursor
	for _, inWord := range []bool{false, true} {
		for at < len(b.text) && isWord(b.text[at:]) == inWord {
			at = next(b.text, at)
		}
	}
	return at
}

// isWord reports whether the first character of a text belongs to a word.
func isWord(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

func lineStart(text string, at int) int { return strings.LastIndexByte(text[:at], '\n') + 1 }

func lineEnd(text string, at int) int {
	if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
		return at + i
	}
	return len(text)
}

// clusterLength returns the length of the first character of a text, in bytes.
func clusterLength(text string) int {
	cluster, _, _, _ := uniseg.FirstGraphemeClusterInString(text, -1)
	return len(cluster)
}
