package sqltext

import (
	"slices"
	"strings"
)

// stray reads a text that does not start a statement. Its extent decides how much of a script
// one mistake costs:
//
//   - A misspelled SQL word (SELCT) most likely starts a SQL statement, so the text ends
//     where that statement would: at its `;`, or before a line that is a command.
//   - Anything else (.tables, fmt.Println(1), a stray q) was probably meant as a command
//     or as Go. It ends with its line, or at a `;`, or where the brackets that it opens
//     are closed. The next line is read as if the stray text were not there.
//
// A shell reports both at Enter. It asks for another line only if the text may become a
// statement: inside a comment, or after a ${variable}.
func (c *cursor) stray(s *segment, first Token) {
	rest := c.text[first.Span.Start:]
	switch {
	case first.Kind == Comment, strings.HasPrefix(rest, "${"):
		c.sql(s)
		return
	case isMisspelledSQL(rest[:first.Span.Len()], rest[first.Span.Len():]):
		c.sql(s)
	default:
		c.line(s)
	}
	s.unrecognized = true
}

// isMisspelledSQL reports whether a word was most likely meant to start a SQL statement. behind
// is the text after it.
func isMisspelledSQL(word, behind string) bool {
	return !goFollows(behind) && !strings.HasPrefix(behind, "(") && slices.Contains(statementWords, suggestion(word))
}

// goFollows reports whether a text can follow a name in Go, but not the first word of a SQL
// statement.
func goFollows(behind string) bool {
	if len(behind) > 1 && behind[0] == '.' && !isDigit(behind[1]) {
		return true
	}
	return strings.HasPrefix(strings.TrimLeft(behind, " \t"), ":=")
}

// line reads up to the end of the line, and further while brackets are open.
func (c *cursor) line(s *segment) {
	depth := 0
	if c.lineTo <= c.pos {
		c.lineTo = lineEnd(c.text, c.pos)
	}
	end := c.lineTo
	s.terminated = true
	for c.pos < len(c.text) {
		if c.pos >= end {
			if depth <= 0 || !c.closes(depth) {
				return
			}
			end = lineEnd(c.text, nextLine(c.text, c.pos))
		}
		t := scanSQL(c.text[:end], c.pos) // a quote without an end quotes nothing of the next line
		if t.Kind == Comment && t.Open {
			t = scanSQL(c.text, c.pos)
			end = lineEnd(c.text, t.Span.End)
		}
		c.push(t)
		if t.Kind == Semicolon && depth <= 0 {
			return
		}
		depth += bracket(c.text, t)
		if t.Kind != Space && (t.Kind != Comment || t.Open) {
			s.span.End = t.Span.End
		}
	}
}

// bracket returns 1 for a token that opens a bracket, -1 for one that closes a bracket, and 0
// otherwise.
func bracket(text string, t Token) int {
	if t.Kind != Operator || t.Span.Len() != 1 {
		return 0
	}
	switch text[t.Span.Start] {
	case '(', '[', '{':
		return 1
	case ')', ']', '}':
		return -1
	}
	return 0
}

// closes reports whether depth open brackets are closed in the following text, before a line
// that is a command. If they are not, no later line of the text is taken for the start of a
// block, so that the text is searched only once.
func (c *cursor) closes(depth int) bool {
	if c.unclosed {
		return false
	}
	for pos := c.pos; pos < len(c.text); {
		t := scanSQL(c.text, pos)
		if commandAt(c.text, t.Span) {
			break
		}
		if depth += bracket(c.text, t); depth == 0 {
			return true
		}
		pos = t.Span.End
	}
	c.unclosed = true
	return false
}

// commandAt reports whether a span begins a line with the backslash of a command.
func commandAt(text string, span Span) bool {
	return text[span.Start] == '\\' && beginsLine(text, span)
}

// magicAt reports whether a span begins a line with the name of a cell's magic, such as
// %%wait. No statement of SQL has two % in a row.
func magicAt(text string, span Span) bool {
	rest := text[span.Start:]
	return strings.HasPrefix(rest, "%%") && isMagic(rest) && beginsLine(text, span)
}

// beginsLine reports whether only blanks precede a span in its line.
func beginsLine(text string, span Span) bool {
	before := strings.TrimRight(text[:span.Start], " \t")
	return before == "" || strings.HasSuffix(before, "\n")
}
