package guest

import (
	"sync"
	"sync/atomic"
	"time"
)

// watchdog checks from time to time which row a guest is on, and acts if the row does not
// change for too long.
type watchdog struct {
	mu        sync.Mutex
	timer     *time.Timer
	watched   *uint64 // in the shared memory; nil while there is no call
	row       uint64
	unchanged int // checks that found row in a row
	onTimeout func()
	expired   bool
}

// checksPerTimeout is how often the watchdog checks during the time that a row may take.
const checksPerTimeout = 4

// start watches progress until stop. onTimeout is called once, when progress has not changed
// for about timeout. A timeout of 0 means no limit.
func (w *watchdog) start(progress *uint64, timeout time.Duration, onTimeout func()) {
	if timeout <= 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watched, w.row, w.unchanged, w.onTimeout = progress, atomic.LoadUint64(progress), 0, onTimeout
	if w.timer == nil {
		w.timer = time.AfterFunc(timeout/checksPerTimeout, func() { w.check(timeout / checksPerTimeout) })
	} else {
		w.timer.Reset(timeout / checksPerTimeout)
	}
}

func (w *watchdog) check(interval time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.watched == nil {
		return
	}
	if row := atomic.LoadUint64(w.watched); row != w.row {
		w.row, w.unchanged = row, 0
	} else if w.unchanged++; w.unchanged == checksPerTimeout {
		w.expired = true
		w.onTimeout()
		return
	}
	w.timer.Reset(interval)
}

// stop ends the watch. After it returns, progress is no longer read.
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
