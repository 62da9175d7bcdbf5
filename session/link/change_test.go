package link_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"riffle/session/gateway"
	"riffle/session/link"
)

// turn takes the turn, like a caller that makes a change.
func (k *kept) turn(t *testing.T) (release func()) {
	t.Helper()
	release, err := k.TakeTurn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return release
}

// noted returns a change that records what is done. apply and undo are the results; if undoable
// is false, the change cannot be undone.
func (k *kept) noted(apply func() error, undoable bool, undo error) link.Change {
	c := link.Change{
		Apply:  func(context.Context, gateway.Gateway) error { k.note("apply"); return apply() },
		Commit: func() { k.note("commit") },
		SettledLate: func(err error) {
			if err != nil {
				k.note("late: " + err.Error())
				return
			}
			k.note("late")
		},
	}
	if undoable {
		c.Undo = func(context.Context, gateway.Gateway) error { k.note("undo"); return undo }
	}
	return c
}

// Both sides of the session change, or neither.
func TestChangeIsWhole(t *testing.T) {
	refused, lost := errors.New("out of order"), &gateway.LostError{Reason: "the Flink JVM has ended", Err: errors.New("killed")}
	const says = "Flink failed to undo the changes of the last statement: stuck"
	for _, c := range []struct {
		name     string
		apply    error
		undoable bool
		undo     error
		happened []string
	}{
		{"made", nil, true, nil, []string{"apply", "commit"}},
		{"made for good", nil, false, nil, []string{"apply", "commit"}},
		{"refused", refused, true, nil, []string{"apply", "undo"}},
		{"refused, with nothing to undo", refused, false, nil, []string{"apply"}},
		{"refused, and not undone", refused, true, errors.New("stuck"), []string{"apply", "undo", says}},
		{"refused, and lost", refused, true, lost, []string{"apply", "undo"}},
		{"lost", lost, true, nil, []string{"apply"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := keep(t, nil, nil)
				k.up(t)
				release := k.turn(t)
				err := k.CarryOut(t.Context(), false, k.noted(func() error { return c.apply }, c.undoable, c.undo))
				if !errors.Is(err, c.apply) {
					t.Errorf("comes to %v", err)
				}
				release()
				k.turn(t)() // it has settled
				k.took(t, "afterwards", c.happened...)
			})
		})
	}
}

// A change that was lost with its gateway is made on the next one, if it may be made twice.
func TestLostChangeIsMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := keep(t, func(_ *kept, c *link.Config) {
			c.Running = func() []<-chan struct{} { return []<-chan struct{}{make(chan struct{})} } // not closed meanwhile
		}, nil, nil)
		k.up(t)
		defer k.turn(t)()
		tries := 0
		err := k.CarryOut(t.Context(), true, k.noted(func() error {
			if tries++; tries == 1 {
				k.nth(1).Lose()
				return &gateway.LostError{Reason: "the Flink JVM has ended", Err: errors.New("killed")}
			}
			return nil
		}, true, nil))
		synctest.Wait()
		if err != nil || tries != 2 || k.count("apply") != 2 || k.count("commit") != 1 || k.count("undo") != 0 {
			t.Errorf("%d tries, %v", tries, err)
		}
		k.mu.Lock()
		defer k.mu.Unlock()
		if last := k.happened[len(k.happened)-1]; last != "commit" && last != back {
			t.Errorf("%q", k.happened)
		}
	})
}

// A change whose caller gives up returns at once and settles in the background: it is undone,
// or completed if it cannot be undone. In the meantime nobody has the turn.
func TestChangeThatIsGivenUpSettles(t *testing.T) {
	refused := errors.New("out of order")
	for _, c := range []struct {
		name     string
		apply    error
		undoable bool
		settles  []string
	}{
		{"made", nil, true, []string{"undo", "changed"}},
		{"made for good", nil, false, []string{"commit", "late", "changed"}},
		{"refused", refused, true, []string{"undo", "changed"}},
		{"refused, with nothing to undo", refused, false, []string{"late: out of order", "changed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := keep(t, nil, nil)
				k.up(t)
				ctx, giveUp := context.WithCancel(t.Context())
				release, settle := k.turn(t), make(chan struct{})
				err := k.CarryOut(ctx, false, k.noted(func() error { giveUp(); <-settle; return c.apply }, c.undoable, nil))
				if !errors.Is(err, context.Canceled) {
					t.Errorf("comes to %v", err)
				}
				release()
				k.took(t, "given up", "apply")

				impatient, leave := context.WithTimeout(t.Context(), time.Minute)
				defer leave()
				if _, err := k.TakeTurn(impatient); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("the turn is had before it has settled: %v", err)
				}
				next := make(chan struct{})
				go func() {
					defer close(next)
					defer k.turn(t)()
					k.note("next")
				}()
				synctest.Wait()
				k.took(t, "before it settles")
				close(settle)
				<-next
				k.took(t, "afterwards", append(c.settles, "next")...)
			})
		})
	}
}

// One statement has the turn at a time, and one that gives up waiting leaves it to others.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := keep(t, nil, nil)
		release := k.turn(t)
		impatient, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		if _, err := k.TakeTurn(impatient); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("two have the turn: %v", err)
		}
		release()
		k.turn(t)()
	})
}

// A statement that waits for one that was given up says so, but only after a second.
func TestWaitIsExplained(t *testing.T) {
	const says = "waiting for the statement that was given up: Flink cannot stop in the middle of it"
	synctest.Test(t, func(t *testing.T) {
		up := make(chan struct{})
		k := keep(t, func(_ *kept, c *link.Config) {
			boot := c.Boot
			c.Boot = func(ctx context.Context) (gateway.Gateway, error) { <-up; return boot(ctx) }
		}, nil)
		wait := func(when string, d time.Duration, want ...string) {
			t.Helper()
			done := k.ExplainWait()
			time.Sleep(d)
			synctest.Wait()
			done()
			time.Sleep(time.Minute)
			k.took(t, when, want...)
		}
		wait("while Flink starts", time.Minute)
		close(up)
		k.up(t)
		wait("behind nothing", time.Minute)
		k.abandoned.Store(true)
		wait("behind a plan, for a moment", time.Second-1)
		wait("behind a plan", time.Second, says)
		k.abandoned.Store(false)

		ctx, giveUp := context.WithCancel(t.Context())
		release, settle := k.turn(t), make(chan struct{})
		defer release()
		if err := k.CarryOut(ctx, false, k.noted(func() error { giveUp(); <-settle; return nil }, false, nil)); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		wait("behind a change", time.Second, "apply", says)
		close(settle)
		wait("behind a change that has settled", time.Minute, "commit", "late", "changed")
	})
}
