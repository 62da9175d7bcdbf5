package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"riffle/session"
	"riffle/session/command"
	"riffle/session/sqltext"
)

// maxIncludes is the maximum depth to which texts may include others.
const maxIncludes = 16

// Typed runs an entry that was typed at a prompt. It has no cell magics, and a blank line does not
// end a statement in it.
func (r *Runner) Typed(ctx context.Context, cell session.Cell) error {
	defer r.enter(magics{})()
	statements := cell.Statements()
	for i, st := range statements {
		if err := r.stop(ctx, r.Statement(ctx, st), len(statements)-i-1); err != nil {
			return err
		}
	}
	return nil
}

// Script runs a script, or a notebook cell that was read as a script.
func (r *Runner) Script(ctx context.Context, cell session.Cell) error {
	if cell.Notebook {
		return r.Cell(ctx, cell)
	}
	defer r.enter(r.magics.forScript())()
	before := 0
	statements := cell.Script()
	for i, st := range statements {
		apart := sqltext.BlankLineBetween(cell.Text, before, st.Span.Start)
		if err := r.next(ctx, st, apart, len(statements)-i-1); err != nil {
			return err
		}
		before = st.End
	}
	return nil
}

// Step runs one statement of a script that the caller splits. apart says that a blank line
// separates it from the statement before. Magics apply up to the next step.
func (r *Runner) Step(ctx context.Context, st session.Statement, apart bool) error {
	r.magics = r.magics.forScript()
	return r.next(ctx, st, apart, 0)
}

// next runs a statement of a script, or the statements that it consists of.
func (r *Runner) next(ctx context.Context, st session.Statement, apart bool, left int) error {
	parts, err := r.parts(ctx, st)
	if err != nil {
		return r.stop(ctx, err, left)
	}
	for i, part := range parts {
		r.magics.apart = apart || i > 0
		if err := r.stop(ctx, r.scriptStatement(ctx, part), left+len(parts)-i-1); err != nil {
			return err
		}
	}
	return nil
}

// parts returns the statements that one statement of a script consists of. If blank lines leave
// open where it ends, Flink's parser decides.
func (r *Runner) parts(ctx context.Context, st session.Statement) (parts []session.Statement, err error) {
	if len(st.Breaks) == 0 {
		return []session.Statement{st}, nil
	}
	err = r.Front.Await(ctx, st, noStatus, func(ctx context.Context) (err error) {
		parts, err = r.Session.Parts(ctx, st)
		return err
	})
	return parts, err
}

// Stream runs the statements of a script as its lines arrive, each as soon as it is complete, up
// to io.EOF.
func (r *Runner) Stream(ctx context.Context, name string, line func(context.Context) (string, error)) error {
	defer r.enter(r.magics.forScript())()
	arriving := lines{cell: session.Cell{Name: name, Line: 1}}
	for {
		text, err := line(ctx)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		atEnd := err != nil
		for _, a := range arriving.add(text, atEnd) {
			if err := r.next(ctx, a.Statement, a.apart, 0); err != nil {
				return err
			}
		}
		if atEnd {
			return context.Cause(ctx)
		}
	}
}

// lines are the lines of a script that arrive one after the other.
type lines struct {
	cell   session.Cell // those that may belong to a statement that is not complete
	done   int          // the number of its statements that were returned
	number int          // of lines
}

// arrived is a complete statement.
type arrived struct {
	session.Statement
	apart bool // a blank line is before it
}

// add adds a line, or the end of the script, and returns the statements that it completes.
func (l *lines) add(text string, atEnd bool) (complete []arrived) {
	l.number++
	if !atEnd {
		l.cell.Text += text + "\n"
	}
	whole, open := wholeStatements(l.cell, atEnd)
	for ; l.done < len(whole); l.done++ {
		before, next := 0, whole[l.done]
		if l.done > 0 {
			before = whole[l.done-1].End
		}
		complete = append(complete, arrived{next, sqltext.BlankLineBetween(l.cell.Text, before, next.Span.Start)})
	}
	if !open && strings.TrimSpace(l.cell.Text) != "" {
		l.cell, l.done = session.Cell{Name: l.cell.Name, Line: l.number + 1}, 0
	}
	return complete
}

// wholeStatements returns the complete statements of a text, which further lines cannot extend,
// and whether the text leaves another one open. At the end of the text none is open.
func wholeStatements(cell session.Cell, atEnd bool) (whole []session.Statement, open bool) {
	open, _ = sqltext.IncompleteScript(cell.Text)
	whole = cell.Script()
	if n := len(whole); n > 0 && whole[n-1].Class == sqltext.Unknown && !whole[n-1].Terminated {
		open = true // misspelled SQL is one mistake, up to where it ends
	}
	open = open && !atEnd
	if n := len(whole); open && n > 0 { // the directives of a declaration alone are no statement yet
		whole = whole[:n-1]
	}
	return whole, open
}

// Cell runs a cell of a notebook according to the magics in its first lines.
func (r *Runner) Cell(ctx context.Context, cell session.Cell) error {
	mode, statements, failed := command.Begin(r.Kind, cell.Statements())
	left := 0
	if failed == nil {
		left, failed = r.cellStatements(ctx, mode, statements)
	}
	if cell.MayFail && errors.As(failed, new(*session.Error)) {
		r.Display.Failure = failed
		r.Front.Failed(failed)
		return nil
	}
	return r.stop(ctx, failed, left)
}

// cellStatements runs a cell's statements below its magics. The first one that fails ends the
// cell, also if it is in a file that the cell includes.
func (r *Runner) cellStatements(ctx context.Context, mode command.Mode, statements []session.Statement) (left int, failed error) {
	defer r.enter(magics{Mode: mode, ofCell: true})()
	defer func(goesOn bool) { r.Continue = goesOn }(r.Continue)
	r.Continue = false
	r.setNextName(mode)
	left, failed = r.each(ctx, statements)
	if failed == nil {
		r.End()
	}
	r.Display.NextName = ""
	return left, failed
}

// each runs the statements of a cell up to the first that fails, and returns how many
// statements follow that one.
func (r *Runner) each(ctx context.Context, statements []session.Statement) (left int, failed error) {
	begun := time.Now()
	defer func() { // \timing may be in the cell
		if r.magics.Timed || r.Display.Timing && r.Kind == command.Notebook {
			r.reportElapsed(begun)
		}
	}()
	for i, st := range statements {
		if err := r.Statement(ctx, st); err != nil {
			return len(statements) - i - 1, err
		}
	}
	return 0, nil
}

// End reports what scripts, or a cell, have left unfinished: a name that was given to no query.
func (r *Runner) End() {
	if name := r.Display.NextName; name != "" {
		where := ""
		if r.magics.ofCell {
			where = " in this cell"
		}
		r.Front.Warn("the name " + name + " was not used: no query follows it" + where)
	}
	r.Display.NextName = ""
}

// include runs a script, or a notebook, in place of the statement that includes it.
func (r *Runner) include(ctx context.Context, path string) error {
	if r.included >= maxIncludes {
		return fmt.Errorf("%s: scripts include each other more than %d deep", path, maxIncludes)
	}
	r.included++
	defer func() { r.included-- }()
	cells, err := session.ReadCells(path)
	if err != nil {
		return err
	}
	for _, cell := range cells {
		if err := r.Script(ctx, cell); err != nil {
			return err
		}
	}
	return nil
}

// enter begins a text with magics of its own. After it, the magics of the including text
// apply again.
func (r *Runner) enter(m magics) (leave func()) {
	around := r.magics
	r.magics = m
	return func() {
		around.queried = around.queried || r.magics.queried
		r.magics = around
	}
}

func noStatus() string { return "" }
