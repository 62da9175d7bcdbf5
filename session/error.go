package session

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"

	"riffle/session/flink"
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
	return &Error{
		Message:  message,
		Hint:     hint,
		Position: st.Cell.position(span.Start),
		Excerpt:  sqltext.Excerpt(st.Cell.Text, span),
	}
}

// explainFault turns what the gateway says about a statement into an Error.
func (s *Session) explainFault(ctx context.Context, sql sqlText, err error) error {
	var fault *flink.Fault
	var lost *flink.LostError
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
	e := &Error{Message: fault.Error(), Position: start, Trace: fault.Trace, Err: err}
	if p := fault.Position; p != nil {
		span, _ := sqltext.SpanUTF16(sql.text, p.Line, p.Column, p.EndLine, p.EndColumn)
		if st, span, ok := sql.locate(span); ok {
			e.Position = st.Cell.position(span.Start)
			e.Excerpt = sqltext.Excerpt(st.Cell.Text, span)
		}
	}
	e.Hint = s.hint(ctx, fault)
	return e
}

// lostError is that of a statement or query whose JVM ended under it.
func lostError(lost *flink.LostError, position string, err error) *Error {
	return &Error{
		Message: lost.Error(), Position: position, Trace: lost.Tail, Err: err,
		Hint: "the session comes back in another JVM, without what ran: run it again",
	}
}

var (
	unknownTable    = regexp.MustCompile(`^Object '([^']+)' not found`)
	unknownFunction = regexp.MustCompile(`^No match found for function signature (\w+)\(`)
	unknownFactory  = regexp.MustCompile(`^Could not find any (?:format )?factory for identifier '([^']+)'`)
)

// hint is the next step after a fault that we know.
func (s *Session) hint(ctx context.Context, fault *flink.Fault) string {
	message := fault.Error()
	switch {
	case unknownTable.MatchString(message):
		word := unknownTable.FindStringSubmatch(message)[1]
		return s.nearestName(ctx, word, func(n flink.Names) []string { return n.Tables })
	case unknownFunction.MatchString(message):
		word := unknownFunction.FindStringSubmatch(message)[1]
		return s.nearestName(ctx, word, func(n flink.Names) []string { return n.Functions })
	case unknownFactory.MatchString(message):
		return missingJar(unknownFactory.FindStringSubmatch(message)[1])
	}
	return ""
}

// missingJar is the next step where Flink has no factory of a name.
func missingJar(identifier string) string {
	jar := "the jar that brings it"
	if known := flink.JarOf(identifier); known != "" {
		jar = "the jar of " + known
	}
	return fmt.Sprintf("add %s: ADD JAR '/path/to/the.jar'; or start riffle with -j FILE", jar)
}

func (s *Session) nearestName(ctx context.Context, word string, pick func(flink.Names) []string) string {
	names, err := s.names(ctx)
	if err != nil {
		return ""
	}
	return didYouMean(sqltext.Nearest(word, values(pick(names))))
}

func didYouMean(word string) string {
	if word == "" {
		return ""
	}
	return "did you mean " + word + "?"
}

func values(words []string) iter.Seq[string] { return slices.Values(words) }

// explainJob turns the failure of a job into an Error.
func explainJob(st Statement, err error) error {
	var fault *flink.Fault
	var lost *flink.LostError
	e := &Error{Message: err.Error(), Position: st.Cell.position(st.Span.Start), Err: err}
	if errors.As(err, &lost) {
		return lostError(lost, e.Position, err)
	}
	if errors.As(err, &fault) {
		e.Message, e.Trace = fault.Error(), fault.Trace
	}
	return e
}
