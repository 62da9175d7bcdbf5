package run

import (
	"context"
	"errors"
	"os"
	"sync/atomic"

	"riffle/session"
	"riffle/session/command"
	"riffle/session/sqltext"
)

// Statement runs one statement.
func (r *Runner) Statement(ctx context.Context, st session.Statement) error {
	if done, err := r.notebookOnly(ctx, st); done {
		return err
	}
	if st.Class == sqltext.Command {
		return r.command(ctx, st)
	}
	if err := command.Stray(r.Kind, st); err != nil {
		return err
	}
	reply, done, err := r.execute(ctx, st)
	r.Front.Note(reply.Note)
	r.Display.Refused = err != nil
	if reply.Query == nil && done { // though the user may have given it up just then
		r.Front.Done(reply.Message, reply.Elapsed)
	}
	if err != nil || reply.Query == nil {
		return err
	}
	r.Display.Named(reply)
	if reply.Query.Started().Job != "" {
		r.magics.queried = true
		st.Background = st.Background || r.magics.Background
	}
	err = r.Front.Query(ctx, st, reply, r.bound(reply.Query.Started().Bounded))
	if errors.As(err, new(*os.PathError)) {
		return err // rows could not be written, which is not the statement's fault
	}
	return placed(st, err)
}

// execute passes a statement to the session, and reports whether it ran. A query that has
// begun when the user interrupts the statement is cancelled.
func (r *Runner) execute(ctx context.Context, st session.Statement) (reply session.Reply, done bool, err error) {
	if r.SnapshotAfter != nil {
		st.SnapshotAfter.Bounded = r.SnapshotAfter(r.bound(true))
		st.SnapshotAfter.Unbounded = r.SnapshotAfter(r.bound(false))
	}
	err = r.Front.Await(ctx, st, noStatus, func(ctx context.Context) (err error) {
		reply, err = r.Session.Execute(ctx, r.Display.Naming(st), r.Events)
		done = err == nil
		return err
	})
	if err != nil && reply.Query != nil {
		reply.Events.Close()
		_ = reply.Query.Cancel(ctx)
		reply.Query, done = nil, false
	}
	return reply, done, err
}

// command runs a command.
func (r *Runner) command(ctx context.Context, st session.Statement) error {
	var doing atomic.Value
	doing.Store("")
	env := command.Env{
		Session: r.Session, FrontEnd: r.Kind, Display: r.Display, Ask: r.Ask,
		SetStatus: func(what string) { doing.Store(what) },
	}
	var answer command.Answer
	done := false
	err := r.Front.Await(ctx, st, func() string { return doing.Load().(string) }, func(ctx context.Context) (err error) {
		answer, err = command.Run(ctx, &env, st)
		done = err == nil
		return err
	})
	if answer.Rows != nil {
		defer answer.Rows.Release()
	}
	if answer.Printed != "" {
		r.Front.Done(answer.Printed, 0)
	}
	if err != nil && done && answer.Action == command.Continue { // the user has given it up just then
		r.Front.Done(answer.Text, 0)
	}
	if err != nil {
		return err
	}
	switch answer.Action {
	case command.Include:
		err = r.include(ctx, answer.Text)
	case command.Echo:
		err = r.Front.Print(answer.Text)
	case command.Warn:
		r.Front.Warn(answer.Text)
	default:
		answer.Text = st.Cell.Spell(answer.Text)
		err = r.Front.Answer(ctx, st, answer)
	}
	return placed(st, err)
}
