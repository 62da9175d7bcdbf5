package run

import (
	"riffle/session"
	"riffle/session/query"
)

// Bound is how long a query that does not end by itself is waited for. The zero Bound is
// for one that is waited for until it ends.
type Bound struct {
	query.Wait
	By string // the magic or setting that says so
}

// None tells whether there is no bound.
func (b Bound) None() bool { return b.By == "" }

// Missing says what is missing when the time to wait for a query is over: which of the
// rows, or why it has read nothing, if somebody knows. "" is nothing. The error is that the
// rows were to be there, or that a connector has failed.
func (b Bound) Missing(st session.Statement, q *query.Query, rows int64, unread *query.Unread) (string, error) {
	short := b.Shortfall(q, rows)
	switch {
	case unread != nil && unread.Failed:
		return "", session.Fail(st, st.Word, q.ID()+": "+unread.Reason, "")
	case short != "" && b.FailIfShort:
		return "", session.Fail(st, st.Word, q.ID()+": "+short, "wait longer, or take else=fail away")
	case unread != nil:
		short = unread.Reason
	}
	if short == "" {
		return "", nil
	}
	return q.ID() + ": " + short, nil
}
