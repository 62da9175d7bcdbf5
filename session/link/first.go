package link

import (
	"context"
	"sync"
)

// first is the start of the first gateway.
type first struct {
	requested chan struct{} // closed when a caller needs a gateway

	mu        sync.Mutex
	once      sync.Once
	restoring bool // it is brought to the session's state, or was
}

func (f *first) request() { f.once.Do(func() { close(f.requested) }) }

// restore records that a gateway begins to be brought to the session's state.
func (f *first) restore() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.restoring = true
}

// Started reports whether a gateway has started and is brought to the session's state, or was.
func (k *Keeper) Started() bool {
	k.first.mu.Lock()
	defer k.first.mu.Unlock()
	return k.first.restoring
}

// BeforeStart changes the session's side alone, if no gateway has started yet. The first gateway is brought to the changed
// state. Otherwise BeforeStart returns false and changes nothing.
func (k *Keeper) BeforeStart(change func()) bool {
	k.first.mu.Lock()
	defer k.first.mu.Unlock()
	if k.first.restoring {
		return false
	}
	change()
	return true
}

// AwaitStart waits until the newest gateway has started or has failed to. It does not request a gateway. The caller must
// not have the turn, or statements that need no gateway would wait, too.
func (k *Keeper) AwaitStart(ctx context.Context) error {
	select {
	case <-k.newest.Load().ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
