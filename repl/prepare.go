package repl

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"riffle/render"
	"riffle/session"
	"riffle/session/command"
	"riffle/session/query"
	"riffle/session/run"
)

// preparation runs the cells of -i, -j and -D in the background of the shell's prompt. They
// begin when Flink has started, their output appears above the line being typed, and the first
// statement waits for them.
type preparation struct {
	cells  []session.Cell // those that have not run; read when done is closed
	failed bool           // likewise
	done   chan struct{}
	giveUp context.CancelFunc
}

// OfConfiguration is the start of the names of cells that come from the user's configuration. In the shell,
// the cells after one that fails still run.
const OfConfiguration = "[flink] of "

// prepare begins the preparation. If Flink does not start, the cells do not run.
func (s *Shell) prepare(shell context.Context, cells []session.Cell) *preparation {
	cells = slices.DeleteFunc(slices.Clone(cells), func(cell session.Cell) bool { return len(cell.Statements()) == 0 })
	p := &preparation{cells: cells, done: make(chan struct{})}
	if len(cells) == 0 {
		close(p.done)
		return p
	}
	var ctx context.Context
	ctx, p.giveUp = context.WithCancel(shell)
	s.tasks.Go(func() {
		defer close(p.done)
		defer p.giveUp()
		if s.session.Ready(ctx) != nil {
			return
		}
		p.cells = nil
		script := s.preparing(shell)
		for _, cell := range cells {
			if !s.prepareCell(ctx, script, cell) && !strings.HasPrefix(cell.Name, OfConfiguration) {
				p.failed = true
				return
			}
		}
	})
	return p
}

// prepareFront prints nothing for statements that succeed, except rows, and that a job runs in
// the background. All of its output appears above the prompt.
type prepareFront struct {
	scriptFront
	notices *notices
	watch   func(*query.Query, *query.Subscription) // reports on a query in the background
}

// preparing creates the runner of the preparation. Its jobs continue with the shell.
func (s *Shell) preparing(shell context.Context) *Script {
	out := &notices{console: s.console}
	o := s.options
	o.Quiet, o.Continue = true, false
	script := NewScript(&Console{out: out, err: out}, s.session, o, nil)
	watch := func(q *query.Query, events *query.Subscription) { s.watch(shell, q, events) }
	script.left = func(q *query.Query, events *query.Subscription) {
		s.console.notice(q.ID() + " runs in the background")
		watch(q, events)
	}
	script.runner.Kind, script.runner.Display = command.Shell, &s.display
	script.runner.Front = prepareFront{scriptFront{script}, out, watch}
	return script
}

func (f prepareFront) Query(ctx context.Context, st session.Statement, reply session.Reply, b run.Bound) error {
	defer f.notices.flush()
	if reply.Query.Started().Schema == nil && !f.Session.Synchronous() {
		f.notices.console.notice(reply.Message + " runs in the background")
		f.watch(reply.Query, reply.Events)
		return nil
	}
	return f.scriptFront.Query(ctx, st, reply, b)
}

func (f prepareFront) Answer(ctx context.Context, st session.Statement, a command.Answer) error {
	defer f.notices.flush()
	if a.Action == command.Quit {
		return session.Fail(st, st.Word, "quit does not work before the prompt", "")
	}
	return f.scriptFront.Answer(ctx, st, a)
}

func (f prepareFront) Warn(text string) {
	defer f.notices.flush()
	f.scriptFront.Warn(text)
}

func (f prepareFront) Print(text string) error {
	defer f.notices.flush()
	return f.scriptFront.Print(text)
}

func (f prepareFront) Failed(err error) {
	defer f.notices.flush()
	f.scriptFront.Failed(err)
}

// prepareCell reports whether all of the cell's statements succeeded.
func (s *Shell) prepareCell(ctx context.Context, script *Script, cell session.Cell) bool {
	begun := time.Now()
	if err := script.Run(ctx, cell); err != nil {
		if ctx.Err() != nil {
			s.console.notice(cell.Name + ": interrupted")
		} else {
			s.console.notice(s.console.failed(render.WithoutControls(session.Explain(err))))
		}
		for _, left := range run.NotRun(err) {
			s.console.notice(s.console.faint(notRun(left)))
		}
		return false
	}
	if isFile := !strings.HasPrefix(cell.Name, "--") && !strings.HasPrefix(cell.Name, OfConfiguration); isFile && !s.options.Quiet {
		s.console.notice(s.console.faint(fmt.Sprintf("%s: %s (%s)", cell.Name, render.Counted(len(cell.Script()), "statement"), render.Elapsed(time.Since(begun)))))
	}
	return true
}

// await waits for the end of the preparation, and reports whether a statement may run. A
// statement that was waiting when the preparation failed may not.
func (s *Shell) await(ctx context.Context, p *preparation) bool {
	select {
	case <-p.done:
		p.failed = false // the user knows about the failure and continues
		return true
	default:
	}
	s.drainInterrupts()
	begun := time.Now()
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		select {
		case <-p.done:
			_ = s.console.status("")
			if p.failed {
				s.print(s.console.faint("not run, because a startup script failed"))
			}
			return !p.failed
		case <-s.interrupts:
			p.giveUp()
			<-p.done
			_ = s.console.status("")
			s.print(run.ErrInterrupted.Error())
			return false
		case <-tick.C:
			what := "startup scripts are running"
			if !s.booted.Load() {
				what = "Flink is starting"
			}
			_ = s.console.status(what + " · " + render.Running(time.Since(begun)) + " · Ctrl-C cancels")
		}
	}
}

// notices is a writer whose lines appear above the prompt.
type notices struct {
	console *Console
	text    bytes.Buffer
}

func (n *notices) Write(p []byte) (int, error) { return n.text.Write(p) }

func (n *notices) flush() {
	if text := strings.TrimSuffix(n.text.String(), "\n"); text != "" {
		n.console.notice(text)
	}
	n.text.Reset()
}
