package session

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"riffle/session/gateway"
	"riffle/session/mention"
	"riffle/session/sqltext"
)

// sqlText is SQL on its way to the gateway, and where its parts come from, so
// that a position in it leads back to what the user wrote.
type sqlText struct {
	text  string
	parts []sqlPart // in order; what lies between two is ours
}

// sqlPart is a piece of the text that comes from a statement.
type sqlPart struct {
	span   sqltext.Span // in the text
	st     *Statement
	source sqltext.Span // in the statement's cell
	// value marks what stands in place of a variable. Its letters are not in the
	// cell, so that each of them leads to the whole of the ${…}.
	value bool
}

func textOf(st Statement) sqlText {
	part := sqlPart{span: sqltext.Span{End: len(st.Text)}, st: &st, source: st.Span}
	return sqlText{text: st.Text, parts: []sqlPart{part}}
}

func (t *sqlText) add(other sqlText) {
	for _, part := range other.parts {
		part.span = part.span.Shift(len(t.text))
		t.parts = append(t.parts, part)
	}
	t.text += other.text
}

// first is the statement that stands for the whole where no position is known.
func (t sqlText) first() Statement { return *t.parts[0].st }

// locate finds the statement that holds a span of the text, and the span in that
// statement's cell; false for what is not from one statement.
func (t sqlText) locate(span sqltext.Span) (Statement, sqltext.Span, bool) {
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

// partAt finds the part with the byte at an offset, or else the one that ends
// there; nil if there is none.
func (t sqlText) partAt(offset int) *sqlPart {
	var ending *sqlPart
	for i := range t.parts {
		part := &t.parts[i]
		switch {
		case part.span.Start <= offset && offset < part.span.End:
			return part
		case offset == part.span.End:
			ending = part
		}
	}
	return ending
}

// fail makes an error at a span of the text.
func (t sqlText) fail(span sqltext.Span, message, hint string) *Error {
	if st, at, ok := t.locate(span); ok {
		return failAt(st, at, message, hint)
	}
	return fail(t.first(), message, hint)
}

// statementSet collects the INSERTs between BEGIN STATEMENT SET and END, which
// then run as one job.
type statementSet struct {
	begin   Statement
	inserts []sqlText
	// tried is set once END has been typed. Should it have failed, other statements
	// are let in to mend what was wrong.
	tried bool
}

const (
	beginSet = "BEGIN STATEMENT SET"
	endSet   = "END"
)

func (s *Session) begin(st Statement) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set = &statementSet{begin: st}
	return Reply{Message: "statement set: add INSERT statements, then END"}
}

// OpenSet is the error of a statement set without END, for whoever knows that none
// will come; nil if no set is open.
func (s *Session) OpenSet() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set == nil {
		return nil
	}
	what := "the statement set is empty"
	switch n := len(s.set.inserts); {
	case n == 1:
		what = "the INSERT of this statement set has not run"
	case n > 1:
		what = fmt.Sprintf("the %d INSERTs of this statement set have not run", n)
	}
	return fail(s.set.begin, "END; is missing: "+what, "END; runs the set")
}

// collect takes a statement that stands inside a set; done is false if there is
// no set, or the statement ends it. An INSERT that Flink cannot plan is refused
// here, where it was written, and not at the END.
func (s *Session) collect(ctx context.Context, st Statement, sql sqlText) (reply Reply, done bool, err error) {
	s.mu.Lock()
	set := s.set
	s.mu.Unlock()
	switch {
	case set == nil && st.Verb == endSet:
		return Reply{}, true, fail(st, "END without BEGIN STATEMENT SET", "")
	case set == nil || st.Verb == endSet || set.tried && st.Verb != "INSERT" && st.Verb != beginSet:
		return Reply{}, false, nil
	case st.Verb != "INSERT":
		return Reply{}, true, fail(st, fmt.Sprintf("%s cannot be part of a statement set", st.Verb),
			"END; runs the set, "+mention.Command("cancel set")+" drops it")
	}
	if err := s.checkInsert(ctx, sql); err != nil {
		return Reply{}, true, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	set.inserts = append(set.inserts, sql)
	return Reply{Message: fmt.Sprintf("statement %d of the set", len(set.inserts))}, true, nil
}

// checkInsert has Flink plan a statement and not run it.
func (s *Session) checkInsert(ctx context.Context, insert sqlText) error {
	sql := sqlText{text: "EXPLAIN "}
	sql.add(insert)
	var answer gateway.Answer
	err := s.planning(ctx, true, func(g gateway.Gateway) (err error) {
		answer, err = g.Execute(ctx, sql.text, s.internalName())
		return err
	})
	if err != nil {
		return s.explainFault(ctx, sql, err)
	}
	releaseAll(answer.Records)
	return nil
}

// end runs the set as one job. The set stays open until its job has been submitted.
func (s *Session) end(ctx context.Context, st Statement, mode SubscribeMode) (Reply, error) {
	s.mu.Lock()
	set := s.set
	s.mu.Unlock()
	if len(set.inserts) == 0 {
		s.DropSet()
		return Reply{Message: "the statement set is empty: nothing to run"}, nil
	}
	sql := sqlText{text: "EXECUTE STATEMENT SET BEGIN\n"}
	for _, insert := range set.inserts {
		sql.add(insert)
		sql.text += ";\n"
	}
	sql.text += "END"
	set.tried = true
	reply, err := s.submit(ctx, st, sql, mode)
	var failed *Error
	if errors.As(err, &failed) {
		kept := mention.Write("the statement set is kept: END; runs it again, "+mention.Command("cancel set")+" drops it", st.Cell.sigil())
		failed.Hint = strings.TrimPrefix(failed.Hint+"\n"+kept, "\n")
	}
	return reply, err
}

// DropSet gives up the open statement set, and tells how many INSERTs it had; false
// if none is open.
func (s *Session) DropSet() (inserts int, dropped bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set == nil {
		return 0, false
	}
	inserts = len(s.set.inserts)
	s.set = nil
	return inserts, true
}
