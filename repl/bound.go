package repl

import (
	"fmt"
	"time"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/run"
)

// bound is how long a query is followed.
type bound struct {
	rows           int64         // 0: no limit
	time           time.Duration // likewise
	byRows, byTime string        // what set them, for messages
	ofJobs         bool          // rows also counts those that a job without rows of its own writes
	leaves         bool          // the query then continues in the background and is not cancelled
}

// bound returns the bound that the command line set.
func (o Options) bound() bound {
	return bound{rows: o.Rows, time: o.For, byRows: fmt.Sprintf("--rows %d", o.Rows), byTime: "--for " + o.For.String()}
}

// within returns the bound combined with the wait that a magic or a setting specifies.
func (b bound) within(w run.Bound) bound {
	if w.None() {
		return b
	}
	b.ofJobs = true
	if w.Rows > 0 && (b.rows == 0 || w.Rows < b.rows) {
		b.rows, b.byRows = w.Rows, fmt.Sprintf("%s rows=%d", w.By, w.Rows)
	}
	if w.For > 0 && (b.time == 0 || w.For < b.time) {
		b.time, b.byTime = w.For, fmt.Sprintf("%s for=%s", w.By, w.For)
	}
	b.leaves = w.Then == query.LeaveIt
	return b
}

// verdict returns the error of a statement whose query has ended, or is no longer waited for;
// nil if there is none.
func (f *follower) verdict(st session.Statement, end outcome, w run.Bound) error {
	if err := end.problem(f.query.ID()); err != nil {
		return err
	}
	if end.Limit == "" || end.Limit != f.bound.byTime {
		return nil
	}
	rows := end.Rows
	if f.query.Started().Schema == nil {
		rows = end.Written
	}
	remark, err := w.Missing(st, f.query, rows, end.Unread)
	if remark != "" {
		f.notice(remark)
	}
	return err
}
