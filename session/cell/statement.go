package cell

import (
	"riffle/session/sqltext"
	"strings"
)

// Statement is one statement and the cell that it stands in.
type Statement struct {
	sqltext.Statement
	Cell Cell
	// Name is the one that its query is to have, see session.CheckQueryName; "" for none but
	// its number.
	Name string
	// SnapshotAfter asks for the table of its query as it is after so many changes. See
	// query.Query.RequestedSnapshot.
	SnapshotAfter SnapshotAfter
	// Planned is the SQL that Flink was given, without variables; of END it is the set.
	Planned string
}

// SnapshotAfter is a number of changes, which depends on whether the query ends by itself; 0
// is for no snapshot.
type SnapshotAfter struct{ Bounded, Unbounded int64 }

// Extend makes the statement reach over a span of its cell.
func (st *Statement) Extend(span sqltext.Span) {
	st.Span = span
	st.Text = st.Cell.Text[span.Start:span.End]
}

// Summary is the statement in one line, without what is secret.
func (st Statement) Summary() string {
	return strings.Join(strings.Fields(st.Lexed().Mask()), " ")
}
