package flink

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
)

// Query is a submitted query and the rows that it sends.
//
// Each subtask of the job's sink has a connection of its own. The query reads
// them all and delivers their record batches one by one; a consumer that is slow
// to take a delivery holds the connections, and so the job, back.
//
// A query that is not read to its end must be cancelled.
type Query struct {
	Name   string
	Job    string        // Flink's job id
	Schema *arrow.Schema // data columns, then __kind
	Kinds  []string      // row kinds that can occur: "+I", "-U", "+U", "-D"
	Keys   [][]int       // upsert keys as column indexes, the shortest first
	// Order is how ORDER BY sorts the rows; none where they come in the order in
	// which they are to be shown. Its keys that are not selected are the last
	// Hidden data columns.
	Order   []OrderKey
	Hidden  int
	Bounded bool // whether the query ends by itself
	// Limit is the number of rows with which the result is complete although its
	// job may go on; 0 if the plan does not say. Such a result only adds rows.
	Limit int64
	// Location is the time zone of TIMESTAMP_LTZ values: table.local-time-zone when
	// the query was planned.
	Location *time.Location
	// Texts are the columns with values that travel as text, and the types of
	// these: VARIANT, RAW and BITMAP.
	Texts map[string][]string

	jobs       jobs
	rows       *receiver
	described  chan struct{} // closed when the fields above are set
	deliveries chan Delivery
	ended      chan struct{} // closed when end is set
	end        error         // nil: finished and complete
	dropped    chan struct{} // closed by drop: deliveries are no longer wanted

	// delivered is the attempt whose rows Next returns, and held a delivery that
	// comes after the word of its restart. Both belong to Next.
	delivered int
	held      *Delivery

	mu        sync.Mutex
	cancelled bool
	over      bool          // no further connection is taken
	spoilt    chan struct{} // closed when fault is set
	fault     error         // what is wrong with the rows that were sent
	attempt   int           // the newest; connections of older ones are refused
	subtasks  map[int]*subtask
	readers   sync.WaitGroup
	changed   chan struct{} // closed and renewed when a subtask's state changes
}

// jobs is what a query asks of the cluster.
type jobs interface {
	AwaitJob(ctx context.Context, job string) error
	CancelJob(ctx context.Context, job string) error
	Health(ctx context.Context, job string) (Health, error)
}

// OrderKey is a column that rows are sorted by.
type OrderKey struct {
	Column     int  `json:"column"`
	Descending bool `json:"descending"`
	NullsLast  bool `json:"nullsLast"`
}

// Delivery is a record batch or the word that the job was restarted.
type Delivery struct {
	Subtask, Attempt int
	Record           arrow.Record // owned by the receiver, who must Release it
	Restarted        bool         // no record: everything before this is void
}

// ErrCancelled is how a query ends that was cancelled.
var ErrCancelled = errors.New("cancelled")

func newQuery(j jobs, rows *receiver, name string) *Query {
	return &Query{
		Name:       name,
		jobs:       j,
		rows:       rows,
		described:  make(chan struct{}),
		deliveries: make(chan Delivery),
		ended:      make(chan struct{}),
		dropped:    make(chan struct{}),
		spoilt:     make(chan struct{}),
		subtasks:   map[int]*subtask{},
		changed:    make(chan struct{}),
	}
}

// Next returns the next delivery. At the end it returns io.EOF if the job
// finished and every subtask's rows are here, [ErrCancelled] after Cancel, and
// else what went wrong, as a [*Fault] where the job failed. It has one caller.
//
// The subtasks of a restarted job connect in any order, and rows of the attempt
// before may still be on their way. Next alone decides what is void: the first
// sign of a newer attempt, whoever sends it, makes it say so, and from then on
// it drops what is older.
func (q *Query) Next(ctx context.Context) (Delivery, error) {
	if d := q.held; d != nil {
		q.held = nil
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
				return Delivery{}, io.EOF
			}
			return Delivery{}, q.end
		case <-ctx.Done():
			return Delivery{}, ctx.Err()
		}
	}
}

// arrange decides what Next makes of a delivery; false if there is nothing to
// return of it.
func (q *Query) arrange(d Delivery) (Delivery, bool) {
	switch {
	case d.Attempt < q.delivered:
		if d.Record != nil {
			d.Record.Release()
		}
		return Delivery{}, false
	case d.Attempt > q.delivered:
		q.delivered = d.Attempt
		if d.Record != nil {
			q.held = &d
		}
		return Delivery{Subtask: d.Subtask, Attempt: d.Attempt, Restarted: true}, true
	}
	return d, d.Record != nil // without one it says that the subtask is there
}

// Cancel ends the query: first its sockets, so that a sink which waits for a
// slow reader is free to be cancelled, then the job. It returns when Flink has
// taken the request; Next reports the end.
func (q *Query) Cancel(ctx context.Context) error {
	if !q.drop() {
		return nil
	}
	err := q.jobs.CancelJob(ctx, q.Job)
	select {
	case <-q.ended:
		return nil // it had ended by itself
	default:
		return err
	}
}

// drop closes the query's sockets; false if that was done before.
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
