package session

import (
	"context"
	"io"
	"sync"

	"github.com/apache/arrow/go/v15/arrow"
)

// SubscribeMode says what happens to a subscriber that is slow.
type SubscribeMode uint8

const (
	// Folded subscribers hold nobody back: one that falls behind gets Restarted
	// and the table as it is by then. Right for whatever draws a picture.
	Folded SubscribeMode = iota
	// Lossless subscribers get every batch, and a query does not run ahead of
	// them. Right for whatever writes rows to a file or a pipe.
	Lossless
	// Told subscribers get every event but the batches. Right for whatever looks
	// at the query's table itself.
	Told
)

const (
	// queueBatches and queueRows are how much may wait for a subscriber.
	queueBatches = 64
	queueRows    = 256 << 10
)

// Subscription is one consumer of a query's events. It has one reader.
type Subscription struct {
	query *Query
	mode  SubscribeMode

	mu     sync.Mutex
	queue  []Event
	rows   int64 // in the queue's batches
	behind bool  // batches were left out: the table is due instead
	upTo   int64 // sequence of the last batch that the table had
	closed bool
	more   chan struct{} // has a token when the queue may have an event
	room   chan struct{} // has a token when the queue may have room
}

func newSubscription(q *Query, mode SubscribeMode) *Subscription {
	return &Subscription{query: q, mode: mode, more: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// Next waits for the next event. After Ended it returns io.EOF.
func (s *Subscription) Next(ctx context.Context) (Event, error) {
	for {
		if e, ok := s.take(); ok {
			return e, nil
		}
		s.mu.Lock()
		closed, behind := s.closed, s.behind
		s.mu.Unlock()
		switch {
		case closed:
			return nil, io.EOF
		case behind:
			s.query.catchUp(s)
			continue
		}
		select {
		case <-s.more:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (s *Subscription) take() (Event, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		return nil, false
	}
	e := s.queue[0]
	s.queue = s.queue[1:]
	switch e := e.(type) {
	case Batch:
		s.rows -= e.Record.NumRows()
	case Ended:
		s.closed = true
	}
	signal(s.room)
	return e, true
}

// Close leaves the query, which goes on without this subscriber.
func (s *Subscription) Close() {
	s.query.leave(s)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.discard()
	signal(s.room)
	signal(s.more)
}

// discard releases what waits in the queue.
func (s *Subscription) discard() {
	kept := s.queue[:0]
	for _, e := range s.queue {
		if b, ok := e.(Batch); ok {
			b.Record.Release()
		} else {
			kept = append(kept, e)
		}
	}
	s.queue, s.rows = kept, 0
}

// offer puts an event in the queue; a Batch's record is retained for it. It
// returns false if the subscriber is lossless and its queue full: wait for room
// and offer again.
func (s *Subscription) offer(e Event) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return true
	}
	batch, isBatch := e.(Batch)
	switch {
	case isBatch && s.mode == Told:
		return true
	case isBatch && (s.behind || batch.Sequence <= s.upTo):
		return true // the table that is due will have it, or has had it
	case isBatch && s.full():
		if s.mode == Lossless {
			return false
		}
		s.discard()
		s.behind = true
		return true
	case isBatch:
		batch.Record.Retain()
		s.rows += batch.Record.NumRows()
	}
	s.queue = append(s.queue, e)
	signal(s.more)
	return true
}

// startAnew puts the table, as batches that end with the given sequence, in the
// place of what was left out. The subscription takes over the records.
func (s *Subscription) startAnew(reason string, sequence int64, table []arrow.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		releaseAll(table)
		return
	}
	s.discard()
	s.behind, s.upTo = false, sequence
	s.queue = append(s.queue, Restarted{Reason: reason})
	for _, record := range table {
		s.queue = append(s.queue, Batch{Sequence: sequence, Subtask: -1, Record: record})
		s.rows += record.NumRows()
	}
	signal(s.more)
}

func (s *Subscription) isBehind() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.behind
}

func (s *Subscription) full() bool {
	return len(s.queue) >= queueBatches || (s.rows >= queueRows && len(s.queue) > 0)
}

// signal leaves a token where there is none.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
