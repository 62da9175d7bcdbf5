package query_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"riffle/session/gateway"
	"riffle/session/gateway/gatewaytest"
	"riffle/session/query"
)

// complaining is the source of a query whose connector logs complaints.
type complaining struct {
	played
	rowsIn     int64
	complaints []gateway.Complaint
}

func (c complaining) Health(context.Context) (query.Health, error) {
	return query.Health{RowsIn: c.rowsIn, RowsOut: -1, Deployed: true}, nil
}

func (c complaining) Complaints() ([]gateway.Complaint, error) { return c.complaints, nil }

// A query that shows nothing says within 15 s what its connector complains of, once, and
// one that has read rows says nothing.
func TestSilentQuerySaysWhatItsConnectorLogs(t *testing.T) {
	down := []gateway.Complaint{{Message: "no broker answers at 127.0.0.1:9", Hint: "check it"}}
	for _, c := range []struct {
		name   string
		source complaining
		want   string
	}{
		{"down", complaining{complaints: down}, "no rows so far: no broker answers at 127.0.0.1:9; check it"},
		{"unknown", complaining{complaints: []gateway.Complaint{{Logger: "c.Client", Message: "Poll failed"}}}, "no rows so far: c.Client: Poll failed"},
		{"reads", complaining{rowsIn: 3, complaints: down}, ""},
		{"works", complaining{}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rows := gatewaytest.NewQuery()
				c.source.played = played{rows}
				_, events := startFrom(t, rows, c.source, query.ProgressOnly, 0, "+I")
				if _, err := events.Next(t.Context()); err != nil { // Started
					t.Fatal(err)
				}
				got := ""
				for _, within := range []time.Duration{15 * time.Second, 2 * time.Minute} {
					ctx, done := context.WithTimeout(t.Context(), within)
					e, err := events.Next(ctx)
					done()
					switch n, is := e.(query.Notice); {
					case err == nil && !is:
						t.Fatalf("%T", e)
					case err == nil && got != "":
						t.Errorf("again: %s", n.Text)
					case is && !n.Passing:
						t.Error("it describes the result")
					case is:
						got = n.Text
					}
				}
				if got != c.want {
					t.Errorf("%q, want %q", got, c.want)
				}
				events.Close()
			})
		})
	}
}
