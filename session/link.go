package session

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"riffle/session/gateway"
)

// link is one gateway of the session, from its boot to its loss. A session has
// one after the other; [Session.keepGateway] owns them all.
type link struct {
	ready    chan struct{} // closed when gateway or err is set
	gateway  gateway.Gateway
	err      error
	replaced chan struct{} // closed when the session has another link
	// calls is held, shared, while a statement is carried out and, if it changes the
	// session, until that change has settled: what a lost gateway has done is part
	// of the session's state before the next one is brought to it.
	calls sync.RWMutex
}

func newLink() *link {
	return &link{ready: make(chan struct{}), replaced: make(chan struct{})}
}

// over tells whether the link's gateway did not come up, or is lost.
func (l *link) over() bool {
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

// awaitCalls waits until what a lost gateway was still doing has failed or is part
// of the session's state.
func (l *link) awaitCalls() {
	l.calls.Lock()
	defer l.calls.Unlock()
}

// shortLife is what a gateway must outlive for the next one to be started before
// somebody wants it: one that keeps dying should not keep the machine busy.
const shortLife = 10 * time.Second

// keepGateway boots a gateway, and another in its place whenever it is lost,
// until the session ends.
func (s *Session) keepGateway() {
	l := s.link.Load()
	s.connect(l)
	for s.awaitEnd(l) {
		next := newLink()
		s.link.Store(next)
		close(l.replaced)
		begun := time.Now()
		l.awaitCalls()
		if l.err == nil {
			s.bury(l.gateway)
		}
		s.connect(next)
		if next.err == nil {
			s.config.Notice(fmt.Sprintf("%s (%.1f s)", s.restored(), time.Since(begun).Seconds()))
		}
		l = next
	}
	if l.err == nil {
		l.gateway.Close()
	}
}

// connect boots a link's gateway and brings it to the session's state.
func (s *Session) connect(l *link) {
	defer close(l.ready)
	select {
	case <-s.wanted: // by whom this link answers
	default:
	}
	g, err := s.config.Boot(s.ctx)
	if err == nil {
		if err = s.restore(g); err != nil {
			g.Close()
		}
	}
	if err != nil {
		l.err = err
		return
	}
	l.gateway = g
	s.catalog.Planned(true)
}

// awaitEnd waits until a link is over and another one is due; false if the
// session ended.
func (s *Session) awaitEnd(l *link) bool {
	if l.err == nil {
		up := time.Now()
		select {
		case <-l.gateway.Exited():
		case <-s.ctx.Done():
			return false
		}
		s.config.Notice("Flink's JVM has ended unexpectedly: the session is restored in another one")
		if time.Since(up) >= shortLife {
			return true
		}
	}
	select {
	case <-s.wanted:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// bury closes a lost gateway once its queries have seen that it is lost.
func (s *Session) bury(lost gateway.Gateway) {
	running := s.Queries()
	s.tasks.Go(func() {
		patience := time.After(shortLife)
		for _, q := range running {
			select {
			case <-q.Done():
				continue
			case <-patience:
			case <-s.ctx.Done():
			}
			break
		}
		lost.Close()
	})
}

// await waits for a gateway. If the last one did not come up, or is lost, it
// asks for another.
func (s *Session) await(ctx context.Context) (*link, error) {
	l := s.link.Load()
	for l.over() {
		select {
		case s.wanted <- struct{}{}:
		default:
		}
		select {
		case <-l.replaced:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-s.ctx.Done():
			return nil, context.Cause(s.ctx)
		}
		l = s.link.Load()
	}
	select {
	case <-l.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if l.err != nil {
		return nil, &Error{Message: l.err.Error(), Err: l.err}
	}
	return l, nil
}

// starting waits for a gateway that is up or coming up, and asks for no other.
func (s *Session) starting(ctx context.Context) (gateway.Gateway, error) {
	l := s.link.Load()
	select {
	case <-l.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if l.over() {
		return nil, errors.New("no gateway is up")
	}
	return l.gateway, nil
}

// planning does work on the gateway that changes nothing of the session. If the
// gateway is lost meanwhile, and the work may be done twice, it is done again on
// the next one. Whatever asks for a gateway itself has no place in work.
func (s *Session) planning(ctx context.Context, again bool, work func(gateway.Gateway) error) error {
	return s.onLink(ctx, again, func(l *link) error {
		l.calls.RLock()
		defer l.calls.RUnlock()
		return work(l.gateway)
	})
}

// onLink does work on a link whose gateway is up, and perhaps again on the next.
func (s *Session) onLink(ctx context.Context, again bool, work func(*link) error) error {
	for {
		l, err := s.await(ctx)
		if err != nil {
			return err
		}
		err = work(l)
		var lost *gateway.LostError
		if !again || ctx.Err() != nil || !errors.As(err, &lost) {
			return err
		}
		again = false
	}
}
