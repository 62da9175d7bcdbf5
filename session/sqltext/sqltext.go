// Package sqltext reads the text that a user types: Flink SQL statements, Go
// declarations and shell commands, mixed freely in one cell or file.
//
// All results come from one pass. A cursor walks the text statement by statement
// (segment.go). Within a statement it takes tokens from the scanner of the language
// (sql.go for Flink SQL, golang.go for Go). The results are
//
//   - [Lex], all tokens, which cover the text without gaps: syntax colors, completion;
//   - [Split], the statements with class, verb, span and tokens: execution, and errors,
//     which use the tokens ([Lexed]) and never read the text again;
//   - [Incomplete], whether a shell has to ask for another line.
//
// The SQL scanner follows the token manager of Flink 2.3's parser
// (FlinkSqlParserImpl in its back-tick state, as Flink runs it), including its
// oddities, so a statement always ends where Flink ends it.
//
// Every position in a text is a [Span] of byte offsets into exactly the text that was
// passed in. [Locate] and [Excerpt] convert a span for people. [SpanUTF16] converts the
// positions in Flink's errors to a span.
package sqltext

import "fmt"

// Span is the half-open range of byte offsets [Start, End) in a text.
type Span struct{ Start, End int }

// Len returns the span's length in bytes.
func (s Span) Len() int { return s.End - s.Start }

// Shift moves the span by n bytes, for instance from offsets in a statement to offsets in the cell that
// contains it.
func (s Span) Shift(n int) Span { return Span{s.Start + n, s.End + n} }

// clamp forces the span into a text of size bytes.
func (s Span) clamp(size int) Span {
	start := min(max(s.Start, 0), size)
	return Span{start, min(max(s.End, start), size)}
}

// Error is an error at a place of the text, found before Flink or the Go compiler reads it. Show it with
// the line and the caret from [Excerpt].
type Error struct {
	Span    Span // in the text that was split
	Message string
}

func (e *Error) Error() string { return e.Message }

func errorAt(span Span, format string, args ...any) *Error {
	return &Error{Span: span, Message: fmt.Sprintf(format, args...)}
}
