package query

import (
	"context"
	"time"
)

// Unread says why a query has read no rows within the time that the user waits for it. It is
// derived from what the job and its connectors report.
type Unread struct {
	Reason string // one line
	Hint   string // the next step; "" if unknown
	// Failed says that a connector has reported an error. Otherwise the rows may only be late.
	Failed bool
}

const (
	// unreadWithin limits the time spent on finding the reason. A job that was just submitted
	// does not report on its sources yet.
	unreadWithin = 10 * time.Second
	// figuresEvery is slightly more than the age of Flink's figures.
	figuresEvery = 1200 * time.Millisecond
)

// Unread says why the query has read nothing. It returns nil if the query's sources have read
// something, even if no row of that is in the result. It is called before the query is cancelled,
// and takes a second or two if there are no rows.
func (q *Query) Unread(ctx context.Context) *Unread {
	if q.config.Started.Job == "" {
		return nil
	}
	limited, done := context.WithTimeout(ctx, unreadWithin)
	defer done()
	h := Health{RowsIn: -1}
	// Rows may have been read since Flink last counted, so Flink is asked twice.
	for looks, known := 0, 0; known < 2 && limited.Err() == nil; looks++ {
		if looks > 0 {
			select {
			case <-time.After(figuresEvery):
			case <-q.done:
				return nil
			case <-limited.Done():
				continue
			}
		}
		found, err := q.Health(limited)
		switch {
		case q.Rows() > 0:
			return nil
		case err != nil:
			continue
		case found.RowsIn > 0 && len(found.Silent) == 0:
			return nil
		}
		if h = found; h.RowsIn >= 0 {
			known++
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return q.unread(ctx, h)
}

// unread returns why a job has read no rows.
func (q *Query) unread(ctx context.Context, h Health) *Unread {
	complaints, err := q.config.Source.Complaints()
	switch {
	case err == nil && len(complaints) > 0:
		c := complaints[0]
		reason := "no rows were read: "
		if h.RowsIn > 0 {
			reason = "no rows were read from one of its sources: "
		}
		return &Unread{Reason: reason + c.String(), Hint: c.Hint, Failed: !q.othersSilent(ctx)}
	case h.RowsIn > 0:
		return nil
	case !h.Deployed:
		return &Unread{Reason: "no rows were read: not all tasks are running yet"}
	case h.RowsIn == 0:
		return &Unread{Reason: "no rows were read: the sources have not produced any yet"}
	}
	return &Unread{Reason: "according to Flink, no rows were read"}
}

// silent reports whether the query has received no rows and one of its sources has emitted
// none, according to Flink.
func (q *Query) silent(ctx context.Context) bool {
	if q.config.Started.Job == "" || q.Rows() > 0 {
		return false
	}
	h, err := q.Health(ctx)
	return err == nil && (h.RowsIn <= 0 || len(h.Silent) > 0)
}

// othersSilent reports whether another job of the session waits for its first rows, too.
// The messages that connectors log may then be about that job.
func (q *Query) othersSilent(ctx context.Context) bool {
	ctx, done := context.WithTimeout(ctx, figuresEvery)
	defer done()
	for _, other := range q.config.Others() {
		if other.silent(ctx) {
			return true
		}
	}
	return false
}
