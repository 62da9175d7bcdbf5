package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"riffle/session/gateway"
)

// change alters the session on its two sides: in the gateway's JVM, and in what
// the session itself keeps, from which another JVM is brought to the same state.
// Both sides change or neither does, also if the caller gives up or the JVM is
// lost in the middle. Session.carryOut says how.
type change struct {
	// apply changes the JVM. Its context outlives the caller's.
	apply func(ctx context.Context, g gateway.Gateway) error
	// undo brings the JVM back, from wherever apply has left it. Nil if nothing
	// can: then a change that has begun is finished though the caller gave up.
	undo func(ctx context.Context, g gateway.Gateway) error
	// commit changes the session, after apply has succeeded. It cannot fail.
	commit func()
	// late is called after the commit of a change whose caller gave up, so that
	// somebody hears of it. Nil if there is nothing to do.
	late func()
}

// carryOut makes a change; the caller has the turn. If the gateway is lost
// meanwhile, and the change may be made twice, it is made on the next one.
//
// Nothing can stop the JVM in the middle. If ctx ends first, carryOut returns at
// once, and the change settles in the background: it is undone or, where nothing
// can undo it, finished. Until then nobody gets the turn, and no other gateway is
// brought to the session's state.
func (s *Session) carryOut(ctx context.Context, again bool, c change) error {
	return s.onLink(ctx, again, func(l *link) error {
		settled := make(chan struct{})
		s.settled = settled
		outcome := make(chan error, 1)
		left := make(chan struct{})
		stays := context.AfterFunc(ctx, func() { close(left) })
		l.calls.RLock()
		s.tasks.Go(func() {
			defer close(settled)
			defer l.calls.RUnlock()
			err := c.apply(s.ctx, l.gateway)
			// From here on the caller waits, or else has left.
			outcome <- s.conclude(l.gateway, c, err, !stays())
		})
		select {
		case err := <-outcome:
			return err
		case <-left:
			s.left.Store(&settled)
			return ctx.Err()
		}
	})
}

// conclude commits a change, or undoes it. err is what apply came to.
func (s *Session) conclude(g gateway.Gateway, c change, err error, givenUp bool) error {
	if givenUp {
		defer s.catalog.Planned(true) // whatever it was, names may have changed
	}
	var lost *gateway.LostError
	switch {
	case err == nil && (!givenUp || c.undo == nil):
		if c.commit != nil {
			c.commit()
		}
		if givenUp && c.late != nil {
			c.late()
		}
		return nil
	case c.undo == nil, errors.As(err, &lost):
		return err // there is nothing to undo: the next gateway begins with the session's side
	}
	if failed := c.undo(s.ctx, g); failed != nil && s.ctx.Err() == nil && !errors.As(failed, &lost) {
		s.config.Notice(fmt.Sprintf("Flink did not take back what the last statement changed: %v", failed))
	}
	return err
}

// sayAfter is how long a statement waits without a word for one that was given up.
const sayAfter = time.Second

// explainWait says, when a statement has waited for a while, that it waits for one that
// was given up: a change that has not settled, or what Flink still plans. The returned
// function is called when the statement is done.
func (s *Session) explainWait() (done func() bool) {
	return time.AfterFunc(sayAfter, func() {
		if s.settling() || s.abandoned() {
			s.config.Notice("waiting for the statement that was given up: Flink cannot stop in the middle of it")
		}
	}).Stop
}

// settling tells whether a change that was given up has not settled.
func (s *Session) settling() bool {
	settled := s.left.Load()
	if settled == nil {
		return false
	}
	select {
	case <-*settled:
		return false
	default:
		return true
	}
}

// abandoned tells whether Flink still plans a statement that was given up.
func (s *Session) abandoned() bool {
	l := s.link.Load()
	select {
	case <-l.ready:
		return l.err == nil && l.gateway.Abandoned()
	default:
		return false
	}
}

// takeTurn waits until no statement is planned and the last change has settled.
// Whoever has the turn returns it to s.turn.
func (s *Session) takeTurn(ctx context.Context) error {
	select {
	case <-s.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-s.settled:
		return nil
	case <-ctx.Done():
		s.turn <- struct{}{}
		return ctx.Err()
	}
}
