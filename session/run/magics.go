package run

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"riffle/session"
	"riffle/session/command"
	"riffle/session/sqltext"
)

// magics are what lines that begin with %% say of the statements below them.
//
// In a cell these are its first lines, and hold for all of it.
//
// A script that nbconvert has made of a notebook does not show where a cell ended. So there
// a bound of %%wait holds up to the next such line: a query of a later cell that it is
// not for would not have ended in the notebook either. %%background and %%time hold for
// the cell's first query and for what follows without a blank line, since later rows are
// to be shown. %%name is for the next query, as \name is. %%sql and %%go do nothing.
type magics struct {
	command.Mode
	ofCell, inScript bool // the kind of text; neither for what was typed

	// Of a script:
	own     bool // they were said in it, and not around it
	heading bool // nothing else was carried out since the last of them
	queried bool // a query was
	apart   bool // the next statement is apart from the one before by a blank line
}

// forScript are the magics with which a script begins that is run below these.
func (m magics) forScript() magics {
	m.inScript, m.ofCell, m.own = true, false, false
	return m
}

// apply takes such a line of a script. It is false for all other statements.
func (m *magics) apply(st session.Statement) (bool, error) {
	next := *m
	if !m.heading {
		next = magics{inScript: true, own: true, heading: true}
	}
	applied, err := next.Apply(st)
	switch {
	case applied:
		*m = next
	case m.own && m.apart && m.queried:
		m.Background, m.Timed = false, false
		fallthrough
	default:
		m.heading = false
	}
	return applied, err
}

// scriptStatement carries out a statement of a script.
func (r *Runner) scriptStatement(ctx context.Context, st session.Statement) error {
	if applied, err := r.magics.apply(st); applied {
		r.setNextName(r.magics.Mode)
		return err
	}
	if r.magics.Timed {
		defer r.reportElapsed(time.Now())
	}
	return r.Statement(ctx, st)
}

// setNextName gives the next query the name that magics have for it.
func (r *Runner) setNextName(m command.Mode) { r.Display.NextName = cmp.Or(m.Name, r.Display.NextName) }

// reportElapsed says how long something took, where %%time or \timing asks for that.
func (r *Runner) reportElapsed(begun time.Time) {
	r.Front.Done("took "+time.Since(begun).Round(time.Millisecond).String(), 0)
}

// bound is how long a query is waited for. One that is bounded ends by itself.
func (r *Runner) bound(bounded bool) Bound {
	if bounded || !r.magics.ofCell && !r.magics.inScript {
		return Bound{}
	}
	if r.magics.Bounded {
		return Bound{r.magics.Wait, "%%wait"}
	}
	if wait, ok := r.Session.NotebookWait(); ok {
		return Bound{wait, session.NotebookWaitSetting}
	}
	return Bound{}
}

// notebookOnly carries out what has an effect in notebooks alone, in a script that was one:
// a table is printed as it is now, and the rest is said to have no effect. It is false for
// all other statements.
func (r *Runner) notebookOnly(ctx context.Context, st session.Statement) (bool, error) {
	if r.Kind == command.Notebook || !r.magics.ofCell && !r.magics.inScript {
		return false, nil
	}
	if st.Question() {
		r.Front.Note(fmt.Sprintf("%s: works in notebooks only; use \\d NAME or \\help NAME", st.Text))
		return true, nil
	}
	c, ok := command.Find(st.Verb)
	if st.Class != sqltext.Command || !strings.HasPrefix(st.Text, "%") || !ok || !c.OnlyNotebook(r.Kind) {
		return false, nil
	}
	if c.Name == "show" {
		return true, r.showNow(ctx, st)
	}
	r.Front.Note(fmt.Sprintf("%s has no effect in a script, only in: %s", st.Cell.Text[st.Word.Start:st.Word.End], c.FrontEnds))
	return true, nil
}

// showNow shows the table of a query as it is now.
func (r *Runner) showNow(ctx context.Context, st session.Statement) error {
	q, ok := r.Session.Result(st.Arguments())
	if !ok {
		return session.Fail(st, st.Word, "no query is called "+st.Arguments(), "to show the table of a background query, give it a name: %%name totals")
	}
	return placed(st, r.Front.Answer(ctx, st, command.Answer{Action: command.Last, Query: q}))
}
