// Package link manages a session's gateways: one at a time, because a gateway can be lost and
// replaced. It runs one statement at a time, because Flink plans one at a time.
//
//	statement ─► TakeTurn ─► Plan, or CarryOut a Change ─► gateway
//	                                                          │ lost
//	                                     Boot ─► Restore ─► the next one
//
// A statement that changes the session has effects on two sides: in the gateway, and in what the
// session keeps. A [Change] takes effect on both sides or on neither, also when its caller gives up
// (change.go). When a gateway is lost, another one replaces it. It is brought to the session's state
// before it accepts a statement (link.go).
//
// The first gateway can start when a caller needs it, and changes can be made before (first.go).
package link

import (
	"context"
	"sync"
	"sync/atomic"

	"riffle/session/gateway"
)

// Config configures a Keeper.
type Config struct {
	// Boot starts a gateway. It is called again when a gateway is lost, and, if it has failed, when
	// the next statement needs one.
	Boot func(ctx context.Context) (gateway.Gateway, error)
	// OnDemand says that the first gateway starts when a caller needs one, and not at once.
	OnDemand bool
	// Restore brings a new gateway to the session's state. An error means that this gateway is lost
	// too. Restored describes that state for people.
	Restore  func(ctx context.Context, g gateway.Gateway) error
	Restored func() string
	// Running returns the channels that the running queries close at their end. A lost gateway is
	// closed once these queries have noticed the loss.
	Running func() []<-chan struct{}
	// Changed is called when the names that statements can use may have changed.
	Changed func()
	// Notice is called with messages that do not belong to a statement.
	Notice func(string)
}

// Keeper manages the gateways of a session. Its methods may be called from several goroutines.
type Keeper struct {
	config Config
	ctx    context.Context // ends with the session
	tasks  sync.WaitGroup

	newest        atomic.Pointer[link] // set by keepGateway
	linkRequested chan struct{}        // has a token if a statement waits for another link
	first         first

	turn            chan struct{}                 // has a token unless a statement is being planned
	settled         <-chan struct{}               // closed unless the last change is in progress; guarded by turn
	abandonedChange atomic.Pointer[chan struct{}] // closed when the last change whose caller gave up has settled
}

// New starts the first gateway. The gateway is closed when ctx ends; Wait waits for that.
func New(ctx context.Context, config Config) *Keeper {
	k := &Keeper{config: config, ctx: ctx, linkRequested: make(chan struct{}, 1), turn: make(chan struct{}, 1)}
	k.turn <- struct{}{}
	settled := make(chan struct{})
	close(settled)
	k.settled = settled
	k.newest.Store(newLink())
	k.first.requested = make(chan struct{})
	if !config.OnDemand {
		k.first.request()
	}
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

// Up reports whether a gateway has started, or has failed to start.
func (k *Keeper) Up() bool {
	select {
	case <-k.newest.Load().ready:
		return true
	default:
		return false
	}
}
