package session

import (
	"context"
	"fmt"
	"strings"

	"riffle/session/sqltext"
)

// sqlText is SQL on its way to the gateway, and where its parts come from, so
// that a position in it leads back to what the user wrote.
type sqlText struct {
	text  string
	parts []sqlPart
}

type sqlPart struct {
	start int // offset in text
	st    Statement
}

func textOf(st Statement) sqlText {
	return sqlText{text: st.Text, parts: []sqlPart{{0, st}}}
}

func (t *sqlText) add(st Statement) {
	t.parts = append(t.parts, sqlPart{len(t.text), st})
	t.text += st.Text
}

// first is the statement that stands for the whole where no position is known.
func (t sqlText) first() Statement { return t.parts[0].st }

// locate finds the statement that holds a span of the text, and the span in that
// statement's cell; false for what stands between the parts.
func (t sqlText) locate(span sqltext.Span) (Statement, sqltext.Span, bool) {
	for _, part := range t.parts {
		if span.Start >= part.start && span.End <= part.start+len(part.st.Text) {
			return part.st, span.Shift(part.st.Span.Start - part.start), true
		}
	}
	return Statement{}, sqltext.Span{}, false
}

// statementSet collects the INSERTs between BEGIN STATEMENT SET and END, which
// then run as one job.
type statementSet struct{ inserts []Statement }

func (s *Session) beginSet() Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set = &statementSet{}
	return Reply{Message: "statement set: add INSERT statements, then END"}
}

// collect takes a statement that stands inside a set; done is false if there is
// no set, or the statement ends it.
func (s *Session) collect(st Statement) (reply Reply, done bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.set == nil && st.Verb == "END":
		return Reply{}, true, fail(st, "END without BEGIN STATEMENT SET", "")
	case s.set == nil || st.Verb == "END":
		return Reply{}, false, nil
	case strings.HasPrefix(st.Verb, "INSERT"):
		s.set.inserts = append(s.set.inserts, st)
		return Reply{Message: fmt.Sprintf("statement %d of the set", len(s.set.inserts))}, true, nil
	}
	return Reply{}, true, fail(st, fmt.Sprintf("%s cannot be part of a statement set", st.Verb), "END; runs the set")
}

func (s *Session) endSet(ctx context.Context, st Statement, mode SubscribeMode) (Reply, error) {
	s.mu.Lock()
	set := s.set
	s.set = nil
	s.mu.Unlock()
	if len(set.inserts) == 0 {
		return Reply{}, fail(st, "the statement set is empty", "")
	}
	sql := sqlText{text: "EXECUTE STATEMENT SET BEGIN\n"}
	for _, insert := range set.inserts {
		sql.add(insert)
		sql.text += ";\n"
	}
	sql.text += "END"
	return s.submit(ctx, st, sql, mode)
}
