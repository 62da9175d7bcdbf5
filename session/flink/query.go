package flink

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/session/flink/frame"
	"riffle/udfhost/coder"
)

// Query is a submitted query and the rows that it sends.
//
// Each subtask of the job's sink has a connection of its own. The query reads
// them all and delivers their record batches one by one; a consumer that is slow
// to take a delivery holds the connections, and so the job, back.
//
// A query that is not read to its end must be cancelled.
type Query struct {
	Name    string
	Job     string        // Flink's job id
	Schema  *arrow.Schema // data columns, then __kind
	Kinds   []string      // row kinds that can occur: "+I", "-U", "+U", "-D"
	Keys    [][]int       // upsert keys as column indexes, the shortest first
	Bounded bool          // whether the query ends by itself
	// Location is the time zone of TIMESTAMP_LTZ values: table.local-time-zone when
	// the query was planned.
	Location *time.Location
	// Texts are the columns with values that travel as text, and the types of
	// these: VARIANT, RAW and BITMAP.
	Texts map[string][]string

	gateway    *Gateway
	described  chan struct{} // closed when the fields above are set
	deliveries chan Delivery
	ended      chan struct{} // closed when end is set
	end        error         // nil: finished and complete
	dropped    chan struct{} // closed by Cancel: deliveries are no longer wanted

	mu        sync.Mutex
	cancelled bool
	over      bool // no further connection is taken
	attempt   int
	subtasks  map[int]*subtask
	readers   sync.WaitGroup
	changed   chan struct{} // closed and renewed when a subtask's state changes
}

// Delivery is a record batch or the word that the job was restarted.
type Delivery struct {
	Subtask, Attempt int
	Record           arrow.Record // owned by the receiver, who must Release it
	Restarted        bool         // no record: everything before this is void
}

// ErrCancelled is how a query ends that was cancelled.
var ErrCancelled = errors.New("cancelled")

// subtask is one sender in its latest attempt.
type subtask struct {
	conn        net.Conn
	parallelism int
	done        bool // its end frame came, and the rows are as many as it says
	err         error
}

func newQuery(g *Gateway, name string) *Query {
	return &Query{
		Name:       name,
		gateway:    g,
		described:  make(chan struct{}),
		deliveries: make(chan Delivery),
		ended:      make(chan struct{}),
		dropped:    make(chan struct{}),
		subtasks:   map[int]*subtask{},
		changed:    make(chan struct{}),
	}
}

// Next returns the next delivery. At the end it returns io.EOF if the job
// finished and every subtask's rows are here, [ErrCancelled] after Cancel, and
// else what went wrong, as a [*Fault] where the job failed.
func (q *Query) Next(ctx context.Context) (Delivery, error) {
	select {
	case d := <-q.deliveries:
		return d, nil
	case <-q.ended:
		if q.end == nil {
			return Delivery{}, io.EOF
		}
		return Delivery{}, q.end
	case <-ctx.Done():
		return Delivery{}, ctx.Err()
	}
}

// Cancel ends the query: first its sockets, so that a sink which waits for a
// slow reader is free to be cancelled, then the job. It returns when Flink has
// taken the request; Next reports the end.
func (q *Query) Cancel(ctx context.Context) error {
	if !q.drop() {
		return nil
	}
	err := q.gateway.CancelJob(ctx, q.Job)
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
	for _, s := range q.subtasks {
		s.conn.Close()
	}
	return true
}

// attach takes over a connection of one of the query's subtasks.
func (q *Query) attach(conn net.Conn, in *bufio.Reader, h frame.Hello) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.cancelled || q.over || h.Attempt < q.attempt {
		return false
	}
	restarted := h.Attempt > q.attempt
	if restarted {
		q.attempt = h.Attempt
		for _, old := range q.subtasks {
			old.conn.Close()
		}
		clear(q.subtasks)
	}
	s := &subtask{conn: conn, parallelism: h.Parallelism}
	q.subtasks[h.Subtask] = s
	q.readers.Go(func() {
		defer conn.Close()
		if restarted && !q.deliver(Delivery{Subtask: h.Subtask, Attempt: h.Attempt, Restarted: true}) {
			return
		}
		err := q.read(in, h)
		q.mu.Lock()
		defer q.mu.Unlock()
		s.done, s.err = err == nil, err
		q.notify()
	})
	q.notify()
	return true
}

// notify wakes whoever waits for a change of the subtasks; q.mu is held.
func (q *Query) notify() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// read delivers a connection's batches; nil only if the stream is whole.
func (q *Query) read(in io.Reader, h frame.Hello) error {
	select {
	case <-q.described:
	case <-q.dropped:
		return ErrCancelled
	}
	frames := frame.NewReader(in)
	batches, err := coder.NewStreamReader(frames)
	if err != nil {
		return fmt.Errorf("read schema: %w", err)
	}
	defer batches.Release()
	if !batches.Schema().Equal(q.Schema) {
		return fmt.Errorf("subtask %d sends columns %v instead of %v", h.Subtask, batches.Schema(), q.Schema)
	}
	var rows int64
	for {
		record, err := batches.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		rows += record.NumRows()
		if !q.deliver(Delivery{Subtask: h.Subtask, Attempt: h.Attempt, Record: record}) {
			return ErrCancelled
		}
	}
	sent, complete := frames.Rows()
	if !complete {
		// The stream's end is marked; the end frame comes behind it.
		if _, err := frames.Read(make([]byte, 1)); err != io.EOF {
			return err
		}
		sent, _ = frames.Rows()
	}
	if sent != rows {
		return fmt.Errorf("subtask %d sent %d rows, %d arrived", h.Subtask, sent, rows)
	}
	return nil
}

// deliver hands a delivery to the consumer; false if the query was cancelled or
// the job restarted meanwhile.
func (q *Query) deliver(d Delivery) bool {
	q.mu.Lock()
	stale := d.Attempt < q.attempt
	q.mu.Unlock()
	if !stale {
		select {
		case q.deliveries <- d:
			return true
		case <-q.dropped:
		}
	}
	if d.Record != nil {
		d.Record.Release()
	}
	return false
}

// stragglers is how long after a finished job its last connections may take to
// arrive: the sockets are accepted here in their own time.
const stragglers = 10 * time.Second

// watch waits for the job's end and the rows', and sets the query's end.
func (q *Query) watch(ctx context.Context) {
	end := q.gateway.awaitJob(ctx, q.Job)
	if end == nil {
		if end = q.awaitRows(); end != nil && !q.Bounded {
			end = ErrCancelled // what has no end was stopped with a savepoint, without draining
		}
	}
	q.mu.Lock()
	q.over = true
	cancelled := q.cancelled
	for _, s := range q.subtasks {
		s.conn.Close()
	}
	q.mu.Unlock()
	switch {
	case cancelled, errors.Is(end, ErrCancelled):
		end = ErrCancelled
	case end != nil:
		// What had arrived before the failure is still delivered, up to here.
		q.drop()
	}
	q.readers.Wait()
	q.end = end
	q.gateway.rows.remove(q)
	close(q.ended)
}

// awaitRows waits until every subtask of a finished job is complete.
func (q *Query) awaitRows() error {
	late := time.NewTimer(stragglers)
	defer late.Stop()
	for {
		q.mu.Lock()
		missing, err := q.missing()
		changed := q.changed
		q.mu.Unlock()
		if err != nil {
			return fmt.Errorf("the result is not complete: %w", err)
		}
		if missing == 0 {
			return nil
		}
		var timeout <-chan time.Time
		if missing < 0 {
			timeout = late.C
		}
		select {
		case <-changed:
		case <-q.dropped:
			return ErrCancelled
		case <-timeout:
			return errors.New("the result is not complete: the job finished, but not all its subtasks sent rows")
		}
	}
}

// missing returns 0 when all rows are here, the number of connections that are
// still being read, or -1 if one has not arrived at all.
func (q *Query) missing() (int, error) {
	open, parallelism := 0, -1
	for _, s := range q.subtasks {
		parallelism = s.parallelism
		switch {
		case s.err != nil:
			return 0, s.err
		case !s.done:
			open++
		}
	}
	if open == 0 && len(q.subtasks) != parallelism {
		return -1, nil
	}
	return open, nil
}
