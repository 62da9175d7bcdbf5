package query

import (
	"context"
	"regexp"
	"time"

	"riffle/session/cell"
	"riffle/session/gateway"
)

// Restarts says how often Flink has restarted a query's job, and why.
type Restarts = gateway.Restarts

const (
	// restartsEvery is the interval at which Flink is asked whether it has restarted a job.
	restartsEvery = 2 * time.Second
	// maxReasons is the number of reasons that are told: a job can fail with another text each time.
	maxReasons = 10
)

// Restarts asks Flink how often it has restarted the query's job, and why. If Flink does not answer in time, it returns
// what was known before.
func (q *Query) Restarts(ctx context.Context) (Restarts, error) {
	r, err := q.config.Source.Restarts(ctx)
	return q.keepRestarts(r, err), err
}

// keepRestarts keeps an answer of Flink's, and returns the last one without secrets of the statement.
func (q *Query) keepRestarts(r Restarts, err error) Restarts {
	r.Last = q.redacted(r.Last)
	q.mu.Lock()
	defer q.mu.Unlock()
	if err == nil {
		q.restarts = r
	}
	return q.restarts
}

// redacted returns a failure without secrets of the statement.
func (q *Query) redacted(f *gateway.Fault) *gateway.Fault {
	if f == nil {
		return nil
	}
	e := cell.Error{Message: f.Message, Hint: f.Hint, Trace: f.Trace}
	e.Redact(q.config.Statement.Lexed().Secrets())
	safe := *f
	safe.Message, safe.Hint, safe.Trace = e.Message, e.Hint, e.Trace
	return &safe
}

// watchRestarts tells the subscribers why Flink restarts the job, once for each reason: for Flink, a job that fails again
// and again is running most of the time. Messages that differ only in numbers are one reason, because a message can
// contain a value of a row. It returns when ctx ends.
func (q *Query) watchRestarts(ctx context.Context) {
	if q.config.Started.Job == "" {
		return
	}
	tick := time.NewTicker(restartsEvery)
	defer tick.Stop()
	for told := map[string]bool{}; len(told) < maxReasons; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		r, err := q.Restarts(ctx)
		if err != nil || r.Last == nil { // if Flink does not answer, others say so
			continue
		}
		if reason := numbers.ReplaceAllString(r.Last.Message, "#"); !told[reason] {
			told[reason] = true
			q.notify(Failing{Reason: r.Last.Message, Hint: q.config.Statement.Cell.Spell(r.Last.Hint)})
		}
	}
}

var numbers = regexp.MustCompile(`\d+`)
