package session

import (
	"context"
	"riffle/session/cell"
	"riffle/session/gateway"
	"riffle/session/query"
	"time"
)

// task is a statement to be executed.
type task struct {
	Statement          // as typed; its class and verb are those of sql
	sql       cell.SQL // the statement with its variables expanded
	mode      query.Mode
}

// executor executes the statements of a class. The caller has the turn.
type executor func(ctx context.Context, t task) (Reply, error)

// Reply is the result of a statement.
type Reply struct {
	// Message says in one line what was done; "" if the rows show it.
	Message string
	// Query is running or has rows to show; nil if the statement is done. Events is a
	// lossless subscription to it from its start; the caller closes it.
	Query  *query.Query
	Events *query.Subscription
	// Note is a further remark on the result, or "".
	Note    string
	Elapsed time.Duration
}

// submission is a statement that Flink executes, and its outcome.
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
