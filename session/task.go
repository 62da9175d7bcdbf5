package session

import (
	"context"
	"riffle/session/cell"
	"riffle/session/gateway"
	"riffle/session/query"
	"time"
)

// task is a statement that is to be carried out.
type task struct {
	Statement          // as it was typed; its class and verb are those of sql
	sql       cell.SQL // what it is without variables
	mode      query.Mode
}

// executor carries out the statements of a class. Who calls it has the turn.
type executor func(ctx context.Context, t task) (Reply, error)

// Reply is what a statement came to.
type Reply struct {
	// Message says what was done, one line; "" where rows say it.
	Message string
	// Query runs, or has rows to show; nil if the statement is done. Events is
	// a subscription to it that misses nothing; the caller Closes it.
	Query  *query.Query
	Events *query.Subscription
	// Note says what else came of it, "" for nothing.
	Note    string
	Elapsed time.Duration
}

// submission is a statement that Flink carries out, and what came of it.
type submission struct {
	task
	name    string          // under which it runs, if it does
	gateway gateway.Gateway // that carried it out
	answer  gateway.Answer
}

func (s *Session) newSubmission(t task) *submission {
	t.Planned = t.sql.Text
	return &submission{task: t, name: s.queries.Number()}
}
