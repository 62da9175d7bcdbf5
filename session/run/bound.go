package run

import (
	"riffle/session"
	"riffle/session/query"
)

// Bound limits how long to wait for a query that does not end by itself. The zero Bound waits until
// the query ends.
type Bound struct {
	query.Wait
	By string // the magic or setting that sets the limit
}

// None reports whether there is no limit.
func (b Bound) None() bool { return b.By == "" }

// Missing says what is missing when the time to wait for a query is over: some of the rows, or, if
// the reason is known, why the query has read nothing. It returns "" if nothing is missing. The
// error says that the rows were required, or that a connector has failed.
func (b Bound) Missing(st session.Statement, q *query.Query, rows int64, unread *query.Unread) (string, error) {
	short := b.Shortfall(q, rows)
	switch {
	case unread != nil && unread.Failed:
		return "", session.Fail(st, st.Word, q.ID()+": "+unread.Reason, unread.Hint)
	case short != "" && b.FailIfShort:
		return "", session.Fail(st, st.Word, q.ID()+": "+short, "wait longer, or remove else=fail")
	case unread != nil:
		short = unread.Reason
	}
	if short == "" {
		return "", nil
	}
	return q.ID() + ": " + short, nil
}
