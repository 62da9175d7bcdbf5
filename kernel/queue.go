package kernel

import (
	"context"
	"sync"

	"riffle/kernel/wire"
	"riffle/kernel/zmtp"
)

// queued is how many requests may wait. Then their clients' sockets do.
const queued = 4096

// request is a message of a client, which is answered where it came from.
type request struct {
	*wire.Message
	socket  *zmtp.Router
	client  string
	aborted bool // not to be carried out; read when it is taken
}

// queue is what waits on the shell socket. All is taken from the socket as it
// comes, so that what is queued can be aborted.
type queue struct {
	room chan struct{} // has a token for each request that waits

	mu      sync.Mutex
	waiting []*request
	more    chan struct{} // has a token when there may be a request
}

func newQueue() *queue {
	return &queue{room: make(chan struct{}, queued), more: make(chan struct{}, 1)}
}

func (q *queue) push(ctx context.Context, r *request) {
	select {
	case q.room <- struct{}{}:
	case <-ctx.Done():
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, r)
	select {
	case q.more <- struct{}{}:
	default:
	}
}

// take waits for the next request; nil when ctx has ended.
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
		case <-ctx.Done():
			return nil
		}
	}
}

// abort marks all that waits now.
func (q *queue) abort() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range q.waiting {
		r.aborted = true
	}
}
