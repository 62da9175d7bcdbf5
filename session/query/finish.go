package query

import (
	"context"
	"time"
)

const (
	// constantWithin is the time in which a job ends that reads nothing but constants, also on a busy cluster.
	constantWithin = 5 * time.Second
	// boundedWithin is the time that the job of another bounded query gets after a LIMIT is reached: its source may have
	// many more rows, which nobody needs.
	boundedWithin = 300 * time.Millisecond
)

// leaveJob is called when all rows of a query have arrived. It returns true if the query does not wait for the end of its
// job, which only matters for the accounts of its functions. A job that ends by itself is not cancelled: it is to be
// FINISHED in the cluster's list of jobs. Other jobs do not know that no more rows are needed.
func (q *Query) leaveJob(ctx context.Context) bool {
	started := q.config.Started
	calls := len(started.Functions) > 0
	switch {
	case started.Constant && calls:
		return false
	case started.Bounded && !calls:
		q.unfinished = true
		return true
	}
	return q.Cancel(ctx) == nil && !calls
}

// LetFinish waits for the job of a query that has ended before its job, and cancels the job if it does not end soon. It is
// called after Run.
func (q *Query) LetFinish(ctx context.Context) {
	if !q.unfinished {
		return
	}
	within := boundedWithin
	if q.config.Started.Constant {
		within = constantWithin
	}
	limited, done := context.WithTimeout(ctx, within)
	defer done()
	for {
		d, err := q.config.Source.Next(limited)
		if d.Record != nil {
			d.Record.Release()
		}
		switch {
		case ctx.Err() != nil:
			return // the end of the session ends its queries
		case limited.Err() != nil:
			_ = q.Cancel(ctx) // a cluster that does not answer misses the query's heartbeat
			return
		case err != nil:
			return // the job has ended
		}
	}
}
