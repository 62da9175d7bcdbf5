package query_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"riffle/session/cell"
	"riffle/session/gateway"
	"riffle/session/gateway/gatewaytest"
	"riffle/session/query"
)

// restarting is the source of a query whose job fails again and again, for one reason after the other.
type restarting struct {
	played
	reasons []string
	looks   atomic.Int64
}

func (r *restarting) Restarts(context.Context) (query.Restarts, error) {
	looks := int(r.looks.Add(1))
	if looks == 1 {
		return query.Restarts{}, errors.New("no answer")
	}
	last := &gateway.Fault{Trace: "of secret-password"}
	last.Message = r.reasons[min(looks-2, len(r.reasons)-1)]
	return query.Restarts{Times: looks - 1, Last: last}, nil
}

// A query tells each reason for which its job is restarted once. Numbers make no other reason, and secrets of the
// statement are left out. In the end too many reasons are not told any more.
func TestReasonsOfRestarts(t *testing.T) {
	for _, c := range []struct {
		name, statement string
		reasons, want   []string
	}{
		{"one", "", []string{"Half(3): odd", "Half(5): odd"}, []string{"Half(3): odd"}},
		{"two", "", []string{"Half(3): odd", "the disk is full", "Half(3): odd"}, []string{"Half(3): odd", "the disk is full"}},
		{"secret", "CREATE TABLE t (n INT) WITH ('password' = 'secret-password')", []string{"no login with secret-password"}, []string{"no login with ******"}},
		{"many", "", letters("it is ", 12), letters("it is ", 10)},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var st cell.Statement
				if c.statement != "" {
					st = cell.Cell{Text: c.statement}.Statements()[0]
				}
				rows := gatewaytest.NewQuery()
				one, events := startWith(t, query.Config{
					Started: query.Started{Query: "q1", Job: "job"}, Statement: st,
					Source: &restarting{played: played{rows}, reasons: c.reasons},
					Others: func() []*query.Query { return nil },
				}, query.ProgressOnly)
				time.Sleep(time.Minute)
				if r, err := one.Restarts(t.Context()); err != nil || c.statement != "" && r.Last.Trace != "of ******" {
					t.Errorf("%+v, %v", r.Last, err)
				}
				rows.End(gateway.ErrCancelled)
				var got []string
				for {
					event, err := events.Next(t.Context())
					if err != nil {
						break
					}
					if failing, is := event.(query.Failing); is {
						got = append(got, failing.Reason)
					}
				}
				if len(got) != len(c.want) {
					t.Fatalf("tells %q, want %q", got, c.want)
				}
				for i := range got {
					if got[i] != c.want[i] {
						t.Errorf("tells %q, want %q", got, c.want)
					}
				}
			})
		})
	}
}

// letters returns texts that end with different letters.
func letters(begin string, n int) []string {
	var texts []string
	for i := range n {
		texts = append(texts, begin+string(rune('a'+i)))
	}
	return texts
}
