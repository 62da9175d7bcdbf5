package kernel

import (
	"context"
	"sync"

	"riffle/render"
	"riffle/session"
)

// preparation runs the cells that come before all others, while clients connect. The first cell
// waits for it, and fails if it failed: either the user's configuration is in effect, or the
// user learns why not.
type preparation struct {
	done chan struct{}
	stop context.CancelCauseFunc

	mu  sync.Mutex
	err error // not reported yet
}

// unprepared is why a cell did not run.
type unprepared struct{ error }

func (u unprepared) Unwrap() error { return u.error }

// prepare begins the preparation. It prints nothing for what succeeds.
func (k *Kernel) prepare(ctx context.Context) {
	p := &preparation{done: make(chan struct{})}
	ctx, p.stop = context.WithCancelCause(ctx)
	k.preparation = p
	for _, err := range k.config.Wrong {
		if !p.fail(err) {
			k.Notice(session.Explain(err))
		}
	}
	k.tasks.Go(func() {
		defer close(p.done)
		defer p.stop(nil)
		c := &cell{subshell: k.subshells.parent, out: &output{kernel: k, silent: true}}
		for _, before := range k.config.Before {
			before.Sigil = sigil
			if err := c.runner().Script(ctx, before); err != nil && !p.fail(err) {
				k.Notice(render.WithoutControls(session.Explain(err)))
			}
		}
	})
}

// prepared waits for the preparation, and returns its error once. An interrupt of the waiting
// cell ends the preparation.
func (k *Kernel) prepared(ctx context.Context) error {
	p := k.preparation
	select {
	case <-p.done:
	case <-ctx.Done():
		p.stop(context.Cause(ctx))
		<-p.done
	}
	if err := p.takeError(); err != nil {
		return unprepared{err}
	}
	return nil
}

// fail keeps an error for the first cell. It returns false if there is one already.
func (p *preparation) fail(err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return false
	}
	p.err = err
	return true
}

// takeError returns the error, once.
func (p *preparation) takeError() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	err := p.err
	p.err = nil
	return err
}
