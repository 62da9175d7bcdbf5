package session

import (
	"context"
	"errors"

	"riffle/session/gateway"
	"riffle/session/journal"
	"riffle/session/link"
	"riffle/session/statement"
)

// run executes SQL that does not change the session: a query, an INSERT, SHOW.
func (s *Session) run(ctx context.Context, t task) (Reply, error) {
	u := s.newSubmission(t)
	err := s.gateways.Plan(ctx, repeatable(t.Statement), func(g gateway.Gateway) error { return s.submit(ctx, g, u) })
	return s.answered(ctx, u, err)
}

// alter executes SQL that changes what statements can name.
func (s *Session) alter(ctx context.Context, t task) (Reply, error) {
	u := s.newSubmission(t)
	err := s.gateways.CarryOut(ctx, repeatable(t.Statement), link.Change{
		Apply: func(ctx context.Context, g gateway.Gateway) error { return s.submit(ctx, g, u) },
		SettledLate: func(error) {
			s.jarsChanged(t.Statement)
			s.cancelGivenUp(u)
		},
	})
	return s.answered(ctx, u, err)
}

// submit executes a submission on a gateway.
func (s *Session) submit(ctx context.Context, g gateway.Gateway, u *submission) (err error) {
	u.gateway = g
	u.answer, err = g.Execute(ctx, u.sql.Text, u.name)
	if u.answer.Journal != "" { // it has its effect, whatever is wrong with the answer
		s.journal.Add(journal.Entry{SQL: u.answer.Journal, Position: u.Cell.Position(u.Span.Start), Function: u.answer.Function})
	}
	return err
}

// answered returns the reply to a submission; err is the error of its execution. A submission
// that was given up may still write its answer.
func (s *Session) answered(ctx context.Context, u *submission, err error) (Reply, error) {
	if mayRun(err) || err == nil && (u.answer.Query != nil || u.answer.Job != "" || len(u.answer.Jobs) > 0) {
		s.queries.UseNumber()
	}
	s.forgetNames(u.Statement) // in any case: a statement that failed or was given up may have had its effect
	if err != nil {
		return Reply{}, s.explainFault(ctx, u.sql, err)
	}
	if u.answer.Undeclared != "" {
		return s.undeclare(ctx, u.task, u.answer.Undeclared)
	}
	return s.present(ctx, u)
}

// mayRun reports whether a statement may run in Flink, under the name that it was given,
// although it returned an error: it may unless Flink rejected it.
func mayRun(err error) bool {
	var fault *gateway.Fault
	return err != nil && !errors.As(err, &fault)
}

// repeatable reports whether a statement may run again when it is not known whether it ran. It
// may not if it starts a job that writes, or changes what outlives the session.
func repeatable(st Statement) bool {
	if st.Verb == "CREATE TABLE" && st.Lexed().Has("SELECT") {
		return false // it writes rows
	}
	return statement.EffectOf(st.Verb)&statement.Repeatable != 0
}

// cancelGivenUp releases the answer to a statement whose caller gave up. Its rows are not
// shown, and its job, if any, is cancelled.
func (s *Session) cancelGivenUp(u *submission) {
	for _, record := range u.answer.Records {
		record.Release()
	}
	if u.answer.Job == "" {
		return
	}
	if err := u.gateway.CancelJob(s.ctx, u.answer.Job); err != nil {
		s.config.Log.Warn("a job whose statement was given up goes on", "job", u.answer.Job, "error", err)
	}
}
