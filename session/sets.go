package session

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"riffle/session/cell"
	"riffle/session/gateway"
	"riffle/session/link"
	"riffle/session/mention"
	"riffle/session/query"
)

const (
	beginSet = "BEGIN STATEMENT SET"
	endSet   = "END"
)

// begin executes BEGIN STATEMENT SET.
func (s *Session) begin(_ context.Context, t task) (Reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set = &statementSet{begin: t.Statement}
	return Reply{Message: "statement set: add INSERT statements, then END"}, nil
}

// OpenSet returns the error of a statement set without END, or nil if no set is open. It is
// for callers that know that no END will follow.
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

// openSet returns the set that is open; nil for none.
func (s *Session) openSet() *statementSet {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.set
}

// inSet reports whether a statement is inside a set. After an END that failed, only an
// INSERT is.
func (s *Session) inSet(st Statement) bool {
	set := s.openSet()
	return set != nil && st.Verb != endSet && (!set.tried || st.Verb == "INSERT" || st.Verb == beginSet)
}

// collect adds a statement to the open set. An INSERT that Flink cannot plan is rejected here,
// where the user typed it, not at END.
func (s *Session) collect(ctx context.Context, t task) (Reply, error) {
	if t.Verb != "INSERT" {
		return Reply{}, cell.Fail(t.Statement, fmt.Sprintf("%s cannot be part of a statement set", t.Verb),
			"END; runs the set, "+mention.Command("cancel set")+" drops it")
	}
	set := s.openSet()
	if err := s.checkInsert(ctx, t.sql); err != nil {
		return Reply{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if set == nil || s.set != set {
		return Reply{}, cell.Fail(t.Statement, "the statement set was dropped while this INSERT was planned", beginSet+" opens another one")
	}
	set.inserts = append(set.inserts, t.sql)
	return Reply{Message: fmt.Sprintf("statement %d of the set", len(set.inserts))}, nil
}

// checkInsert lets Flink plan a statement without running it.
func (s *Session) checkInsert(ctx context.Context, insert cell.SQL) error {
	sql := cell.Generated("EXPLAIN ")
	sql.Add(insert)
	var answer gateway.Answer
	err := s.gateways.Plan(ctx, true, func(g gateway.Gateway) (err error) {
		answer, err = g.Execute(ctx, sql.Text, s.queries.InternalName())
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

// end executes END: the set runs as one job. The set stays open until the job has been
// submitted.
func (s *Session) end(ctx context.Context, t task) (Reply, error) {
	set := s.openSet()
	switch {
	case set == nil:
		return Reply{}, cell.Fail(t.Statement, "END without BEGIN STATEMENT SET", "")
	case len(set.inserts) == 0:
		s.DropSet()
		return Reply{Message: "the statement set is empty: nothing to run"}, nil
	}
	set.tried = true
	t.sql = set.sql()
	u := s.newSubmission(t)
	err := s.gateways.CarryOut(ctx, repeatable(t.Statement), link.Change{
		Apply:  func(ctx context.Context, g gateway.Gateway) error { return s.submit(ctx, g, u) },
		Commit: func() { s.DropSet() },
		SettledLate: func(err error) {
			if err == nil {
				s.runLate(u)
			}
		},
	})
	reply, err := s.answered(ctx, u, err)
	var failed *Error
	if errors.As(err, &failed) {
		kept := t.Cell.Spell("the statement set is kept: END; runs it again, " + mention.Command("cancel set") + " drops it")
		failed.Hint = strings.TrimPrefix(failed.Hint+"\n"+kept, "\n")
	}
	return reply, err
}

// sql returns the statement that runs the set.
func (set *statementSet) sql() cell.SQL {
	sql := cell.Generated("EXECUTE STATEMENT SET BEGIN\n")
	for _, insert := range set.inserts {
		sql.Add(insert)
		sql.Add(cell.Generated(";\n"))
	}
	sql.Add(cell.Generated("END"))
	return sql
}

// runLate lets the job of a statement set run that was submitted although the user interrupted
// END: the job may have written rows and must not be submitted twice.
func (s *Session) runLate(u *submission) {
	u.mode = query.ProgressOnly
	reply, err := s.present(s.ctx, u)
	if err != nil {
		s.config.Notice("the statement set was submitted before END was given up, and was cancelled: " + err.Error())
		return
	}
	reply.Events.Close()
	s.config.Notice(fmt.Sprintf("the statement set was submitted before END was given up, and runs as %s", reply.Query.ID()))
}

// DropSet discards the open statement set and returns the number of its INSERTs. dropped is
// false if no set is open. It does not take the turn, so a set can be discarded while one of
// its INSERTs is being planned.
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
