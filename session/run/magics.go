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

// magics is what lines that begin with %% specify for the statements below them.
//
// In a cell, these are the first lines, and they apply to the whole cell.
//
// A script that nbconvert has made from a notebook does not show where a cell ended. So in a
// script, a bound of %%wait applies up to the next such line: without a bound, a query of a
// later cell would not have ended in the notebook either. %%background and %%time apply to the
// cell's first query and to what follows it without a blank line, because later rows have to be
// shown. %%name applies to the next query, as \name does. %%sql and %%go have no effect.
type magics struct {
	command.Mode
	ofCell, inScript bool // the kind of text; both are false for typed text

	// In a script:
	own     bool // they are in the script itself, not in the text that includes it
	heading bool // nothing else has run since the last of them
	queried bool // a query was
	apart   bool // the next statement is apart from the one before by a blank line
}

// forScript returns the magics for a script that begins below these.
func (m magics) forScript() magics {
	m.inScript, m.ofCell, m.own = true, false, false
	return m
}

// apply applies a magic of a script. It returns false for all other statements.
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

// scriptStatement runs a statement of a script.
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

// setNextName gives the next query the name that the magics specify for it.
func (r *Runner) setNextName(m command.Mode) { r.Display.NextName = cmp.Or(m.Name, r.Display.NextName) }

// reportElapsed reports how long something took, if %%time or \timing is on.
func (r *Runner) reportElapsed(begun time.Time) {
	r.Front.Done("took "+time.Since(begun).Round(time.Millisecond).String(), 0)
}

// bound returns how long a query is waited for. One that is bounded ends by itself.
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

// notebookOnly runs a statement that only has an effect in notebooks, in a script that was one.
// It prints a table as it is now, and reports of the others that they have no effect. It
// returns false for all other statements.
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
