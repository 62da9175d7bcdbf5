package kernel

import (
	"context"

	"riffle/render"
	"riffle/session"
)

// preparation carries out the cells that come before all others, while clients
// connect. The first cell waits for it, and fails in its stead: what the user's
// configuration asks for is there, or it is said.
type preparation struct {
	done chan struct{}
	stop context.CancelCauseFunc
	err  error // nobody has been told yet; the worker's, when done is closed
}

// unprepared is why a cell was not carried out.
type unprepared struct{ error }

func (u unprepared) Unwrap() error { return u.error }

// prepare begins the preparation. It says nothing of what goes well.
func (k *Kernel) prepare(ctx context.Context) {
	p := &preparation{done: make(chan struct{})}
	ctx, p.stop = context.WithCancelCause(ctx)
	k.preparation = p
	for i, err := range k.config.Wrong {
		if i == 0 {
			p.err = err
		} else {
			k.Notice(session.Explain(err))
		}
	}
	k.tasks.Go(func() {
		defer close(p.done)
		defer p.stop(nil)
		c := &cell{Kernel: k, out: &output{kernel: k, silent: true}}
		for _, before := range k.config.Before {
			before.Sigil = sigil
			if err := c.carryOut(ctx, before.Statements()); err != nil && p.err == nil {
				p.err = err
			} else if err != nil {
				k.Notice(render.Harmless(session.Explain(err)))
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
	err := p.err
	if p.err = nil; err != nil {
		return unprepared{err}
	}
	return nil
}
