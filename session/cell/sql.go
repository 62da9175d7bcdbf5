package cell

import "riffle/session/sqltext"

// SQL is SQL for the gateway together with the origin of its parts, so that a position in it can be
// traced to the user's text.
type SQL struct {
	sqltext.Lexed
	parts []part // in order; text between two parts is generated
}

// part is a piece of the text that comes from a statement.
type part struct {
	span   sqltext.Span // in the text
	st     *Statement
	source sqltext.Span // in the statement's cell
	// value marks text that replaces a variable. Its letters are not in the cell, so each of
	// them maps to the whole ${…}.
	value bool
}

// Generated returns SQL that riffle itself has written.
func Generated(text string) SQL { return SQL{Lexed: sqltext.NewLexed(text)} }

// Typed returns a statement as it was typed.
func Typed(st Statement) SQL {
	whole := part{span: sqltext.Span{End: len(st.Text)}, st: &st, source: st.Span}
	return SQL{Lexed: st.Lexed(), parts: []part{whole}}
}

// Add appends other SQL.
func (t *SQL) Add(other SQL) {
	for _, p := range other.parts {
		p.span = p.span.Shift(len(t.Text))
		t.parts = append(t.parts, p)
	}
	t.Append(other.Lexed)
}

// First returns the statement to which errors without a known position refer.
func (t SQL) First() Statement { return *t.parts[0].st }

// Locate finds the statement that contains a span of the text, and the span in that statement's cell.
// It returns false if the span is not from one statement.
func (t SQL) Locate(span sqltext.Span) (Statement, sqltext.Span, bool) {
	first := t.partAt(span.Start)
	last := t.partAt(max(span.Start, span.End-1))
	if first == nil || last == nil || first.st != last.st {
		return Statement{}, sqltext.Span{}, false
	}
	at := sqltext.Span{Start: first.source.Start, End: last.source.End}
	if !first.value {
		at.Start += span.Start - first.span.Start
	}
	if !last.value {
		at.End = last.source.Start + span.End - last.span.Start
	}
	return *first.st, at, true
}

// partAt returns the part that contains the byte at an offset, or the part that ends there, or
// nil.
func (t SQL) partAt(offset int) *part {
	var ending *part
	for i := range t.parts {
		p := &t.parts[i]
		switch {
		case p.span.Start <= offset && offset < p.span.End:
			return p
		case offset == p.span.End:
			ending = p
		}
	}
	return ending
}

// Fail returns an error at a span of the text.
func (t SQL) Fail(span sqltext.Span, message, hint string) *Error {
	if st, at, ok := t.Locate(span); ok {
		return FailAt(st, at, message, hint)
	}
	return Fail(t.First(), message, hint)
}
