package link_test

import (
	"context"
	"errors"
	"testing"

	"riffle/session/gateway"
	"riffle/session/link"
)

// A caller that gives a change up at the very moment at which the gateway has made it learns
// that it gave up, and never that all went well: the change was undone or, if it cannot be
// undone, its completion was reported elsewhere.
func TestChangeThatWasGivenUpAtItsEnd(t *testing.T) {
	k := keep(t, nil, nil)
	k.up(t)
	for name, undo := range map[string]func(context.Context, gateway.Gateway) error{
		"it is undone":          func(context.Context, gateway.Gateway) error { return nil },
		"nothing can undo that": nil,
	} {
		for range 2000 { // moments of the caller
			release, err := k.TakeTurn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			ctx, giveUp := context.WithCancel(t.Context())
			late := make(chan error, 1)
			err = k.CarryOut(ctx, false, link.Change{
				Apply: func(context.Context, gateway.Gateway) error {
					giveUp()
					return nil
				},
				Undo:        undo,
				SettledLate: func(err error) { late <- err },
			})
			release()
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("%s: the caller hears %v", name, err)
			}
			if undo == nil {
				if err := <-late; err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// A change that is given up before it begins does not begin.
func TestNoTurnForWhoHasLeft(t *testing.T) {
	k := keep(t, nil, nil)
	k.up(t)
	ctx, leave := context.WithCancel(t.Context())
	leave()
	for range 100 {
		if release, err := k.TakeTurn(ctx); err == nil {
			release()
			t.Fatal("a statement that was given up has the turn")
		}
	}
	release, err := k.TakeTurn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	release()
}
