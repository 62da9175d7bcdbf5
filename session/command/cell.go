package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"riffle/render"
	"riffle/session"
	"riffle/session/query"
	"riffle/session/sqltext"
)

// Mode says how a notebook's cell runs, according to the magics in its first lines.
type Mode struct {
	Only       sqltext.Class // the required class of all its statements; Unknown for any
	Background bool          // the cell does not wait for queries
	Timed      bool          // the cell shows how long it took
	Wait       query.Wait
	Bounded    bool   // Wait was given
	HasMagics  bool   // the cell has magics
	Name       string // of its first query; "" if it has only its number

	waiting string // the magic that sets how to wait for queries
}

// magic is the meaning of a command in the first lines of a cell.
type magic func(m *Mode, st session.Statement) error

// Begin reads the magics in a cell's first lines, each on a line of its own, and returns the statements
// after them. It checks these statements, too, so none of them runs if it returns an error.
func Begin(f FrontEnd, statements []session.Statement) (Mode, []session.Statement, error) {
	var m Mode
	for len(statements) > 0 {
		heeded, err := m.Apply(statements[0])
		if err != nil {
			return m, nil, err
		}
		if !heeded {
			break
		}
		statements = statements[1:]
	}
	for _, st := range statements {
		if err := m.check(f, st); err != nil {
			return m, nil, err
		}
	}
	return m, statements, nil
}

// check returns an error if a statement cannot stand below the cell's magics.
func (m *Mode) check(f FrontEnd, st session.Statement) error {
	if c, ok := magicOf(st); ok {
		return session.Fail(st, st.Word, "%%"+c.Name+" works only in the first lines of a cell", "move it above the first statement")
	}
	switch {
	case m.Only == sqltext.Unknown, st.Class == m.Only:
		return nil
	case st.Class == sqltext.Unknown:
		return cmp.Or(Stray(f, st), session.StrayError(st))
	}
	marked := marks[m.Only]
	return session.Fail(st, st.Word, fmt.Sprintf("%s does not start a %s, which this cell is marked as", typed(st), marked.meaning),
		"remove the "+marked.magic+" line: a cell can contain SQL, Go and commands")
}

// Apply applies a statement if it is a cell magic. Otherwise applied is false.
func (m *Mode) Apply(st session.Statement) (applied bool, err error) {
	c, ok := magicOf(st)
	if !ok {
		return false, nil
	}
	m.HasMagics = true
	return true, c.magic(m, st)
}

// marks has the classes that a cell can be marked as: the magic, and the class in messages.
var marks = map[sqltext.Class]struct{ magic, meaning string }{
	sqltext.SQL: {"%%sql", "SQL statement"},
	sqltext.Go:  {"%%go", "Go declaration"},
}

// magicOf finds the command of a statement that is a magic of its cell.
func magicOf(st session.Statement) (Command, bool) {
	if st.Class != sqltext.Command || !strings.HasPrefix(st.Text, "%%") {
		return Command{}, false
	}
	c, ok := Find(st.Verb)
	return c, ok && c.magic != nil
}

// only marks a cell as containing one language.
func only(class sqltext.Class) magic {
	return withoutArguments(func(m *Mode, st session.Statement) error {
		if m.Only != sqltext.Unknown && m.Only != class {
			return session.Fail(st, st.Word, "a cell cannot be marked as SQL and as Go", "remove one of the two lines")
		}
		m.Only = class
		return nil
	})
}

// withoutArguments returns a magic that accepts no arguments.
func withoutArguments(set func(*Mode, session.Statement) error) magic {
	return func(m *Mode, st session.Statement) error {
		if st.Arguments() != "" {
			return session.Fail(st, argumentsOf(st), typed(st)+" takes no argument", "write the statements in the lines below it")
		}
		return set(m, st)
	}
}

func background(m *Mode, st session.Statement) error {
	m.Background = true
	return m.setWaiting(st)
}

func timed(m *Mode, _ session.Statement) error {
	m.Timed = true
	return nil
}

func boundedWait(m *Mode, st session.Statement) error {
	at := argumentsOf(st)
	wait, err := query.ParseWait(st.Arguments())
	switch {
	case err != nil:
		return session.Fail(st, err.Span.Shift(at.Start), err.Message, "")
	case wait.Rows == 0 && wait.For == 0:
		return session.Fail(st, st.Word, "%%wait needs a limit", "for example %%wait rows=100 for=10s")
	}
	m.Wait, m.Bounded = wait, true
	return m.setWaiting(st)
}

// setWaiting records the magic that sets how to wait for queries. A cell can have only one.
func (m *Mode) setWaiting(st session.Statement) error {
	if m.waiting != "" && m.waiting != st.Verb {
		return session.Fail(st, st.Word, fmt.Sprintf("%%%%%s cannot be combined with %%%%%s", st.Verb, m.waiting),
			"%%wait … then=background waits and then leaves the query running")
	}
	m.waiting = st.Verb
	return nil
}

// wait waits for a query that runs in the background.
func wait(ctx context.Context, env *Env, args []string) (Answer, error) {
	if len(args) == 0 {
		return waitForAll(ctx, env.Session)
	}
	id, options, among := args[0], strings.Join(args[1:], " "), ""
	if strings.Contains(id, "=") {
		options = strings.Join(args, " ")
		var err error
		if id, among, err = newest(env.Session); err != nil {
			return Answer{}, err
		}
	}
	w, bad := query.ParseWait(options)
	if bad != nil {
		return Answer{}, &argumentError{word: options[bad.Span.Start:bad.Span.End], message: bad.Message}
	}
	q, runs := env.Session.Query(id)
	if !runs {
		end, known := env.Session.Outcome(id)
		if !known {
			return Answer{}, noQuery(id)
		}
		return waited(id, w, &end)
	}
	limited := ctx
	if w.For > 0 {
		var done context.CancelFunc
		limited, done = context.WithTimeout(ctx, w.For)
		defer done()
	}
	end, err := q.Await(limited, w.Rows)
	switch {
	case ctx.Err() != nil:
		return Answer{}, ctx.Err()
	case end != nil:
		return waited(id, w, end)
	}
	answer, err := afterWait(ctx, q, w, err != nil)
	if w.Then == query.CancelIt {
		if err := q.Cancel(ctx); err != nil {
			return Answer{}, fmt.Errorf("cancel %s: %w", id, err)
		}
	}
	return Answer{Text: id + among + answer}, err
}

// newest returns the query that \wait waits for by default, the last one that was started, and
// the text that mentions the others.
func newest(s *session.Session) (id, among string, err error) {
	running := s.Queries()
	if len(running) == 0 {
		return "", "", errors.New("no running queries")
	}
	id = running[len(running)-1].ID()
	if len(running) == 1 {
		return id, "", nil
	}
	var names []string
	for _, q := range running {
		names = append(names, q.ID())
	}
	return id, " (the last of " + strings.Join(names, ", ") + ")", nil
}

// afterWait returns the text that follows the name of a query that continues after the wait:
// either the time is over, or the rows have arrived.
func afterWait(ctx context.Context, q *query.Query, w query.Wait, timeIsOver bool) (string, error) {
	n := q.Count(ctx)
	if timeIsOver && n == 0 {
		if unread := q.Unread(ctx); unread != nil && unread.Failed {
			reason := q.ID() + ": " + unread.Reason
			if unread.Hint != "" {
				reason += "; " + unread.Hint
			}
			return "", errors.New(reason)
		} else if unread != nil && !w.FailIfShort {
			return ": " + unread.Reason, nil
		}
		n = q.Count(ctx)
	}
	if short := w.Shortfall(q, n); timeIsOver && short != "" {
		if w.FailIfShort {
			return "", fmt.Errorf("%s: %s", q.ID(), short)
		}
		return ": " + short, nil
	}
	received := " has received "
	if q.Started().Schema == nil {
		received = " has written "
	}
	return received + render.Counted(n, "row"), nil
}

// waitForAll waits for all running queries that end by themselves.
func waitForAll(ctx context.Context, s *session.Session) (Answer, error) {
	var failed, streaming []string
	for _, q := range s.Queries() {
		if !q.Started().Bounded {
			streaming = append(streaming, q.ID())
			continue
		}
		end, err := q.Await(ctx, 0)
		if err != nil {
			return Answer{}, err
		}
		if _, err := waited(q.ID(), query.Wait{}, end); err != nil {
			failed = append(failed, err.Error())
		}
	}
	if len(failed) > 0 {
		return Answer{}, errors.New(strings.Join(failed, "; "))
	}
	if len(streaming) > 0 {
		return Answer{Text: strings.Join(streaming, ", ") + " is streaming and continues"}, nil
	}
	return Answer{}, nil
}

// endings describes the ways in which queries end without failing.
var endings = map[query.EndState]string{query.Finished: "has finished", query.Cancelled: "was cancelled"}

// waited returns the answer for a query that has ended.
func waited(id string, w query.Wait, end *query.Ended) (Answer, error) {
	if end.Err != nil {
		var failed *session.Error
		if errors.As(end.Err, &failed) { // its own message has the place
			return Answer{}, fmt.Errorf("%s has failed: %s", id, failed.Message)
		}
		return Answer{}, fmt.Errorf("%s has failed: %w", id, end.Err)
	}
	switch {
	case w.FailIfShort && end.Writes:
		return Answer{}, fmt.Errorf("%s %s, and Flink does not report the number of rows that an ended INSERT has written", id, endings[end.State])
	case w.FailIfShort && end.Rows < w.Rows:
		return Answer{}, fmt.Errorf("%s %s with %d of %d rows", id, endings[end.State], end.Rows, w.Rows)
	case end.Writes:
		return Answer{Text: id + " " + endings[end.State]}, nil
	}
	return Answer{Text: fmt.Sprintf("%s %s with %s", id, endings[end.State], render.Counted(end.Rows, "row"))}, nil
}
