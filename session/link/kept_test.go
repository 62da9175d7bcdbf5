package link_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"riffle/session/gateway"
	"riffle/session/gateway/gatewaytest"
	"riffle/session/link"
)

// kept is a Keeper whose gateways are scripted by the test. Most tests run in bubbles of
// package synctest: after synctest.Wait everything that can happen has happened, and time
// passes only when nothing else can.
type kept struct {
	*link.Keeper
	end context.CancelFunc // of the session

	abandoned atomic.Bool // the gateways' answer

	mu       sync.Mutex
	counts   map[string]int
	happened []string
	gateways []*gatewaytest.Gateway
}

// keep starts a keeper. Its boots come to outcomes, one after the other: an error, or nil
// for a gateway.
func keep(t *testing.T, change func(*kept, *link.Config), outcomes ...error) *kept {
	t.Helper()
	k := &kept{counts: map[string]int{}}
	config := link.Config{
		Boot: func(context.Context) (gateway.Gateway, error) {
			n := k.note("boot")
			if n > len(outcomes) {
				return nil, errors.New("no gateway is left")
			}
			if err := outcomes[n-1]; err != nil {
				return nil, err
			}
			k.mu.Lock()
			defer k.mu.Unlock()
			g := gatewaytest.New()
			k.gateways = append(k.gateways, g)
			return played{g, k}, nil
		},
		Restore:  func(context.Context, gateway.Gateway) error { k.note("restore"); return nil },
		Restored: func() string { return "all is back" },
		Running:  func() []<-chan struct{} { return nil },
		Changed:  func() { k.note("changed") },
		Notice:   func(text string) { k.note(text) },
	}
	if change != nil {
		change(k, &config)
	}
	var ctx context.Context
	ctx, k.end = context.WithCancel(context.Background())
	k.Keeper = link.New(ctx, config)
	t.Cleanup(func() {
		k.end()
		k.Wait()
	})
	return k
}

// up waits for the first gateway, and forgets what happened until then.
func (k *kept) up(t *testing.T) {
	t.Helper()
	if err := k.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.took(t, "at the start", "boot", "restore", "changed")
}

// note adds to what happened, and returns how often that has.
func (k *kept) note(what string) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.happened = append(k.happened, what)
	k.counts[what]++
	return k.counts[what]
}

func (k *kept) count(what string) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.counts[what]
}

func (k *kept) nth(n int) *gatewaytest.Gateway {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.gateways[n-1]
}

// took compares what happened since the last time, in its order.
func (k *kept) took(t *testing.T, when string, want ...string) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	if !slices.Equal(k.happened, want) {
		t.Errorf("%s: %q, want %q", when, k.happened, want)
	}
	k.happened = nil
}

// played is a gateway of a kept.
type played struct {
	*gatewaytest.Gateway
	k *kept
}

func (p played) Abandoned() bool { return p.k.abandoned.Load() }

func (p played) Close() {
	p.k.note("close")
	p.Gateway.Close()
}

const (
	ended = "the Flink JVM has ended unexpectedly: the session is restored in another one"
	back  = "all is back (0.0 s)"
)
