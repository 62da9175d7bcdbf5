package link

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"riffle/session/cell"
	"riffle/session/gateway"
)

// link is one gateway of the session, from its start to its loss. A session has one after the
// other; [Keeper] owns them all.
type link struct {
	ready    chan struct{} // closed when gateway or err is set
	gateway  gateway.Gateway
	err      error
	replaced chan struct{} // closed when the session has another link
	// calls is held in shared mode while a statement is executed and, if it changes the
	// session, until that change has settled. Everything that a lost gateway has done is
	// therefore part of the session's state before the next gateway is brought to that state.
	calls sync.RWMutex
}

func newLink() *link {
	return &link{ready: make(chan struct{}), replaced: make(chan struct{})}
}

// unusable reports whether the link's gateway failed to start or is lost.
func (l *link) unusable() bool {
	select {
	case <-l.ready:
	default:
		return false
	}
	if l.err != nil {
		return true
	}
	select {
	case <-l.gateway.Exited():
		return true
	default:
		return false
	}
}

// awaitCalls waits until every call of a lost gateway has failed or is part of the session's
// state.
func (l *link) awaitCalls() {
	l.calls.Lock()
	defer l.calls.Unlock()
}

// shortLife is the minimum life of a gateway after which the next one is started at once.
// A gateway that keeps dying must not keep the machine busy.
const shortLife = 10 * time.Second

// keepGateway starts a gateway, and another one whenever it is lost, until the session ends.
func (k *Keeper) keepGateway() {
	l := k.newest.Load()
	select {
	case <-k.first.requested:
	case <-k.ctx.Done():
		l.err = context.Cause(k.ctx)
		close(l.ready)
		return
	}
	k.connect(l)
	for k.awaitEnd(l) {
		next := newLink()
		k.newest.Store(next)
		close(l.replaced)
		begun := time.Now()
		l.awaitCalls()
		if l.err == nil {
			k.closeLost(l.gateway)
		}
		k.connect(next)
		if next.err == nil {
			k.config.Notice(fmt.Sprintf("%s (%.1f s)", k.config.Restored(), time.Since(begun).Seconds()))
		}
		l = next
	}
	if l.err == nil {
		l.gateway.Close()
	}
}

// connect starts a link's gateway and brings it to the session's state.
func (k *Keeper) connect(l *link) {
	defer close(l.ready)
	select {
	case <-k.linkRequested: // by whom this link answers
	default:
	}
	g, err := k.config.Boot(k.ctx)
	if err == nil {
		k.first.restore()
		if err = k.config.Restore(k.ctx, g); err != nil {
			g.Close()
		}
	}
	if err != nil {
		l.err = err
		return
	}
	l.gateway = g
	k.config.Changed()
}

// awaitEnd waits until a link has ended and another one is due. It returns false if the session
// ended.
func (k *Keeper) awaitEnd(l *link) bool {
	if l.err == nil {
		up := time.Now()
		select {
		case <-l.gateway.Exited():
		case <-k.ctx.Done():
			return false
		}
		k.config.Notice("the Flink JVM has ended unexpectedly: the session is restored in another one")
		if time.Since(up) >= shortLife {
			return true
		}
	}
	select {
	case <-k.linkRequested:
		return true
	case <-k.ctx.Done():
		return false
	}
}

// closeLost closes a lost gateway once its queries have seen that it is lost.
func (k *Keeper) closeLost(lost gateway.Gateway) {
	running := k.config.Running()
	k.tasks.Go(func() {
		deadline := time.After(shortLife)
		for _, ended := range running {
			select {
			case <-ended:
				continue
			case <-deadline:
			case <-k.ctx.Done():
			}
			break
		}
		lost.Close()
	})
}

// await waits for a gateway. If the last one failed to start or is lost, it starts another one.
func (k *Keeper) await(ctx context.Context) (*link, error) {
	k.first.request()
	l := k.newest.Load()
	for l.unusable() {
		select {
		case k.linkRequested <- struct{}{}:
		default:
		}
		select {
		case <-l.replaced:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-k.ctx.Done():
			return nil, context.Cause(k.ctx)
		}
		l = k.newest.Load()
	}
	select {
	case <-l.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if l.err != nil {
		failed := &cell.Error{Message: l.err.Error(), Err: l.err}
		var fault *gateway.Fault
		if errors.As(l.err, &fault) {
			failed.Hint = fault.Hint
		}
		return nil, failed
	}
	return l, nil
}

// Gateway waits for a gateway. If the last one is lost, it starts another one.
func (k *Keeper) Gateway(ctx context.Context) (gateway.Gateway, error) {
	l, err := k.await(ctx)
	if err != nil {
		return nil, err
	}
	return l.gateway, nil
}

// Starting waits for the gateway that is running or starting. It does not request another one.
func (k *Keeper) Starting(ctx context.Context) (gateway.Gateway, error) {
	l := k.newest.Load()
	select {
	case <-l.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if l.unusable() {
		return nil, errors.New("no gateway is up")
	}
	return l.gateway, nil
}

// Plan runs work on the gateway. work must not change the session. If the gateway is lost during work,
// and retry says that work may run twice, it runs again on the next gateway. work must not call methods
// that request a gateway themselves.
func (k *Keeper) Plan(ctx context.Context, retry bool, work func(gateway.Gateway) error) error {
	return k.onLink(ctx, retry, func(l *link) error {
		l.calls.RLock()
		defer l.calls.RUnlock()
		return work(l.gateway)
	})
}

// onLink calls work on a link whose gateway has started, and perhaps again on the next one.
func (k *Keeper) onLink(ctx context.Context, retry bool, work func(*link) error) error {
	for {
		l, err := k.await(ctx)
		if err != nil {
			return err
		}
		err = work(l)
		var lost *gateway.LostError
		if !retry || ctx.Err() != nil || !errors.As(err, &lost) {
			return err
		}
		retry = false
	}
}
