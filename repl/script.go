package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"riffle/render"
	"riffle/session"
	"riffle/session/command"
	"riffle/session/query"
	"riffle/session/run"
)

// Script runs texts without a person: files, the text of -e, a pipe. Rows go to standard output, everything
// else to standard error.
type Script struct {
	Console    *Console
	Session    *session.Session
	Options    Options
	Interrupts <-chan os.Signal // Ctrl-C

	runner run.Runner
	// left sends a query to the background and takes over its events.
	left   func(*query.Query, *query.Subscription)
	behind []behind // the queries in the background
}

// NewScript returns a runner of scripts.
func NewScript(c *Console, s *session.Session, o Options, interrupts <-chan os.Signal) *Script {
	r := &Script{Console: c, Session: s, Options: o, Interrupts: interrupts}
	r.left = r.leaveBehind
	r.runner = run.Runner{
		Session: s, Front: scriptFront{r}, Kind: command.Script, Events: query.Lossless, Continue: o.Continue,
		Display:       &command.Display{Formats: formatNames(), Format: o.Format},
		SnapshotAfter: func(b run.Bound) int64 { return r.Options.bound().within(b).rows },
	}
	return r
}

// Prepare runs the cells that come before the scripts. It prints nothing for statements that succeed, and stops
// at the first one that fails.
func (r *Script) Prepare(ctx context.Context, cells []session.Cell) error {
	quiet := r.Options.Quiet
	r.Options.Quiet, r.runner.Continue = true, false
	defer func() { r.Options.Quiet, r.runner.Continue = quiet, r.Options.Continue }()
	for _, cell := range cells {
		if err := r.runner.Script(ctx, cell); err != nil {
			return err
		}
	}
	return nil
}

// Run runs a script, or a cell of a notebook. Its errors are for [Report], run.ErrInterrupted or run.ErrQuit.
func (r *Script) Run(ctx context.Context, cell session.Cell) error { return r.runner.Script(ctx, cell) }

// RunStream runs statements as they are read, each as soon as it is complete, up to the end of the input.
func (r *Script) RunStream(ctx context.Context, in io.Reader, name string) error {
	lines := newPlainEditor(ctx, in, nil, r.Interrupts)
	return r.runner.Stream(ctx, name, func(ctx context.Context) (string, error) { return lines.readLine(ctx, "") })
}

// End reports what scripts have left unfinished, and what failed in the background.
func (r *Script) End() {
	r.runner.End()
	r.hearBehind()
}

// Failed returns the number of statements that have failed without ending their script.
func (r *Script) Failed() int { return r.runner.Failed() }

// Format returns the format in which results are shown: that of the options, unless a script has changed it.
func (r *Script) Format() string { return r.runner.Display.Format }

// say prints a text that is not a row.
func (r *Script) say(message string) {
	if message != "" && !r.Options.Quiet {
		fmt.Fprintln(r.Console.err, render.WithoutControls(message))
	}
}

// warn reports a problem with a result, also to a user who has asked for rows and errors only.
func (r *Script) warn(message string) { fmt.Fprintln(r.Console.err, render.WithoutControls(message)) }

func (r *Script) output() output {
	o := output{
		Options: r.Options,
		w:       r.Console.out,
		width:   r.Console.width(),
		theme:   r.Console.theme(),
		footer:  r.Console.outIsTerminal && !r.Options.Quiet,
		timing:  !r.Options.Untimed,
		notice:  r.say,
	}
	o.Format = r.Format()
	return o
}

// follow shows a query's rows, or waits for its job, to the end.
func (r *Script) follow(ctx context.Context, st session.Statement, reply session.Reply, b run.Bound) error {
	q := reply.Query
	if r.Options.Detach && slices.Contains(r.Session.Enduring(), q) {
		r.left(q, reply.Events)
		return nil
	}
	d, err := r.displayOf(q)
	if err != nil {
		reply.Events.Close()
		return errors.Join(err, q.Cancel(ctx))
	}
	if q.Started().Schema != nil {
		r.Session.Keep(q)
	}
	f := follower{
		query: q, events: reply.Events, front: command.Script, interrupts: r.Interrupts, notice: r.say, warn: r.warn,
		bound: r.Options.bound().within(b),
	}
	end, err := f.follow(ctx, d)
	if err == nil {
		err = f.verdict(st, end, b)
	}
	switch {
	case err != nil:
		return err
	case r.Options.Strict && len(f.doubts) > 0:
		return fmt.Errorf("strict: %s", f.doubts[len(f.doubts)-1])
	case end.Background:
		r.left(q, f.events)
	case q.Started().Schema == nil:
		r.say(fmt.Sprintf("%s %s (%s)", q.ID(), end.ofJob(), render.Elapsed(end.Elapsed)))
	}
	return nil
}

func (r *Script) displayOf(q *query.Query) (display, error) {
	started := q.Started()
	if started.Schema == nil {
		return &jobDisplay{wait: r.Console.status, query: q}, nil
	}
	o := r.output()
	o.location = started.Location
	if started.Updating() && !o.Changelog {
		return &finalDisplay{output: o, query: q, wait: r.Console.status}, nil
	}
	return newRowsDisplay(o, q, r.Console.status)
}

// showLast prints the table of a query as it is now.
func (r *Script) showLast(q *query.Query) error {
	table, ok := q.Table()
	if !ok {
		return fmt.Errorf("%s has no table", q.ID())
	}
	defer table.Release()
	o := r.output()
	o.location = q.Started().Location
	return writeTable(o, table)
}

// Report prints an error for people.
func Report(w io.Writer, err error) {
	fmt.Fprintln(w, render.WithoutControls(session.Explain(err)))
}
