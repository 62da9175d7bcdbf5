package guest

import (
	"errors"
	"runtime"
	"sync"
)

// Launcher starts guests. It starts them from one thread that lives as long as the Launcher. On Linux a
// guest is killed when the thread that started it ends, so that no guest outlives a host that was killed.
// A thread chosen by Go's scheduler may end at any time.
type Launcher struct {
	start sync.Once
	stop  sync.Once
	jobs  chan func()
	ended chan struct{}
	pool  pool // for the results of all its guests
}

// NewLauncher returns a Launcher; Close ends it.
func NewLauncher() *Launcher {
	return &Launcher{jobs: make(chan func()), ended: make(chan struct{})}
}

// Close ends the launcher's thread, and on Linux every guest that still runs.
func (l *Launcher) Close() {
	l.stop.Do(func() { close(l.ended) })
}

// do runs job on the launcher's thread.
func (l *Launcher) do(job func() error) error {
	l.start.Do(func() { go l.serve() })
	result := make(chan error, 1)
	select {
	case l.jobs <- func() { result <- job() }:
		return <-result
	case <-l.ended:
		return errors.New("start guest: the launcher is closed")
	}
}

// serve never unlocks its thread, which therefore ends with it.
func (l *Launcher) serve() {
	runtime.LockOSThread()
	for {
		select {
		case job := <-l.jobs:
			job()
		case <-l.ended:
			return
		}
	}
}
