package guest

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"riffle/udfhost/guest/abi"
)

// Calls of table functions and of asynchronous functions can be stopped: they end early, with the deferred calls of the
// user's code, and the process lives on. Other calls end with the process.

// stopGrace is how long such a call may take to stop before its process is killed. The time only passes for an iterator
// that does not stop, or a function that ignores its context: others take microseconds, or seconds on a busy machine. A
// shorter Options.RowTimeout ends the process earlier.
const stopGrace = 5 * time.Second

// stoppable reports whether a call of a scalar function can be stopped.
func (c *call) stoppable() bool { return c.function.Async != nil }

// askStoppable is ask for a call that can be stopped. If ctx ends, or has ended, the guest is told to end the call, and
// killed if it does not. The reply then has no meaning.
func (p *Process) askStoppable(ctx context.Context, c *call, request abi.Request) (abi.Reply, error) {
	answered, over := make(chan struct{}), make(chan struct{})
	unwatch := context.AfterFunc(ctx, func() {
		defer close(over)
		atomic.StoreUint64((*uint64)(unsafe.Pointer(&p.shared.bytes[abi.StopOffset])), request.Call)
		select {
		case <-answered:
		case <-time.After(p.stopGrace):
			p.kill()
		}
	})
	*requestAt(p.shared.bytes, 0) = request
	_, _ = p.wake.Write([]byte{0}) // see Process.ask
	reply, err := p.await(ctx, []*call{c}, []abi.Request{request})
	close(answered)
	if !unwatch() {
		<-over // it uses the memory
	}
	return reply, err
}

// inProgress counts the calls in progress that can be stopped.
type inProgress struct {
	mu    sync.Mutex
	calls int
	none  chan struct{} // closed when calls is 0 again; nil if nobody waits
}

func (c *inProgress) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
}

func (c *inProgress) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls--; c.calls == 0 && c.none != nil {
		close(c.none)
		c.none = nil
	}
}

// over returns a channel that is closed when no call is in progress.
func (c *inProgress) over() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.none == nil {
		c.none = make(chan struct{})
	}
	none := c.none
	if c.calls == 0 {
		close(c.none)
		c.none = nil
	}
	return none
}
