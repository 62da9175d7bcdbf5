package repl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"riffle/render"
	"riffle/session"
	"riffle/session/command"
	"riffle/session/query"
	"riffle/session/sqltext"
)

// Script runs cells without a person: files, the text of -e, a pipe. Rows go to
// standard output, all else to standard error. A statement that fails is the
// last.
type Script struct {
	Console    *Console
	Session    *session.Session
	Options    Options
	Interrupts <-chan os.Signal // Ctrl-C

	display  command.Display
	magics   magics
	included int // how deep scripts include each other
	failed   int // statements
}

// NewScript makes a runner of scripts.
func NewScript(c *Console, s *session.Session, o Options, interrupts <-chan os.Signal) *Script {
	return &Script{
		Console: c, Session: s, Options: o, Interrupts: interrupts,
		display: command.Display{Formats: formatNames(), Format: o.Format},
	}
}

// Run carries out a cell's statements. Its errors are for [Report], ErrInterrupted
// or ErrQuit.
func (r *Script) Run(ctx context.Context, cell session.Cell) error {
	if cell.Notebook {
		return r.notebookCell(ctx, cell)
	}
	before := 0
	for _, st := range cell.Script() {
		if err := r.attempt(ctx, st, sqltext.Apart(cell.Text, before, st.Span.Start)); err != nil {
			return err
		}
		before = st.End
	}
	return nil
}

// attempt carries out what a statement of a script consists of. It may be apart from
// the one before by a blank line.
func (r *Script) attempt(ctx context.Context, st session.Statement, apart bool) error {
	parts, err := r.Session.Parts(ctx, st)
	if err != nil {
		return r.passed(ctx, err)
	}
	r.magics.apart = apart
	for _, part := range parts {
		if err := r.passed(ctx, r.statement(ctx, part)); err != nil {
			return err
		}
		r.magics.apart = true
	}
	return nil
}

// End says what a script, or a notebook's cell, has left undone: that a name was given to
// no query.
func (r *Script) End() {
	if name := r.display.NextName; name != "" {
		r.warn("nothing is called " + name + ": no query came behind it")
	}
	r.display.NextName = ""
}

// passed is the error of a statement that is the script's last. With Options.Continue
// that of one that failed is reported and counted.
func (r *Script) passed(ctx context.Context, err error) error {
	if err == nil || !r.Options.Continue || ctx.Err() != nil || errors.Is(err, ErrQuit) || errors.Is(err, ErrInterrupted) {
		return err
	}
	Report(r.Console.err, err)
	r.display.NextName = "" // it was for the statement that failed
	r.failed++
	return nil
}

// Failed is how many statements have failed without being the last.
func (r *Script) Failed() int { return r.failed }

// RunStream carries out statements as they are read, each as soon as it is whole,
// up to the end of the input.
func (r *Script) RunStream(ctx context.Context, in io.Reader, name string) error {
	lines := newPlainEditor(ctx, in, nil, r.Interrupts)
	cell := session.Cell{Name: name, Line: 1}
	done := 0 // of its statements
	for number := 1; ; number++ {
		line, err := lines.readLine(ctx, "")
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		atEnd := err != nil
		if !atEnd {
			cell.Text += line + "\n"
		}
		open, _ := sqltext.IncompleteScript(cell.Text)
		statements := cell.Script()
		if n := len(statements); n > 0 && statements[n-1].Class == sqltext.Unknown && !statements[n-1].Terminated {
			open = true // misspelled SQL is one mistake, up to where it ends
		}
		if open = open && !atEnd; open {
			statements = statements[:len(statements)-1]
		}
		for ; done < len(statements); done++ {
			before, next := 0, statements[done]
			if done > 0 {
				before = statements[done-1].End
			}
			if err := r.attempt(ctx, next, sqltext.Apart(cell.Text, before, next.Span.Start)); err != nil {
				return err
			}
		}
		if atEnd {
			return context.Cause(ctx)
		}
		if !open && strings.TrimSpace(cell.Text) != "" {
			cell, done = session.Cell{Name: name, Line: number + 1}, 0
		}
	}
}

func (r *Script) statement(ctx context.Context, st session.Statement) error {
	if heeded, err := r.magics.heed(st); heeded {
		r.display.NextName = cmp.Or(r.magics.Name, r.display.NextName)
		return err
	}
	defer r.took(time.Now())
	if done, err := r.ofNotebooks(st); done {
		return err
	}
	if st.Class == sqltext.Command {
		return r.command(ctx, st)
	}
	if err := command.Stray(command.Script, st); err != nil {
		return err
	}
	reply, err := plan(ctx, r.Session, &r.display, st, r.mark, r.Interrupts, func(d time.Duration) {
		_ = r.Console.status("waiting for Flink · " + running(d))
	})
	if cleared := r.Console.status(""); err == nil {
		err = cleared
	}
	if err != nil {
		return err
	}
	r.say(reply.Note)
	if reply.Query != nil && reply.Query.Started().Job != "" {
		r.magics.queried = true
		st.Background = st.Background || r.magics.Background
	}
	if reply.Query != nil && st.Background {
		reply.Events.Close()
		r.sayLeft(reply.Query)
		return nil
	}
	if reply.Query != nil {
		return r.follow(ctx, st, reply)
	}
	r.say(reply.Message)
	return nil
}

// sayLeft says that a query goes on.
func (r *Script) sayLeft(q *query.Query) {
	r.say(q.ID() + " runs in the background until the script ends")
}

// say tells what is not a row.
func (r *Script) say(message string) {
	if message != "" && !r.Options.Quiet {
		fmt.Fprintln(r.Console.err, render.Harmless(message))
	}
}

// warn tells what is wrong with a result, also to who wants to hear nothing but
// rows and errors.
func (r *Script) warn(message string) { fmt.Fprintln(r.Console.err, render.Harmless(message)) }

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
	o.Format = r.display.Format
	return o
}

// follow shows a query's rows, or waits for its job, to the end.
func (r *Script) follow(ctx context.Context, st session.Statement, reply session.Reply) error {
	d, err := r.displayOf(reply.Query)
	if err != nil {
		reply.Events.Close()
		return errors.Join(err, reply.Query.Cancel(ctx))
	}
	if reply.Query.Started().Schema != nil {
		r.Session.Keep(reply.Query)
	}
	within, wait := r.bounded(reply.Query.Started().Bounded)
	f := follower{
		query: reply.Query, events: reply.Events, interrupts: r.Interrupts, notice: r.say, warn: r.warn, bound: within,
	}
	end, err := f.follow(ctx, d)
	if err == nil {
		err = end.problem(reply.Query.ID())
	}
	if err == nil {
		err = end.unread(reply.Query.ID(), r.say)
	}
	if err == nil {
		err = r.missing(reply.Query, wait, within, end)
	}
	if err == nil && r.Options.Strict && len(f.doubts) > 0 {
		err = fmt.Errorf("strict: %s", f.doubts[len(f.doubts)-1])
	}
	if err != nil {
		return located(st, err)
	}
	if end.Background {
		r.sayLeft(reply.Query)
	} else if reply.Query.Started().Schema == nil {
		r.say(fmt.Sprintf("%s %s (%s)", reply.Query.ID(), end.ofJob(), elapsed(end.Elapsed)))
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

// located gives an error the place of its statement, unless it has one.
func located(st session.Statement, err error) error {
	var failed *session.Error
	var pathError *os.PathError
	if errors.As(err, &failed) || errors.As(err, &pathError) || errors.Is(err, ErrInterrupted) {
		return err
	}
	e := session.Fail(st, st.Word, err.Error(), "")
	e.Err = err
	return e
}

func (r *Script) command(ctx context.Context, st session.Statement) error {
	return r.commandOf(ctx, st, command.Script, &r.display)
}

// commandOf carries out a command for a front end.
func (r *Script) commandOf(ctx context.Context, st session.Statement, f command.FrontEnd, d *command.Display) error {
	env := command.Env{Session: r.Session, FrontEnd: f, Display: d}
	answer, err := runCommand(ctx, r.Console, env, st, r.Interrupts)
	if err != nil {
		return err
	}
	if answer.Rows != nil {
		defer answer.Rows.Release()
		if err := writeRecord(r.output(), answer.Rows, answer.Spare); err != nil {
			return err
		}
	}
	switch answer.Action {
	case command.Quit:
		return ErrQuit
	case command.Echo:
		_, err := fmt.Fprintln(r.Console.out, render.Harmless(answer.Text))
		return err
	case command.Warn:
		r.warn(answer.Text)
	case command.Include:
		return ofCommand(st, r.include(ctx, answer.Text))
	case command.Continue:
		r.say(answer.Text)
	default:
		return session.Fail(st, st.Word, fmt.Sprintf(`\%s does not work before the prompt`, st.Verb), "")
	}
	return nil
}

// ofCommand gives the error of what a front end does for a command the command's
// place, unless it is the error of something in there.
func ofCommand(st session.Statement, err error) error {
	var failed *session.Error
	var known reported
	if err == nil || errors.As(err, &failed) || errors.As(err, &known) || errors.Is(err, ErrQuit) || errors.Is(err, ErrInterrupted) {
		return err
	}
	e := session.Fail(st, st.Word, err.Error(), "")
	e.Err = err
	return e
}

// include runs another script.
func (r *Script) include(ctx context.Context, path string) error {
	if r.included++; r.included > deepest {
		r.included--
		return fmt.Errorf("%s: scripts include each other more than %d deep", path, deepest)
	}
	defer func() { r.included-- }()
	cells, err := session.ReadCells(path)
	if err != nil {
		return err
	}
	for _, cell := range cells {
		if err := r.Run(ctx, cell); err != nil {
			return err
		}
	}
	return nil
}

// Report prints an error for people.
func Report(w io.Writer, err error) {
	fmt.Fprintln(w, render.Harmless(session.Explain(err)))
}
