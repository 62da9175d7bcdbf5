package kernel

import (
	"context"
	"sync"

	"riffle/render"
	"riffle/session"
)

// preparation carries out the cells that come before all others, while clients
// connect. The first cell waits for it, and fails in its stead: what the user's
// configuration asks for is there, or it is said.
type preparation struct {
	done chan struct{}
	stop context.CancelCauseFunc

	mu  sync.Mutex
	err error // nobody has been told yet
}

// unprepared is why a cell was not carried out.
type unprepared struct{ error }

func (u unprepared) Unwrap() error { return u.error }

// prepare begins the preparation. It says nothing of what goes well.
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

// prepared waits for the preparation, and returns what was wrong with it once. Who
// interrupts the cell that waits ends the preparation.
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

// fail keeps an error for the first cell; false if there is one already.
func (p *preparation) fail(err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return false
	}
	p.err = err
	return true
}

// takeError is the error, once.
func (p *preparation) takeError() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	err := p.err
	p.err = nil
	return err
}
