package guest

import (
	"sync"
	"time"
)

// watchdog checks from time to time where a guest is, and acts if that does not change for too
// long.
type watchdog struct {
	mu        sync.Mutex
	timer     *time.Timer
	watched   func() position // nil while there is no call
	last      position
	unchanged int // checks in succession that found the same position
	interval  time.Duration
	onTimeout func()
	expired   bool
}

// checksPerTimeout is how often the watchdog checks during the time that a row may take.
const checksPerTimeout = 4

// start watches a position until stop. onTimeout is called once, when it has not changed for about
// timeout. A timeout of 0 means no limit.
func (w *watchdog) start(watched func() position, timeout time.Duration, onTimeout func()) {
	if timeout <= 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watched, w.last, w.unchanged, w.onTimeout = watched, watched(), 0, onTimeout
	w.interval = timeout / checksPerTimeout
	if w.timer == nil {
		w.timer = time.AfterFunc(w.interval, w.check)
	} else {
		w.timer.Reset(w.interval)
	}
}

func (w *watchdog) check() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.watched == nil {
		return
	}
	if now := w.watched(); now != w.last {
		w.last, w.unchanged = now, 0
	} else if w.unchanged++; w.unchanged == checksPerTimeout {
		w.expired = true
		w.onTimeout()
		return
	}
	w.timer.Reset(w.interval)
}

// stop ends the watch. After it returns, the position is no longer read.
func (w *watchdog) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watched = nil
	if w.timer != nil {
		w.timer.Stop()
	}
}

// hasExpired reports whether a watch ended the guest.
func (w *watchdog) hasExpired() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.expired
}
