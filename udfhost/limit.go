package udfhost

import (
	"fmt"
	"time"
)

// bundleTime limits how long the functions of a bundle may take together. The time in which the bundle waits for
// its input does not count.
type bundleTime struct {
	limit, used time.Duration
	overdue     func(error)
}

// spend runs a part of the bundle's work, and calls overdue when the limit is reached.
func (b *bundleTime) spend(work func() error) error {
	if b.limit <= 0 {
		return work()
	}
	begun := time.Now()
	timer := time.AfterFunc(b.limit-b.used, func() {
		b.overdue(fmt.Errorf("functions have taken more than %v for one bundle of rows, during which Flink cannot cancel the job: SET 'python.fn-execution.bundle.size' = '1' makes bundles smaller", b.limit))
	})
	defer func() {
		timer.Stop()
		b.used += time.Since(begun)
	}()
	return work()
}
