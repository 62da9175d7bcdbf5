package repl

import (
	"context"
	"errors"
	"fmt"
	"time"

	"riffle/render"
	"riffle/session"
	"riffle/session/command"
	"riffle/session/run"
	"riffle/session/sqltext"
)

// shellFront is a Shell as the [run.Front] of its runner.
type shellFront struct{ *Shell }

func (f shellFront) Await(ctx context.Context, st session.Statement, doing func() string, do func(context.Context) error) error {
	if st.Class != sqltext.Command {
		f.warned, f.before = false, &st
	}
	return f.console.await(ctx, f.interrupts, func(d time.Duration) string {
		if st.Class == sqltext.Command {
			return commandStatus(doing(), d)
		}
		what := "Flink is starting"
		switch {
		case st.Class == sqltext.Go:
			what = "compiling"
		case f.booted.Load():
			what = "planning"
		}
		return what + " · " + render.Running(d) + " · Ctrl-C cancels"
	}, do)
}

func (f shellFront) Query(ctx context.Context, st session.Statement, reply session.Reply, b run.Bound) error {
	switch {
	case reply.Query.Started().Schema == nil:
		return f.job(ctx, st, reply, b)
	case st.Background:
		f.leaveBehind(ctx, reply.Query, reply.Events)
		return nil
	}
	return f.query(ctx, st, reply, b)
}

func (f shellFront) Answer(ctx context.Context, st session.Statement, a command.Answer) error {
	if a.Rows != nil {
		o := f.output()
		o.location = a.Location
		o.footer = o.footer && a.Text == "" // the text follows
		if err := writeRecord(f.paged(ctx, o), a.Rows, a.OptionalColumns); err != nil {
			return err
		}
	}
	if a.Action == command.Continue {
		if err := f.tell(ctx, render.WithoutControls(a.Text)); err != nil {
			return err
		}
	}
	return f.act(ctx, st, a)
}

func (f shellFront) Done(message string, took time.Duration) { f.done(message, took) }

func (f shellFront) Note(text string) { f.notice(render.WithoutControls(text)) }

func (f shellFront) Warn(text string) { fmt.Fprintln(f.console.err, render.WithoutControls(text)) }

func (f shellFront) Print(text string) error {
	_, err := fmt.Fprintln(f.out(), render.WithoutControls(text))
	return err
}

func (f shellFront) Failed(err error) { f.fail(err) }

// run runs a text, typed or a script, and reports whether all of its statements succeeded.
func (s *Shell) run(ctx context.Context, carryOut func(context.Context, session.Cell) error, cell session.Cell) bool {
	s.drainInterrupts()
	err := carryOut(ctx, cell)
	switch {
	case err == nil:
		return true
	case errors.Is(err, run.ErrQuit):
		s.left = true
	case ctx.Err() != nil: // a signal ends riffle: where the statement was does not matter
		s.print(context.Cause(ctx).Error())
	default:
		s.fail(err)
	}
	return false
}

// errInterruptedView is run.ErrInterrupted where the display has said so already.
var errInterruptedView = fmt.Errorf("%w in its view", run.ErrInterrupted)

// fail reports the error of a text, and how many of its statements were not run.
func (s *Shell) fail(err error) {
	switch {
	case errors.Is(err, errInterruptedView):
	case errors.Is(err, run.ErrInterrupted):
		s.print(render.WithoutControls(err.Error()))
	default:
		s.print(s.console.failed(render.WithoutControls(session.Explain(err))))
	}
	for _, left := range run.NotRun(err) {
		s.print(s.console.faint(notRun(left)))
	}
}

// notRun reports that the statements after one that failed did not run.
func notRun(left int) string { return render.Counted(left, "statement") + " after it not run" }
