package kernel

import (
	"context"
	"fmt"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/run"
)

// stop is why a cell no longer waits for a query that continues: the bound of its %%wait, or of
// the notebook's setting, was reached.
type stop struct {
	query *query.Query
	bound run.Bound
	over  bool  // the time is over, and the rows have not arrived
	rows  int64 // that the query had received or written
	// unread is why the query has read nothing; nil if it has read something, or if the reason
	// is unknown.
	unread *query.Unread
}

func (s *stop) Error() string { return s.bound.By }

// left reports whether the query continues in the background.
func (s *stop) left() bool { return s != nil && s.bound.Then == query.LeaveIt }

// state returns the text that replaces the query's own about its end; "" for none.
func (s *stop) state(end *query.Ended) string {
	if s == nil || end.State != query.Cancelled {
		return ""
	}
	if s.over {
		return fmt.Sprintf("cancelled by %s for=%s", s.bound.By, s.bound.For)
	}
	return fmt.Sprintf("cancelled by %s rows=%d", s.bound.By, s.bound.Rows)
}

// limit derives a context from ctx that ends when the cell must no longer wait for a query; a
// stop is its cause then. The wait for a query that ends by itself is not limited.
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

// missing describes what is missing of what was waited for. The error says that it was
// required.
func (c *cell) missing(st session.Statement, s *stop) error {
	if s == nil || !s.over {
		return nil
	}
	remark, err := s.bound.Missing(st, s.query, s.rows, s.unread)
	c.out.print("stderr", remark)
	return err
}
