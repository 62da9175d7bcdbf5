package repl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"riffle/render"
	"riffle/session"
	"riffle/session/command"
	"riffle/session/query"
	"riffle/session/sqltext"
)

// preparation carries out the cells that come before all else, -i, -j and -D,
// behind the shell's prompt: they begin when Flink is there, what they say comes
// above the line that is being typed, and the first statement waits for them.
type preparation struct {
	cells  []session.Cell // those left to carry out; read when done is closed
	failed bool           // likewise
	done   chan struct{}
	giveUp context.CancelFunc
}

// OfConfiguration begins the names of cells that the user's configuration makes. In
// the shell one that fails costs no more than itself.
const OfConfiguration = "[flink] of "

// prepare begins the preparation. Where Flink does not come up the cells are
// left.
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
		for _, cell := range cells {
			if !s.prepareCell(ctx, shell, cell) && !strings.HasPrefix(cell.Name, OfConfiguration) {
				p.failed = true
				return
			}
		}
	})
	return p
}

// prepareCell tells whether all of the cell's statements went well. Jobs go on
// with the shell when ctx has ended.
func (s *Shell) prepareCell(ctx, shell context.Context, cell session.Cell) bool {
	begun := time.Now()
	statements := cell.Statements()
	for i, st := range statements {
		err := s.prepareStatement(ctx, shell, st)
		switch {
		case err == nil:
			continue
		case ctx.Err() != nil:
			s.console.notice(cell.Name + ": interrupted")
		default:
			s.console.notice(s.console.failed(render.Harmless(session.Explain(err))))
		}
		if left := len(statements) - i - 1; left > 0 {
			s.console.notice(s.console.faint(render.Counted(left, "statement") + " after it not run"))
		}
		return false
	}
	if isScript := !strings.HasPrefix(cell.Name, "--") && !strings.HasPrefix(cell.Name, OfConfiguration); isScript && !s.options.Quiet {
		s.console.notice(s.console.faint(fmt.Sprintf("%s: %s (%s)", cell.Name, render.Counted(len(statements), "statement"), elapsed(time.Since(begun)))))
	}
	return true
}

// prepareStatement says nothing of what went well, except rows, what a command
// answers, and that a job runs in the background.
func (s *Shell) prepareStatement(ctx, shell context.Context, st session.Statement) error {
	out := &notices{console: s.console}
	defer out.flush()
	script := NewScript(&Console{out: out, err: out}, s.session, s.options, nil)
	script.Options.Quiet = true
	script.display.Format = s.display.Format
	if st.Class == sqltext.Command {
		err := script.commandOf(ctx, st, command.Shell, &s.display)
		if errors.Is(err, ErrQuit) {
			return session.Fail(st, st.Word, "nothing can be quit before it has begun", "")
		}
		return err
	}
	reply, err := plan(ctx, s.session, &s.display, st, script.mark, nil, func(time.Duration) {})
	switch {
	case err != nil:
		return err
	case reply.Query == nil:
		return nil
	case reply.Query.Started().Schema == nil && !s.session.Synchronous():
		s.console.notice(reply.Message + " runs in the background")
		s.tasks.Go(func() { s.watch(shell, st, reply) })
		return nil
	}
	if st.Background {
		reply.Events.Close()
		s.console.notice(reply.Query.ID() + " runs in the background")
		events := reply.Query.Subscribe(query.Told)
		s.tasks.Go(func() { s.watch(shell, st, session.Reply{Query: reply.Query, Events: events}) })
		return nil
	}
	return script.follow(ctx, st, reply)
}

// await waits for the preparation's end, and tells whether a statement may be
// run: not if it was waiting when the preparation failed.
func (s *Shell) await(ctx context.Context, p *preparation) bool {
	select {
	case <-p.done:
		p.failed = false // the user knows, and goes on
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
				s.print(s.console.faint("not run, since what was to come first failed"))
			}
			return !p.failed
		case <-s.interrupts:
			p.giveUp()
			<-p.done
			_ = s.console.status("")
			s.print(ErrInterrupted.Error())
			return false
		case <-tick.C:
			what := "what comes first is under way"
			if !s.booted.Load() {
				what = "Flink is starting"
			}
			_ = s.console.status(what + " · " + running(time.Since(begun)) + " · Ctrl-C gives up")
		}
	}
}

// notices is a writer whose lines come above the prompt.
type notices struct {
	console *Console
	text    bytes.Buffer
}

func (n *notices) Write(p []byte) (int, error) { return n.text.Write(p) }

func (n *notices) flush() {
	if text := strings.TrimSuffix(n.text.String(), "\n"); text != "" {
		n.console.notice(text)
	}
}
