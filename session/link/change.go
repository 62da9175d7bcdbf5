package link

import (
	"context"
	"errors"
	"fmt"
	"time"

	"riffle/session/gateway"
)

// Change changes the session on two sides: in the gateway's JVM, and in what the session itself keeps,
// from which another JVM is brought to the same state. It takes effect on both sides or on neither,
// also if the caller gives up or the JVM is lost in the middle. See [Keeper.CarryOut].
type Change struct {
	// Apply changes the JVM. Its context outlives the caller's.
	Apply func(ctx context.Context, g gateway.Gateway) error
	// Undo rolls the JVM back, from any state in which Apply has left it. Nil if the change cannot
	// be undone: a change that has begun is then completed even if the caller gives up.
	Undo func(ctx context.Context, g gateway.Gateway) error
	// Commit changes the session after Apply has succeeded. It cannot fail.
	Commit func()
	// SettledLate is called when a change that cannot be undone is completed after its caller
	// gave up, to report it: with the error of Apply, after the commit if that is nil. May be
	// nil.
	SettledLate func(err error)
}

// CarryOut makes a change. The caller has the turn. If the gateway is lost during the change, and retry
// says that the change may be made twice, it is made on the next gateway.
//
// Nothing can interrupt the JVM. If ctx ends first, CarryOut returns at once, and the change settles in
// the background: it is rolled back or, if it cannot be undone, completed. Until then no caller gets the
// turn, and no other gateway is brought to the session's state.
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
			// From here on the caller waits, or has given up.
			givenUp := !stopWatching()
			err = k.conclude(l.gateway, c, err, givenUp)
			if givenUp { // returned to the caller if it comes first
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

// conclude commits a change, or undoes it. err is the error of Apply.
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
		k.config.Notice(fmt.Sprintf("Flink failed to undo the changes of the last statement: %v", failed))
	}
	return err
}

// explainAfter is how long a statement waits for one that was given up before it reports that.
const explainAfter = time.Second

// ExplainWait reports, when a statement has waited for a while, that it waits for a statement whose
// caller gave up: a change that has not settled, or one that Flink is still planning. The caller calls
// the returned function when the statement is done.
func (k *Keeper) ExplainWait() (done func() bool) {
	return time.AfterFunc(explainAfter, func() {
		if k.abandonedChangePending() || k.abandonedPlanning() {
			k.config.Notice("waiting for the statement that was given up: Flink cannot stop in the middle of it")
		}
	}).Stop
}

// abandonedChangePending reports whether a change whose caller gave up has not settled.
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

// abandonedPlanning reports whether Flink is still planning a statement whose caller gave up.
func (k *Keeper) abandonedPlanning() bool {
	l := k.newest.Load()
	select {
	case <-l.ready:
		return l.err == nil && l.gateway.Abandoned()
	default:
		return false
	}
}

// TakeTurn waits until no statement is being planned and the last change has settled. The caller has the
// turn until it calls release.
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
	if ctx.Err() != nil { // ctx may have ended when the turn was taken: the statement must not begin
		release()
		return nil, ctx.Err()
	}
	return release, nil
}
