package repl

import (
	"fmt"
	"time"

	"riffle/session/query"
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

// within is the bound that also heeds a wait, which somebody asked for.
func (b bound) within(w query.Wait, by string) bound {
	b.ofJobs = true
	if w.Rows > 0 && (b.rows == 0 || w.Rows < b.rows) {
		b.rows, b.byRows = w.Rows, fmt.Sprintf("%s rows=%d", by, w.Rows)
	}
	if w.For > 0 && (b.time == 0 || w.For < b.time) {
		b.time, b.byTime = w.For, fmt.Sprintf("%s for=%s", by, w.For)
	}
	b.leaves = w.Then == query.LeaveIt
	return b
}
