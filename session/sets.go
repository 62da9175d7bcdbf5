package session

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"riffle/session/cell"
	"riffle/session/gateway"
	"riffle/session/mention"
	"riffle/session/query"
)

// statementSet collects the INSERTs between BEGIN STATEMENT SET and END, which
// then run as one job.
type statementSet struct {
	begin   Statement
	inserts []cell.SQL
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
	return cell.Fail(s.set.begin, "END; is missing: "+what, "END; runs the set")
}

// collect takes a statement that stands inside a set; done is false if there is
// no set, or the statement ends it. An INSERT that Flink cannot plan is refused
// here, where it was written, and not at the END.
func (s *Session) collect(ctx context.Context, st Statement, sql cell.SQL) (reply Reply, done bool, err error) {
	s.mu.Lock()
	set := s.set
	s.mu.Unlock()
	switch {
	case set == nil && st.Verb == endSet:
		return Reply{}, true, cell.Fail(st, "END without BEGIN STATEMENT SET", "")
	case set == nil || st.Verb == endSet || set.tried && st.Verb != "INSERT" && st.Verb != beginSet:
		return Reply{}, false, nil
	case st.Verb != "INSERT":
		return Reply{}, true, cell.Fail(st, fmt.Sprintf("%s cannot be part of a statement set", st.Verb),
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
func (s *Session) checkInsert(ctx context.Context, insert cell.SQL) error {
	sql := cell.Ours("EXPLAIN ")
	sql.Add(insert)
	var answer gateway.Answer
	err := s.gateways.Plan(ctx, true, func(g gateway.Gateway) (err error) {
		answer, err = g.Execute(ctx, sql.Text, s.internalName())
		return err
	})
	if err != nil {
		return s.explainFault(ctx, sql, err)
	}
	for _, r := range answer.Records {
		r.Release()
	}
	return nil
}

// end runs the set as one job. The set stays open until its job has been submitted.
func (s *Session) end(ctx context.Context, st Statement, mode query.Mode) (Reply, error) {
	s.mu.Lock()
	set := s.set
	s.mu.Unlock()
	if len(set.inserts) == 0 {
		s.DropSet()
		return Reply{Message: "the statement set is empty: nothing to run"}, nil
	}
	sql := cell.Ours("EXECUTE STATEMENT SET BEGIN\n")
	for _, insert := range set.inserts {
		sql.Add(insert)
		sql.Add(cell.Ours(";\n"))
	}
	sql.Add(cell.Ours("END"))
	set.tried = true
	reply, err := s.submit(ctx, st, sql, mode)
	var failed *Error
	if errors.As(err, &failed) {
		kept := st.Cell.Spell("the statement set is kept: END; runs it again, " + mention.Command("cancel set") + " drops it")
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
