package session

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"riffle/session/gateway"
	"riffle/session/mention"
	"riffle/session/sqltext"
	"riffle/session/statement"
)

// Error is a failure as a user reads it: what, where, and what to do next.
// [Explain] renders it, and is the only place that does.
type Error struct {
	Message string // one line
	Hint    string // the next step, one line or ""

	// Where: Position is "name:line:column", or "". Excerpt is the source line
	// with carets below it, or "".
	Position, Excerpt string

	Trace string // Java's stack trace, for \trace; "" where there is none
	Err   error
}

func (e *Error) Error() string {
	if e.Position != "" {
		return e.Position + ": " + e.Message
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// Explain renders any error for people: the message with its position, the
// source line with carets, the next step. No line end at the end.
func Explain(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	var b strings.Builder
	b.WriteString(e.Error())
	if e.Excerpt != "" {
		for line := range strings.Lines(e.Excerpt) {
			b.WriteString("\n  " + strings.TrimSuffix(line, "\n"))
		}
	}
	if e.Hint != "" {
		b.WriteString("\n" + e.Hint)
	}
	return b.String()
}

// Fail makes an error at a span of the statement's cell, for a front end that
// carries the statement out itself.
func Fail(st Statement, at sqltext.Span, message, hint string) *Error {
	return failAt(st, at, message, hint)
}

// fail makes an error at the start of a statement.
func fail(st Statement, message, hint string) *Error {
	return failAt(st, st.Word, message, hint)
}

// failAt makes an error at a span of the statement's cell.
func failAt(st Statement, span sqltext.Span, message, hint string) *Error {
	e := &Error{Message: message, Hint: hint}
	e.at(st, span)
	e.spell(st.Cell)
	return e
}

// spell writes the commands that the error mentions as they are typed where the
// cell was.
func (e *Error) spell(c Cell) {
	e.Message, e.Hint = mention.Write(e.Message, c.sigil()), mention.Write(e.Hint, c.sigil())
}

// at puts an error at a span of the statement's cell. Nothing secret is shown.
func (e *Error) at(st Statement, span sqltext.Span) {
	e.Position = st.Cell.position(span.Start)
	e.Excerpt = sqltext.Excerpt(sqltext.MaskAt(st.Cell.Text, span))
}

// explainFault turns what the gateway says about a statement into an Error.
func (s *Session) explainFault(ctx context.Context, sql sqlText, err error) error {
	var fault *gateway.Fault
	var lost *gateway.LostError
	at := sql.first()
	start := at.Cell.position(at.Span.Start)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &lost):
		return lostError(lost, start, err)
	case errors.As(err, new(*Error)):
		return err // it says what to do
	case !errors.As(err, &fault):
		return &Error{Message: err.Error(), Position: start, Err: err}
	}
	if refusal := statement.Refusal(at.Verb); refusal != "" {
		e := fail(at, at.Verb+": "+refusal, "")
		e.Trace, e.Err = fault.Trace, err
		e.hide(sqltext.Secrets(sql.text))
		return e
	}
	d := fault.Diagnosis
	e := &Error{Message: d.Message, Hint: d.Hint, Trace: fault.Trace, Err: err}
	e.at(at, at.Word)
	span, ok := faultSpan(sql, fault)
	if st, in, located := sql.locate(span); ok && located {
		e.at(st, in)
		if d.AtArgument {
			e.Hint = withArgument(e.Hint, st.Cell.Text[in.Start:in.End])
		}
	}
	switch {
	case fault.InView:
		s.explainView(ctx, e, sql)
	case d.Syntax != nil:
		e.Message, e.Hint = explainSyntax(sql.text, span, *d.Syntax)
	case d.Unknown != "":
		s.suggest(ctx, e, d, sql.text, span)
	}
	e.spell(at.Cell)
	e.hide(sqltext.Secrets(sql.text))
	return e
}

// explainView puts an error in the query of a view at the view's name, which is
// what the statement has of it.
func (s *Session) explainView(ctx context.Context, e *Error, sql sqlText) {
	names, err := s.names(ctx)
	if err != nil {
		return
	}
	var views []string
	for word := range sqltext.Names(sql.text) {
		if slices.Contains(names.Views, word) && !slices.Contains(views, word) {
			views = append(views, word)
		}
	}
	if len(views) != 1 { // Flink does not say in which
		e.Message, e.Hint = "in a view: "+e.Message, "SHOW CREATE VIEW shows the query of one"
		return
	}
	e.Message, e.Hint = "view "+views[0]+": "+e.Message, "SHOW CREATE VIEW "+views[0]+" shows its query"
	if at, found := find(sql.text, views[0]); found {
		if st, in, located := sql.locate(at); located {
			e.at(st, in)
		}
	}
}

// faultSpan is where in the SQL a fault is: where Flink says, or else at the name
// that it is about.
func faultSpan(sql sqlText, fault *gateway.Fault) (sqltext.Span, bool) {
	if fault.Syntax != nil && fault.Syntax.Found == "" {
		return sqltext.Span{Start: len(sql.text), End: len(sql.text)}, true // Flink says: at the last token
	}
	if p := fault.Place; p != nil {
		span, ok := sqltext.SpanUTF16(sql.text, p.Line, p.Column, p.EndLine, p.EndColumn)
		if p.EndLine == 0 {
			span = tokenAt(sql.text, span)
		}
		return span, ok
	}
	return find(sql.text, fault.At)
}

// hide takes secrets out of what is shown.
func (e *Error) hide(secrets []string) {
	for _, secret := range secrets {
		const tooShort = 3 // to be told from other letters
		if len(secret) > tooShort {
			for _, text := range []*string{&e.Message, &e.Hint, &e.Trace} {
				*text = strings.ReplaceAll(*text, secret, "******")
			}
		}
	}
}

// withArgument puts the text of a refused argument into the CAST that the hint
// says to write; a long one stays "…".
func withArgument(hint, argument string) string {
	if len(argument) > 60 || strings.ContainsAny(argument, "\r\n") {
		return hint
	}
	return strings.Replace(hint, "write CAST(… AS ", "write CAST("+argument+" AS ", 1)
}

// lostError is that of a statement or query whose JVM ended under it.
func lostError(lost *gateway.LostError, position string, err error) *Error {
	e := &Error{
		Message: lost.Error(), Position: position, Trace: lost.Tail, Err: err,
		Hint: "the session comes back in another JVM, without what ran: run it again",
	}
	if lost.Memory {
		e.Hint = "the session comes back in another JVM; one started with JAVA_TOOL_OPTIONS=-Xmx16g in its environment has more memory"
	}
	return e
}

func didYouMean(word string) string {
	if word == "" {
		return ""
	}
	return "did you mean " + word + "?"
}

func values(words []string) iter.Seq[string] { return slices.Values(words) }

// explainJob turns the failure of a query's job into an Error.
func (q *Query) explainJob(err error) error {
	st := q.statement
	var fault *gateway.Fault
	var lost *gateway.LostError
	e := &Error{Message: err.Error(), Position: st.Cell.position(st.Span.Start), Err: err}
	if errors.As(err, &lost) {
		return lostError(lost, e.Position, err)
	}
	if errors.As(err, &fault) {
		e.Message, e.Hint, e.Trace = fault.Message, fault.Hint, fault.Trace
		e.at(st, st.Word)
		if others := q.others(); fault.NoSlots && len(others) > 0 {
			var names []string
			for _, other := range others {
				names = append(names, other.ID())
			}
			e.Hint = fmt.Sprintf("%s hold them: %s one, or %s", strings.Join(names, ", "), mention.Command("cancel"), e.Hint)
		}
	}
	e.spell(st.Cell)
	e.hide(sqltext.Secrets(st.Text))
	return e
}
