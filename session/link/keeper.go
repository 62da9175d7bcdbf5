// Package link keeps a session's gateways: one after the other, since a gateway can be
// lost, and one statement at a time, since Flink plans so.
//
//	statement ─► TakeTurn ─► Plan, or CarryOut a Change ─► gateway
//	                                                          │ lost
//	                                     Boot ─► Restore ─► the next one
//
// What changes the session has two sides, the gateway and what the session keeps: a
// [Change] makes both or neither, also when its caller gives up (change.go). A gateway
// that is lost is replaced by another, which is brought to the session's state before a
// statement reaches it (link.go).
package link

import (
	"context"
	"sync"
	"sync/atomic"

	"riffle/session/gateway"
)

// Config is what a Keeper is made from.
type Config struct {
	// Boot brings up a gateway. It is called again when one is lost, and after a failure
	// when the next statement needs one.
	Boot func(ctx context.Context) (gateway.Gateway, error)
	// Restore brings a new gateway to the session's state. The error is that this one is
	// lost too. Restored says what it was brought to, for people.
	Restore  func(ctx context.Context, g gateway.Gateway) error
	Restored func() string
	// Running are closed when the queries end that run now: a lost gateway is closed
	// once they have seen that it is lost.
	Running func() []<-chan struct{}
	// Changed is called when what statements can name may be another than it was.
	Changed func()
	// Notice is called with what concerns no statement.
	Notice func(string)
}

// Keeper keeps the gateways of a session. Its methods may be called from several
// goroutines.
type Keeper struct {
	config Config
	ctx    context.Context // ends with the session
	tasks  sync.WaitGroup

	newest        atomic.Pointer[link] // keepGateway makes them
	linkRequested chan struct{}        // has a token if a statement waits for another link

	turn            chan struct{}                 // has a token unless a statement is being planned
	settled         <-chan struct{}               // closed unless the last change goes on; guarded by turn
	abandonedChange atomic.Pointer[chan struct{}] // closed when the last change that was given up has settled
}

// New boots the first gateway. It is closed when ctx ends: Wait waits for that.
func New(ctx context.Context, config Config) *Keeper {
	k := &Keeper{config: config, ctx: ctx, linkRequested: make(chan struct{}, 1), turn: make(chan struct{}, 1)}
	k.turn <- struct{}{}
	settled := make(chan struct{})
	close(settled)
	k.settled = settled
	k.newest.Store(newLink())
	k.tasks.Go(k.keepGateway)
	return k
}

// Wait waits until the last gateway is closed and the last change has settled.
func (k *Keeper) Wait() { k.tasks.Wait() }

// Ready waits until statements can be planned.
func (k *Keeper) Ready(ctx context.Context) error {
	_, err := k.await(ctx)
	return err
}

// Up tells whether a gateway has come up, or has failed to.
func (k *Keeper) Up() bool {
	select {
	case <-k.newest.Load().ready:
		return true
	default:
		return false
	}
}
