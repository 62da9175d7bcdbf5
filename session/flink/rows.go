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

	"riffle/session/flink/frame"
	"riffle/session/gateway"
	"riffle/udfhost/coder"
)

// subtask is one sender in its latest attempt.
type subtask struct {
	conn        net.Conn
	parallelism int
	done        bool  // its end frame arrived, with the right number of rows
	err         error // why it is not done and will not be
}

// attach takes over a connection of one of the query's subtasks. A restart affects all subtasks
// (the cluster's failover strategy is "full"), so the first connection of a newer attempt ends
// those of the older one.
func (q *Query) attach(conn net.Conn, h frame.Hello) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.cancelled || q.closed || q.fault != nil || h.Attempt < q.attempt {
		return false
	}
	if h.Attempt > q.attempt {
		q.attempt = h.Attempt
		q.disconnect()
		clear(q.subtasks)
	}
	if q.subtasks[h.Subtask] != nil {
		return false // an attempt connects once
	}
	s := &subtask{conn: conn, parallelism: h.Parallelism}
	q.subtasks[h.Subtask] = s
	q.readers.Go(func() {
		defer conn.Close()
		err := q.read(bufio.NewReaderSize(conn, 256<<10), h)
		q.settle(s, h, err)
	})
	q.notify()
	return true
}

// settle records how a subtask's connection ended. Rows that cannot be read end the query at
// once: the job would fail later, because of a closed socket, or never. A cut connection is the
// effect of another error, which is reported at the end of the job.
func (q *Query) settle(s *subtask, h frame.Hello, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	s.done, s.err = err == nil, err
	q.notify()
	if err == nil || errors.Is(err, frame.ErrCut) || errors.Is(err, gateway.ErrCancelled) ||
		q.subtasks[h.Subtask] != s || q.fault != nil || q.cancelled {
		return
	}
	q.fault = fmt.Errorf("the rows of the result cannot be read: %w", err)
	close(q.rowsFailed)
	q.disconnect()
}

// notify wakes a goroutine that waits for a change of the subtasks; q.mu is held.
func (q *Query) notify() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// read delivers a connection's batches. It returns nil only if the stream is complete.
func (q *Query) read(in io.Reader, h frame.Hello) error {
	select {
	case <-q.described:
	case <-q.dropped:
		return gateway.ErrCancelled
	}
	// A restarted job may have no rows, but the rows of the earlier attempt are void anyway.
	if h.Attempt > 0 && !q.deliver(gateway.Delivery{Subtask: h.Subtask, Attempt: h.Attempt}) {
		return gateway.ErrCancelled
	}
	frames := frame.NewReader(in)
	batches, err := coder.NewStreamReader(frames)
	if err != nil {
		return fmt.Errorf("read schema: %w", err)
	}
	if !batches.Schema().Equal(q.schema) {
		return fmt.Errorf("subtask %d sends columns %v instead of %v", h.Subtask, batches.Schema(), q.schema)
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
		if !q.deliver(gateway.Delivery{Subtask: h.Subtask, Attempt: h.Attempt, Record: record}) {
			return gateway.ErrCancelled
		}
	}
	sent, err := end(frames)
	if err == nil && sent != rows {
		err = fmt.Errorf("subtask %d sent %d rows, %d arrived", h.Subtask, sent, rows)
	}
	return err
}

// end reads what follows a stream of batches: the end frame, and nothing more. It returns the
// number of rows that were sent.
func end(frames *frame.Reader) (rows int64, err error) {
	n, err := frames.Read(make([]byte, 1))
	switch {
	case n > 0:
		return 0, errors.New("bytes follow the end of the stream")
	case err != io.EOF:
		return 0, err
	}
	rows, _ = frames.Rows()
	return rows, nil
}

// deliver passes a delivery to Next. It returns false if deliveries are no longer needed.
func (q *Query) deliver(d gateway.Delivery) bool {
	select {
	case q.deliveries <- d:
		return true
	case <-q.dropped:
	}
	if d.Record != nil {
		d.Record.Release()
	}
	return false
}

// stragglerTimeout is how long the last connections may take to arrive after their job has
// finished: connections are accepted asynchronously.
const stragglerTimeout = 10 * time.Second

// watch waits for the end of the job and its rows, and sets the query's end.
func (q *Query) watch(ctx context.Context) {
	end := q.await(ctx)
	q.mu.Lock()
	q.closed = true
	cancelled, fault := q.cancelled, q.fault
	q.disconnect()
	q.mu.Unlock()
	switch {
	case cancelled:
		end = gateway.ErrCancelled
	case fault != nil:
		q.rows.log.Error("rows of a query cannot be read", "query", q.name, "error", fault, "job", end)
		end = fault
	}
	if end != nil && end != gateway.ErrCancelled {
		// What had arrived before the failure is still delivered, up to here.
		q.drop()
	}
	q.readers.Wait()
	q.end = end
	q.rows.remove(q)
	close(q.ended)
}

// await waits for the job's end and then for the rows that have not arrived yet. It cancels the
// job if its rows cannot be read.
func (q *Query) await(ctx context.Context) error {
	over := make(chan struct{})
	var canceller sync.WaitGroup
	defer canceller.Wait()
	defer close(over)
	canceller.Go(func() {
		select {
		case <-over:
		case <-q.rowsFailed:
			if err := q.jobs.CancelJob(ctx, q.job); err != nil {
				q.rows.log.Warn("a job whose rows cannot be read may go on", "job", q.job, "error", err)
			}
		}
	})
	if err := q.jobs.AwaitJob(ctx, q.job); err != nil {
		return err
	}
	return q.awaitRows()
}

// awaitRows waits until every subtask of a finished job is complete.
func (q *Query) awaitRows() error {
	late := time.NewTimer(stragglerTimeout)
	defer late.Stop()
	for {
		q.mu.Lock()
		missing, err := q.missing()
		changed := q.changed
		q.mu.Unlock()
		switch {
		case err == gateway.ErrCancelled:
			return err
		case err != nil:
			return fmt.Errorf("the result is not complete: %w", err)
		case missing == 0:
			return nil
		}
		var timeout <-chan time.Time
		if missing < 0 {
			timeout = late.C
		}
		select {
		case <-changed:
		case <-q.dropped:
			return gateway.ErrCancelled
		case <-timeout:
			return errors.New("the result is not complete: the job finished, but not all its subtasks sent rows")
		}
	}
}

// missing returns 0 if all rows have arrived, the number of connections that are still being
// read, or -1 if a connection has not arrived.
//
// An unbounded job that is FINISHED was stopped with a savepoint, without draining: its tasks
// close their connections and send no end frame. That is how a cancelled query ends.
func (q *Query) missing() (int, error) {
	open, stopped, parallelism := 0, 0, -1
	for _, s := range q.subtasks {
		parallelism = s.parallelism
		switch {
		case errors.Is(s.err, frame.ErrCut) && !q.bounded:
			stopped++
		case s.err != nil:
			return 0, s.err
		case !s.done:
			open++
		}
	}
	switch {
	case open > 0:
		return open, nil
	case len(q.subtasks) != parallelism:
		return -1, nil
	case stopped > 0:
		return 0, gateway.ErrCancelled
	}
	return 0, nil
}
