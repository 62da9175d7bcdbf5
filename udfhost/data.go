package udfhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	fnpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/fnexecution_v1"
	"google.golang.org/grpc"
)

// maxQueued is the number of bytes of input that may wait in one worker before it stops
// reading. An operator has a few bundles of some megabytes under way, so only very wide rows
// reach it.
const maxQueued = 256 << 20

// dataStream is the data stream of a worker, shared by all its bundles. One goroutine (receive)
// sorts the input into a queue per bundle, by instruction id: data often overtakes the
// instruction that it belongs to.
//
// The size of a single queue is not limited, but that of all queues together is. Below this
// limit no bundle delays another, however slow its function is. Above it, reading stops until a
// bundle has caught up. This cannot end in a deadlock: what a bundle needs to continue is in
// its own queue, and if all bundles that have begun wait for input, reading goes on. The
// instructions arrive on another stream, a bundle has fewer messages of results than Flink
// holds, and the input of a failed bundle is dropped.
type dataStream struct {
	client  fnpb.BeamFnData_DataClient
	sendMu  sync.Mutex // Send allows one caller at a time
	buffers buffers    // of messages that have been sent

	mu     sync.Mutex
	room   *sync.Cond // queued has shrunk, or the stream has ended
	queues map[string]*inputQueue
	queued int   // bytes in all queues
	active int   // queues in use by a bundle
	hungry int   // bundles that wait for input
	err    error // why the stream has ended
}

// inputQueue holds the input of one bundle until it is taken. Its fields are
// guarded by the stream's mutex.
type inputQueue struct {
	stream  *dataStream
	id      string
	data    []*fnpb.Elements_Data
	dropped bool          // the bundle has failed: its input is thrown away
	err     error         // what makes the input unusable
	wake    chan struct{} // holds one token when something has changed
}

// openData opens the data stream at a client. The stream ends with ctx.
func openData(ctx context.Context, client fnpb.BeamFnDataClient) (*dataStream, error) {
	s := &dataStream{queues: map[string]*inputQueue{}}
	s.room = sync.NewCond(&s.mu)
	var err error
	if s.client, err = client.Data(ctx, grpc.ForceCodecV2(elementsCodec{&s.buffers})); err != nil {
		return nil, fmt.Errorf("open data stream: %w", err)
	}
	return s, nil
}

// receive reads the stream to its end.
func (s *dataStream) receive(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.room.Broadcast()
	})
	defer stop()
	for ctx.Err() == nil {
		elements, err := s.client.Recv()
		if err != nil {
			s.end(err)
			return
		}
		s.mu.Lock()
		for s.queued > maxQueued && s.active > s.hungry && ctx.Err() == nil {
			s.room.Wait()
		}
		for _, t := range elements.Timers {
			s.queue(t.InstructionId).fail(errors.New("timers are not supported"))
		}
		for _, d := range elements.Data {
			s.put(d)
		}
		s.mu.Unlock()
	}
	s.end(context.Cause(ctx))
}

// end informs all waiting readers that no more input will come.
func (s *dataStream) end(err error) {
	if err == io.EOF {
		err = errors.New("flink has closed the data stream")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
	for _, q := range s.queues {
		q.signal()
	}
}

// queue returns the queue of an instruction; s.mu is held.
func (s *dataStream) queue(id string) *inputQueue {
	q := s.queues[id]
	if q == nil {
		q = &inputQueue{stream: s, id: id, wake: make(chan struct{}, 1)}
		s.queues[id] = q
	}
	return q
}

// put queues or drops a message; s.mu is held.
func (s *dataStream) put(d *fnpb.Elements_Data) {
	q := s.queue(d.InstructionId)
	if !q.dropped {
		q.data = append(q.data, d)
		s.queued += len(d.Data)
		q.signal()
		return
	}
	if d.IsLast {
		delete(s.queues, d.InstructionId)
	}
}

// input returns the queue of an instruction's input. The caller closes it.
func (s *dataStream) input(id string) *inputQueue {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active++
	s.room.Signal()
	return s.queue(id)
}

// send writes to the stream, which takes the messages' data over.
func (s *dataStream) send(elements *fnpb.Elements) error {
	s.sendMu.Lock()
	defer s.sendMu.Unlock()
	if err := s.client.Send(elements); err != nil {
		return fmt.Errorf("send results: %w", err)
	}
	return nil
}

func (q *inputQueue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// fail makes the input unusable; the stream's mutex is held.
func (q *inputQueue) fail(err error) {
	q.err = err
	q.signal()
}

// next waits for the next message of the bundle's input.
func (q *inputQueue) next(ctx context.Context) (*fnpb.Elements_Data, error) {
	for {
		if d, err := q.take(); d != nil || err != nil {
			return d, err
		}
		if err := q.await(ctx); err != nil {
			return nil, err
		}
	}
}

// await waits until something has changed. The input that it waits for may come after that of
// bundles that have not begun.
func (q *inputQueue) await(ctx context.Context) error {
	q.stream.addHungry(1)
	defer q.stream.addHungry(-1)
	select {
	case <-q.wake:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *dataStream) addHungry(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hungry += n
	s.room.Signal()
}

// take returns the first message in the queue, or nil.
func (q *inputQueue) take() (*fnpb.Elements_Data, error) {
	s := q.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	if q.err != nil {
		return nil, q.err
	}
	if len(q.data) == 0 {
		return nil, s.err
	}
	d := q.data[0]
	q.data[0] = nil
	q.data = q.data[1:]
	s.release(len(d.Data))
	return d, nil
}

// release accounts for bytes that have left a queue; s.mu is held.
func (s *dataStream) release(n int) {
	s.queued -= n
	s.room.Signal()
}

// close ends the use of the queue. complete says that all input has been taken. Otherwise,
// input that is left or still arrives is dropped.
func (q *inputQueue) close(complete bool) {
	s := q.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	last := complete
	for _, d := range q.data {
		last = last || d.IsLast
		s.release(len(d.Data))
	}
	q.data = nil
	q.dropped = true
	s.active--
	s.room.Signal()
	if last {
		delete(s.queues, q.id)
	}
}
