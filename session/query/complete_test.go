package query_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"riffle/session/gateway/gatewaytest"
	"riffle/session/query"
)

// lingering is the source of a query whose job takes long to end after its cancellation.
type lingering struct {
	played
	refusal error
}

func (l lingering) Cancel(context.Context) error { return l.refusal }

// A query whose rows are complete does not wait for the end of its job, unless the job's functions may still report, or
// the job could not be cancelled.
func TestCompleteQueryDoesNotWaitForItsJob(t *testing.T) {
	for _, c := range []struct {
		name      string
		rows      []int64
		functions []string
		refusal   error
		ends      bool
	}{
		{name: "complete", rows: numbers(2), ends: true},
		{name: "incomplete", rows: numbers(1)},
		{name: "functions", rows: numbers(2), functions: []string{"F"}},
		{name: "not cancelled", rows: numbers(2), refusal: errors.New("no answer")},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := gatewaytest.NewQuery()
				started := query.Started{Query: "q1", Job: "job"}
				started.Describe(q.Answer("job", "+I").Result)
				started.Limit, started.Functions = 2, c.functions
				one, _ := startWith(t, query.Config{
					Started: started, Source: lingering{played{q}, c.refusal},
					Others: func() []*query.Query { return nil },
				}, query.ProgressOnly)
				send(t, q, rowsOf(0, c.rows...))
				synctest.Wait()
				if end, ended := one.End(); ended != c.ends || ended && end.State != query.Finished {
					t.Errorf("ended: %v, %v", ended, end.State)
				}
			})
		})
	}
}
