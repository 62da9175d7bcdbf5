package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"riffle/session/cell"
	"riffle/session/query"
	"riffle/session/sqltext"
	"riffle/session/statement"
)

// Execute runs one statement. It does not run commands, which front ends run themselves. The
// first subscription of a query has the given mode. An error is an *Error or the context's own.
// After an error the session is as it was before.
func (s *Session) Execute(ctx context.Context, st Statement, mode query.Mode) (Reply, error) {
	begun := time.Now()
	defer s.gateways.ExplainWait()()
	release, err := s.gateways.TakeTurn(ctx)
	if err != nil {
		return Reply{}, err
	}
	defer release()
	reply, err := s.dispatch(ctx, st, mode)
	reply.Elapsed = time.Since(begun)
	s.catalog.Planned(err == nil && renames(st))
	s.jarsChanged(st)
	return reply, err
}

// dispatch passes a statement to the executor of its class.
func (s *Session) dispatch(ctx context.Context, st Statement, mode query.Mode) (Reply, error) {
	st, sql, err := st.Expand(s.Variables())
	if err != nil {
		return Reply{}, err
	}
	for _, c := range s.classes() {
		if c.has(st) {
			return c.execute(ctx, task{st, sql, mode})
		}
	}
	return Reply{}, cell.Fail(st, fmt.Sprintf("nothing carries out a statement of %s", st.Class), "")
}

// class is a kind of statement and its executor.
type class struct {
	has     func(Statement) bool
	execute executor
}

// classes lists all kinds of statements. A statement belongs to the first class that accepts
// it. A new kind needs a row here and its executor.
func (s *Session) classes() []class {
	return []class{
		{ofClass(sqltext.Unknown), refuseStray},
		{isBroken, refuseBroken},
		{ofClass(sqltext.Command), refuseCommand},
		{ofClass(sqltext.Go), s.define},
		{s.inSet, s.collect},
		{hasVerb(beginSet), s.begin},
		{hasVerb(endSet), s.end},
		{hasVerb("SET", "RESET"), s.configure},
		{hasVerb("STOP JOB"), s.stopJob},
		{altersNames, s.alter},
		{s.describesGo, s.describeGo},
		{ofClass(sqltext.SQL), s.run},
	}
}

func ofClass(c sqltext.Class) func(Statement) bool {
	return func(st Statement) bool { return st.Class == c }
}

func hasVerb(verbs ...string) func(Statement) bool {
	return func(st Statement) bool { return st.Class == sqltext.SQL && slices.Contains(verbs, st.Verb) }
}

// altersNames reports whether a SQL statement changes the names that other statements can use.
func altersNames(st Statement) bool { return st.Class == sqltext.SQL && renames(st) }

// renames reports whether a statement changes the names that other statements can use.
func renames(st Statement) bool {
	if st.Class == sqltext.Go {
		return true
	}
	// An unknown statement begins with variables, and can become any statement.
	return st.Class == sqltext.Unknown || statement.EffectOf(st.Verb)&statement.Renames != 0
}

func refuseStray(_ context.Context, t task) (Reply, error) {
	return Reply{}, cell.StrayError(t.Statement)
}

func refuseCommand(_ context.Context, t task) (Reply, error) {
	return Reply{}, cell.Fail(t.Statement, fmt.Sprintf("%s is not a statement", t.Verb), "commands work in the shell")
}

// isBroken reports whether a statement has an error that is found without Flink or the Go
// compiler.
func isBroken(st Statement) bool { return errors.As(st.Err, new(*sqltext.Error)) }

func refuseBroken(_ context.Context, t task) (Reply, error) {
	var lexical *sqltext.Error
	errors.As(t.Err, &lexical)
	return Reply{}, cell.FailAt(t.Statement, lexical.Span, lexical.Message, "")
}
