// Package query implements the queries of a session. A query is a statement that runs a job or
// returns rows. It has one table, which it folds from a source of row changes, and a stream of
// events:
//
//	gateway ─► Source ─► Query.Run ─┬─► Query.Table ─► displays
//	                                └─► Subscription.Next ─► Started, Progress or Batch…, Ended
//
// Subscribers come and go, and a query does not depend on them. A ProgressOnly subscriber never
// delays the query; it reads the table when it draws. A Lossless subscriber gets every batch, and
// the query does not run ahead of it.
//
// The files, in the order of the data flow: source.go; query.go (the goroutine of a query);
// finish.go (the end of its job); table.go; order.go (ORDER BY, and hidden sort keys); subscription.go and event.go;
// functions.go (output and counters of the query's functions); await.go and wait.go (waiting
// for a number of rows); silence.go, unread.go, restarts.go and explain.go (why no rows arrive,
// why Flink restarts the job, or why the query failed).
//
// A query knows its session only through Config.
package query

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

	"riffle/session/cell"
	"riffle/session/changelog"
	"riffle/session/gateway"
	"riffle/udfhost/engine"
)

// Health is the state of a query's job.
type Health = gateway.Health

// Harness runs functions for Flink.
type Harness interface {
	// StopQuery ends the functions that are running for a query.
	StopQuery(query string)
}

// Functions are the functions of queries, each of which is known by its number: an engine, or a follower of a job on
// a cluster.
type Functions interface {
	// Follow notifies an observer of the output and the failures of a query's functions.
	Follow(query string, o engine.Observer)
	// Usage returns what the functions of a query have done so far, by name.
	Usage(query string) []engine.Usage
	// Flush returns when the observer has received all earlier output. It returns the number of lines
	// suppressed since the last one.
	Flush(query string) (suppressed int64)
	// Forget drops what is kept about a query that has ended.
	Forget(query string)
}

// Config configures a query.
type Config struct {
	Started   Started
	Statement cell.Statement
	Source    Source
	Harness   Harness
	Functions Functions // nil if the query cannot call functions
	// Others returns the other queries of the session that have a job. It is called without
	// holding a lock of the query.
	Others  func() []*Query
	Notices []string // for the first subscriber
}

// Query is a running statement that has rows, a job, or both. It belongs to the session and
// continues without subscribers.
//
// One goroutine, Run's, carries rows from the source to the query's table and to the
// subscribers. There is no other copy of the table, and displays read it (see Table).
//
// Locks are taken in one order: the session's, a query's mu, a subscription's mu. A query does
// not call the session while it holds its own lock.
type Query struct {
	config Config
	begun  time.Time
	done   chan struct{}
	name   atomic.Pointer[string] // given by the user; nil for none

	mu            sync.Mutex
	usage         []engine.Usage      // of the functions, set at the end
	failed        map[string]int64    // rows reported as failed, by function
	table         *changelog.View     // nil without a schema
	recent        *changelog.Ring     // the last changes, in the order of arrival
	snapshotAfter int64               // the changes after which snapshot is taken; 0 for none
	snapshot      *changelog.Snapshot // see RequestedSnapshot
	rows          int64
	milestones    []milestone // that have not been reached
	subscribers   []*Subscription
	kept          bool     // the table stays after the query's end, without subscribers
	complete      bool     // all rows that can exist have arrived
	restarts      Restarts // as they were known last
	end           *Ended

	unfinished bool // the job may still run although the query has ended; belongs to the goroutine of Run
}

// New creates a query with its first subscriber, which therefore misses nothing. The query does
// nothing until Run is called.
func New(c Config, mode Mode) (*Query, *Subscription, error) {
	q := &Query{config: c, begun: time.Now(), done: make(chan struct{})}
	if err := q.makeTable(); err != nil {
		return nil, nil, err
	}
	events := q.Subscribe(mode)
	for _, text := range c.Notices {
		events.offer(Notice{Text: text})
	}
	if c.Functions != nil {
		q.observe()
	}
	return q, events, nil
}

// Started returns the query's first event.
func (q *Query) Started() Started { return q.config.Started }

// Text returns the statement.
func (q *Query) Text() string { return q.config.Statement.Text }

// Summary returns the statement in one line, without secrets.
func (q *Query) Summary() string { return q.config.Statement.Summary() }

// Planned returns the SQL that Flink got for the statement. Variables are replaced in it. For END
// it is the whole statement set.
func (q *Query) Planned() string { return cmp.Or(q.config.Statement.Planned, q.config.Statement.Text) }

// Done returns a channel that is closed when the query has ended.
func (q *Query) Done() <-chan struct{} { return q.done }

// End returns how the query ended, and false while it is running.
func (q *Query) End() (Ended, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.end == nil {
		return Ended{}, false
	}
	return *q.end, true
}

// Rows returns the number of changes received so far.
func (q *Query) Rows() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.rows
}

// Elapsed returns the time since the query began.
func (q *Query) Elapsed() time.Duration { return time.Since(q.begun) }

// Cancel requests the end of the query. The Ended event reports when it has ended.
func (q *Query) Cancel(ctx context.Context) error {
	err := q.config.Source.Cancel(ctx)
	// Flink has accepted the request, so functions that fail now do not fail the job. A
	// function that loops would prevent its task from being cancelled.
	q.config.Harness.StopQuery(q.Number())
	return err
}

// Health asks Flink for the state of the query's job. A result without a job has no state. If Flink does not answer in
// time, Health returns the restarts that were known before.
func (q *Query) Health(ctx context.Context) (Health, error) {
	h, err := q.config.Source.Health(ctx)
	h.Restarts = q.keepRestarts(h.Restarts, err)
	return h, err
}

// Subscribe adds a subscriber, which gets the events from now on. Earlier changes are in the
// query's table.
func (q *Query) Subscribe(mode Mode) *Subscription {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := newSubscription(q, mode)
	s.offer(q.config.Started)
	if mode == ProgressOnly && q.rows > 0 {
		s.offer(Progress{Changes: q.rows})
	}
	if q.end != nil {
		s.offer(*q.end)
	}
	q.subscribers = append(q.subscribers, s)
	return s
}

func (q *Query) unsubscribe(s *Subscription) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.subscribers = slices.DeleteFunc(q.subscribers, func(other *Subscription) bool { return other == s })
	q.dropTable()
}

// Run runs the query to its end. It is called once. ctx ends with the session.
func (q *Query) Run(ctx context.Context) {
	endWatch := q.beginWatch(ctx)
	err := q.carry(ctx)
	endWatch()
	q.finish(err)
}

// carry reads from the source until its end, and returns why it ended.
func (q *Query) carry(ctx context.Context) error {
	frame := time.NewTicker(frameEvery)
	defer frame.Stop()
	for {
		d, err := q.config.Source.Next(ctx)
		if err != nil {
			return err
		}
		err = q.take(ctx, d)
		if err == nil && q.isComplete() {
			if q.leaveJob(ctx) {
				return io.EOF
			}
			continue
		}
		if err != nil {
			// The rows can no longer be told apart, and no table is better than a wrong one.
			_ = q.Cancel(context.WithoutCancel(ctx))
			q.drain(ctx)
			return err
		}
		select {
		case <-frame.C:
			q.endFrame()
		default:
		}
	}
}

func (q *Query) isComplete() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.complete
}

func (q *Query) drain(ctx context.Context) {
	for {
		d, err := q.config.Source.Next(ctx)
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
	limit := q.config.Started.Limit
	q.complete = limit > 0 && q.rows == limit && !q.table.Stats().Widened
	q.reachMilestones()
	batch := Batch{Changes: q.rows, Record: d.Record}
	q.mu.Unlock()
	q.publish(ctx, batch)
	return nil
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
	q.endFunctions()
	failure := q.explain(err) // explain may look at other queries, which takes the session's lock
	q.mu.Lock()
	end := Ended{Rows: q.rows, Writes: q.config.Started.Schema == nil, Elapsed: time.Since(q.begun)}
	switch {
	case err == io.EOF, q.complete: // whatever became of the job
	case errors.Is(err, gateway.ErrCancelled), errors.Is(err, context.Canceled):
		end.State = Cancelled
	default:
		end.State, end.Err = Failed, failure
	}
	if stats := q.tableStats(); stats.Debts > 0 && end.State == Finished {
		end.State = Failed
		end.Err = &cell.Error{Message: fmt.Sprintf("the result retracts %d rows that it does not contain", stats.Debts)}
	}
	q.end = &end
	subscribers := slices.Clone(q.subscribers)
	q.mu.Unlock()
	for _, s := range subscribers {
		s.offer(end)
	}
	close(q.done)
}
