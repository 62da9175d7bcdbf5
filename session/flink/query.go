package flink

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"sync"

	"riffle/session/flink/frame"
	"riffle/session/gateway"

	"github.com/apache/arrow/go/v15/arrow"
)

// Query is a submitted query and the rows that it sends.
//
// Each subtask of the job's sink has a connection of its own. The query reads all of them and
// delivers their record batches one by one. A slow consumer of deliveries delays the connections, and
// so the job.
//
// It implements [gateway.Query].
type Query struct {
	name string
	// token is what the sink of this query's job must present. A name is reused when its
	// statement failed or was given up, and such a statement's job may still start.
	token string

	// These fields are set by Execute before it closes described.
	job     string        // Flink's job id
	schema  *arrow.Schema // data columns, then __kind
	bounded bool          // whether the query ends by itself

	jobs       jobs
	rows       *receiver
	described  chan struct{}
	deliveries chan gateway.Delivery
	ended      chan struct{} // closed when end is set
	end        error         // nil: finished and complete
	dropped    chan struct{} // closed by drop: deliveries are no longer needed

	// delivered is the attempt whose rows Next returns, and pending the delivery that
	// follows the report of its restart. Both belong to Next.
	delivered int
	pending   *gateway.Delivery

	mu         sync.Mutex
	cancelled  bool
	closed     bool          // no further connection is accepted
	rowsFailed chan struct{} // closed when fault is set
	fault      error         // the error in the rows that were sent
	attempt    int           // the newest; connections of older attempts are refused
	subtasks   map[int]*subtask
	readers    sync.WaitGroup
	changed    chan struct{} // closed and renewed when a subtask's state changes
}

// jobs is the part of the cluster that a query uses.
type jobs interface {
	AwaitJob(ctx context.Context, job string) error
	CancelJob(ctx context.Context, job string) error
}

func newQuery(j jobs, rows *receiver, name string) *Query {
	return &Query{
		name:       name,
		token:      rand.Text(),
		jobs:       j,
		rows:       rows,
		described:  make(chan struct{}),
		deliveries: make(chan gateway.Delivery),
		ended:      make(chan struct{}),
		dropped:    make(chan struct{}),
		rowsFailed: make(chan struct{}),
		subtasks:   map[int]*subtask{},
		changed:    make(chan struct{}),
	}
}

// Next implements [gateway.Query].
//
// The subtasks of a restarted job connect in any order, and rows of the earlier attempt may still
// arrive. Only Next decides what is void. It reports the restart at the first sign of a newer attempt,
// from any subtask, and from then on drops whatever is older.
func (q *Query) Next(ctx context.Context) (gateway.Delivery, error) {
	if d := q.pending; d != nil {
		q.pending = nil
		return *d, nil
	}
	for {
		select {
		case d := <-q.deliveries:
			if d, ok := q.arrange(d); ok {
				return d, nil
			}
		case <-q.ended:
			if q.end == nil {
				return gateway.Delivery{}, io.EOF
			}
			return gateway.Delivery{}, q.end
		case <-ctx.Done():
			return gateway.Delivery{}, ctx.Err()
		}
	}
}

// arrange decides what Next does with a delivery. It returns false if none of it is to be
// returned.
func (q *Query) arrange(d gateway.Delivery) (gateway.Delivery, bool) {
	switch {
	case d.Attempt < q.delivered:
		if d.Record != nil {
			d.Record.Release()
		}
		return gateway.Delivery{}, false
	case d.Attempt > q.delivered:
		q.delivered = d.Attempt
		if d.Record != nil {
			q.pending = &d
		}
		return gateway.Delivery{Subtask: d.Subtask, Attempt: d.Attempt, Restarted: true}, true
	}
	return d, d.Record != nil // a delivery without a record reports that the subtask has connected
}

// Cancel ends the query: first its sockets, because a sink that waits for a slow reader could not be
// cancelled otherwise, then the job. It returns when Flink has accepted the request. Next reports the
// end.
func (q *Query) Cancel(ctx context.Context) error {
	if !q.drop() {
		return nil
	}
	err := q.jobs.CancelJob(ctx, q.job)
	select {
	case <-q.ended:
		return nil // it had ended by itself
	default:
		return err
	}
}

// drop closes the query's sockets. It returns false if that was done before.
func (q *Query) drop() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.cancelled {
		return false
	}
	q.cancelled = true
	close(q.dropped)
	q.disconnect()
	return true
}

// disconnect closes the connections; q.mu is held.
func (q *Query) disconnect() {
	for _, s := range q.subtasks {
		s.conn.Close()
	}
}

// Disconnected implements [gateway.Query].
func (q *Query) Disconnected() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.cancelled {
		return false
	}
	for _, s := range q.subtasks {
		if errors.Is(s.err, frame.ErrCut) {
			return true
		}
	}
	return false
}
