package kernel

import (
	"context"
	"fmt"
	"time"

	"riffle/render"
	"riffle/session"
	"riffle/session/command"
	"riffle/session/query"
	"riffle/session/run"
)

// cellFront is a cell as the [run.Front] of its runner.
type cellFront struct{ *cell }

// Await only calls do. The cell's context ends when a client interrupts it.
func (c cellFront) Await(ctx context.Context, _ session.Statement, _ func() string, do func(context.Context) error) error {
	return do(ctx)
}

func (c cellFront) Query(ctx context.Context, st session.Statement, reply session.Reply, b run.Bound) error {
	c.bound = b
	return c.query(ctx, st, reply)
}

func (c cellFront) Done(message string, _ time.Duration) {
	c.out.print("stdout", render.WithoutControls(message))
}

func (c cellFront) Note(text string) { c.out.print("stderr", render.WithoutControls(text)) }

func (c cellFront) Warn(text string) { c.out.warn(text) }

func (c cellFront) Print(text string) error {
	c.out.line("stdout", render.WithoutControls(text))
	return nil
}

func (c cellFront) Failed(err error) { c.Warn(session.Explain(err)) }

func (c cellFront) Answer(ctx context.Context, st session.Statement, a command.Answer) error {
	if a.Rows != nil {
		c.result(drawRecord(a.Rows, a.Location).bundle)
	}
	switch a.Action {
	case command.Continue, command.Follow:
		switch text := render.WithoutControls(a.Text); {
		case text == "":
		case a.Rows != nil: // which are the result
			c.out.print("stdout", text)
		default:
			c.result(object{"text/plain": text})
		}
	case command.Clear:
		c.out.publish("", "clear_output", object{"wait": false})
	case command.Inspect:
		return c.page(ctx, st.Cell, a.Text)
	case command.Show:
		c.show(a.Query)
	case command.Share:
		return c.share(a.Query, a.Text)
	case command.Plot:
		c.plot(a.Query, a.Chart)
	default:
		return session.Fail(st, st.Word, sigil+st.Verb+" does not work here", "")
	}
	return nil
}

// show shows a query that runs below this cell, too.
func (c *cell) show(q *query.Query) {
	if q.Started().Schema == nil {
		c.result(object{"text/plain": q.ID() + " has no rows: %queries shows its progress"})
		return
	}
	c.showLive(c.displayOf(q, c.out))
}

// showLive shows a display below this cell, where it is then updated. Below a silent cell it is
// neither shown nor updated.
func (c *cell) showLive(d *display) {
	d.show(c.out)
	if d.isShown() {
		c.painter.add(d)
	}
}

// page shows the help for a name where the client shows help.
func (c *cell) page(ctx context.Context, at session.Cell, name string) error {
	bundle, found := c.describe(ctx, name, true)
	if !found {
		message := fmt.Sprintf("no help for %s", name)
		if statements := at.Statements(); len(statements) > 0 {
			return session.Fail(statements[0], statements[0].Span, message, "%d lists tables and views, %df lists functions, and %help lists commands")
		}
		return fmt.Errorf("%s", message)
	}
	c.payload = append(c.payload, object{"source": "page", "data": bundle, "start": 0})
	return nil
}
