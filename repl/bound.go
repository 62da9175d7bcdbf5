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
	byRows, byTime string        // what asked for them, for people
	ofJobs         bool          // rows are also those that a job without rows of its own writes
	leaves         bool          // the query is then left to the background, and not cancelled
}

// bound is the one that the command line asked for.
func (o Options) bound() bound {
	return bound{rows: o.Rows, time: o.For, byRows: fmt.Sprintf("--rows %d", o.Rows), byTime: "--for " + o.For.String()}
}

// within is the bound that also heeds how long a magic or a setting has queries waited for.
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

// verdict is what is wrong with a statement's query that has ended, or is waited for no
// longer.
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
