package kernel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/render"
	"riffle/session"
	"riffle/session/command"
	"riffle/session/query"
	"riffle/session/run"
)

const (
	// showAfter is how long a query that ends by itself may run before its table is shown as it
	// grows: most are done by then and shown once.
	showAfter = time.Second
	// cancelWithin is how long a query may take to end when it is cancelled.
	cancelWithin = 5 * time.Second
)

// query shows what runs: a table, a text, or a job without rows.
func (c *cell) query(ctx context.Context, st session.Statement, reply session.Reply) error {
	q := reply.Query
	hasRows := q.Started().Schema != nil
	if hasRows {
		c.session.Keep(q)
	}
	if st.Background || !hasRows && !c.session.Synchronous() {
		return c.leave(q, reply)
	}
	if q.Started().Text {
		defer reply.Events.Close()
		return c.text(ctx, q, reply.Events)
	}
	show := c.table
	if !hasRows {
		show = c.job
	}
	stopped, err := show(ctx, q, reply.Events)
	if err != nil {
		return err
	}
	return c.missing(st, stopped)
}

// job waits for one without rows.
func (c *cell) job(ctx context.Context, q *query.Query, events *query.Subscription) (*stop, error) {
	end, stopped, err := c.follow(ctx, q, events)
	if stopped.left() {
		c.sayLeft(q, q.ID())
		c.watch(q, events, nil)
		return stopped, nil
	}
	events.Close()
	if err == nil {
		c.out.print("stdout", q.ID()+" "+cmp.Or(stopped.state(end), end.State.String()))
	}
	return stopped, err
}

// table shows a table until its query ends, or is waited for no longer.
func (c *cell) table(ctx context.Context, q *query.Query, events *query.Subscription) (*stop, error) {
	d := c.displayOf(q, c.out)
	d.setForeground(true)
	show := func() {
		if d.showFirst(c.out) {
			c.painter.add(d)
		}
	}
	var first *time.Timer
	if q.Started().Bounded {
		first = time.AfterFunc(showAfter, show)
	} else {
		show()
	}
	end, stopped, err := c.follow(ctx, q, events)
	if stopped.left() {
		d.setForeground(false)
		c.watch(q, events, d)
		return stopped, nil
	}
	defer events.Close()
	defer c.forget(d)
	defer c.painter.remove(d)
	if first != nil {
		first.Stop()
	}
	if end == nil { // it has not ended
		return nil, err
	}
	switch c.endDisplays(q, stopped.state(end)); {
	case d.isShown():
		d.paint()
	case end.State != query.Failed: // otherwise the error is enough
		d.show(c.out)
	}
	return stopped, err
}

// follow waits for the end of a query, which an interrupt causes, or for the bound of the wait.
// The returned end is nil if the query has not ended.
func (c *cell) follow(ctx context.Context, q *query.Query, events *query.Subscription) (*query.Ended, *stop, error) {
	limited, enough := c.limit(ctx, q)
	defer enough()
	end, err := hear(limited, q, events, c.out)
	var stopped *stop
	switch {
	case ctx.Err() != nil && !errors.Is(context.Cause(ctx), run.ErrInterrupted):
		return nil, nil, context.Cause(ctx) // the session ends, and all of its jobs
	case ctx.Err() != nil:
		end, err = c.cancelAndWait(ctx, q, events, run.ErrInterrupted)
		if err == nil {
			err = run.ErrInterrupted
		}
		return end, nil, err
	case err != nil && errors.As(context.Cause(limited), &stopped):
		if stopped.left() {
			return nil, stopped, nil
		}
		if end, err = c.cancelAndWait(ctx, q, events, stopped); end != nil && end.State == query.Failed {
			err = end.Err
		}
		return end, stopped, err
	case err == nil && end.State == query.Failed:
		err = end.Err
	case err == nil && end.State == query.Cancelled:
		err = fmt.Errorf("%s was cancelled", q.ID())
	}
	return end, nil, err
}

// cancelAndWait ends a query, and waits for that.
func (c *cell) cancelAndWait(ctx context.Context, q *query.Query, events *query.Subscription, why error) (*query.Ended, error) {
	late, giveUp := context.WithTimeout(context.WithoutCancel(ctx), cancelWithin)
	defer giveUp()
	if err := q.Cancel(late); err != nil {
		return nil, fmt.Errorf("%w, but %s could not be cancelled: %w", why, q.ID(), err)
	}
	end, err := hear(late, q, events, c.out)
	if err != nil {
		return nil, fmt.Errorf("%w: %s is still being cancelled; %%queries shows whether it still runs", why, q.ID())
	}
	return end, nil
}

// hear shows the messages of a query below a cell, up to its end.
func hear(ctx context.Context, q *query.Query, events *query.Subscription, o *output) (*query.Ended, error) {
	for {
		e, err := events.Next(ctx)
		if err != nil {
			if err == io.EOF {
				err = errors.New(q.ID() + ": its events ended early")
			}
			return nil, err
		}
		said := command.EventText(command.Notebook, q.ID(), e)
		switch e := e.(type) {
		case query.Printed:
			o.line("stdout", said)
		case query.Notice:
			o.print("stderr", said)
		case query.FailedRows, query.Failing:
			o.warn(said)
		case query.Restarted:
			if said != "" {
				o.print("stderr", said)
			}
		case query.Ended:
			return &e, nil
		}
	}
}

// text shows a result that is one text of several lines.
func (c *cell) text(ctx context.Context, q *query.Query, events *query.Subscription) error {
	if _, _, err := c.follow(ctx, q, events); err != nil {
		return err
	}
	table, ok := q.Table()
	if !ok {
		return fmt.Errorf("%s has no text", q.ID())
	}
	defer table.Release()
	rec, err := table.Record()
	if err != nil {
		return err
	}
	defer rec.Release()
	c.result(object{"text/plain": textOf(rec)})
	return nil
}

func textOf(rec arrow.Record) string {
	var lines []string
	for i := range int(rec.NumRows()) {
		lines = append(lines, render.WithoutControls(strings.TrimRight(rec.Column(0).ValueStr(i), "\n")))
	}
	return strings.Join(lines, "\n")
}

// result shows the result of a cell.
func (c *cell) result(bundle object) {
	c.out.publish("", "execute_result", object{"data": bundle, "metadata": object{}, "execution_count": c.executionCount})
}

// leave leaves a query running in the background. Its messages and its end appear below its own
// cell.
func (c *cell) leave(q *query.Query, reply session.Reply) error {
	var d *display
	if q.Started().Schema == nil {
		c.sayLeft(q, render.WithoutControls(reply.Message))
	} else {
		d = c.displayOf(q, c.out)
		c.showLive(d)
	}
	c.watch(q, reply.Events, d)
	return nil
}

// sayLeft reports that something runs in the background.
func (c *cell) sayLeft(q *query.Query, what string) {
	c.out.print("stdout", fmt.Sprintf("%s runs in the background: %%queries lists it, %%cancel %s ends it", what, q.ID()))
}

// watch follows a query in the background until it or the kernel ends.
func (c *cell) watch(q *query.Query, events *query.Subscription, d *display) {
	k, out := c.Kernel, c.out
	k.tasks.Go(func() {
		defer events.Close()
		end, err := hear(k.serving, q, events, out)
		if err != nil {
			return // the kernel ends
		}
		if d != nil {
			k.endDisplays(q, "") // the painter sends it
		} else {
			out.print("stdout", q.ID()+" "+end.State.String())
		}
		if end.Err != nil {
			out.warn(session.Explain(end.Err))
		}
	})
}
