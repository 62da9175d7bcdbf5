package repl

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"riffle/session"
	"riffle/session/command"
	"riffle/session/query"
	"riffle/session/sqltext"
)

// magics are what lines that begin with %% say of the statements below them, in a script
// that nbconvert has made of a notebook. Where a cell ended is not to be seen in it. So a
// bound of %%wait holds up to the next such line: a query of a later cell that it is
// not for would not have ended in the notebook either. %%background and %%time hold for
// the cell's first query and for what follows without a blank line, since later rows are
// to be shown. %%name is for the next query, as \name is. %%sql and %%go do nothing.
type magics struct {
	command.Mode
	heading bool // nothing else was carried out since the last of them
	queried bool // a query was
	apart   bool // the next statement is apart from the one before by a blank line
}

// heed takes such a line. It is false for all other statements.
func (m *magics) heed(st session.Statement) (bool, error) {
	next := *m
	if !m.heading {
		next = magics{heading: true}
	}
	heeded, err := next.Heed(st)
	switch {
	case heeded:
		*m = next
	case m.apart && m.queried:
		m.Background, m.Timed = false, false
		fallthrough
	default:
		m.heading = false
	}
	return heeded, err
}

// notebookCell carries out a cell of a notebook, with what its first lines say of it.
func (r *Script) notebookCell(ctx context.Context, cell session.Cell) error {
	r.magics = magics{}
	if _, _, err := command.Begin(cell.Statements()); err != nil {
		return r.passed(ctx, err)
	}
	failed, goesOn := r.failed, r.Options.Continue
	r.Options.Continue = goesOn && !cell.MayFail
	defer func() { r.Options.Continue = goesOn }()
	for _, st := range cell.Statements() {
		err := r.attempt(ctx, st, false)
		if errors.As(err, new(*session.Error)) && cell.MayFail {
			Report(r.Console.err, err)
			r.display.NextName = ""
			return nil
		}
		if err != nil || r.failed > failed {
			return err // the rest of the cell is not run
		}
	}
	r.End()
	return nil
}

// bounded is the bound of a query that ends by itself or not: of the command line, and of %%wait or its setting.
func (r *Script) bounded(bounded bool) (bound, query.Wait) {
	b := r.Options.bound()
	wait, by, ok := r.magics.Wait, "%%wait", r.magics.Bounded
	if !ok {
		by = session.NotebookWaitSetting
		wait, ok = r.Session.NotebookWait()
	}
	if !ok || bounded {
		return b, query.Wait{}
	}
	return b.within(wait, by), wait
}

// mark is after how many changes a query's table is to be shown.
func (r *Script) mark(bounded bool) int64 {
	b, _ := r.bounded(bounded)
	return b.rows
}

// missing says what is missing of the rows that were waited for when the time is over;
// the error is that they were to be there.
func (r *Script) missing(q *query.Query, wait query.Wait, b bound, end outcome) error {
	rows := end.Rows
	if q.Started().Schema == nil {
		rows = end.Written
	}
	short := wait.Short(q, rows)
	switch {
	case end.Limit != b.byTime, short == "":
	case wait.Must:
		return fmt.Errorf("%s: %s", q.ID(), short)
	case end.Unread == nil:
		r.say(q.ID() + ": " + short)
	}
	return nil
}

// ofNotebooks carries out what has an effect in notebooks alone: a table is printed as
// it is now, and the rest is said to have no effect here. It is false for all other
// statements.
func (r *Script) ofNotebooks(st session.Statement) (bool, error) {
	if st.Question() {
		r.say(fmt.Sprintf("%s: notebooks show what is known of it, here \\d NAME and \\help NAME do", st.Text))
		return true, nil
	}
	c, ok := command.Find(st.Verb)
	if st.Class != sqltext.Command || !strings.HasPrefix(st.Text, "%") || !ok || !c.OnlyNotebook(command.Script) {
		return false, nil
	}
	if c.Name == "show" {
		return true, r.showNow(st)
	}
	r.say(fmt.Sprintf("%s has no effect in a script, only in: %s", st.Cell.Text[st.Word.Start:st.Word.End], c.FrontEnds))
	return true, nil
}

// showNow prints the table of a query as it is now.
func (r *Script) showNow(st session.Statement) error {
	q, ok := r.Session.Result(st.Arguments())
	if !ok {
		return session.Fail(st, st.Word, "no query is called "+st.Arguments(), "a query in the background whose table is to be shown needs a name: %%name totals")
	}
	table, ok := q.Table()
	if !ok {
		return session.Fail(st, st.Word, q.ID()+" has no table", "")
	}
	defer table.Release()
	o := r.output()
	o.location = q.Started().Location
	return writeTable(o, table)
}

// took says how long a statement took, where %%time asks for that.
func (r *Script) took(begun time.Time) {
	if r.magics.Timed {
		r.say("took " + time.Since(begun).Round(time.Millisecond).String())
	}
}
