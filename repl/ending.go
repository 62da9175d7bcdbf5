package repl

import (
	"context"
	"fmt"
	"time"

	"riffle/session/query"
	"riffle/session/run"
)

// This file has the ways in which following a query ends.

// ended shows the display's end after the query has ended.
func (f *follower) ended(d display, end query.Ended) error {
	f.seeMark()
	f.stopped.Ended = end
	return d.end(f.stopped)
}

// leave shows the display's end while the query continues. Events so far are passed to the
// display. Later events wait in f.events for the next follower of the query.
func (f *follower) leave(ctx context.Context, d display) error {
	f.stopPump()
	var last []query.Event
	for e := range f.incoming {
		last = append(last, e)
	}
	if f.rest != nil {
		last = append(last, f.rest)
	}
	for _, e := range last {
		if ended, ok := e.(query.Ended); ok { // it has ended after all
			return f.ended(d, ended)
		}
		if err := f.show(ctx, d, e); err != nil {
			return f.abandon(ctx, err)
		}
	}
	f.stopped.Background = true
	f.stopped.Ended = query.Ended{State: query.Cancelled, Rows: f.query.Rows(), Elapsed: f.query.Elapsed()}
	return d.end(f.stopped)
}

func (f *follower) stopping() bool { return f.stopped.Limit != "" || f.stopped.Interrupted }

// limit ends the query because an option limits it.
func (f *follower) limit(ctx context.Context, option string) {
	if !f.stopping() {
		f.freeze()
		f.stopped.Limit = option
		if !f.bound.leaves {
			f.cancel(ctx)
		}
	}
}

// freeze keeps a picture as it is: what arrives until the query has ended is not shown.
func (f *follower) freeze() {
	if f.picture == nil || f.held {
		return
	}
	if table, ok := f.query.Table(); ok {
		f.picture.hold(table)
		f.held = true
	}
}

// interrupt ends the query because of Ctrl-C. The second time, it ends the wait for the end.
func (f *follower) interrupt(ctx context.Context) error {
	switch {
	case f.stopped.Interrupted:
		f.givenUp = true
		return fmt.Errorf("%w: %s is still being cancelled", run.ErrInterrupted, f.query.ID())
	case !f.stopping():
		f.freeze()
		f.cancel(ctx)
	}
	f.stopped.Interrupted = true
	return nil
}

// cancel requests the query's end; the answer arrives on f.asked. It is called once.
func (f *follower) cancel(ctx context.Context) {
	go func() {
		err := f.query.Cancel(context.WithoutCancel(ctx))
		if err != nil {
			err = fmt.Errorf("cancel %s: %w", f.query.ID(), err)
		}
		f.asked <- err
	}()
}

// abandon ends a query that cannot be shown, and waits for its end.
func (f *follower) abandon(ctx context.Context, because error) error {
	if f.givenUp {
		return because
	}
	if !f.stopping() {
		f.cancel(ctx)
	}
	late := time.After(patience)
	for {
		select {
		case e, open := <-f.incoming:
			if !open {
				return because
			}
			release(e)
		case <-f.interrupts:
			return because
		case <-late:
			return because
		}
	}
}
