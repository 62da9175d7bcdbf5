package sqltext

import (
	"strings"
	"unicode/utf8"
)

// Position is a place in a text as people count it: both numbers start at 1,
// and a column is one code point. Lines end with \n, \r\n or a lone \r, as in
// Flink's parser.
type Position struct{ Line, Column int }

// Locate returns the position of a byte offset. An offset outside of the text
// is taken as its nearest end, one inside a character as that character's.
func Locate(text string, offset int) Position {
	offset = min(max(offset, 0), len(text))
	line, start := 1, 0
	for {
		next := nextLine(text, start)
		if next < 0 || next > offset {
			break
		}
		line, start = line+1, next
	}
	column := 0
	for at := range text[start:] {
		if start+at > offset {
			return Position{line, column}
		}
		column++
	}
	if offset == len(text) {
		column++
	}
	return Position{line, column}
}

// Offset returns the inverse of [Locate]. A line or column outside of the text is
// taken as the nearest one inside; a line's last column is that of its end.
func Offset(text string, p Position) int {
	return columnOffset(text, p.Line, p.Column, func(rune) int { return 1 })
}

// OffsetUTF16 returns the byte offset of a position that Java counted: line
// and column start at 1 and a column is one UTF-16 code unit, as in the
// positions of Calcite's SqlParseException and CalciteContextException (Flink
// sets the tab width to 1). Positions outside of the text are clamped.
func OffsetUTF16(text string, line, column int) int {
	return columnOffset(text, line, column, func(r rune) int {
		if r > 0xffff {
			return 2
		}
		return 1
	})
}

// SpanUTF16 returns the span of a range that Java counted, see [OffsetUTF16].
// The end is inclusive, as in CalciteContextException.getEndPosLine and
// getEndPosColumn; an end before the start, or 0, 0, means the one character at
// the start. It is false for line 0, which Flink gives where it knows no place.
func SpanUTF16(text string, line, column, endLine, endColumn int) (Span, bool) {
	if line < 1 {
		return Span{}, false
	}
	start := OffsetUTF16(text, line, column)
	last := start
	if endLine >= 1 {
		last = max(start, OffsetUTF16(text, endLine, endColumn))
	}
	if last == len(text) || text[last] == '\n' || text[last] == '\r' {
		return Span{start, last}, true
	}
	_, size := utf8.DecodeRuneInString(text[last:])
	return Span{start, last + size}, true
}

// columnOffset walks to the line and then along it. width returns how many columns a character
// takes.
func columnOffset(text string, line, column int, width func(rune) int) int {
	start := 0
	for ; line > 1; line-- {
		next := nextLine(text, start)
		if next < 0 {
			return len(text)
		}
		start = next
	}
	end := lineEnd(text, start)
	at := 1
	for i, r := range text[start:end] {
		at += width(r)
		if at > column {
			return start + i
		}
	}
	return end
}

// lineEnd returns the end of the line that holds pos, before its line end.
func lineEnd(text string, pos int) int {
	if i := strings.IndexAny(text[pos:], "\n\r"); i >= 0 {
		return pos + i
	}
	return len(text)
}

// nextLine returns the start of the line after that of pos, or -1.
func nextLine(text string, pos int) int {
	end := lineEnd(text, pos)
	switch {
	case end == len(text):
		return -1
	case strings.HasPrefix(text[end:], "\r\n"):
		return end + 2
	}
	return end + 1
}
