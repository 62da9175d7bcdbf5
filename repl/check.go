package repl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"regexp"
	"slices"
	"strings"

	"riffle/render"
	"riffle/session"
	"riffle/session/command"
	"riffle/session/run"
	"riffle/session/sqltext"
)

// recordMark begins a line of a script that contains recorded output of the statements above
// it. To SQL it is a comment.
const recordMark = "-->"

// Check runs a script and compares its output, that is rows, messages and errors, with the output recorded in
// it. So a demo is a test. Rows of a query without ORDER BY may be in another order. A script continues after a
// statement that fails, because the error may be what the script demonstrates.
//
// A case has to succeed, whatever is recorded. If a script has cases and no recorded output, its other statements must
// not fail, and their output does not matter.
type Check struct {
	Session    *session.Session
	Options    Options
	Interrupts <-chan os.Signal
}

// Checked is the result of a check.
type Checked struct {
	Statements int
	Cases      int // calls with an expected result: \try Grade(95) = 'A'
	// OnlyCases says that the script has cases and no recorded output, with which nothing is compared then.
	OnlyCases   bool
	Failed      []error // of the cases, and with OnlyCases of any statement; for [Report]
	Differences []Difference
	Text        string // the script with its current output recorded in it
}

// Difference is a place where a script's output differs from the recorded output.
type Difference struct {
	Line      int // of the last statement of that output, from 1
	Want, Got string
}

// Run checks a script. It returns an error if it was interrupted, or if a part of the script cannot run at all
// and so cannot be recorded either: see [script.lostTail], and a statement set without END.
func (c Check) Run(ctx context.Context, file session.Cell) (Checked, error) {
	s := readScript(file.Text)
	r := newRehearsal(c, s)
	plain := session.Cell{Text: s.plain, Name: file.Name}
	var opened session.Statement // a statement set
	left := false                // by quit
	for st, err := range c.parts(ctx, plain) {
		if err != nil {
			return Checked{Statements: r.statements}, err
		}
		wasOpen := c.Session.OpenSet() != nil
		if left, err = r.step(ctx, st); err != nil {
			return Checked{Statements: r.statements}, err
		}
		if left {
			break
		}
		if !wasOpen {
			opened = st
		}
	}
	r.end()
	found := Checked{Statements: r.statements, Cases: r.cases, OnlyCases: r.onlyCases(), Failed: r.failed()}
	if err := s.lostTail(plain); err != nil && !left {
		return found, err
	}
	if err := c.Session.OpenSet(); err != nil {
		return found, s.inFile(opened, opened.Word, err)
	}
	found.Text, found.Differences = s.record(r.said), r.differences()
	return found, nil
}

// failure is a statement that has failed.
type failure struct {
	err    error
	isCase bool
}

// rehearsal runs the statements of a script and keeps their output.
type rehearsal struct {
	script     script
	runner     *Script
	out        bytes.Buffer   // of the current statement
	said       map[int]string // the output, by line of the script without its records
	ordered    map[int]bool   // whether the output has an order
	statements int
	cases      int
	failures   []failure
	lastEnd    int // of the statement before
	lastLine   int
}

func newRehearsal(c Check, s script) *rehearsal {
	r := &rehearsal{script: s, said: map[int]string{}, ordered: map[int]bool{}}
	c.Options.Continue = false // step does
	r.runner = NewScript(&Console{out: &r.out, err: &r.out}, c.Session, c.Options, c.Interrupts)
	return r
}

// step runs a statement. quit says that it ends the script, and so does err, which is an interrupt. Any
// other error is output.
func (r *rehearsal) step(ctx context.Context, st session.Statement) (quit bool, err error) {
	plain := r.script.plain
	r.statements++
	r.out.Reset()
	// This is a cell of its own, so positions in errors do not move when a record grows.
	end := endOf(st)
	cell := session.Cell{Text: plain[st.Span.Start:end], Name: fmt.Sprintf("statement %d", r.statements)}
	alone := cell.Script()[0]
	err = r.runner.runner.Step(ctx, alone, sqltext.BlankLineBetween(plain, r.lastEnd, st.Span.Start))
	r.lastEnd = end
	quit = errors.Is(err, run.ErrQuit)
	line := strings.Count(strings.TrimRight(plain[:end], "\n"), "\n")
	if command.IsCase(alone) {
		r.cases++
	}
	switch {
	case errors.Is(err, run.ErrInterrupted), ctx.Err() != nil:
		return false, errors.Join(err, context.Cause(ctx))
	case errors.As(err, new(*command.FailedCase)):
		r.failures = append(r.failures, failure{r.script.placed(st, alone, err), true})
	case err != nil && !quit:
		r.failures = append(r.failures, failure{r.script.placed(st, alone, err), false})
		Report(&r.out, err)
	}
	r.said[line] += stable(r.out.String())
	r.ordered[line] = r.ordered[line] || isOrdered(alone.Lexed())
	r.lastLine = line
	return quit, nil
}

// end ends the script, which may still have output.
func (r *rehearsal) end() {
	r.out.Reset()
	r.runner.End()
	r.said[r.lastLine] += r.out.String()
}

// onlyCases reports whether the script has cases and no recorded output.
func (r *rehearsal) onlyCases() bool { return r.cases > 0 && len(r.script.records) == 0 }

// failed returns the errors that are not output.
func (r *rehearsal) failed() []error {
	var all []error
	for _, f := range r.failures {
		if f.isCase || r.onlyCases() {
			all = append(all, f.err)
		}
	}
	return all
}

// differences compares the output with the recorded one.
func (r *rehearsal) differences() []Difference {
	var all []Difference
	if r.onlyCases() {
		return nil
	}
	for line := range r.script.lines {
		got, want := r.said[line], r.script.records[line]
		if got != want && (r.ordered[line] || !sameLines(got, want)) {
			all = append(all, Difference{r.script.numbers[line], want, got})
		}
	}
	return all
}

// parts returns the statements of a script, and the parts that they consist of.
func (c Check) parts(ctx context.Context, cell session.Cell) iter.Seq2[session.Statement, error] {
	return func(yield func(session.Statement, error) bool) {
		for _, st := range cell.Script() {
			parts, err := c.Session.Parts(ctx, st)
			if err != nil {
				yield(st, err)
				return
			}
			for _, part := range parts {
				if !yield(part, nil) {
					return
				}
			}
		}
	}
}

// lostTail returns the error of a text that is never closed, and so swallows everything after
// it: a string, a comment, a statement set, a Go declaration. It returns nil if there is none.
func (s script) lostTail(plain session.Cell) error {
	open, reason := sqltext.IncompleteScript(s.plain)
	if !open || reason == sqltext.OpenStatement {
		return nil // the last statement needs no semicolon
	}
	statements := plain.Script()
	last := statements[len(statements)-1]
	var lexical *sqltext.Error
	switch {
	case errors.As(last.Err, &lexical):
		return s.inFile(last, lexical.Span, lexical)
	case reason == sqltext.OpenSet:
		return s.inFile(last, last.Word, errors.New("END; is missing: the statement set has not run"))
	}
	return s.inFile(last, last.Word, errors.New("the Go declaration is never closed"))
}

// placed returns the error of a statement that ran as a cell of its own, with its position in the file.
func (s script) placed(st, alone session.Statement, err error) error {
	var known *session.Error
	if !errors.As(err, &known) || known.Cell.Text != alone.Cell.Text {
		return err // it is in another file
	}
	return s.inFile(st, known.Span.Shift(st.Span.Start), err)
}

// inFile sets the position of an error to its line in the file.
func (s script) inFile(st session.Statement, at sqltext.Span, err error) error {
	var known *session.Error
	hint := ""
	if errors.As(err, &known) {
		err, hint = errors.New(known.Message), known.Hint
	}
	e := session.Fail(st, at, err.Error(), hint)
	p := sqltext.Locate(st.Cell.Text, at.Start)
	e.Position = fmt.Sprintf("%s:%d:%d", st.Cell.Name, s.numbers[p.Line-1], p.Column)
	return e
}

// isOrdered reports whether the output of a statement has an order: the rows of a query without
// ORDER BY have no order.
func isOrdered(statement sqltext.Lexed) bool {
	depth, first := 0, ""
	for _, t := range statement.Tokens {
		text := statement.Word(t)
		switch {
		case t.Kind == sqltext.Operator && text == "(":
			depth++
		case t.Kind == sqltext.Operator && text == ")":
			depth--
		case t.Kind != sqltext.Keyword:
		case first == "":
			first = strings.ToUpper(text)
		case depth == 0 && strings.EqualFold(text, "ORDER"):
			return true
		}
	}
	return first != "SELECT" && first != "WITH" && first != "VALUES"
}

// sameLines reports whether two texts have the same lines, in any order.
func sameLines(a, b string) bool {
	return slices.Equal(slices.Sorted(strings.Lines(a)), slices.Sorted(strings.Lines(b)))
}

// script is a script that is split into its lines and the output recorded after them.
type script struct {
	plain   string
	lines   []string
	numbers []int          // of the lines in the file, from 1
	records map[int]string // by index of the line
}

func readScript(text string) script {
	s := script{records: map[int]string{}}
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if rest, ok := strings.CutPrefix(line, recordMark); ok && len(s.lines) > 0 {
			s.records[len(s.lines)-1] += strings.TrimPrefix(rest, " ") + "\n"
			continue
		}
		s.lines, s.numbers = append(s.lines, line), append(s.numbers, i+1)
	}
	s.plain = strings.Join(s.lines, "\n") + "\n"
	return s
}

// record returns the script with the output after its lines.
func (s script) record(said map[int]string) string {
	var b strings.Builder
	for i, line := range s.lines {
		b.WriteString(line + "\n")
		for part := range strings.SplitSeq(strings.TrimSuffix(said[i], "\n"), "\n") {
			if said[i] != "" {
				b.WriteString(strings.TrimRight(recordMark+" "+part, " ") + "\n")
			}
		}
	}
	return b.String()
}

// endOf returns where a statement ends, including its semicolon or &, or where they would be.
func endOf(st session.Statement) int {
	tokens := st.Source().Tokens
	at, _ := slices.BinarySearchFunc(tokens, st.Span.End, func(t sqltext.Token, end int) int { return t.Span.Start - end })
	for _, t := range tokens[at:] {
		switch t.Kind {
		case sqltext.Space, sqltext.Comment:
			continue
		case sqltext.Semicolon:
			return t.Span.End
		}
		break
	}
	return st.Span.End
}

// unstable is what differs from run to run: times that something took, and the
// names of jobs.
var unstable = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`(?m) \([0-9.]+ s\)$`), ""},
	{regexp.MustCompile(`, [0-9.]+ s\)`), ")"},
	{regexp.MustCompile(`(?m), [0-9.]+ ms$`), ""}, // of \try
	{regexp.MustCompile(`\b[0-9a-f]{32}\b`), "…"},
	{regexp.MustCompile(`(?m)[ \t]+$`), ""},
}

func stable(text string) string {
	for _, u := range unstable {
		text = u.pattern.ReplaceAllString(text, u.with)
	}
	return text
}

// Report returns a difference as lines of the recorded and of the current output.
func (d Difference) Report() string {
	var b strings.Builder
	fmt.Fprintf(&b, "line %d differs:\n", d.Line)
	for _, side := range []struct{ sign, text string }{{"-", d.Want}, {"+", d.Got}} {
		for line := range strings.Lines(side.text) {
			b.WriteString("  " + side.sign + " " + render.WithoutControls(line))
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}
