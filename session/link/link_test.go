package link_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"riffle/session/cell"
	"riffle/session/gateway"
	"riffle/session/link"
)

// A statement waits for the gateway, which has the session's state before that. At the end
// of the session the gateway is closed.
func TestStatementWaitsForTheGateway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		restored := make(chan struct{})
		k := keep(t, func(_ *kept, c *link.Config) {
			c.Restore = func(context.Context, gateway.Gateway) error { <-restored; return nil }
		}, nil)
		planned := make(chan error, 1)
		go func() {
			planned <- k.Plan(t.Context(), false, func(gateway.Gateway) error { k.note("plan"); return nil })
		}()
		impatient, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		if err := k.Ready(impatient); !errors.Is(err, context.DeadlineExceeded) || k.Up() {
			t.Errorf("one that gives up: %v, up %t", err, k.Up())
		}
		if _, err := k.Starting(impatient); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("one that gives up and asks for no other: %v", err)
		}
		k.took(t, "before it is up", "boot")
		close(restored)
		if err := <-planned; err != nil || !k.Up() {
			t.Errorf("planned: %v, up %t", err, k.Up())
		}
		k.took(t, "when it is up", "changed", "plan")
		if g, err := k.Starting(t.Context()); err != nil || g.(played).Gateway != k.nth(1) {
			t.Errorf("up is %v, %v", g, err)
		}
		k.end()
		k.Wait()
		k.took(t, "at the end", "close")
		if err := k.Ready(t.Context()); !errors.Is(err, context.Canceled) {
			t.Errorf("a statement after the end: %v", err)
		}
	})
}

// A gateway that does not come up, or cannot be brought to the session's state, is an error
// of the statements that wait for it. Another one is booted for the next statement, and
// not before.
func TestFailedBootIsTriedAgain(t *testing.T) {
	failure := errors.New("no java on PATH")
	for _, c := range []struct {
		name            string
		boots, restores []error
		first           []string
	}{
		{"boot", []error{failure, nil}, []error{nil}, []string{"boot"}},
		{"restore", []error{nil, nil}, []error{failure, nil}, []string{"boot", "restore", "close"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				waiting := make(chan struct{})
				k := keep(t, func(k *kept, config *link.Config) {
					boot := config.Boot
					config.Boot = func(ctx context.Context) (gateway.Gateway, error) { <-waiting; return boot(ctx) }
					config.Restore = func(context.Context, gateway.Gateway) error { return c.restores[k.note("restore")-1] }
				}, c.boots...)
				first := make(chan error, 1)
				go func() { first <- k.Ready(t.Context()) }()
				synctest.Wait()
				close(waiting)
				var said *cell.Error
				if err := <-first; !errors.As(err, &said) || said.Message != failure.Error() || !errors.Is(err, failure) {
					t.Errorf("the first try: %v", err)
				}
				if g, err := k.Starting(t.Context()); err == nil {
					t.Errorf("up is %v", g)
				}
				time.Sleep(time.Hour)
				k.took(t, "after an hour", c.first...)
				if err := k.Ready(t.Context()); err != nil {
					t.Errorf("the second try: %v", err)
				}
				synctest.Wait()
				k.took(t, "after the next statement", "boot", "restore", "changed", back)
			})
		})
	}
}

// A lost gateway is replaced at once. One that has not lived for long is replaced when the next
// statement comes, so that a gateway that dies repeatedly does not keep the machine busy.
func TestLostGatewayIsReplaced(t *testing.T) {
	for lived, atOnce := range map[time.Duration]bool{10 * time.Second: true, 10*time.Second - 1: false} {
		synctest.Test(t, func(t *testing.T) {
			running := make(chan struct{}) // the lost gateway is closed while the next one starts
			k := keep(t, func(_ *kept, c *link.Config) {
				c.Running = func() []<-chan struct{} { return []<-chan struct{}{running} }
			}, nil, nil)
			k.up(t)
			time.Sleep(lived)
			k.nth(1).Lose()
			synctest.Wait()
			replaced := []string{"boot", "restore", "changed", back}
			if atOnce {
				k.took(t, "after a loss", append([]string{ended}, replaced...)...)
			} else {
				k.took(t, "after an early loss", ended)
				if err := k.Ready(t.Context()); err != nil {
					t.Error(err)
				}
				synctest.Wait()
				k.took(t, "after the next statement", replaced...)
			}
			if g, err := k.Starting(t.Context()); err != nil || g.(played).Gateway != k.nth(2) {
				t.Errorf("up is %v, %v", g, err)
			}
			close(running)
		})
	}
}

// A lost gateway is closed when the queries that ran on it have seen that it is lost, or
// after a while. The next one does not wait for that.
func TestLostGatewayIsClosedAfterItsQueries(t *testing.T) {
	for name, c := range map[string]struct{ ends, closed time.Duration }{
		"all see it": {3 * time.Second, 3 * time.Second},
		"one hangs":  {time.Hour, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sees, hangs := make(chan struct{}), make(chan struct{})
				k := keep(t, func(_ *kept, config *link.Config) {
					config.Running = func() []<-chan struct{} { return []<-chan struct{}{sees, hangs} }
				}, nil, nil)
				k.up(t)
				close(sees)
				time.AfterFunc(c.ends, func() { close(hangs) })
				k.nth(1).Lose()
				if err := k.Ready(t.Context()); err != nil {
					t.Fatal(err)
				}
				time.Sleep(c.closed - 1)
				k.took(t, "before", ended, "boot", "restore", "changed", back)
				time.Sleep(time.Nanosecond)
				synctest.Wait()
				k.took(t, "afterwards", "close")
			})
		})
	}
}

// Work that was lost with its gateway is done again on the next one, once, if it may be done
// twice.
func TestLostWorkIsDoneAgain(t *testing.T) {
	for _, c := range []struct {
		name   string
		again  bool
		losses int
		tries  int
		fails  bool
	}{
		{"lost once", true, 1, 2, false},
		{"lost twice", true, 2, 2, true},
		{"may be done once", false, 1, 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := keep(t, nil, nil, nil, nil)
				tries := 0
				err := k.Plan(t.Context(), c.again, func(g gateway.Gateway) error {
					if tries++; tries <= c.losses {
						k.nth(tries).Lose()
					}
					_, err := g.Names(t.Context())
					return err
				})
				var lost *gateway.LostError
				if tries != c.tries || errors.As(err, &lost) != c.fails || err != nil != c.fails {
					t.Errorf("%d tries, %v", tries, err)
				}
			})
		})
	}
}

// A statement that waits for a gateway ends with the session.
func TestSessionEndsWhileAStatementWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := keep(t, func(_ *kept, c *link.Config) {
			c.Boot = func(ctx context.Context) (gateway.Gateway, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
		})
		waits := make(chan error, 1)
		go func() { waits <- k.Ready(t.Context()) }()
		synctest.Wait()
		k.end()
		if err := <-waits; !errors.Is(err, context.Canceled) {
			t.Errorf("the statement: %v", err)
		}
	})
}

// What a lost gateway is still doing is part of the session's state before another one is
// brought to that state: a running statement, and a change whose caller has left. The wait is
// for a mutex, which synctest does not know.
func TestCallsOfALostGatewaySettleFirst(t *testing.T) {
	for name, call := range map[string]func(k *kept, ctx context.Context, settles func()) error{
		"statement": func(k *kept, ctx context.Context, settles func()) error {
			return k.Plan(ctx, false, func(gateway.Gateway) error { settles(); k.note("settled"); return nil })
		},
		"change": func(k *kept, ctx context.Context, settles func()) error {
			return k.CarryOut(ctx, false, link.Change{
				Apply:  func(context.Context, gateway.Gateway) error { settles(); return nil },
				Commit: func() { k.note("settled") },
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := keep(t, func(k *kept, c *link.Config) {
				c.Restore = func(context.Context, gateway.Gateway) error { return nil }
				c.Changed = func() {}
			}, nil, nil)
			begun, settle := make(chan struct{}), make(chan struct{})
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			over := make(chan error, 1)
			go func() {
				over <- call(k, ctx, func() { close(begun); <-settle })
			}()
			<-begun
			leave()
			k.nth(1).Lose()
			next := make(chan error, 1)
			go func() { next <- k.Ready(t.Context()) }()
			for k.count(ended) == 0 {
				time.Sleep(time.Millisecond)
			}
			time.Sleep(100 * time.Millisecond) // long enough to boot too early
			k.took(t, "before it settles", "boot", ended)
			close(settle)
			if err := <-next; err != nil {
				t.Error(err)
			}
			<-over
			k.mu.Lock()
			defer k.mu.Unlock()
			if len(k.happened) < 2 || k.happened[0] != "settled" {
				t.Errorf("in the end: %q", k.happened)
			}
		})
	}
}
