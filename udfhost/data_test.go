package udfhost

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"

	fnpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/fnexecution_v1"
)

func newQueues() *dataStream {
	s := &dataStream{queues: map[string]*inputQueue{}}
	s.room = sync.NewCond(&s.mu)
	return s
}

func (s *dataStream) putLocked(id, data string, last bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(&fnpb.Elements_Data{InstructionId: id, Data: []byte(data), IsLast: last})
}

// TestQueueOvertakes: data that arrives before its instruction is kept, in order, and separate
// from that of other instructions.
func TestQueueOvertakes(t *testing.T) {
	s := newQueues()
	s.putLocked("1", "a", false)
	s.putLocked("2", "x", true)
	s.putLocked("1", "b", true)
	q := s.input("1")
	for _, want := range []string{"a", "b"} {
		if d, err := q.next(t.Context()); err != nil || string(d.Data) != want {
			t.Errorf("got %v, %v; want %s", d, err, want)
		}
	}
	q.close(true)
	if s.queued != 1 || len(s.queues) != 1 {
		t.Errorf("%d bytes in %d queues are left", s.queued, len(s.queues))
	}
}

// TestQueueWaits: a bundle waits for its input, and for its context.
func TestQueueWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newQueues()
		q := s.input("1")
		got := make(chan string)
		go func() {
			d, err := q.next(t.Context())
			if err != nil {
				t.Error(err)
			}
			got <- string(d.GetData())
		}()
		synctest.Wait()
		s.putLocked("1", "late", false)
		if d := <-got; d != "late" {
			t.Errorf("got %q", d)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("enough")
		go cancel(why)
		if _, err := q.next(ctx); err != why {
			t.Errorf("got %v", err)
		}
	})
}

// TestQueueDropped: what still comes for a failed bundle is thrown away, and
// the last of it forgets the bundle.
func TestQueueDropped(t *testing.T) {
	s := newQueues()
	s.putLocked("1", "abc", false)
	s.input("1").close(false)
	s.putLocked("1", "def", false)
	if s.queued != 0 || len(s.queues) != 1 {
		t.Errorf("%d bytes in %d queues", s.queued, len(s.queues))
	}
	s.putLocked("1", "", true)
	if len(s.queues) != 0 {
		t.Errorf("%d queues are left", len(s.queues))
	}
}

// TestQueueEnds: input that is there is read to its end before the end of the
// stream shows.
func TestQueueEnds(t *testing.T) {
	s := newQueues()
	s.putLocked("1", "a", false)
	s.end(errors.New("gone"))
	q := s.input("1")
	if d, err := q.next(t.Context()); err != nil || string(d.Data) != "a" {
		t.Errorf("got %v, %v", d, err)
	}
	if _, err := q.next(t.Context()); err == nil {
		t.Error("no error at the end of the stream")
	}
}

// TestHungryBundleIsFed: reading stops while a bundle has enough to do, and goes on when it waits for
// input that comes after that of bundles which have not begun.
func TestHungryBundleIsFed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newQueues()
		q := s.input("1")
		s.putLocked("2", "of a bundle that waits for its turn", false)
		client := elements{received: make(chan *fnpb.Elements_Data)}
		defer close(client.received)
		s.client = client
		s.mu.Lock()
		s.queued += maxQueued
		s.mu.Unlock()
		go s.receive(t.Context())
		client.received <- &fnpb.Elements_Data{InstructionId: "1", Data: []byte("a")}
		synctest.Wait()
		if d, _ := q.take(); d != nil {
			t.Fatal("it was read while the bundle was busy")
		}
		if d, err := q.next(t.Context()); err != nil || string(d.Data) != "a" {
			t.Errorf("got %v, %v", d, err)
		}
	})
}

// elements is a data stream that receives what the channel has.
type elements struct {
	fnpb.BeamFnData_DataClient
	received chan *fnpb.Elements_Data
}

func (e elements) Recv() (*fnpb.Elements, error) {
	d, ok := <-e.received
	if !ok {
		return nil, io.EOF
	}
	return &fnpb.Elements{Data: []*fnpb.Elements_Data{d}}, nil
}
