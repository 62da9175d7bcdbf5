package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/session/changelog"
	"riffle/session/gateway"
	"riffle/udfhost/golang"
)

const (
	// TableRows bounds a query's table, in rows; the SQL Client's own limit.
	TableRows = 1_000_000
	// appendRows is the same for a query that only appends: the last rows.
	appendRows = 100_000
	// recentChanges is how many of the last changes are kept as they came.
	recentChanges = 10_000

	// frameEvery is how long the place of a row stays that was taken away, at least,
	// so that the second half of an update finds it.
	frameEvery = 250 * time.Millisecond
)

// Health is how a query's job does.
type Health = gateway.Health

// Query is a statement that runs: it has rows, or a job, or both. It belongs to
// the session, and goes on whoever watches.
//
// One goroutine, run, carries rows from the source to the query's own table and
// to the subscribers. The table is the only one: whoever draws looks at it, see Table.
type Query struct {
	started   Started
	statement Statement
	begun     time.Time
	source    source
	harness   Harness
	others    func() []*Query // the session's other jobs
	functions *golang.Engine  // nil if the query can have none
	done      chan struct{}
	name      atomic.Pointer[string] // that the user gave it; nil for none

	mu          sync.Mutex
	usage       []golang.Usage   // of the functions, set at the end
	failed      map[string]int64 // rows that were told to have failed, by function
	table       *changelog.View  // nil without a schema
	recent      *changelog.Ring  // the last changes, as they came
	mark        int64            // the changes after which marked is taken; 0 for none
	marked      *changelog.Snapshot
	rows        int64
	milestones  []milestone // that have not been reached
	subscribers []*Subscription
	kept        bool // the table stays when it has ended and nobody watches
	complete    bool // as many rows are here as there can be
	end         *Ended
}

// Started is the query's first event.
func (q *Query) Started() Started { return q.started }

// Text is the statement.
func (q *Query) Text() string { return q.statement.Text }

// Summary is the statement in one line, without what is secret.
func (q *Query) Summary() string { return q.statement.Summary() }

// Planned is the SQL that Flink was given for the statement: variables are replaced in
// it, and of END it is the whole statement set.
func (q *Query) Planned() string { return cmp.Or(q.statement.Planned, q.statement.Text) }

// Done is closed when the query has ended.
func (q *Query) Done() <-chan struct{} { return q.done }

// End is how the query ended; false while it runs.
func (q *Query) End() (Ended, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.end == nil {
		return Ended{}, false
	}
	return *q.end, true
}

// Rows is the number of changes received so far.
func (q *Query) Rows() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.rows
}

// Elapsed is the time since the query began.
func (q *Query) Elapsed() time.Duration { return time.Since(q.begun) }

// Cancel asks for the query's end. The Ended event says when it came.
func (q *Query) Cancel(ctx context.Context) error {
	err := q.source.Cancel(ctx)
	// Flink has taken the request: functions that fail now fail nothing. One
	// that loops would keep its task from being cancelled.
	q.harness.StopQuery(q.Number())
	return err
}

// Health asks Flink how the query's job does. A result without a job has no state.
func (q *Query) Health(ctx context.Context) (Health, error) { return q.source.Health(ctx) }

// newQuery makes a query with its first subscriber, which so misses nothing.
func (s *Session) newQuery(started Started, st Statement, src source, mode SubscribeMode) (*Query, *Subscription, error) {
	q := &Query{
		started:   started,
		statement: st,
		begun:     time.Now(),
		source:    src,
		harness:   s.config.Harness,
		others:    func() []*Query { return s.jobsBut(started.Query) },
		done:      make(chan struct{}),
	}
	if started.Schema != nil {
		var err error
		if q.table, err = started.View(); err != nil {
			return nil, nil, err
		}
		q.recent = changelog.NewRing(recentChanges)
		if st.Mark != nil {
			q.mark = st.Mark(started.Bounded)
		}
	}
	return q, q.Subscribe(mode), nil
}

// viewConfig tells how the query's changelog folds.
func (s Started) viewConfig() changelog.Config {
	if !s.Updating() {
		c := changelog.Config{Mode: changelog.Append, Limit: appendRows, WideLimit: TableRows}
		if len(s.UpsertKeys) > 0 {
			c.Key = s.UpsertKeys[0]
		}
		return c
	}
	c := changelog.Config{Mode: changelog.Retract, Limit: TableRows}
	if len(s.UpsertKeys) > 0 {
		c.Key = s.UpsertKeys[0]
		if !slices.Contains(s.Kinds, changelog.UpdateBefore.String()) {
			c.Mode = changelog.Upsert
		}
	}
	return c
}

// Subscribe adds a subscriber, which gets what comes from now on. What was before is
// in the query's table.
func (q *Query) Subscribe(mode SubscribeMode) *Subscription {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := newSubscription(q, mode)
	s.offer(q.started)
	if mode == Told && q.rows > 0 {
		s.offer(Progress{Changes: q.rows})
	}
	if q.end != nil {
		s.offer(*q.end)
	}
	q.subscribers = append(q.subscribers, s)
	return s
}

func (q *Query) leave(s *Subscription) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.subscribers = slices.DeleteFunc(q.subscribers, func(other *Subscription) bool { return other == s })
	q.forget()
}

// forget drops the table of a query that has ended, unless somebody may look at
// it, or it has a name by which it can be asked for; q.mu is held.
func (q *Query) forget() {
	if q.end != nil && len(q.subscribers) == 0 && q.table != nil && !q.kept && q.name.Load() == nil {
		q.table.Close()
		q.table = nil
		q.recent.Clear()
		if q.marked != nil {
			q.marked.Release()
			q.marked = nil
		}
	}
}

// run carries the query to its end. ctx ends with the session.
func (q *Query) run(ctx context.Context) {
	frame := time.NewTicker(frameEvery)
	defer frame.Stop()
	for {
		d, err := q.source.Next(ctx)
		if err != nil {
			q.finish(err)
			return
		}
		err = q.take(ctx, d)
		if err == nil && q.isComplete() {
			// The job does not know that nothing more is wanted of it.
			_ = q.Cancel(ctx)
			continue
		}
		if err != nil {
			// The rows cannot be told apart any more: no table is better than a
			// wrong one.
			_ = q.Cancel(context.WithoutCancel(ctx))
			q.drain(ctx)
			q.finish(err)
			return
		}
		select {
		case <-frame.C:
			q.endFrame()
		default:
		}
	}
}

// endFrame lets the places in the table go that nothing has come back to.
func (q *Query) endFrame() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.table != nil {
		q.table.EndFrame()
	}
}

func (q *Query) isComplete() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.complete
}

func (q *Query) drain(ctx context.Context) {
	for {
		d, err := q.source.Next(ctx)
		if err != nil {
			return
		}
		if d.Record != nil {
			d.Record.Release()
		}
	}
}

// take folds a delivery into the table and passes it on.
func (q *Query) take(ctx context.Context, d gateway.Delivery) error {
	if d.Restarted {
		return q.restart(ctx, d)
	}
	defer d.Record.Release()
	q.mu.Lock()
	if err := q.fold(d.Record); err != nil {
		q.mu.Unlock()
		return fmt.Errorf("fold the result: %w", err)
	}
	q.recent.Add(d.Record)
	q.rows += d.Record.NumRows()
	q.complete = q.rows == q.started.Limit && !q.table.Stats().Widened
	q.pass()
	batch := Batch{Changes: q.rows, Record: d.Record}
	q.mu.Unlock()
	q.publish(ctx, batch)
	return nil
}

// fold folds a batch into the table, with a look at it at the mark; q.mu is held.
func (q *Query) fold(rec arrow.Record) error {
	if q.mark > 0 && q.rows+rec.NumRows() >= q.mark {
		before, after := rec.NewSlice(0, q.mark-q.rows), rec.NewSlice(q.mark-q.rows, rec.NumRows())
		defer before.Release()
		defer after.Release()
		if err := q.table.Apply(before); err != nil {
			return err
		}
		q.mark, q.marked = 0, q.table.Snapshot()
		rec = after
	}
	return q.table.Apply(rec)
}

func (q *Query) restart(ctx context.Context, d gateway.Delivery) error {
	q.mu.Lock()
	q.rows, q.complete = 0, false
	q.recent.Clear()
	err := q.table.Restart()
	q.mu.Unlock()
	q.publish(ctx, Restarted{Reason: fmt.Sprintf("the job was restarted (attempt %d)", d.Attempt+1)})
	return err
}

// publish offers an event to every subscriber and waits for those that are
// lossless.
func (q *Query) publish(ctx context.Context, e Event) {
	q.mu.Lock()
	subscribers := slices.Clone(q.subscribers)
	q.mu.Unlock()
	for _, s := range subscribers {
		for !s.offer(e) {
			select {
			case <-s.room:
			case <-ctx.Done():
				return
			}
		}
	}
}

func (q *Query) finish(err error) {
	q.settle()
	failure := q.explainJob(err) // asks the session, whose lock comes before the query's
	q.mu.Lock()
	end := Ended{Rows: q.rows, Elapsed: time.Since(q.begun)}
	switch {
	case err == io.EOF, q.complete: // whatever became of the job
	case errors.Is(err, gateway.ErrCancelled), errors.Is(err, context.Canceled):
		end.State = Cancelled
	default:
		end.State, end.Err = Failed, failure
	}
	if stats := q.tableStats(); stats.Debts > 0 && end.State == Finished {
		end.State = Failed
		end.Err = &Error{Message: fmt.Sprintf("the result takes back %d rows that it never gave", stats.Debts)}
	}
	q.end = &end
	subscribers := slices.Clone(q.subscribers)
	q.mu.Unlock()
	for _, s := range subscribers {
		s.offer(end)
	}
	close(q.done)
}

func (q *Query) tableStats() changelog.Stats {
	if q.table == nil {
		return changelog.Stats{}
	}
	return q.table.Stats()
}
