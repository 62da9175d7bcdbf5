package main

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"time"
)

// chore is background work that makes later starts faster. Its failure is only logged. Whoever
// starts it stops it.
type chore struct {
	what   string
	work   func(context.Context) error
	log    *slog.Logger
	ctx    context.Context
	cancel context.CancelFunc
	once   sync.Once
	done   chan struct{} // nil until it is started
	mu     sync.Mutex
}

func newChore(ctx context.Context, log *slog.Logger, what string, work func(context.Context) error) *chore {
	c := &chore{what: what, work: work, log: log}
	c.ctx, c.cancel = context.WithCancel(ctx)
	return c
}

// start begins the chore after a delay, unless it is stopped before.
func (c *chore) start(delay time.Duration) {
	c.once.Do(func() {
		done := make(chan struct{})
		c.mu.Lock()
		c.done = done
		c.mu.Unlock()
		go func() { // stop waits for it
			defer close(done)
			select {
			case <-time.After(delay):
			case <-c.ctx.Done():
				return
			}
			if err := c.work(c.ctx); err != nil && c.ctx.Err() == nil {
				c.log.Warn(c.what, "error", err)
			}
		}()
	})
}

// finished returns a channel that is closed when the chore has ended; nil if it never began.
func (c *chore) finished() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.done
}

func (c *chore) ended() bool {
	done := c.finished()
	if done == nil {
		return true
	}
	select {
	case <-done:
		return true
	case <-time.After(50 * time.Millisecond): // enough to find out that there is nothing to do
		return false
	}
}

// wait lets the chore continue for a while, until ctx ends or the user interrupts.
func (c *chore) wait(ctx context.Context, interrupts <-chan os.Signal, most time.Duration) {
	select {
	case <-c.finished():
	case <-ctx.Done():
	case <-interrupts:
	case <-time.After(most):
	}
}

// stop ends the chore.
func (c *chore) stop() {
	c.cancel()
	if done := c.finished(); done != nil {
		<-done
	}
}
