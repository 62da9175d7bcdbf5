package link

import (
	"context"
	"errors"
	"fmt"
	"time"

	"riffle/session/gateway"
)

// Change alters the session on its two sides: in the gateway's JVM, and in what
// the session itself keeps, from which another JVM is brought to the same state.
// Both sides change or neither does, also if the caller gives up or the JVM is
// lost in the middle. [Keeper.CarryOut] says how.
type Change struct {
	// Apply changes the JVM. Its context outlives the caller's.
	Apply func(ctx context.Context, g gateway.Gateway) error
	// Undo brings the JVM back, from wherever Apply has left it. Nil if nothing
	// can: then a change that has begun is finished though the caller gave up.
	Undo func(ctx context.Context, g gateway.Gateway) error
	// Commit changes the session, after Apply has succeeded. It cannot fail.
	Commit func()
	// SettledLate is called when a change that nothing can undo is finished though its caller
	// gave up, so that somebody hears of it: with Apply's error, after the commit if that
	// is nil. Nil if there is nothing to do.
	SettledLate func(err error)
}

// CarryOut makes a change; the caller has the turn. If the gateway is lost
// meanwhile, and the change may be made twice, it is made on the next one.
//
// Nothing can stop the JVM in the middle. If ctx ends first, CarryOut returns at
// once, and the change settles in the background: it is undone or, where nothing
// can undo it, finished. Until then nobody gets the turn, and no other gateway is
// brought to the session's state.
func (k *Keeper) CarryOut(ctx context.Context, retry bool, c Change) error {
	return k.onLink(ctx, retry, func(l *link) error {
		settled := make(chan struct{})
		k.settled = settled
		outcome := make(chan error, 1)
		gaveUp := make(chan struct{})
		stopWatching := context.AfterFunc(ctx, func() { close(gaveUp) })
		l.calls.RLock()
		k.tasks.Go(func() {
			defer close(settled)
			defer l.calls.RUnlock()
			err := c.Apply(k.ctx, l.gateway)
			// From here on the caller waits, or else has left.
			givenUp := !stopWatching()
			err = k.conclude(l.gateway, c, err, givenUp)
			if givenUp { // which is what the caller is told, if this comes first
				err = ctx.Err()
			}
			outcome <- err
		})
		select {
		case err := <-outcome:
			return err
		case <-gaveUp:
			k.abandonedChange.Store(&settled)
			return ctx.Err()
		}
	})
}

// conclude commits a change, or undoes it. err is what Apply came to.
func (k *Keeper) conclude(g gateway.Gateway, c Change, err error, givenUp bool) error {
	if givenUp {
		defer k.config.Changed() // whatever it was
	}
	if err == nil && (!givenUp || c.Undo == nil) && c.Commit != nil {
		c.Commit()
	}
	if givenUp && c.Undo == nil && c.SettledLate != nil {
		c.SettledLate(err)
	}
	var lost *gateway.LostError
	switch {
	case c.Undo == nil, err == nil && !givenUp:
		return err
	case errors.As(err, &lost):
		return err // there is nothing to undo: the next gateway begins with the session's side
	}
	if failed := c.Undo(k.ctx, g); failed != nil && k.ctx.Err() == nil && !errors.As(failed, &lost) {
		k.config.Notice(fmt.Sprintf("Flink did not take back what the last statement changed: %v", failed))
	}
	return err
}

// explainAfter is how long a statement waits without a word for one that was given up.
const explainAfter = time.Second

// ExplainWait says, when a statement has waited for a while, that it waits for one that
// was given up: a change that has not settled, or what Flink still plans. The returned
// function is called when the statement is done.
func (k *Keeper) ExplainWait() (done func() bool) {
	return time.AfterFunc(explainAfter, func() {
		if k.abandonedChangePending() || k.abandonedPlanning() {
			k.config.Notice("waiting for the statement that was given up: Flink cannot stop in the middle of it")
		}
	}).Stop
}

// abandonedChangePending tells whether a change that was given up has not settled.
func (k *Keeper) abandonedChangePending() bool {
	settled := k.abandonedChange.Load()
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

// abandonedPlanning tells whether Flink still plans a statement that was given up.
func (k *Keeper) abandonedPlanning() bool {
	l := k.newest.Load()
	select {
	case <-l.ready:
		return l.err == nil && l.gateway.Abandoned()
	default:
		return false
	}
}

// TakeTurn waits until no statement is planned and the last change has settled.
// Whoever has the turn releases it.
func (k *Keeper) TakeTurn(ctx context.Context) (release func(), err error) {
	select {
	case <-k.turn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	release = func() { k.turn <- struct{}{} }
	select {
	case <-k.settled:
	case <-ctx.Done():
	}
	if ctx.Err() != nil { // perhaps beside the turn: what was given up does not begin
		release()
		return nil, ctx.Err()
	}
	return release, nil
}
