package repl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"riffle/render"
	"riffle/session"
	"riffle/session/command"
	"riffle/session/query"
	"riffle/session/run"
	"riffle/session/sqltext"
)

// act performs the action that a command needs from the shell.
func (s *Shell) act(ctx context.Context, st session.Statement, a command.Answer) error {
	switch a.Action {
	case command.Show:
		return s.show(ctx, st, a.Query)
	case command.Follow:
		s.print(render.WithoutControls(a.Text))
		s.watch(ctx, a.Query, a.Query.Subscribe(query.ProgressOnly))
	case command.Last:
		return s.again(ctx, a.Query, a.Text)
	case command.Output:
		return s.redirect(a.Text)
	case command.Watch:
		return s.watchAgain(ctx, a.Every)
	case command.History:
		s.listHistory(a.Count)
	case command.Plot:
		return s.plot(ctx, a.Query, a.Chart)
	case command.Edit:
		return s.edit(ctx, a.Text)
	case command.Clear:
		if s.console.screen != nil {
			s.print("\x1b[H\x1b[2J\x1b[1A")
		}
	case command.Quit:
		if s.mayLeave() {
			return run.ErrQuit
		}
	}
	return nil
}

// out returns where results go.
func (s *Shell) out() io.Writer {
	if s.file != nil {
		return s.file
	}
	return s.console.out
}

// redirect sends later results to a file; "" means to the terminal again.
func (s *Shell) redirect(path string) error {
	if before := s.file; before != nil {
		s.file = nil
		if err := before.Close(); err != nil {
			return err
		}
	}
	if path == "" {
		return nil
	}
	format, ok := render.FormatOf(path)
	if ok {
		if err := render.IsText(format); err != nil {
			return err
		}
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	s.file, s.fileFormat = file, format
	return nil
}

// again shows the table of a query that was shown before.
func (s *Shell) again(ctx context.Context, q *query.Query, format string) error {
	table, ok := q.Table()
	if !ok {
		return fmt.Errorf("%s has no table", q.ID())
	}
	defer table.Release()
	o := s.output()
	o.location = q.Started().Location
	if format != "" {
		o.Format = format
	}
	o.Changelog = false
	var remarks []string
	if hidden := table.Stats().Hidden; hidden > 0 {
		remarks = append(remarks, render.Counted(hidden, "more row")+" not kept")
	}
	if q.Started().Job != "" {
		remarks = append(remarks, q.ID())
	}
	return writeTable(s.pagedWhole(ctx, o), table, remarks...)
}

// plot draws a query's table as a chart and updates it in place, until the query ends or the
// user presses a key. The chart stays on the screen.
func (s *Shell) plot(ctx context.Context, q *query.Query, chart command.Chart) error {
	defer q.Subscribe(query.ProgressOnly).Close() // it keeps its table so long, should it end meanwhile
	draw := func() ([]string, error) {
		table, ok := q.Table()
		if !ok {
			return nil, fmt.Errorf("%s has no table", q.ID())
		}
		defer table.Release()
		width, height := 80, 24
		if s.console.screen != nil {
			width, height = s.console.screen.size()
		}
		return chart.Draw(table, q.Started().Location, width-1, min(height-2, 20))
	}
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for on := s.console.screen != nil; on; {
		lines, err := draw()
		if err != nil {
			return err
		}
		if err := s.console.screen.paint(append(lines, s.console.faint(q.ID()+" · any key ends the chart"))); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-q.Done():
			on = false
		case <-s.editor.pressed():
			on = false
		case <-s.interrupts:
			on = false
		case <-ctx.Done():
			on = false
		}
	}
	lines, err := draw()
	if err != nil {
		return err
	}
	if s.console.screen != nil {
		if err := s.console.screen.clear(); err != nil {
			return err
		}
	}
	s.print(strings.Join(lines, "\n"))
	return nil
}

// watchAgain repeats the last statement that was not a command, until Ctrl-C.
func (s *Shell) watchAgain(ctx context.Context, every time.Duration) error {
	if s.before == nil {
		return errors.New("there is no earlier statement to rerun")
	}
	s.repeating = true
	defer func() { s.repeating = false }()
	for {
		s.print(s.console.faint(time.Now().Format(time.TimeOnly) + " · every " + strconv.FormatFloat(every.Seconds(), 'g', -1, 64) + " s · Ctrl-C stops"))
		if err := s.runner.Statement(ctx, *s.before); err != nil {
			return err
		}
		select {
		case <-time.After(every):
		case <-s.interrupts:
			return run.ErrInterrupted
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// edit lets the user change a text in an external editor. The result is at the prompt and runs
// at Enter.
func (s *Shell) edit(ctx context.Context, path string) error {
	if path == "" {
		file, err := os.CreateTemp("", "riffle-*.sql")
		if err != nil {
			return err
		}
		path = file.Name()
		defer os.Remove(path)
		_, err = file.WriteString(s.lastEntry())
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
	}
	program := cmp.Or(os.Getenv("VISUAL"), os.Getenv("EDITOR"), "vi")
	err := s.editor.outside(func() error {
		// The editor's name may be followed by arguments.
		words := append(strings.Fields(program), path)
		cmd := exec.CommandContext(ctx, words[0], words[1:]...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = s.console.in, os.Stdout, os.Stderr
		return cmd.Run()
	})
	if err != nil {
		return fmt.Errorf("%s: %w; set EDITOR to another editor", program, err)
	}
	text, err := os.ReadFile(path)
	if err == nil {
		s.editor.begin(strings.TrimRight(string(text), "\n"))
	}
	return err
}

// lastEntry returns the entry before the command that is running, or the statement in which the
// command was typed.
func (s *Shell) lastEntry() string {
	if text := s.editor.unfinished(); text != "" {
		return text
	}
	entries := s.editor.entries()
	for i := len(entries) - 1; i >= 0; i-- {
		if !opensEditor(entries[i]) {
			return entries[i] + "\n"
		}
	}
	return ""
}

// opensEditor reports whether an entry is the command that opens the editor: \e, but not
// \explain.
func opensEditor(entry string) bool {
	statements := session.Cell{Text: entry}.Statements()
	if len(statements) != 1 || statements[0].Class != sqltext.Command {
		return false
	}
	c, found := command.Find(statements[0].Verb)
	return found && c.Name == "edit"
}

func (s *Shell) listHistory(count int) {
	entries := s.editor.entries()
	for _, entry := range entries[max(0, len(entries)-count):] {
		s.print(render.WithoutControls(strings.TrimSpace(entry)))
	}
}
