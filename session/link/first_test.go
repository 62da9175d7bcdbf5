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

// A gateway that starts on demand starts for the first caller that needs it, and not for one that only waits. Before that,
// the session changes without it.
func TestGatewayStartsOnDemand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := keep(t, func(k *kept, c *link.Config) {
			c.OnDemand = true
			c.Restore = func(context.Context, gateway.Gateway) error {
				if k.BeforeStart(func() { k.note("too late") }) || !k.Started() {
					t.Error("the session changes without the gateway while it is brought to the session's state")
				}
				return nil
			}
		}, nil)
		impatient, leave := context.WithTimeout(t.Context(), time.Hour)
		defer leave()
		if err := k.AwaitStart(impatient); !errors.Is(err, context.DeadlineExceeded) || k.Started() {
			t.Errorf("a caller that only waits: %v", err)
		}
		if !k.BeforeStart(func() { k.note("early") }) {
			t.Error("the session does not change")
		}
		k.took(t, "before the demand", "early")
		if err := k.Ready(t.Context()); err != nil || k.BeforeStart(func() { k.note("too late") }) {
			t.Errorf("ready: %v", err)
		}
		k.took(t, "after it", "boot", "changed")
		if err := k.AwaitStart(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A session can end before anybody has needed its gateway.
func TestGatewayThatNobodyNeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := keep(t, func(_ *kept, c *link.Config) { c.OnDemand = true })
		synctest.Wait()
		k.end()
		k.Wait()
		k.took(t, "at the end")
		if err := k.Ready(t.Context()); !errors.Is(err, context.Canceled) {
			t.Errorf("a statement after the end: %v", err)
		}
	})
}

// While the first gateway boots, and after it has failed to, the session changes without it.
func TestChangesBeforeTheFirstGateway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		booting := make(chan struct{})
		k := keep(t, func(_ *kept, c *link.Config) {
			boot := c.Boot
			c.Boot = func(ctx context.Context) (gateway.Gateway, error) { <-booting; return boot(ctx) }
		}, errors.New("no java on PATH"))
		change := func() { k.note("early") }
		if !k.BeforeStart(change) {
			t.Error("the session does not change while the gateway boots")
		}
		close(booting)
		synctest.Wait()
		if !k.BeforeStart(change) || k.Started() {
			t.Error("the session does not change without a gateway")
		}
		k.took(t, "without a gateway", "early", "boot", "early")
	})
}
