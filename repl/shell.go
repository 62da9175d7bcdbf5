package repl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"riffle/render"
	"riffle/repl/theme"
	"riffle/session"
	"riffle/session/command"
	"riffle/session/complete"
	"riffle/session/linefile"
	"riffle/session/query"
	"riffle/session/run"
	"riffle/session/sqltext"
)

// Shell is riffle at a terminal with a user.
type Shell struct {
	console    *Console
	session    *session.Session
	options    Options
	interrupts <-chan os.Signal
	editor     editor
	runner     run.Runner
	display    command.Display
	tasks      sync.WaitGroup     // watch jobs in the background
	watches    sync.Map           // *query.Query in the background to the context.CancelFunc of its watch
	warned     bool               // the user was warned that leaving ends running queries
	left       bool               // by quit
	before     *session.Statement // the last statement that was not a command
	file       *os.File           // receives results instead of the terminal; nil for the terminal
	fileFormat string             // of the file's extension; "" for the current format
	repeating  bool               // a statement is being run repeatedly
	demo       *Demo              // typed instead of keys; nil for keys
	booted     atomic.Bool        // Flink has started
}

// NewShell returns a shell. It owns the console until Run has returned.
func NewShell(c *Console, s *session.Session, o Options, interrupts <-chan os.Signal) *Shell {
	shell := &Shell{
		console: c, session: s, options: o, interrupts: interrupts,
		display: command.Display{Formats: formatNames(), Format: o.Format, Timing: !o.Untimed, Pager: cmp.Or(o.Pager, "on"), Keys: keyLines()},
	}
	shell.runner = run.Runner{
		Session: s, Front: shellFront{shell}, Kind: command.Shell, Display: &shell.display, Events: query.Lossless,
		SnapshotAfter: func(b run.Bound) int64 { return shell.options.bound().within(b).rows },
	}
	return shell
}

// Run reads and runs statements until the user leaves or ctx ends. The cells in before run first, as soon as
// Flink has started. A statement that waited for them does not run if one of them fails.
func (s *Shell) Run(ctx context.Context, before []session.Cell) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer s.tasks.Wait()
	defer cancel()
	if s.editor, err = s.openEditor(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.redirect(""), s.editor.close()) }()
	s.tasks.Go(func() { s.reportBoot(ctx) })
	first := s.prepare(ctx, before)
	for ctx.Err() == nil { // no prompt after a signal that ends riffle
		text, err := s.read(ctx)
		switch {
		case errors.Is(err, io.EOF):
			if ctx.Err() != nil || s.mayLeave() {
				return nil
			}
			continue
		case errors.Is(err, run.ErrInterrupted):
			continue
		case err != nil:
			return err
		case strings.TrimSpace(text) == "":
			continue
		}
		s.editor.remember(strings.TrimSpace(text))
		if !s.await(ctx, first) {
			continue
		}
		if left := first.cells; left != nil { // Flink had not started
			first.cells = nil
			if slices.ContainsFunc(left, func(cell session.Cell) bool { return !s.run(ctx, s.runner.Script, cell) }) {
				if s.left {
					return nil
				}
				continue
			}
		}
		if s.run(ctx, s.runner.Typed, s.session.Cell(text)); s.left {
			return nil
		}
	}
	return nil
}

// openEditor returns the best editor that this terminal supports.
func (s *Shell) openEditor(ctx context.Context) (editor, error) {
	if s.console.screen == nil {
		return newPlainEditor(ctx, s.console.in, s.console.out, s.interrupts), nil
	}
	path, err := linefile.StatePath("history")
	if err != nil {
		return nil, err
	}
	h := &history{file: linefile.File{Path: path}, warn: s.console.Notice}
	if s.demo != nil {
		return s.openDemo(h)
	}
	return newTextEditor(s.console, h, completion{s.complete, s.anticipate})
}

// reportBoot reports at once that Flink cannot start, so that nobody types a statement for
// nothing.
func (s *Shell) reportBoot(ctx context.Context) {
	err := s.session.Ready(ctx)
	s.booted.Store(err == nil)
	if err != nil && ctx.Err() == nil {
		s.console.notice(s.console.failed(render.WithoutControls(session.Explain(err))))
	}
}

// prompt returns the prompt of the first line, or the one that shows why the text is
// incomplete.
func (s *Shell) prompt(reason sqltext.Reason) string {
	switch reason {
	case sqltext.Complete:
		return s.console.styled(theme.Prompt, s.place()) + " "
	case sqltext.OpenString:
		return "     '> "
	case sqltext.OpenComment:
		return "     *> "
	case sqltext.OpenSet:
		return "   end> "
	case sqltext.OpenDeclaration:
		return "   ...> "
	}
	return "     -> "
}

// place describes where and how statements run, if that is not the default: riffle>, riffle
// shop batch>, riffle mine.shop>, riffle flink-jobs:8081>.
func (s *Shell) place() string {
	const usualCatalog, usualDatabase = "default_catalog", "default_database"
	place := "riffle"
	if cluster := s.session.Cluster(); cluster != "" {
		place += " " + strings.TrimPrefix(cluster, "http://")
	}
	switch catalog, database := s.session.Place(); {
	case catalog == "" || catalog == usualCatalog && database == usualDatabase:
	case catalog == usualCatalog:
		place += " " + render.WithoutControls(database)
	default:
		place += " " + render.WithoutControls(catalog+"."+database)
	}
	if s.session.Batch() {
		place += " batch"
	}
	return place + ">"
}

// read reads a text of complete statements.
func (s *Shell) read(ctx context.Context) (string, error) {
	if err := s.console.setEditor(s.editor); err != nil {
		return "", err
	}
	defer s.console.setEditor(nil) // only the other way can it fail
	return s.editor.read(ctx, s.prompt)
}

// complete completes a text at the cursor.
func (s *Shell) complete(text string, cursor int) (replaced int, candidates []complete.Candidate) {
	span, candidates := s.session.Complete(text, cursor, command.Entries(command.Shell, &s.display))
	return span.Len(), candidates
}

// anticipate prepares the names that complete may need for a text, and reports whether some of
// them are not available yet.
func (s *Shell) anticipate(text string, cursor int) bool {
	return s.session.Prefetch(text, cursor, command.Entries(command.Shell, &s.display))
}

// mayLeave reports whether the user may leave. The first time it returns false if leaving would
// end running queries.
func (s *Shell) mayLeave() bool {
	var names []string
	enduring := s.session.Enduring()
	for _, q := range s.session.Queries() {
		if !slices.Contains(enduring, q) {
			names = append(names, q.ID())
		}
	}
	open := s.session.OpenSet()
	if len(names) == 0 && open == nil || s.warned {
		return true
	}
	s.warned = true
	if open != nil {
		s.print(render.WithoutControls(session.Explain(open)) + "; quit again to discard it")
	}
	if len(names) == 0 {
		return false
	}
	s.print(fmt.Sprintf("%s still running: quit again to cancel, \\q to list", strings.Join(names, ", ")))
	return false
}

// drainInterrupts drops a Ctrl-C that came too late for the previous statement, or was meant
// for a program that had the terminal.
func (s *Shell) drainInterrupts() {
	// Stop returns when all signals that have arrived so far are in their channels.
	delivered := make(chan os.Signal, 1)
	signal.Notify(delivered, os.Interrupt)
	signal.Stop(delivered)
	select {
	case <-s.interrupts:
	default:
	}
}

func (s *Shell) print(text string) {
	if text != "" {
		fmt.Fprintln(s.console.out, text)
	}
}

// isLong reports whether a text may not fit on the screen.
func (s *Shell) isLong(text string) bool {
	if s.console.screen == nil {
		return false
	}
	_, height := s.console.screen.size()
	return strings.Count(text, "\n")+2 > height
}

// tell prints a text that may be long.
func (s *Shell) tell(ctx context.Context, text string) error {
	if !s.isLong(text) {
		s.print(text)
		return nil
	}
	p := s.paging(ctx)
	if p == nil {
		s.print(text)
		return nil
	}
	p.always = false
	_, _ = fmt.Fprintln(p, text) // it takes all
	return p.show()
}

// done reports that a statement is done.
func (s *Shell) done(message string, took time.Duration) {
	if s.options.Quiet || message == "" {
		return
	}
	message = render.WithoutControls(message)
	if s.display.Timing && took > 0 {
		message += s.console.faint(" (" + render.Elapsed(took) + ")")
	}
	s.print(message)
}

// job waits for a job if table.dml-sync is set; otherwise it leaves the job in the background.
func (s *Shell) job(ctx context.Context, st session.Statement, reply session.Reply, b run.Bound) error {
	q := reply.Query
	if st.Background || !s.session.Synchronous() {
		s.done(reply.Message+` runs in the background: \q to list, \cancel `+q.ID()+" to cancel", reply.Elapsed)
		s.watch(ctx, q, reply.Events)
		return nil
	}
	f := follower{
		query: q, events: reply.Events, front: command.Shell, interrupts: s.interrupts, notice: s.notice, warn: s.print,
		bound: s.options.bound().within(b),
	}
	end, err := f.follow(ctx, &jobDisplay{wait: s.console.status, query: q})
	if err == nil {
		err = f.verdict(st, end, b)
	}
	switch {
	case err != nil:
		return err
	case end.Background:
		s.leaveBehind(ctx, q, f.events)
	default:
		s.done(q.ID()+" "+end.ofJob(), end.Elapsed)
	}
	return nil
}

// notice prints a message about a query.
func (s *Shell) notice(text string) {
	if !s.options.Quiet {
		s.print(text)
	}
}

func (s *Shell) output() output {
	o := output{
		Options: s.options,
		w:       s.out(),
		width:   s.console.width(),
		theme:   s.console.theme(),
		footer:  !s.options.Quiet,
		timing:  s.display.Timing,
		notice:  s.print,
	}
	o.Format = s.display.Format
	if s.file != nil {
		o.width, o.theme, o.footer = 0, theme.Theme{}, false
		o.Format = cmp.Or(s.fileFormat, o.Format)
	}
	return o
}

// query shows a query's rows until it ends.
func (s *Shell) query(ctx context.Context, st session.Statement, reply session.Reply, b run.Bound) error {
	q := reply.Query
	s.session.Keep(q)
	f := follower{
		query: q, events: reply.Events, front: command.Shell, interrupts: s.interrupts, notice: s.notice, warn: s.print,
		bound: s.options.bound().within(b),
	}
	d, err := s.displayOf(ctx, q)
	if err != nil {
		f.events.Close()
		return errors.Join(err, q.Cancel(ctx))
	}
	return s.follow(ctx, st, &f, d, b)
}

// follow shows a query until it ends or the user sends it to the background.
func (s *Shell) follow(ctx context.Context, st session.Statement, f *follower, d display, b run.Bound) error {
	if live, ok := d.(*liveDisplay); ok {
		f.keys, f.hold = s.editor.pressed(), s.editor.hold
		live.keys = f.keys != nil
	}
	end, err := f.follow(ctx, d)
	if err != nil {
		return err
	}
	if end.Background {
		s.leaveBehind(ctx, f.query, f.events)
	}
	switch {
	case end.Interrupted && end.Left: // the user has seen enough of this query
		return nil
	case end.Interrupted:
		return errInterruptedView
	}
	return f.verdict(st, end, b)
}

// show shows a query that runs in the background.
func (s *Shell) show(ctx context.Context, st session.Statement, q *query.Query) error {
	f := follower{query: q, events: q.Subscribe(query.ProgressOnly), front: command.Shell, interrupts: s.interrupts, notice: s.notice, warn: s.print}
	var d display = &jobDisplay{wait: s.console.status, query: q}
	if q.Started().Schema != nil && s.console.screen != nil {
		o := s.output()
		o.location = q.Started().Location
		live, err := newLiveDisplay(o, s.console.screen, q)
		if err != nil {
			f.events.Close()
			return err
		}
		live.paged = func(o output) output { return s.pagedWhole(ctx, o) }
		d = live
	}
	s.endWatch(q)
	return s.follow(ctx, st, &f, d, run.Bound{})
}

// displayOf chooses how a query is shown: as a table that is painted in place if its rows
// change or never end, otherwise as rows when they arrive.
func (s *Shell) displayOf(ctx context.Context, q *query.Query) (display, error) {
	started := q.Started()
	o := s.output()
	o.location = started.Location
	changing := started.Updating() && !o.Changelog
	endless := !started.Bounded && o.Format == "table" && !o.Changelog
	switch {
	case s.console.screen != nil && s.file == nil && (changing || endless):
		d, err := newLiveDisplay(o, s.console.screen, q)
		if err == nil {
			d.paged = func(o output) output { return s.pagedWhole(ctx, o) }
		}
		return d, err
	case changing:
		return &finalDisplay{output: o, query: q, wait: s.console.status}, nil
	}
	if started.Bounded {
		o = s.pagedWhole(ctx, o)
	}
	return newRowsDisplay(o, q, s.console.status)
}
