package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"riffle/render"
	"riffle/session"
	"riffle/session/sqltext"
	"riffle/session/trial"
)

// FailedCase is a call that did not have its expected result: \try Grade(95) = 'A'. It is wrapped in the *session.Error
// that says so.
type FailedCase struct{ Err error }

func (f *FailedCase) Error() string { return f.Err.Error() }

func (f *FailedCase) Unwrap() error { return f.Err }

// IsCase reports whether a statement is a call with an expected result.
func IsCase(st session.Statement) bool {
	if c, ok := Find(st.Verb); st.Class != sqltext.Command || !ok || c.Name != "try" {
		return false
	}
	return trial.IsCase(st.Arguments())
}

// try calls a Go function without Flink.
func try(ctx context.Context, env *Env, args []string) (Answer, error) {
	if len(args) == 0 {
		return Answer{Text: howToTry(env)}, nil
	}
	tried, err := env.Session.Try(ctx, args[0])
	var printed []string
	for _, line := range tried.Printed {
		printed = append(printed, EventText(env.FrontEnd, "", line))
	}
	answer := Answer{Printed: strings.Join(printed, "\n"), Location: tried.Location}
	if err != nil {
		return answer, ofTrial(ctx, tried.IsCase, err)
	}
	defer tried.Release()
	if tried.Expected != nil {
		return verdict(env, answer, tried, args[0])
	}
	field := tried.Field
	field.Name = short(field.Name)
	answer.Rows = array.NewRecord(arrow.NewSchema([]arrow.Field{field}, nil), []arrow.Array{tried.Results}, int64(tried.Results.Len()))
	answer.Text = strings.Join(append([]string{tried.Type + ", " + milliseconds(tried.Took)}, metricLines(tried)...), "\n")
	return answer, nil
}

// metricLines returns a line for each function that has counted or measured something.
func metricLines(tried session.Tried) []string {
	var lines []string
	for _, u := range tried.Usage {
		if len(u.Metrics) > 0 {
			lines = append(lines, u.Function+": "+metricsText(u.Metrics))
		}
	}
	return lines
}

// verdict answers a call whose result is expected. In a script, a case that is met prints nothing.
func verdict(env *Env, answer Answer, tried session.Tried, text string) (Answer, error) {
	if tried.Met {
		if env.FrontEnd != Script {
			answer.Text = "as expected, " + milliseconds(tried.Took)
		}
		return answer, nil
	}
	got, err := valueText(tried.Field, tried.Results, tried.Location)
	want, wrong := valueText(tried.Field, tried.Expected, tried.Location)
	if err := cmp.Or(err, wrong); err != nil {
		return answer, err
	}
	call := tried.Field.Name
	failed := fmt.Errorf("%s is %s, and %s is expected", short(call), got, want)
	at := strings.Index(text, call)
	return answer, &argumentError{message: failed.Error(), at: &sqltext.Span{Start: at, End: at + len(call)}, cause: &FailedCase{failed}}
}

// valueText returns the only value of a column for a message.
func valueText(field arrow.Field, column arrow.Array, zone *time.Location) (string, error) {
	cell, err := render.CellOf(field, zone)
	if err != nil {
		return "", err
	}
	text := render.Visible(string(cell(nil, column, 0)))
	if column.DataType().ID() == arrow.STRING && column.IsValid(0) {
		return "'" + short(text) + "'", nil
	}
	return short(text), nil
}

// ofTrial returns the error of a call, at its place in the arguments.
func ofTrial(ctx context.Context, isCase bool, err error) error {
	var at *trial.Error
	if ctx.Err() != nil {
		return err
	}
	cause := err
	if isCase {
		cause = &FailedCase{err}
	}
	if !errors.As(err, &at) {
		return &argumentError{message: err.Error(), cause: cause}
	}
	return &argumentError{message: at.Message, hint: at.Hint, at: &at.Span, cause: cause}
}

// howToTry explains \try, with a call of one of the session's functions.
func howToTry(env *Env) string {
	c, _ := Find("try")
	text := explain(c, env.FrontEnd)
	functions := env.Session.GoFunctions()
	if len(functions) == 0 {
		return text + "\n  The session has no Go functions so far."
	}
	var signatures []string
	for _, f := range functions {
		signatures = append(signatures, "  "+f.Signature)
	}
	return text + "\n\n" + strings.Join(signatures, "\n")
}

// maxShort is the length, in code points, to which calls and values are cut in headers and messages.
const maxShort = 60

func short(text string) string {
	if runes := []rune(text); len(runes) > maxShort {
		return string(runes[:maxShort-1]) + "…"
	}
	return text
}

// milliseconds formats a short time.
func milliseconds(d time.Duration) string {
	if d >= time.Second {
		return render.Elapsed(d)
	}
	return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000)
}
