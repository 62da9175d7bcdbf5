package query_test

import (
	"context"
	"io"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apache/arrow/go/v15/arrow/array"

	"riffle/session/cell"
	"riffle/session/changelog"
	"riffle/session/gateway"
	"riffle/session/gateway/gatewaytest"
	"riffle/session/query"
)

// played is the source of a query that the test plays. Tests run in bubbles of package
// synctest: after synctest.Wait everything that can happen has happened.
type played struct{ *gatewaytest.Query }

func (played) Health(context.Context) (query.Health, error) { return query.Health{}, nil }
func (played) Restarts(context.Context) (query.Restarts, error) {
	return query.Restarts{}, nil
}
func (played) Complaints() ([]gateway.Complaint, error) { return nil, nil }

type noHarness struct{}

func (noHarness) StopQuery(string) {}

// start runs a query whose table is kept.
func start(t *testing.T, q *gatewaytest.Query, mode query.Mode, snapshotAfter int64, kinds ...string) (*query.Query, *query.Subscription) {
	t.Helper()
	return startFrom(t, q, played{q}, mode, snapshotAfter, kinds...)
}

// startFrom does so with a source of the test's own.
func startFrom(t *testing.T, q *gatewaytest.Query, source query.Source, mode query.Mode, snapshotAfter int64, kinds ...string) (*query.Query, *query.Subscription) {
	t.Helper()
	started := query.Started{Query: "q1", Job: "job", Bounded: true}
	started.Describe(q.Answer("job", kinds...).Result)
	return startWith(t, query.Config{
		Started: started, Statement: cell.Statement{SnapshotAfter: cell.SnapshotAfter{Bounded: snapshotAfter}}, Source: source,
		Others: func() []*query.Query { return nil },
	}, mode)
}

// startWith runs a query with any configuration, and keeps its table.
func startWith(t *testing.T, c query.Config, mode query.Mode) (*query.Query, *query.Subscription) {
	t.Helper()
	c.Harness = noHarness{}
	one, events, err := query.New(c, mode)
	if err != nil {
		t.Fatal(err)
	}
	one.Keep(true)
	ctx, end := context.WithCancel(context.Background())
	go one.Run(ctx)
	t.Cleanup(func() {
		end()
		<-one.Done()
	})
	return one, events
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

// tableOf returns the ids of a query's table, sorted.
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

// numbers returns those from 0 up to n.
func numbers(n int) []int64 {
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = int64(i)
	}
	return ids
}

// Everything before a restart is void for everyone: for lossless and for ProgressOnly
// subscribers, and for the query's table, whose places get other ids.
func TestRestartMakesRowsVoid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		one, events := start(t, q, query.Lossless, 0, "+I")
		told := one.Subscribe(query.ProgressOnly)
		send(t, q, rowsOf(0, 1, 2, 3))
		synctest.Wait()
		before, _ := one.Table()
		defer before.Release()
		send(t, q, gateway.Delivery{Attempt: 1, Restarted: true})
		restarted, void := next[query.Restarted](t, events)
		if !slices.Equal(void, []int64{1, 2, 3}) || restarted.Reason != "the job was restarted (attempt 2)" {
			t.Errorf("before %q: %d", restarted.Reason, void)
		}
		if restarted, _ := next[query.Restarted](t, told); restarted.Reason != "the job was restarted (attempt 2)" {
			t.Errorf("told of %q", restarted.Reason)
		}
		send(t, q, rowsOf(1, 1))
		send(t, q, rowsOf(1, 2))
		q.End(io.EOF)
		end, ids := next[query.Ended](t, events)
		if end.State != query.Finished || end.Rows != 2 || !slices.Equal(ids, []int64{1, 2}) {
			t.Errorf("%s after %d rows, got %d", end.State, end.Rows, ids)
		}
		if p, _ := next[query.Progress](t, told); p.Changes != 2 {
			t.Errorf("told of %d changes since the restart", p.Changes)
		}
		if after, _ := one.Table(); after.ID(0) <= before.ID(2) {
			t.Errorf("row %d has the name of one that is void, %d", after.ID(0), before.ID(2))
		}
		if ids := tableOf(t, one); !slices.Equal(ids, []int64{1, 2}) {
			t.Errorf("the table: %d", ids)
		}
	})
}

// A subscriber that draws and reads nothing delays nobody, and only the last report of progress
// waits for it. The table has all rows.
func TestSlowPictureHoldsNobodyBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		one, events := start(t, q, query.Lossless, 0, "+I")
		const many = 500 // more batches than can wait for a subscriber
		for id := range int64(10) {
			send(t, q, rowsOf(0, id))
		}
		synctest.Wait()
		events.SwitchToProgress() // and what waits for it is no longer due
		for id := range int64(many - 10) {
			send(t, q, rowsOf(0, 10+id))
		}
		synctest.Wait()
		var heard []query.Event
		q.End(io.EOF)
		for {
			e, err := events.Next(t.Context())
			if err != nil {
				break
			}
			heard = append(heard, e)
		}
		if len(heard) != 3 || heard[1] != (query.Progress{Changes: many}) || heard[2].(query.Ended).Rows != many {
			t.Errorf("heard of %+v", heard)
		}
		if ids := tableOf(t, one); !slices.Equal(ids, numbers(many)) {
			t.Errorf("%d of %d rows", len(ids), many)
		}
	})
}

// The requested snapshot is the table as it was after so many changes, whatever batches they came in, and
// whatever came later. It is given once.
func TestRequestedSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		one, _ := start(t, q, query.ProgressOnly, 4, "+I", "-D")
		send(t, q, rowsOf(0, 1, 2))
		send(t, q, gateway.Delivery{Attempt: 1, Restarted: true}) // counts from the beginning
		send(t, q, rowsOf(1, 1, 2, 3))
		synctest.Wait()
		if _, ok := one.RequestedSnapshot(); ok {
			t.Error("there is a snapshot after 3 changes of 4")
		}
		send(t, q, gateway.Delivery{Attempt: 1, Record: gatewaytest.Rows(changelog.Delete, 1, 2)})
		synctest.Wait()
		snapshot, ok := one.RequestedSnapshot()
		if !ok || snapshot.Rows() != 2 || snapshot.Stats().Updates != 4 {
			t.Fatalf("the snapshot: %v, %+v", ok, snapshot)
		}
		snapshot.Release()
		if _, again := one.RequestedSnapshot(); again {
			t.Error("it is given twice")
		}
		if ids := tableOf(t, one); !slices.Equal(ids, []int64{3}) {
			t.Errorf("the table goes on to %d", ids)
		}
		q.End(io.EOF)
		<-one.Done()
		if end, _ := one.End(); end.State != query.Finished || one.Stats().Updates != 5 {
			t.Errorf("%+v with a table of %+v", end, one.Stats())
		}
	})
}

// A subscriber that writes to a file holds the query back until it reads, and misses nothing.
func TestSlowFileHoldsTheQueryBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		_, events := start(t, q, query.Lossless, 0, "+I")
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
		if end, ids := next[query.Ended](t, events); end.State != query.Finished || !slices.Equal(ids, numbers(many)) {
			t.Errorf("%s with %d rows", end.State, len(ids))
		}
	})
}

// A subscriber that reads nothing delays a query until it leaves or stops asking for rows.
func TestQueryGoesOnWithoutASlowSubscriber(t *testing.T) {
	for name, release := range map[string]func(*query.Subscription){
		"leaves": (*query.Subscription).Close, "wants no rows": (*query.Subscription).SwitchToProgress,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := gatewaytest.NewQuery()
				one, events := start(t, q, query.Lossless, 0, "+I")
				time.AfterFunc(time.Second, func() { release(events) })
				for id := range int64(500) {
					send(t, q, rowsOf(0, id))
				}
				q.End(io.EOF)
				<-one.Done()
				if end, _ := one.End(); end.Rows != 500 {
					t.Errorf("%+v", end)
				}
			})
		})
	}
}

// The rows of a query that breaks the changelog's rules are not shown: it fails.
func TestRowsThatWereNeverGiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		one, _ := start(t, q, query.ProgressOnly, 0, "+I", "-D")
		send(t, q, rowsOf(0, 1))
		send(t, q, gateway.Delivery{Record: gatewaytest.Rows(changelog.Delete, 1, 2)})
		q.End(io.EOF)
		<-one.Done()
		end, _ := one.End()
		if end.State != query.Failed || end.Err.Error() != "the result retracts 1 rows that it does not contain" {
			t.Errorf("%s: %v", end.State, end.Err)
		}
	})
}

// A batch without rows does not end a query whose number of rows is not in the plan.
func TestBatchWithoutRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		one, _ := start(t, q, query.ProgressOnly, 0, "+I")
		send(t, q, rowsOf(0))
		synctest.Wait()
		select {
		case <-one.Done():
			t.Error("the query was ended")
		default:
		}
		send(t, q, rowsOf(0, 1))
		q.End(io.EOF)
		<-one.Done()
		if end, _ := one.End(); end.State != query.Finished || end.Rows != 1 {
			t.Errorf("%+v", end)
		}
	})
}

// A late subscriber is informed of the existing changes, and finds the last ones in the order
// of arrival.
func TestComingLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := gatewaytest.NewQuery()
		one, _ := start(t, q, query.ProgressOnly, 0, "+I", "-D")
		send(t, q, rowsOf(0, 1, 2))
		send(t, q, gateway.Delivery{Record: gatewaytest.Rows(changelog.Delete, 2)})
		synctest.Wait()
		if p, _ := next[query.Progress](t, one.Subscribe(query.ProgressOnly)); p.Changes != 3 {
			t.Errorf("told of %d changes", p.Changes)
		}
		changes := one.Changes()
		defer changes.Release()
		if changes.Rows() != 3 || changes.Kind(2) != changelog.Delete {
			t.Errorf("%d changes, the last is %s", changes.Rows(), changes.Kind(2))
		}
		q.End(io.EOF)
		<-one.Done()
	})
}
