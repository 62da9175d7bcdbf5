package session

import (
	"context"
	"errors"
	"slices"
	"strings"

	"riffle/session/cell"
	"riffle/session/gateway"
	"riffle/session/sqltext"
	"riffle/session/statement"
)

// explainFault turns what the gateway says about a statement into an Error.
func (s *Session) explainFault(ctx context.Context, sql cell.SQL, err error) error {
	var fault *gateway.Fault
	var lost *gateway.LostError
	at := sql.First()
	start := at.Cell.Position(at.Span.Start)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &lost):
		return &Error{Message: lost.Error(), Hint: lost.Hint(), Position: start, Trace: lost.Tail, Err: err}
	case errors.As(err, new(*Error)):
		return err // it says what to do
	case !errors.As(err, &fault):
		return &Error{Message: err.Error(), Position: start, Err: err}
	}
	if refusal := statement.Refusal(at.Verb); refusal != "" {
		e := cell.Fail(at, at.Verb+": "+refusal, "")
		e.Trace, e.Err = fault.Trace, err
		e.Hide(sql.Secrets())
		return e
	}
	d := fault.Diagnosis
	e := &Error{Message: d.Message, Hint: d.Hint, Trace: fault.Trace, Err: err}
	e.At(at, at.Word)
	span, ok := faultSpan(sql, fault)
	if st, in, located := sql.Locate(span); ok && located {
		e.At(st, in)
		if d.AtArgument {
			e.Hint = withArgument(e.Hint, st.Cell.Text[in.Start:in.End])
		}
	}
	switch {
	case fault.InView:
		s.explainView(ctx, e, sql)
	case d.Syntax != nil:
		e.Message, e.Hint = explainSyntax(sql.Lexed, span, *d.Syntax)
	case d.Unknown != "":
		s.suggest(ctx, e, d, sql.Lexed, span)
	}
	e.Spell(at.Cell)
	e.Hide(sql.Secrets())
	return e
}

// explainView puts an error in the query of a view at the view's name, which is
// what the statement has of it.
func (s *Session) explainView(ctx context.Context, e *Error, sql cell.SQL) {
	names, err := s.names(ctx)
	if err != nil {
		return
	}
	var views []string
	for word := range sql.Names() {
		if slices.Contains(names.Views, word) && !slices.Contains(views, word) {
			views = append(views, word)
		}
	}
	if len(views) != 1 { // Flink does not say in which
		e.Message, e.Hint = "in a view: "+e.Message, "SHOW CREATE VIEW shows the query of one"
		return
	}
	e.Message, e.Hint = "view "+views[0]+": "+e.Message, "SHOW CREATE VIEW "+views[0]+" shows its query"
	if at, found := sql.Find(views[0]); found {
		if st, in, located := sql.Locate(at); located {
			e.At(st, in)
		}
	}
}

// faultSpan is where in the SQL a fault is: where Flink says, or else at the name
// that it is about.
func faultSpan(sql cell.SQL, fault *gateway.Fault) (sqltext.Span, bool) {
	if fault.Syntax != nil && fault.Syntax.Found == "" {
		return sqltext.Span{Start: len(sql.Text), End: len(sql.Text)}, true // Flink says: at the last token
	}
	if p := fault.Place; p != nil {
		span, ok := sqltext.SpanUTF16(sql.Text, p.Line, p.Column, p.EndLine, p.EndColumn)
		if p.EndLine == 0 {
			span = sql.At(span)
		}
		return span, ok
	}
	return sql.Find(fault.At)
}

// withArgument puts the text of a refused argument into the CAST that the hint
// says to write; a long one stays "…".
func withArgument(hint, argument string) string {
	if len(argument) > 60 || strings.ContainsAny(argument, "\r\n") {
		return hint
	}
	return strings.Replace(hint, "write CAST(… AS ", "write CAST("+argument+" AS ", 1)
}
