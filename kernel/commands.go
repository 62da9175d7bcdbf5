package kernel

import (
	"context"
	"fmt"

	"riffle/render"
	"riffle/session"
	"riffle/session/command"
	"riffle/session/query"
)

// command carries out a statement that is a command.
func (c *cell) command(ctx context.Context, st session.Statement) error {
	env := command.Env{Session: c.session, FrontEnd: command.Notebook, Display: &c.shown, Ask: c.asker()}
	answer, err := command.Run(ctx, &env, st)
	if err != nil {
		return err
	}
	if answer.Rows != nil {
		defer answer.Rows.Release()
		c.result(drawRecord(answer.Rows).bundle)
	}
	switch answer.Action {
	case command.Continue:
		if answer.Text != "" {
			c.result(object{"text/plain": render.Harmless(answer.Text)})
		}
	case command.Echo:
		c.out.print("stdout", echoed(answer.Text))
	case command.Warn:
		c.out.print("stderr", echoed(answer.Text))
	case command.Clear:
		c.out.publish("", "clear_output", object{"wait": false})
	case command.Inspect:
		return c.page(ctx, st.Cell, answer.Text)
	case command.Show:
		c.show(answer.Query)
	case command.Share:
		return c.share(answer.Query, answer.Text)
	case command.Plot:
		c.plot(answer.Query, answer.Chart)
	default:
		return session.Fail(st, st.Word, sigil+st.Verb+" does not work here", "")
	}
	return nil
}

// echoed is a line, if only an empty one.
func echoed(text string) string {
	if text == "" {
		return "\n"
	}
	return render.Harmless(text)
}

// show shows a query that runs below this cell, too.
func (c *cell) show(q *query.Query) {
	if q.Started().Schema == nil {
		c.result(object{"text/plain": q.ID() + " has no rows to show: %queries tells how it does"})
		return
	}
	d := c.displayOf(q, c.out)
	d.show(c.out)
	c.painter.add(d)
}

// page shows what is known of a name where the client shows help.
func (c *cell) page(ctx context.Context, at session.Cell, name string) error {
	bundle, found := c.describe(ctx, name, true)
	if !found {
		message := fmt.Sprintf("nothing is known of %s", name)
		if statements := at.Statements(); len(statements) > 0 {
			return session.Fail(statements[0], statements[0].Span, message, "%d lists tables and views, %df functions, %help commands")
		}
		return fmt.Errorf("%s", message)
	}
	c.payload = append(c.payload, object{"source": "page", "data": bundle, "start": 0})
	return nil
}
