package session_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apache/arrow/go/v15/arrow/array"

	"riffle/session"
	"riffle/session/changelog"
	"riffle/session/gateway"
	"riffle/session/gateway/gatewaytest"
	"riffle/session/query"
	"riffle/udfhost/golang"
)

// scripted is a session whose gateways are played by the test. Its tests run in bubbles of
// package synctest: after synctest.Wait everything that can happen has happened, and time
// passes only when nothing else can.
type scripted struct {
	*session.Session
	t *testing.T

	mu      sync.Mutex
	notices []string
}

// script starts a session with gateways, of which each takes the place of the one before
// that was lost.
func script(t *testing.T, gateways ...*gatewaytest.Gateway) *scripted {
	t.Helper()
	s := &scripted{t: t}
	store := golang.New(golang.Options{})
	s.Session = session.New(context.Background(), session.Config{
		Functions: store, Harness: noHarness{},
		Notice: func(text string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.notices = append(s.notices, text)
		},
		Boot: func(context.Context) (gateway.Gateway, error) {
			if len(gateways) == 0 {
				return nil, errors.New("no gateway is left")
			}
			next := gateways[0]
			gateways = gateways[1:]
			return next, nil
		},
	})
	t.Cleanup(func() {
		s.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

type noHarness struct{}

func (noHarness) StopQuery(string) {}

func (s *scripted) execute(ctx context.Context, text string, mode query.Mode) (session.Reply, error) {
	s.t.Helper()
	return s.Execute(ctx, s.Cell(text).Statements()[0], mode)
}

func (s *scripted) do(text string) session.Reply {
	s.t.Helper()
	reply, err := s.execute(s.t.Context(), text, query.Told)
	if err != nil {
		s.t.Fatalf("%s: %v", text, err)
	}
	return reply
}

// query runs one that sends the rows of the gateway's query.
func (s *scripted) query(mode query.Mode) session.Reply {
	s.t.Helper()
	reply, err := s.execute(s.t.Context(), "SELECT id FROM t", mode)
	if err != nil {
		s.t.Fatal(err)
	}
	return reply
}

// said are the notices so far.
func (s *scripted) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.notices, "\n")
}

// streaming is a gateway on which every SELECT is a query.
func streaming(q *gatewaytest.Query, kinds ...string) *gatewaytest.Gateway {
	g := gatewaytest.New()
	g.Answer = func(_ context.Context, sql, name string) (gateway.Answer, error) {
		if strings.HasPrefix(sql, "SELECT") {
			return q.Answer("job-"+name, kinds...), nil
		}
		return gateway.Answer{}, nil
	}
	return g
}

func send(t *testing.T, q *gatewaytest.Query, d gateway.Delivery) {
	t.Helper()
	if err := q.Send(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

func rowsOf(attempt int, ids ...int64) gateway.Delivery {
	return gateway.Delivery{Attempt: attempt, Record: gatewaytest.Rows(changelog.Insert, ids...)}
}

// next reads a subscription up to an event of a type, and returns the ids of the batches
// before it.
func next[E query.Event](t *testing.T, events *query.Subscription) (E, []int64) {
	t.Helper()
	var ids []int64
	for {
		event, err := events.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if found, is := event.(E); is {
			return found, ids
		}
		if batch, is := event.(query.Batch); is {
			ids = append(ids, batch.Record.Column(0).(*array.Int64).Int64Values()...)
			batch.Record.Release()
		}
	}
}

// tableOf are the ids of a query's table, sorted.
func tableOf(t *testing.T, q *query.Query) []int64 {
	t.Helper()
	table, ok := q.Table()
	if !ok {
		t.Fatal("the query has no table")
	}
	defer table.Release()
	record, err := table.Record()
	if err != nil {
		t.Fatal(err)
	}
	defer record.Release()
	return slices.Sorted(slices.Values(record.Column(0).(*array.Int64).Int64Values()))
}

// numbers are those from 0 up to n.
func numbers(n int) []int64 {
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = int64(i)
	}
	return ids
}

// What came before a restart is void for everyone: a subscriber that reads along, one that
// is told, and the query's table, whose places get other names.
func TestRestartMakesRowsVoid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		s := script(t, streaming(q, "+I"))
		reply := s.query(query.Lossless)
		s.Keep(reply.Query)
		told := reply.Query.Subscribe(query.Told)
		send(t, q, rowsOf(0, 1, 2, 3))
		synctest.Wait()
		before, _ := reply.Query.Table()
		defer before.Release()
		send(t, q, gateway.Delivery{Attempt: 1, Restarted: true})
		restarted, void := next[query.Restarted](t, reply.Events)
		if !slices.Equal(void, []int64{1, 2, 3}) || restarted.Reason != "the job was restarted (attempt 2)" {
			t.Errorf("before %q: %d", restarted.Reason, void)
		}
		if restarted, _ := next[query.Restarted](t, told); restarted.Reason != "the job was restarted (attempt 2)" {
			t.Errorf("told of %q", restarted.Reason)
		}
		send(t, q, rowsOf(1, 1))
		send(t, q, rowsOf(1, 2))
		q.End(io.EOF)
		end, ids := next[query.Ended](t, reply.Events)
		if end.State != query.Finished || end.Rows != 2 || !slices.Equal(ids, []int64{1, 2}) {
			t.Errorf("%s after %d rows, got %d", end.State, end.Rows, ids)
		}
		if p, _ := next[query.Progress](t, told); p.Changes != 2 {
			t.Errorf("told of %d changes since the restart", p.Changes)
		}
		if after, _ := reply.Query.Table(); after.ID(0) <= before.ID(2) {
			t.Errorf("row %d has the name of one that is void, %d", after.ID(0), before.ID(2))
		}
		if ids := tableOf(t, reply.Query); !slices.Equal(ids, []int64{1, 2}) {
			t.Errorf("the table: %d", ids)
		}
	})
}

// A subscriber that draws and reads nothing holds nobody back, and no event waits for it but
// the last word on how far the query is. The table has all.
func TestSlowPictureHoldsNobodyBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		s := script(t, streaming(q, "+I"))
		reply := s.query(query.Lossless)
		s.Keep(reply.Query)
		const many = 500 // more batches than can wait for a subscriber
		for id := range int64(10) {
			send(t, q, rowsOf(0, id))
		}
		synctest.Wait()
		reply.Events.Tell() // and what waits for it is no longer due
		for id := range int64(many - 10) {
			send(t, q, rowsOf(0, 10+id))
		}
		synctest.Wait()
		var heard []query.Event
		q.End(io.EOF)
		for {
			e, err := reply.Events.Next(t.Context())
			if err != nil {
				break
			}
			heard = append(heard, e)
		}
		if len(heard) != 3 || heard[1] != (query.Progress{Changes: many}) || heard[2].(query.Ended).Rows != many {
			t.Errorf("heard of %+v", heard)
		}
		if ids := tableOf(t, reply.Query); !slices.Equal(ids, numbers(many)) {
			t.Errorf("%d of %d rows", len(ids), many)
		}
	})
}

// A subscriber that is told from now on lets a query go on that waits for it.
func TestTellingLetsTheQueryGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		s := script(t, streaming(q, "+I"))
		reply := s.query(query.Lossless)
		time.AfterFunc(time.Second, reply.Events.Tell)
		for id := range int64(500) {
			send(t, q, rowsOf(0, id))
		}
		q.End(io.EOF)
		<-reply.Query.Done()
		if end, _ := reply.Query.End(); end.Rows != 500 {
			t.Errorf("%+v", end)
		}
	})
}

// The table at a mark is as it was after so many changes, whatever batches they came in, and
// whatever came later. It is given once.
func TestMarkedTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		s := script(t, streaming(q, "+I", "-D"))
		st := s.Cell("SELECT id FROM t").Statements()[0]
		st.Mark = func(bool) int64 { return 4 }
		reply, err := s.Execute(t.Context(), st, query.Told)
		if err != nil {
			t.Fatal(err)
		}
		send(t, q, rowsOf(0, 1, 2))
		send(t, q, gateway.Delivery{Attempt: 1, Restarted: true}) // counts from the beginning
		send(t, q, rowsOf(1, 1, 2, 3))
		synctest.Wait()
		if _, ok := reply.Query.Marked(); ok {
			t.Error("there is a marked table after 3 changes of 4")
		}
		send(t, q, gateway.Delivery{Attempt: 1, Record: gatewaytest.Rows(changelog.Delete, 1, 2)})
		synctest.Wait()
		marked, ok := reply.Query.Marked()
		if !ok || marked.Rows() != 2 || marked.Stats().Updates != 4 {
			t.Fatalf("the marked table: %v, %+v", ok, marked)
		}
		marked.Release()
		if _, again := reply.Query.Marked(); again {
			t.Error("it is given twice")
		}
		if ids := tableOf(t, reply.Query); !slices.Equal(ids, []int64{3}) {
			t.Errorf("the table goes on to %d", ids)
		}
		q.End(io.EOF)
		<-reply.Query.Done()
	})
}

// A subscriber that writes to a file holds the query back until it reads, and misses nothing.
func TestSlowFileHoldsTheQueryBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		s := script(t, streaming(q, "+I"))
		reply := s.query(query.Lossless)
		const many = 500
		var sent atomic.Int64
		go func() {
			for id := range int64(many) {
				if q.Send(t.Context(), rowsOf(0, id)) != nil {
					return
				}
				sent.Add(1)
			}
			q.End(io.EOF)
		}()
		synctest.Wait()
		if n := sent.Load(); n == 0 || n >= many {
			t.Errorf("%d batches of %d were taken though nobody has read", n, many)
		}
		if end, ids := next[query.Ended](t, reply.Events); end.State != query.Finished || !slices.Equal(ids, numbers(many)) {
			t.Errorf("%s with %d rows", end.State, len(ids))
		}
	})
}

// One that leaves without reading does not hold the query back any longer.
func TestSubscriberThatLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		s := script(t, streaming(q, "+I"))
		reply := s.query(query.Lossless)
		time.AfterFunc(time.Second, reply.Events.Close)
		for id := range int64(500) {
			send(t, q, rowsOf(0, id))
		}
		q.End(io.EOF)
		<-reply.Query.Done()
		if end, _ := reply.Query.End(); end.Rows != 500 {
			t.Errorf("%+v", end)
		}
	})
}

// The rows of a query that breaks the changelog's rules are not shown: it fails.
func TestRowsThatWereNeverGiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		s := script(t, streaming(q, "+I", "-D"))
		reply := s.do("SELECT id FROM t")
		send(t, q, rowsOf(0, 1))
		send(t, q, gateway.Delivery{Record: gatewaytest.Rows(changelog.Delete, 1, 2)})
		q.End(io.EOF)
		<-reply.Query.Done()
		end, _ := reply.Query.End()
		if end.State != query.Failed || end.Err.Error() != "the result takes back 1 rows that it never gave" {
			t.Errorf("%s: %v", end.State, end.Err)
		}
	})
}

// journalling is a gateway that says of each CREATE that its effect is lost with it.
func journalling() *gatewaytest.Gateway {
	g := gatewaytest.New()
	g.Answer = func(_ context.Context, sql, _ string) (gateway.Answer, error) {
		if strings.HasPrefix(sql, "CREATE") {
			return gateway.Answer{Journal: sql}, nil
		}
		return gateway.Answer{}, nil
	}
	return g
}

// Another gateway is brought to the session's state before it gets a statement: first the
// settings, then the journal in its order. What fails is named, and the rest comes back.
func TestAnotherGatewayIsBroughtUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := journalling(), journalling()
		second.Answer = func(_ context.Context, sql, _ string) (gateway.Answer, error) {
			if sql == "CREATE VIEW b AS SELECT 2" {
				return gateway.Answer{}, &gateway.Fault{Diagnosis: gateway.Diagnosis{Message: "it is not there"}}
			}
			return gateway.Answer{}, nil
		}
		s := script(t, first, second)
		s.do("SET 'a' = '1'")
		for _, name := range []string{"a", "b", "c"} {
			s.do("CREATE VIEW " + name + " AS SELECT 2")
		}
		s.do("INSERT INTO t SELECT 1") // nothing of it is lost
		first.Lose()
		s.do("SHOW VIEWS")
		want := []string{
			"configure a=1", "execute CREATE VIEW a AS SELECT 2", "execute CREATE VIEW b AS SELECT 2",
			"execute CREATE VIEW c AS SELECT 2", "execute SHOW VIEWS",
		}
		if got := second.Calls(); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		if said := s.said(); !strings.Contains(said, "not restored: cell[3]:1:1: CREATE VIEW b AS SELECT 2: it is not there") ||
			strings.Count(said, "not restored") != 1 {
			t.Error(said)
		}
	})
}

// A statement that was given up has its effect all the same if the gateway had begun with it:
// the next one waits for that, and the journal has it.
func TestGivenUpStatementSettles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := gatewaytest.New(), gatewaytest.New()
		planned := make(chan struct{})
		first.Answer = func(_ context.Context, sql, _ string) (gateway.Answer, error) {
			if strings.HasPrefix(sql, "CREATE") {
				<-planned
				return gateway.Answer{Journal: sql}, nil
			}
			return gateway.Answer{}, nil
		}
		s := script(t, first, second)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := s.execute(ctx, "CREATE VIEW v AS SELECT 1", query.Told); !errors.Is(err, context.Canceled) {
			t.Errorf("after Ctrl-C: %v", err)
		}
		shown := make(chan error, 1)
		go func() {
			_, err := s.execute(t.Context(), "SHOW VIEWS", query.Told)
			shown <- err
		}()
		synctest.Wait()
		if calls := first.Calls(); len(calls) != 1 {
			t.Errorf("while the first statement was planned: %q", calls)
		}
		close(planned)
		if err := <-shown; err != nil {
			t.Error(err)
		}
		first.Lose()
		s.do("SHOW VIEWS")
		if got := second.Calls(); !slices.Equal(got, []string{"execute CREATE VIEW v AS SELECT 1", "execute SHOW VIEWS"}) {
			t.Errorf("the other gateway: %q", got)
		}
	})
}

// A setting that was given up is not set, on either side.
func TestGivenUpSettingIsUndone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gatewaytest.New()
		var hold chan struct{}
		g.Before = func(string) error {
			if hold != nil {
				<-hold
			}
			return nil
		}
		s := script(t, g)
		s.do("SET 'a' = '1'")
		hold = make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := s.execute(ctx, "SET 'a' = '2'", query.Told); !errors.Is(err, context.Canceled) {
			t.Errorf("after Ctrl-C: %v", err)
		}
		close(hold)
		s.do("SHOW VIEWS") // waits
		if flinks, ours := g.Configured()["a"], s.Settings()["a"]; flinks != "1" || ours != "1" {
			t.Errorf("Flink has %q, the session %q", flinks, ours)
		}
	})
}

// A statement set that was submitted though END was given up runs, and cannot be submitted
// a second time.
func TestGivenUpStatementSetRunsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gatewaytest.New()
		planned := make(chan struct{})
		g.Answer = func(_ context.Context, sql, _ string) (gateway.Answer, error) {
			if strings.HasPrefix(sql, "EXECUTE STATEMENT SET") {
				<-planned
				return gateway.Answer{Job: "job", Bounded: true}, nil
			}
			return gateway.Answer{}, nil
		}
		s := script(t, g)
		s.do("BEGIN STATEMENT SET")
		s.do("INSERT INTO t SELECT 1")
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := s.execute(ctx, "END", query.Told); !errors.Is(err, context.Canceled) {
			t.Errorf("after Ctrl-C: %v", err)
		}
		close(planned)
		synctest.Wait()
		if said := s.said(); !strings.Contains(said, "the statement set was submitted before END was given up, and runs as q1") {
			t.Errorf("%q", said)
		}
		if _, err := s.execute(t.Context(), "END", query.Told); err == nil {
			t.Error("the set could be submitted twice")
		}
		q, ok := s.Query("q1")
		if !ok {
			t.Fatal("its job is not among the queries")
		}
		g.EndJob("job", nil)
		<-q.Done()
		if end, _ := q.End(); end.State != query.Finished {
			t.Errorf("%+v", end)
		}
	})
}

// A gateway that is lost takes its queries along, and what was under way says so.
func TestLostGatewayEndsItsQueries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second := gatewaytest.New(), gatewaytest.New()
		first.Answer = func(_ context.Context, sql, _ string) (gateway.Answer, error) {
			if strings.HasPrefix(sql, "INSERT") {
				return gateway.Answer{Job: "job"}, nil
			}
			return gateway.Answer{}, nil
		}
		s := script(t, first, second)
		running := s.do("INSERT INTO t SELECT 1")
		first.Lose()
		<-running.Query.Done()
		end, _ := running.Query.End()
		var failed *session.Error
		if end.State != query.Failed || !errors.As(end.Err, &failed) || !strings.Contains(failed.Hint, "run it again") {
			t.Errorf("%s: %v", end.State, end.Err)
		}
		s.do("SHOW VIEWS")
		synctest.Wait() // it is said beside the statement
		if said := s.said(); !strings.Contains(said, "has ended unexpectedly") || !strings.Contains(said, "Flink is back") {
			t.Error(said)
		}
	})
}
