package cell

import (
	"errors"
	"strings"

	"riffle/session/sqltext"
)

// Error is a failure as a user reads it: what, where, and what to do next.
// [Explain] renders it, and is the only place that does.
type Error struct {
	Message string // one line
	Hint    string // the next step, one line or ""

	// Where: Position is "name:line:column", or "". Excerpt is the source line
	// with carets below it, or "".
	Position, Excerpt string
	// Within is a place in another text that the statement refers to, such as the definition of
	// a view: a line that names it, then an excerpt as above. "" if there is none.
	Within string
	// Cell and Span are the place that Position names, if it names one. The cell is not one that
	// somebody typed if a command has made the statement.
	Cell Cell
	Span sqltext.Span

	Trace string // Java's stack trace, for \trace; empty if there is no trace
	Err   error
}

func (e *Error) Error() string {
	if e.Position != "" {
		return e.Position + ": " + e.Message
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// Explain renders any error for people: the message with its position, the source line with carets,
// and the next step. The text does not end with a newline.
func Explain(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	var b strings.Builder
	b.WriteString(e.Error())
	indent(&b, e.Excerpt)
	if e.Within != "" {
		title, excerpt, _ := strings.Cut(e.Within, "\n")
		b.WriteString("\n" + title)
		indent(&b, excerpt)
	}
	if e.Hint != "" {
		b.WriteString("\n" + e.Hint)
	}
	return b.String()
}

func indent(b *strings.Builder, excerpt string) {
	for line := range strings.Lines(excerpt) {
		b.WriteString("\n  " + strings.TrimSuffix(line, "\n"))
	}
}

// Fail returns an error at the start of a statement.
func Fail(st Statement, message, hint string) *Error {
	return FailAt(st, st.Word, message, hint)
}

// FailAt returns an error at a span of the statement's cell.
func FailAt(st Statement, span sqltext.Span, message, hint string) *Error {
	e := &Error{Message: message, Hint: hint}
	e.SetPosition(st, span)
	e.Spell(st.Cell)
	return e
}

// Fail returns an error at a span of a cell that has no statements.
func (c Cell) Fail(at sqltext.Span, message, hint string) *Error {
	return &Error{
		Message: c.Spell(message), Hint: c.Spell(hint), Position: c.Position(at.Start),
		Excerpt: sqltext.Excerpt(sqltext.NewLexed(c.Text).MaskAt(at)), Cell: c, Span: at,
	}
}

// Spell writes the commands that the error mentions as they are typed where the cell was typed.
func (e *Error) Spell(c Cell) { e.Message, e.Hint = c.Spell(e.Message), c.Spell(e.Hint) }

// SetPosition sets the error's position to a span of the statement's cell. Secrets are not shown.
func (e *Error) SetPosition(st Statement, span sqltext.Span) {
	e.Position, e.Cell, e.Span = st.Cell.Position(span.Start), st.Cell, span
	e.Excerpt = sqltext.Excerpt(st.Source().MaskAt(span))
}

// Redact removes secrets from the error.
func (e *Error) Redact(secrets []string) {
	for _, secret := range secrets {
		const tooShort = 3 // to be distinguished from other letters
		if len(secret) > tooShort {
			for _, text := range []*string{&e.Message, &e.Hint, &e.Within, &e.Trace} {
				*text = strings.ReplaceAll(*text, secret, "******")
			}
		}
	}
}

// DidYouMean returns a hint that suggests another word, or "" if word is "".
func DidYouMean(word string) string {
	if word == "" {
		return ""
	}
	return "did you mean " + word + "?"
}
