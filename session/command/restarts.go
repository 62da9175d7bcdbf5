package command

import (
	"context"
	"fmt"
	"strings"
	"time"

	"riffle/render"
	"riffle/session/query"
)

// Restarts says in one line how often Flink has restarted the job of a query, and why; "" if it has not.
func Restarts(f FrontEnd, id string, r query.Restarts) string {
	if r.Times == 0 {
		return ""
	}
	text := "restarted once"
	if r.Times > 1 {
		text = "restarted " + render.Counted(r.Times, "time")
	}
	if r.Last == nil {
		return text
	}
	text += fmt.Sprintf(", last %s ago: %s", render.Running(max(0, time.Since(r.At))), r.Last.Message)
	if trace := traceHint(f, id); trace != "" {
		text += " · " + trace
	}
	return text
}

// traceHint says how to see all of the failure after which a query was restarted; "" if the front end cannot show it.
func traceHint(f FrontEnd, id string) string {
	if f == Script {
		return ""
	}
	return f.mark() + "trace " + id + " shows all"
}

// failing returns why Flink restarts a query. safe makes a text safe for the front end.
func failing(f FrontEnd, id string, safe func(string) string, e query.Failing) string {
	text := id + ": Flink restarts the job: " + safe(e.Reason)
	for _, more := range []string{safe(e.Hint), traceHint(f, id)} {
		if more != "" {
			text += "; " + more
		}
	}
	return text
}

// traceOf returns the stack trace of the failure after which the job of a query was restarted last.
func traceOf(ctx context.Context, env *Env, name string) (Answer, error) {
	q, ok := env.Session.Query(name)
	if !ok {
		return Answer{}, noQuery(name)
	}
	ctx, done := context.WithTimeout(ctx, figuresWithin)
	defer done()
	switch r, err := q.Restarts(ctx); {
	case err != nil && r.Last == nil:
		return Answer{}, err
	case r.Times == 0:
		return Answer{Text: "Flink has not restarted " + name}, nil
	case r.Last == nil:
		return Answer{Text: "Flink has restarted " + name + ", but no longer knows why"}, nil
	default:
		return Answer{Text: strings.TrimRight(r.Last.Trace, "\n")}, nil
	}
}
