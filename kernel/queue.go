package kernel

import (
	"context"
	"sync"

	"riffle/kernel/wire"
	"riffle/kernel/zmtp"
)

// queued is the maximum number of requests that wait for a subshell. Beyond it, the shell
// socket waits, for all subshells.
const queued = 4096

// request is a message from a client, which is answered on the socket from which it came.
type request struct {
	*wire.Message
	socket  *zmtp.Router
	client  string
	aborted bool // not to be executed; read when it is taken
}

// queue contains the requests that wait for a subshell. All requests are read from the socket
// as they arrive, so that waiting ones can be aborted.
type queue struct {
	room   chan struct{} // has a token for each request that waits
	closed chan struct{}

	mu      sync.Mutex
	waiting []*request
	more    chan struct{} // has a token when there may be a request
}

func newQueue() *queue {
	return &queue{room: make(chan struct{}, queued), more: make(chan struct{}, 1), closed: make(chan struct{})}
}

// push waits for room. It returns false if the queue is closed, or ctx has ended.
func (q *queue) push(ctx context.Context, r *request) bool {
	select {
	case q.room <- struct{}{}:
	case <-q.closed:
		return false
	case <-ctx.Done():
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-q.closed:
		return false
	default:
	}
	q.waiting = append(q.waiting, r)
	select {
	case q.more <- struct{}{}:
	default:
	}
	return true
}

// take waits for the next request; nil when ctx has ended, or the queue is closed
// and empty.
func (q *queue) take(ctx context.Context) *request {
	for {
		q.mu.Lock()
		if len(q.waiting) > 0 {
			r := q.waiting[0]
			q.waiting = q.waiting[1:]
			q.mu.Unlock()
			<-q.room
			return r
		}
		q.mu.Unlock()
		select {
		case <-q.more:
		case <-q.closed:
			if q.empty() {
				return nil // nothing is added any more
			}
		case <-ctx.Done():
			return nil
		}
	}
}

func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting) == 0
}

// close rejects further requests and aborts the waiting ones. It is called once.
func (q *queue) close() {
	q.mu.Lock()
	close(q.closed)
	q.mu.Unlock()
	q.abort()
}

// abort marks all waiting requests.
func (q *queue) abort() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range q.waiting {
		r.aborted = true
	}
}
