package repl

import (
	"context"
	"fmt"
	"time"

	"riffle/render"
	"riffle/session"
	"riffle/session/command"
	"riffle/session/query"
	"riffle/session/run"
	"riffle/session/sqltext"
)

// scriptFront is a Script as the [run.Front] of its runner.
type scriptFront struct{ *Script }

func (f scriptFront) Await(ctx context.Context, st session.Statement, doing func() string, do func(context.Context) error) error {
	f.hearBehind()
	return f.Console.await(ctx, f.Interrupts, func(d time.Duration) string {
		if st.Class == sqltext.Command {
			return commandStatus(doing(), d)
		}
		return "waiting for Flink · " + render.Running(d)
	}, do)
}

func (f scriptFront) Query(ctx context.Context, st session.Statement, reply session.Reply, b run.Bound) error {
	if st.Background {
		f.left(reply.Query, reply.Events)
		return nil
	}
	return f.follow(ctx, st, reply, b)
}

func (f scriptFront) Answer(_ context.Context, st session.Statement, a command.Answer) error {
	if a.Rows != nil {
		o := f.output()
		o.location = a.Location
		o.footer = o.footer && a.Text == "" // the text follows
		if err := writeRecord(o, a.Rows, a.OptionalColumns); err != nil {
			return err
		}
	}
	switch a.Action {
	case command.Quit:
		return run.ErrQuit
	case command.Last:
		return f.showLast(a.Query)
	case command.Follow:
		f.say(a.Text)
		f.behind = append(f.behind, behind{a.Query, a.Query.Subscribe(query.ProgressOnly)})
		return nil
	case command.Continue:
		f.say(a.Text)
		return nil
	}
	return session.Fail(st, st.Word, fmt.Sprintf(`\%s does not work before the prompt`, st.Verb), "")
}

func (f scriptFront) Done(message string, _ time.Duration) { f.say(message) }

func (f scriptFront) Note(text string) { f.say(text) }

func (f scriptFront) Warn(text string) { f.warn(text) }

func (f scriptFront) Print(text string) error {
	_, err := fmt.Fprintln(f.Console.out, render.WithoutControls(text))
	return err
}

func (f scriptFront) Failed(err error) { Report(f.Console.err, err) }
