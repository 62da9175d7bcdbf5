package query

import (
	"context"
	"slices"
	"time"
)

// Count returns the number of changes received so far. For a job without rows of its own it
// returns the number of rows written, which Flink updates about once a second.
func (q *Query) Count(ctx context.Context) int64 {
	if q.config.Started.Schema != nil {
		return q.Rows()
	}
	h, err := q.Health(ctx)
	if err != nil {
		return 0
	}
	return max(h.RowsOut, 0)
}

// countEvery is the interval at which a job is asked whether it has written enough.
const countEvery = 300 * time.Millisecond

// awaitWritten waits until a job has written n rows, or has ended.
func (q *Query) awaitWritten(ctx context.Context, rows int64) (*Ended, error) {
	tick := time.NewTicker(countEvery)
	defer tick.Stop()
	for q.Count(ctx) < rows {
		select {
		case <-tick.C:
		case <-q.done:
			return q.end, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return nil, nil
}

// milestone is a number of changes for which a caller waits.
type milestone struct {
	rows    int64
	reached chan struct{}
}

// Await waits until the query has received, or written, the given number of changes, or has
// ended. 0 waits for the end. It returns how the query ended, or nil if it is running. The error
// is ctx's own.
func (q *Query) Await(ctx context.Context, rows int64) (*Ended, error) {
	if q.config.Started.Schema == nil && rows > 0 {
		return q.awaitWritten(ctx, rows)
	}
	m := milestone{rows, make(chan struct{})}
	if rows > 0 {
		q.mu.Lock()
		q.milestones = append(q.milestones, m)
		q.reachMilestones()
		q.mu.Unlock()
		defer q.dropMilestone(m)
	}
	select {
	case <-m.reached:
	case <-q.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.end, nil
}

// reachMilestones notifies the callers whose number of changes is reached; q.mu is held.
func (q *Query) reachMilestones() {
	q.milestones = slices.DeleteFunc(q.milestones, func(m milestone) bool {
		if m.rows <= q.rows {
			close(m.reached)
		}
		return m.rows <= q.rows
	})
}

func (q *Query) dropMilestone(m milestone) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.milestones = slices.DeleteFunc(q.milestones, func(other milestone) bool { return other.reached == m.reached })
}
