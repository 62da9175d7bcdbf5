package flink

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	// maxMetricAge is the age up to which a metric is reported: twice the time between two
	// fetches.
	maxMetricAge = 2 * time.Second
	// freshTimeout limits the wait for newer metrics.
	freshTimeout = 3 * time.Second
	// pollInterval is the interval at which they are polled.
	pollInterval = 30 * time.Millisecond
)

// freshness determines how old Flink's metrics are. The REST endpoint answers with the metrics
// of its last fetch, which may be an hour old or may never have happened. After that answer it
// fetches new ones, at most once a second. No answer contains the time of its fetch. So
// freshness also reads the processor time and the memory of the TaskManager: they come with the
// same fetch, and differ from one fetch to the next.
type freshness struct {
	mu        sync.Mutex
	lastMarks string    // as they were read last
	readAt    time.Time // when that was
	since     time.Time // the metrics are not older than this
}

// await returns true when the metrics are fresh, and requests new ones if necessary. It returns
// false if they do not arrive in time.
func (f *freshness) await(ctx context.Context, r rest) (bool, error) {
	for !f.mu.TryLock() { // the holder of the lock may wait for seconds, and ctx may end before
		if err := pause(ctx); err != nil {
			return false, err
		}
	}
	defer f.mu.Unlock()
	for begun := time.Now(); time.Since(begun) < freshTimeout; {
		if err := f.poll(ctx, r); err != nil {
			return false, err
		}
		if time.Since(f.since) < maxMetricAge {
			return true, nil
		}
		if err := pause(ctx); err != nil {
			return false, err
		}
	}
	return false, nil
}

func pause(ctx context.Context) error {
	select {
	case <-time.After(pollInterval):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// poll reads the marks. If they differ from earlier ones, their metrics were fetched after
// those.
func (f *freshness) poll(ctx context.Context, r rest) error {
	now := time.Now()
	marks, err := r.marks(ctx)
	if err != nil {
		return err
	}
	if marks != "" && marks != f.lastMarks {
		f.since = f.readAt
	}
	f.lastMarks, f.readAt = marks, now
	return nil
}

// marks returns what differs from one fetch of the TaskManager's metrics to the next; ""
// before the first.
func (r rest) marks(ctx context.Context) (string, error) {
	names := []string{"Status.JVM.CPU.Time", "Status.JVM.Memory.Heap.Used", "Status.JVM.Memory.NonHeap.Used"}
	var values []metric
	err := r.get(ctx, "/taskmanagers/metrics?agg=sum&get="+url.QueryEscape(strings.Join(names, ",")), &values)
	if err != nil || len(values) == 0 {
		return "", err
	}
	return fmt.Sprint(values), nil
}
