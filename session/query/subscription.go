package query

import (
	"context"
	"io"
	"sync"
)

// Mode says how a subscriber gets a query's rows.
type Mode uint8

const (
	// Lossless subscribers get every batch, and a query does not run ahead of them. For
	// code that writes rows to a file or a pipe.
	Lossless Mode = iota
	// ProgressOnly subscribers never delay the query. They get Progress instead of batches.
	// For code that draws the query's own table.
	ProgressOnly
)

const (
	// queueBatches and queueRows limit what may wait for a subscriber.
	queueBatches = 64
	queueRows    = 256 << 10
)

// Subscription is one consumer of a query's events. It has one reader.
type Subscription struct {
	query *Query

	mu     sync.Mutex
	mode   Mode
	queue  []Event
	rows   int64 // in the queue's batches
	closed bool
	more   chan struct{} // has a token when the queue may have an event
	room   chan struct{} // has a token when the queue may have room
}

func newSubscription(q *Query, mode Mode) *Subscription {
	return &Subscription{query: q, mode: mode, more: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// Next waits for the next event. After Ended it returns io.EOF.
func (s *Subscription) Next(ctx context.Context) (Event, error) {
	for {
		e, closed := s.take()
		switch {
		case e != nil:
			return e, nil
		case closed:
			return nil, io.EOF
		}
		select {
		case <-s.more:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// take returns the next event from the queue, or nil.
func (s *Subscription) take() (e Event, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		return nil, s.closed
	}
	e = s.queue[0]
	s.queue = s.queue[1:]
	switch e := e.(type) {
	case Batch:
		s.rows -= e.Record.NumRows()
	case Ended:
		s.closed = true
	}
	signal(s.room)
	return e, false
}

// Close ends the subscription. The query continues without it.
func (s *Subscription) Close() {
	s.query.unsubscribe(s)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.discard()
	signal(s.room)
	signal(s.more)
}

// SwitchToProgress makes the subscriber a ProgressOnly one. It drops the queued batches and keeps
// the other events.
func (s *Subscription) SwitchToProgress() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mode == ProgressOnly {
		return
	}
	s.mode = ProgressOnly
	if last, any := s.discard(); any {
		s.progress(last.Changes)
	}
	signal(s.room)
}

// discard releases the batches in the queue, and returns the last of them; false if the
// queue has no batch. s.mu is held.
func (s *Subscription) discard() (last Batch, any bool) {
	kept := s.queue[:0]
	for _, e := range s.queue {
		if b, ok := e.(Batch); ok {
			b.Record.Release()
			last, any = b, true
		} else {
			kept = append(kept, e)
		}
	}
	s.queue, s.rows = kept, 0
	return last, any
}

// offer puts an event into the queue, and retains a Batch's record for it. It returns false if
// the subscriber is lossless and its queue is full: wait for room and offer again.
func (s *Subscription) offer(e Event) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return true
	}
	if batch, ok := e.(Batch); ok {
		switch {
		case s.mode == ProgressOnly:
			s.progress(batch.Changes)
			return true
		case s.full():
			return false
		}
		batch.Record.Retain()
		s.rows += batch.Record.NumRows()
	}
	s.queue = append(s.queue, e)
	signal(s.more)
	return true
}

// progress reports the number of changes. It replaces an unread report, so the queue of a
// subscriber that does not read stays short. s.mu is held.
func (s *Subscription) progress(changes int64) {
	if n := len(s.queue); n > 0 {
		if _, waits := s.queue[n-1].(Progress); waits {
			s.queue = s.queue[:n-1]
		}
	}
	s.queue = append(s.queue, Progress{Changes: changes})
	signal(s.more)
}

func (s *Subscription) full() bool {
	return len(s.queue) >= queueBatches || (s.rows >= queueRows && len(s.queue) > 0)
}

// signal puts a token into a channel unless it already has one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
