package cell

import (
	"riffle/session/sqltext"
	"strings"
)

// Statement is one statement and the cell that contains it.
type Statement struct {
	sqltext.Statement
	Cell Cell
	// Name is the name for its query, see session.CheckQueryName; "" if the query has only its
	// number.
	Name string
	// SnapshotAfter requests a snapshot of the query's table after a number of changes. See
	// query.Query.RequestedSnapshot.
	SnapshotAfter SnapshotAfter
	// Planned is the SQL that Flink got, with variables replaced; for END it is the whole
	// statement set.
	Planned string
}

// SnapshotAfter is a number of changes, which depends on whether the query ends by itself; 0 for no
// snapshot.
type SnapshotAfter struct{ Bounded, Unbounded int64 }

// Extend extends the statement to include a span of its cell.
func (st *Statement) Extend(span sqltext.Span) {
	st.Span = span
	st.Text = st.Cell.Text[span.Start:span.End]
}

// Summary returns the statement in one line, without secrets.
func (st Statement) Summary() string {
	return strings.Join(strings.Fields(st.Lexed().Mask()), " ")
}
