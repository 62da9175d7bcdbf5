package query_test

import (
	"context"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"riffle/session/gateway"
	"riffle/session/gateway/gatewaytest"
	"riffle/session/query"
)

// counting is the source of a query that counts its cancellations.
type counting struct {
	played
	cancelled *atomic.Int32
}

func (c counting) Cancel(ctx context.Context) error {
	c.cancelled.Add(1)
	return c.played.Cancel(ctx)
}

// The job of a query whose rows are complete is cancelled only if it does not end by itself soon. The query does not
// wait for that, unless functions may report.
func TestCompleteQueryLetsItsJobFinish(t *testing.T) {
	for _, c := range []struct {
		name      string
		started   query.Started
		takes     time.Duration // from the last row to the end of the job
		ends      bool          // the query ends with its rows
		cancelled int32
	}{
		{"constant", query.Started{Bounded: true, Constant: true}, 2 * time.Second, true, 0},
		{"constant that hangs", query.Started{Bounded: true, Constant: true}, time.Minute, true, 1},
		{"constant with functions", query.Started{Bounded: true, Constant: true, Functions: []string{"F"}}, 2 * time.Second, false, 0},
		{"limit", query.Started{Bounded: true}, 100 * time.Millisecond, true, 0},
		{"limit of many rows", query.Started{Bounded: true}, time.Minute, true, 1},
		{"limit with functions", query.Started{Bounded: true, Functions: []string{"F"}}, time.Minute, false, 1},
		{"unbounded", query.Started{}, time.Minute, true, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := gatewaytest.NewQuery()
				started := c.started
				started.Describe(&gateway.Result{Schema: q.Answer("job", "+I").Result.Schema, Kinds: []string{"+I"}, Limit: 2, Constant: started.Constant})
				started.Query, started.Job = "q1", "job"
				source := counting{played{q}, new(atomic.Int32)}
				one, events, err := query.New(query.Config{
					Started: started, Source: source, Harness: noHarness{}, Others: func() []*query.Query { return nil },
				}, query.ProgressOnly)
				if err != nil {
					t.Fatal(err)
				}
				defer events.Close()
				over := make(chan struct{})
				go func() {
					defer close(over)
					one.Run(t.Context())
					one.LetFinish(t.Context())
				}()
				send(t, q, rowsOf(0, 1, 2))
				synctest.Wait()
				if _, ended := one.End(); ended != c.ends && source.cancelled.Load() == 0 {
					t.Errorf("ended with its rows: %v", ended)
				}
				finish := time.AfterFunc(c.takes, func() { q.End(io.EOF) })
				<-over
				finish.Stop()
				if end, _ := one.End(); end.State != query.Finished || end.Rows != 2 {
					t.Errorf("ended as %v with %d rows: %v", end.State, end.Rows, end.Err)
				}
				if got := source.cancelled.Load(); got != c.cancelled {
					t.Errorf("cancelled %d times, want %d", got, c.cancelled)
				}
			})
		})
	}
}
