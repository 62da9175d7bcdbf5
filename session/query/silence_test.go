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
	health     query.Health
	complaints func(look int) []gateway.Complaint
	looks      int
}

func (c *complaining) Health(context.Context) (query.Health, error) { return c.health, nil }

func (c *complaining) Complaints() ([]gateway.Complaint, error) {
	c.looks++
	if c.complaints == nil {
		return nil, nil
	}
	return c.complaints(c.looks), nil
}

// A query that shows nothing reports within 15 s what its connector complains about, once. It does
// not if it has read rows, or if the complaint may be over.
func TestSilentQuerySaysWhatItsConnectorLogs(t *testing.T) {
	broker := gateway.Complaint{Message: "no broker answers at 127.0.0.1:9", Hint: "check it"}
	repeated := func(look int) []gateway.Complaint {
		c := broker
		c.Times = 2 + look
		return []gateway.Complaint{c}
	}
	once := func(c gateway.Complaint) func(int) []gateway.Complaint {
		return func(int) []gateway.Complaint { return []gateway.Complaint{c} }
	}
	none := query.Health{RowsIn: 0, RowsOut: -1, Deployed: true}
	for _, c := range []struct {
		name       string
		health     query.Health
		complaints func(int) []gateway.Complaint
		insert     bool // a job that writes its rows
		others     int  // queries that run, too
		want       string
	}{
		{name: "down", health: none, complaints: repeated, want: "no rows so far: no broker answers at 127.0.0.1:9; check it"},
		{name: "an error", health: none, complaints: once(gateway.Complaint{Logger: "c.Client", Message: "Poll failed", Times: 1, Error: true}),
			want: "no rows so far: c.Client: Poll failed"},
		{name: "was down", health: none, complaints: once(gateway.Complaint{Message: broker.Message, Times: 5})},
		{name: "reads", health: query.Health{RowsIn: 3, RowsOut: -1}, complaints: repeated},
		{name: "works", health: none},
		{name: "one of two", health: query.Health{RowsIn: 3, RowsOut: -1, Silent: []string{"Source__b"}}, complaints: repeated,
			want: "no rows so far from one of its sources: no broker answers at 127.0.0.1:9; check it"},
		{name: "among others", health: none, complaints: repeated, others: 1,
			want: "no rows so far: no broker answers at 127.0.0.1:9, for this query or another one; check it"},
		{name: "insert", health: query.Health{RowsIn: 3, RowsOut: 0}, complaints: repeated, insert: true,
			want: "no rows so far: no broker answers at 127.0.0.1:9; check it"},
		{name: "insert that writes", health: query.Health{RowsIn: -1, RowsOut: 3}, complaints: repeated, insert: true},
		{name: "insert that may write", health: query.Health{RowsIn: 3, RowsOut: -1}, complaints: repeated, insert: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rows := gatewaytest.NewQuery()
				source := &complaining{played: played{rows}, health: c.health, complaints: c.complaints}
				started := query.Started{Query: "q1", Job: "job", Bounded: true}
				if !c.insert {
					started.Describe(rows.Answer("job", "+I").Result)
				}
				_, events := startWith(t, query.Config{
					Started: started, Source: source, Others: func() []*query.Query { return make([]*query.Query, c.others) },
				}, query.ProgressOnly)
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

// Once a query has rows, nobody reads the log for it.
func TestLogIsNotReadForRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rows := gatewaytest.NewQuery()
		source := &complaining{played: played{rows}}
		_, events := startFrom(t, rows, source, query.ProgressOnly, 0, "+I")
		send(t, rows, rowsOf(0, 1))
		time.Sleep(2 * time.Minute)
		if source.looks > 0 {
			t.Errorf("the log was read %d times", source.looks)
		}
		events.Close()
	})
}
