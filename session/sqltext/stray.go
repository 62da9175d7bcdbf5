package sqltext

import (
	"slices"
	"strings"
)

// stray reads what starts no statement. How far it reaches decides how much of a
// script one mistake costs:
//
//   - A misspelled word of SQL (SELCT) most likely starts a statement of SQL, so it
//     ends where that would, at its `;`, or before a line that is a command.
//   - Anything else (.tables, fmt.Println(1), a stray q) is a line that somebody took
//     for a command or for Go. It ends with its line, or at a `;`, or where the
//     brackets that it opens are closed. What follows is read as if it was not there.
//
// A shell answers both at Enter. It waits for more only where the text may become a
// statement: inside of a comment, or behind a ${variable}.
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

// isMisspelledSQL reports whether a word was most likely meant to start a statement
// of SQL. behind is the text after it.
func isMisspelledSQL(word, behind string) bool {
	return !goFollows(behind) && !strings.HasPrefix(behind, "(") && slices.Contains(statementWords, suggestion(word))
}

// goFollows reports whether a text goes on as Go does behind a name, and SQL does
// not behind the first word of a statement.
func goFollows(behind string) bool {
	if len(behind) > 1 && behind[0] == '.' && !isDigit(behind[1]) {
		return true
	}
	return strings.HasPrefix(strings.TrimLeft(behind, " \t"), ":=")
}

// line reads up to the end of the line, and on while brackets are open.
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

// bracket is 1 for a token that opens a bracket, -1 for one that closes one, else 0.
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

// closes reports whether so many open brackets are closed in what follows, before a
// line that is a command. Once they are not, no line of the text is taken for the
// start of a block any more, so that a text is looked through only once.
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
	if text[span.Start] != '\\' {
		return false
	}
	before := strings.TrimRight(text[:span.Start], " \t")
	return before == "" || strings.HasSuffix(before, "\n")
}
