package cell

import "riffle/session/sqltext"

// Statement is one statement and the cell that it stands in.
type Statement struct {
	sqltext.Statement
	Cell Cell
	// Name is the one that its query is to have, see session.CheckQueryName; "" for none but
	// its number.
	Name string
	// Planned is the SQL that Flink was given, without variables; of END it is the set.
	Planned string
}

// Extend makes the statement reach over a span of its cell.
func (st *Statement) Extend(span sqltext.Span) {
	st.Span = span
	st.Text = st.Cell.Text[span.Start:span.End]
}
