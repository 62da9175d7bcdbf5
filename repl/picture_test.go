package repl

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"riffle/session"
	"riffle/session/cell"
	"riffle/session/changelog"
	"riffle/session/gateway"
	"riffle/session/gateway/gatewaytest"
	"riffle/session/query"
	"riffle/udfhost/golang"
)

// played returns a session in which each SELECT is the query that the test plays. It runs in
// a bubble of package synctest.
func played(t *testing.T, q *gatewaytest.Query, kinds ...string) *session.Session {
	t.Helper()
	return playedAs(t, q, q, kinds...)
}

// playedAs is played, with a query in front of the test's that receives the calls.
func playedAs(t *testing.T, front gateway.Query, q *gatewaytest.Query, kinds ...string) *session.Session {
	t.Helper()
	return playedAnswer(t, func(name string) gateway.Answer {
		answer := q.Answer("job-"+name, kinds...)
		answer.Query = front
		return answer
	})
}

// playedAnswer returns a session in which each SELECT has an answer of the test's.
func playedAnswer(t *testing.T, answer func(name string) gateway.Answer) *session.Session {
	t.Helper()
	g := gatewaytest.New()
	g.Answer = func(_ context.Context, _, name string) (gateway.Answer, error) { return answer(name), nil }
	return playedBy(t, g, "")
}

// playedBy returns a session with a gateway of the test's, on an existing cluster if an address is given.
func playedBy(t *testing.T, g *gatewaytest.Gateway, cluster string) *session.Session {
	t.Helper()
	store := golang.New(golang.Options{})
	s := session.New(context.Background(), session.Config{
		Functions: store, Harness: idle{}, Cluster: cluster,
		Boot: func(context.Context) (gateway.Gateway, error) { return g, nil },
	})
	t.Cleanup(func() {
		s.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// lingering is a query that continues for a while after it is cancelled, as jobs do.
type lingering struct{ *gatewaytest.Query }

func (lingering) Cancel(context.Context) error { return nil }

type idle struct{}

func (idle) StopQuery(string) {}

// begin starts the query. rows is the value of --rows.
func begin(t *testing.T, s *session.Session, rows int64) session.Reply {
	t.Helper()
	st := s.Cell("SELECT id FROM t").Statements()[0]
	st.SnapshotAfter = cell.SnapshotAfter{Bounded: rows, Unbounded: rows}
	reply, err := s.Execute(t.Context(), st, query.Lossless)
	if err != nil {
		t.Fatal(err)
	}
	s.Keep(reply.Query)
	return reply
}

func send(t *testing.T, q *gatewaytest.Query, kind changelog.Kind, ids ...int64) {
	t.Helper()
	if err := q.Send(t.Context(), gateway.Delivery{Record: gatewaytest.Rows(kind, ids...)}); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// viewer is a live view that follows a query.
type viewer struct {
	terminal   *terminal
	gate       gate
	display    *liveDisplay
	interrupts chan os.Signal
	done       chan struct{}
	outcome    outcome
	err        error
}

// gate is a terminal that accepts no output while it is shut.
type gate struct {
	io.Writer
	shut atomic.Pointer[chan struct{}]
}

func (g *gate) Write(p []byte) (int, error) {
	if shut := g.shut.Load(); shut != nil {
		<-*shut
	}
	return g.Writer.Write(p)
}

func view(t *testing.T, q *query.Query, events *query.Subscription, within bound) *viewer {
	t.Helper()
	v := newViewer(t, q)
	f := follower{query: q, events: events, interrupts: v.interrupts, notice: func(string) {}, bound: within}
	go func() {
		defer close(v.done)
		v.outcome, v.err = f.follow(t.Context(), v.display)
	}()
	synctest.Wait()
	return v
}

func newViewer(t *testing.T, q *query.Query) *viewer {
	t.Helper()
	v := &viewer{terminal: newTerminal(t, 60, 16), done: make(chan struct{})}
	v.gate.Writer = v.terminal
	scr := &screen{w: &v.gate, size: v.terminal.size}
	d, err := newLiveDisplay(output{Options: Options{Format: "table"}, w: scr, width: 60, footer: true}, scr, q)
	if err != nil {
		t.Fatal(err)
	}
	v.display = d
	v.interrupts = make(chan os.Signal, 1)
	return v
}

// Two displays of one query, one of which starts late, draw the same table: the query's own,
// and not a copy. An updated row keeps its place in both, and both show a restart.
func TestDisplaysDrawTheQuerysOwnTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		reply := begin(t, played(t, q, "+I", "-U", "+U", "-D"), 0)
		first := view(t, reply.Query, reply.Events, bound{})
		send(t, q, changelog.Insert, 1, 2, 3)
		send(t, q, changelog.Delete, 1)
		second := view(t, reply.Query, reply.Query.Subscribe(query.ProgressOnly), bound{})
		send(t, q, changelog.UpdateBefore, 2)
		for _, v := range []*viewer{first, second} {
			if err := v.display.redraw(); err != nil { // which ends no frame
				t.Fatal(err)
			}
		}
		send(t, q, changelog.UpdateAfter, 4)
		own, _ := reply.Query.Table()
		defer own.Release()
		for who, v := range map[string]*viewer{"first": first, "late": second} {
			table := v.display.table()
			for i, want := range []int64{4, 3} {
				drawn, row := table.At(i)
				kept, at := own.At(i)
				if drawn != kept || row != at || table.ID(i) != own.ID(i) {
					t.Errorf("the %s display draws another table than the query's", who)
				}
				if got := drawn.Column(0).ValueStr(row); got != fmt.Sprint(want) {
					t.Errorf("row %d of the %s display is %s, want %d", i, who, got, want)
				}
			}
			table.Release()
		}
		if err := q.Send(t.Context(), gateway.Delivery{Attempt: 1, Restarted: true}); err != nil {
			t.Fatal(err)
		}
		send(t, q, changelog.Insert, 7)
		q.End(io.EOF)
		for who, v := range map[string]*viewer{"first": first, "late": second} {
			<-v.done
			text := v.terminal.String()
			if v.err != nil || !strings.Contains(text, "│  7 │") || strings.Contains(text, "│  3 │") || !strings.Contains(text, "(1 row, 1 change") {
				t.Errorf("%s, %v:\n%s", who, v.err, text)
			}
			if log := strings.Join(v.display.log, "\n"); !strings.Contains(log, "the job was restarted (attempt 2): the table starts over") {
				t.Errorf("the log of the %s display is %q", who, log)
			}
		}
	})
}

// A terminal that accepts no output for a while, as after Ctrl-S, does not delay the query, and
// finally shows its complete table.
func TestSlowTerminalHoldsNobodyBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		reply := begin(t, played(t, q, "+I", "-D"), 0)
		v := view(t, reply.Query, reply.Events, bound{})
		shut := make(chan struct{})
		v.gate.shut.Store(&shut)
		const many = 500 // more batches than can wait for a subscriber
		for id := range int64(many) {
			send(t, q, changelog.Insert, id)
		}
		if rows := reply.Query.Rows(); rows != many {
			t.Fatalf("the query has %d rows, while the terminal takes none", rows)
		}
		v.gate.shut.Store(nil)
		close(shut)
		q.End(io.EOF)
		<-v.done
		if text := v.terminal.String(); v.err != nil || !strings.Contains(text, "(500 rows, 500 changes") || !strings.Contains(text, "│ 499 ") || !strings.Contains(text, "│   0 ") {
			t.Errorf("%v:\n%s", v.err, text)
		}
	})
}

// --rows shows the table after exactly that many changes, although the query has more of them
// by then. The same holds for a table that is written once.
func TestTableAfterSoManyChanges(t *testing.T) {
	within := bound{rows: 3, byRows: "--rows 3"}
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		reply := begin(t, played(t, q, "+I", "-D"), within.rows)
		v := view(t, reply.Query, reply.Events, within)
		send(t, q, changelog.Insert, 1, 2)
		send(t, q, changelog.Insert, 3, 4, 5)
		<-v.done
		if text := v.terminal.String(); v.err != nil || v.outcome.Limit != "--rows 3" || strings.Contains(text, "│  4 │") || !strings.Contains(text, "(+3 changes, 3 rows, ended by --rows 3)") {
			t.Errorf("%v, %+v:\n%s", v.err, v.outcome, text)
		}
	})
	for name, ends := range map[string]bool{"it goes on": false, "it ends with the batch": true} {
		synctest.Test(t, func(t *testing.T) {
			q := gatewaytest.NewQuery()
			reply := begin(t, played(t, q, "+I", "-D"), within.rows)
			var out strings.Builder
			d := &finalDisplay{
				output: output{Options: Options{Format: "csv"}, w: &out, notice: func(string) {}},
				query:  reply.Query, wait: func(string) error { return nil },
			}
			go func() {
				record := gatewaytest.Rows(changelog.Insert, 1, 2, 3, 4)
				if q.Send(t.Context(), gateway.Delivery{Record: record}) == nil && ends {
					q.End(io.EOF)
				}
			}()
			f := follower{query: reply.Query, events: reply.Events, bound: within}
			if _, err := f.follow(t.Context(), d); err != nil || out.String() != "id\n1\n2\n3\n" {
				t.Errorf("%s: %v, %q", name, err, out.String())
			}
		})
	}
}

// What arrives between Ctrl-C and the end of a query is not shown.
func TestInterruptedTableStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		reply := begin(t, playedAs(t, lingering{q}, q, "+I", "-D"), 0)
		v := view(t, reply.Query, reply.Events, bound{})
		send(t, q, changelog.Insert, 1, 2)
		v.interrupts <- os.Interrupt
		synctest.Wait()
		send(t, q, changelog.Insert, 3)
		q.End(gateway.ErrCancelled)
		<-v.done
		if text := v.terminal.String(); v.err != nil || !strings.Contains(text, "│  2 │") || strings.Contains(text, "│  3 │") || !strings.Contains(text, "(+2 changes, 2 rows, interrupted)") {
			t.Errorf("%v:\n%s", v.err, text)
		}
	})
}
