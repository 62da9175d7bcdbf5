package kernel

import (
	"context"
	"fmt"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/run"
)

// stop is why a cell waits for a query no longer, though that goes on: what its
// %%wait asked for, or the setting of the notebook, has come.
type stop struct {
	query *query.Query
	bound run.Bound
	over  bool  // the time is, and not the rows there
	rows  int64 // that the query had received or written
	// unread says why it has read nothing; nil if it has, or nobody knows.
	unread *query.Unread
}

func (s *stop) Error() string { return s.bound.By }

// left reports whether the query goes on in the background.
func (s *stop) left() bool { return s != nil && s.bound.Then == query.LeaveIt }

// state is what is said of how a query ended, in the place of its own word; "" for that.
func (s *stop) state(end *query.Ended) string {
	if s == nil || end.State != query.Cancelled {
		return ""
	}
	if s.over {
		return fmt.Sprintf("cancelled by %s for=%s", s.bound.By, s.bound.For)
	}
	return fmt.Sprintf("cancelled by %s rows=%d", s.bound.By, s.bound.Rows)
}

// limit is ctx until the cell is to wait for a query no longer; a stop is its cause
// then. A query that ends by itself is waited for.
func (c *cell) limit(ctx context.Context, q *query.Query) (limited context.Context, enough func()) {
	bound := c.bound
	limited, end := context.WithCancelCause(ctx)
	if bound.None() {
		return limited, func() { end(nil) }
	}
	c.tasks.Go(func() {
		timed := limited
		if bound.For > 0 {
			var done context.CancelFunc
			timed, done = context.WithTimeout(limited, bound.For)
			defer done()
		}
		ended, err := q.Await(timed, bound.Rows)
		if ended == nil && limited.Err() == nil {
			s := &stop{query: q, bound: bound, over: err != nil, rows: q.Count(limited)}
			if s.over && s.rows == 0 {
				s.unread = q.Unread(limited)
				s.rows = q.Count(limited)
			}
			end(s)
		}
	})
	return limited, func() { end(nil) }
}

// missing says what is missing of what was waited for; the error is that it was to be
// there.
func (c *cell) missing(st session.Statement, s *stop) error {
	if s == nil || !s.over {
		return nil
	}
	remark, err := s.bound.Missing(st, s.query, s.rows, s.unread)
	c.out.print("stderr", remark)
	return err
}
