package udfhost

import (
	"fmt"
	"time"
)

// bundleTime limits how long the functions of a bundle may take together. The time in which the bundle waits for
// its input, or for Flink to emit its results, does not count.
type bundleTime struct {
	limit, used time.Duration
	overdue     func(error)

	resumed time.Time
	timer   *time.Timer // while the time counts
}

// spend runs a part of the bundle's work, and calls overdue when the limit is reached.
func (b *bundleTime) spend(work func() error) error {
	if b.limit <= 0 {
		return work()
	}
	b.resume()
	defer b.pause()
	return work()
}

// except runs a part of the work in spend whose time does not count.
func (b *bundleTime) except(work func() error) error {
	if b.limit <= 0 {
		return work()
	}
	b.pause()
	defer b.resume()
	return work()
}

func (b *bundleTime) resume() {
	b.resumed = time.Now()
	b.timer = time.AfterFunc(b.limit-b.used, func() {
		b.overdue(fmt.Errorf("functions have taken more than %v for one bundle of rows, during which Flink cannot cancel the job: SET 'python.fn-execution.bundle.size' = '1' makes bundles smaller", b.limit))
	})
}

func (b *bundleTime) pause() {
	b.timer.Stop()
	b.used += time.Since(b.resumed)
}
