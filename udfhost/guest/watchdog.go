package guest

import (
	"sync"
	"sync/atomic"
	"time"
)

// watchdog looks from time to time at the row that a guest is on, and acts if
// it stays the same for too long.
type watchdog struct {
	mu      sync.Mutex
	timer   *time.Timer
	watched *uint64 // in the shared memory; nil while nobody waits
	row     uint64
	seen    int // looks that found row in a row
	bite    func()
	bitten  bool
}

// looks is how often the watchdog looks during the time that a row may take.
const looks = 4

// start watches progress until stop; bite is called, once, when it has not
// changed for about timeout. 0 watches nothing.
func (w *watchdog) start(progress *uint64, timeout time.Duration, bite func()) {
	if timeout <= 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watched, w.row, w.seen, w.bite = progress, atomic.LoadUint64(progress), 0, bite
	if w.timer == nil {
		w.timer = time.AfterFunc(timeout/looks, func() { w.look(timeout / looks) })
	} else {
		w.timer.Reset(timeout / looks)
	}
}

func (w *watchdog) look(again time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.watched == nil {
		return
	}
	if row := atomic.LoadUint64(w.watched); row != w.row {
		w.row, w.seen = row, 0
	} else if w.seen++; w.seen == looks {
		w.bitten = true
		w.bite()
		return
	}
	w.timer.Reset(again)
}

// stop ends the watch; when it returns, progress is read no more.
func (w *watchdog) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watched = nil
	if w.timer != nil {
		w.timer.Stop()
	}
}

// hasBitten reports whether a watch ended the guest.
func (w *watchdog) hasBitten() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.bitten
}
