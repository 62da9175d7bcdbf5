// Package explain turns Flink's refusal of a statement into an error for its author: where the
// error is in the cell, what is wrong in the user's words, and what to do next.
//
//	gateway.Fault ─► Fault ─► place (cell.SQL, view.go) ─► suggestions (suggest.go, syntax.go) ─► cell.Error
//
// It looks up existing names through [Names].
package explain

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"riffle/session/cell"
	"riffle/session/gateway"
	"riffle/session/sqltext"
	"riffle/session/statement"
)

// Names looks up what the words of a statement can mean.
type Names interface {
	// Names returns the names of the current catalog and database, as they are now.
	Names(ctx context.Context) (gateway.Names, error)
	// Columns returns the columns of tables of the current database, by table.
	Columns(ctx context.Context, tables []string) (map[string][]gateway.Column, error)
	// Callable returns the functions that SQL can call, Go's and Flink's.
	Callable(fresh gateway.Names) []string
	// GoFunction and GoHelper find a function that was declared in Go, ignoring case: one that SQL
	// can call, and one that it cannot, with the name under which it could.
	GoFunction(name string) (declared string, is bool)
	GoHelper(name string) (declared, exported string, is bool)
}

// Fault turns the gateway's error for a statement into an error for the statement's author.
func Fault(ctx context.Context, names Names, sql cell.SQL, err error) error {
	var fault *gateway.Fault
	var lost *gateway.LostError
	at := sql.First()
	start := at.Cell.Position(at.Span.Start)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &lost):
		return &cell.Error{Message: lost.Error(), Hint: lost.Hint(), Position: start, Cell: at.Cell, Trace: lost.Tail, Err: err}
	case errors.As(err, new(*cell.Error)):
		return err // it contains the next step
	case !errors.As(err, &fault):
		return &cell.Error{Message: err.Error(), Position: start, Cell: at.Cell, Err: err}
	}
	if refusal := statement.Refusal(at.Verb); refusal != "" {
		e := cell.Fail(at, at.Verb+": "+refusal, "")
		e.Trace, e.Err = fault.Trace, err
		e.Redact(sql.Secrets())
		return e
	}
	d := fault.Diagnosis
	e := &cell.Error{Message: d.Message, Hint: d.Hint, Trace: fault.Trace, Err: err}
	e.SetPosition(at, at.Word)
	span, ok := faultSpan(sql, fault)
	if d.Syntax != nil && ok {
		var found gateway.Syntax
		span, found = atReservedWord(sql.Lexed, span, *d.Syntax)
		span, found = reservedAhead(sql.Lexed, span, found)
		d.Syntax = &found
	}
	if st, in, located := sql.Locate(span); ok && located {
		e.SetPosition(st, in)
		if d.AtArgument {
			e.Hint = withArgument(e.Hint, st.Cell.Text[in.Start:in.End])
		}
	}
	switch {
	case explainView(ctx, names, e, sql, fault, ok):
	case d.Syntax != nil:
		e.Message, e.Hint = explainSyntax(sql.Lexed, span, *d.Syntax)
	case misspelledOptions(d) != "":
		e.Hint = misspelledOptions(d)
	case d.Unknown != "":
		(&suggestion{names: names, sql: sql.Lexed, at: span, e: e, d: d}).add(ctx)
	}
	if e.Hint == "" {
		e.Hint = commandInside(sql.Text, span)
	}
	e.Spell(at.Cell)
	e.Redact(sql.Secrets())
	return e
}

// commandLine is a line that may be a notebook's command. In SQL, % is an operator.
var commandLine = regexp.MustCompile(`^[ \t]*(%\pL+)`)

// commandInside is the advice for an error in such a line, if it is not the statement's first.
func commandInside(text string, at sqltext.Span) string {
	start := strings.LastIndexByte(text[:min(at.Start, len(text))], '\n') + 1
	if command := commandLine.FindStringSubmatch(text[start:]); start > 0 && command != nil {
		return "to run " + command[1] + " as a command, end the statement above it with ;"
	}
	return ""
}

// faultSpan returns the place of a fault in the SQL: the one that Flink reports, or otherwise
// the name that the fault is about.
func faultSpan(sql cell.SQL, fault *gateway.Fault) (sqltext.Span, bool) {
	if fault.Syntax != nil && fault.Syntax.Found == "" {
		return sqltext.Span{Start: len(sql.Text), End: len(sql.Text)}, true // Flink reports the last token
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

// withArgument puts the text of a rejected argument into the CAST of the hint. A long text
// stays "…".
func withArgument(hint, argument string) string {
	if len(argument) > 60 || strings.ContainsAny(argument, "\r\n") {
		return hint
	}
	return strings.Replace(hint, "write CAST(… AS ", "write CAST("+argument+" AS ", 1)
}
