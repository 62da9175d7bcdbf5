package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"riffle/session/cell"
	"riffle/session/gateway"
	"riffle/session/link"
	"riffle/session/mention"
	"riffle/session/sqltext"
	"riffle/udfhost/golang"
	"riffle/udfhost/guest"
)

// define executes Go declarations: it adds them to the session and registers the program's
// functions in Flink.
//
// All functions are registered again with the new program's payload, whatever the cell changed.
// So all functions of a plan come from one program, and one guest process serves a query. If
// any of them cannot be registered, the session keeps the program that it had.
func (s *Session) define(ctx context.Context, t task) (Reply, error) {
	st := t.Statement
	source := golang.Cell{
		Name: st.Cell.Name,
		Line: st.Cell.FirstLine() + sqltext.Locate(st.Cell.Text, st.Span.Start).Line - 1,
		Text: st.Text,
	}
	early := s.config.DeclareEarly && !s.gateways.Started()
	var verdicts map[string]gateway.Verdict
	draft, err := s.config.Functions.Draft(ctx, source, func(ctx context.Context, functions []golang.Function) (err error) {
		if early {
			return nil
		}
		verdicts, err = s.judge(ctx, t, functions)
		return err
	})
	if err != nil {
		return Reply{}, explainGo(ctx, st, err)
	}
	defer draft.Discard()
	kept := map[string][]string{}
	before := s.program.Load()
	if before != nil && before.Hash != draft.Program.Hash {
		for _, name := range draft.Change.Replaced {
			kept[name] = s.queries.Calling(name)
		}
	}
	if early && s.declareEarly(draft) {
		return Reply{Message: describe(draft, before, nil, nil)}, nil
	}
	if early { // a gateway has started in the meantime
		if verdicts, err = s.judge(ctx, t, draft.Change.Functions); err != nil {
			return Reply{}, err
		}
	}
	s.allow(draft.Change.Functions)
	if err := s.declare(ctx, draft); err != nil {
		return Reply{}, s.explainFault(ctx, t.sql, err)
	}
	return Reply{Message: describe(draft, before, verdicts, kept)}, nil
}

// declare makes a draft the session's program, here and in Flink.
func (s *Session) declare(ctx context.Context, draft *golang.Draft) error {
	o := callsOf(s.Settings())
	return s.gateways.CarryOut(ctx, true, link.Change{
		Apply: func(ctx context.Context, g gateway.Gateway) error {
			return g.Register(ctx, s.registrations(draft.Program, o))
		},
		Undo:   func(ctx context.Context, g gateway.Gateway) error { return s.register(ctx, g, o) },
		Commit: func() { s.keep(draft) },
	})
}

// declareEarly makes a draft the session's program if no gateway has started. The first gateway gets its functions when it
// starts, and judges their names then: see judgeLate.
func (s *Session) declareEarly(draft *golang.Draft) bool {
	return s.gateways.BeforeStart(func() {
		s.keep(draft)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.unjudged = true
	})
}

// keep makes a draft the program on the session's side.
func (s *Session) keep(draft *golang.Draft) {
	draft.Keep()
	s.journal.Declare(functionNames(draft.Program))
	s.program.Store(draft.Program)
	s.catalog.Declared()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range draft.Change.Functions {
		s.versions[f.Name]++
	}
	maps.DeleteFunc(s.versions, func(name string, _ int) bool {
		_, found := functionOf(draft.Program, name)
		return !found
	})
}

// register registers the functions of the session's program in Flink.
func (s *Session) register(ctx context.Context, g gateway.Gateway, o calls) error {
	return g.Register(ctx, s.registrations(s.program.Load(), o))
}

// registrations returns the registrations of a program's functions in Flink; none for nil. Functions that Flink has
// refused are left out.
func (s *Session) registrations(program *golang.Program, o calls) []gateway.Function {
	if program == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var functions []gateway.Function
	for _, f := range program.Functions {
		if s.refused[f.Name] {
			continue
		}
		parameters := make([]gateway.Parameter, len(f.Params))
		for i, p := range f.Params {
			parameters[i] = gateway.Parameter{Name: p.Name, Type: p.SQLType, Default: p.Default.SQL, Struct: p.Struct}
		}
		functions = append(functions, gateway.Function{
			Name:       f.Name,
			Payload:    program.Payload(f, o.onError, o.async),
			Parameters: parameters,
			Result:     f.Result.SQLType,
		})
	}
	return functions
}

func functionNames(program *golang.Program) []string {
	var names []string
	for _, f := range program.Functions {
		names = append(names, f.Name)
	}
	return names
}

// describe describes what a cell changed, one line per function: what it replaces, and which
// queries keep the earlier version. before is the program that the draft replaces, or nil.
func describe(draft *golang.Draft, before *golang.Program, verdicts map[string]gateway.Verdict, kept map[string][]string) string {
	change := draft.Change
	var lines []string
	for _, f := range change.Functions {
		line := f.Declaration()
		if replaces := verdicts[f.Name].Replaces(); replaces != "" {
			line += "; " + replaces
		}
		if old, found := functionOf(before, f.Name); found && old.Signature() != f.Signature() {
			line += "; replaces " + old.Signature()
		}
		if queries := kept[f.Name]; len(queries) > 0 {
			line += "; " + stillRun(queries) + " the old one"
		}
		lines = append(lines, line)
	}
	var others []string
	for _, name := range change.Defined {
		switch {
		case slices.ContainsFunc(change.Functions, func(f golang.Function) bool { return f.Name == name }):
		case isHelper(draft.Program, name):
			lines = append(lines, fmt.Sprintf("Go helper %s: SQL calls exported functions only, such as func %s", name, exportedName(name)))
		default:
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		lines = append(lines, "for use in functions: "+strings.Join(others, ", "))
	}
	return strings.Join(append(lines, change.Notes...), "\n")
}

// stillRun reports that queries continue to run something: "q1, q2 still run".
func stillRun(queries []string) string {
	if len(queries) == 1 {
		return queries[0] + " still runs"
	}
	return strings.Join(queries, ", ") + " still run"
}

// explainGo turns a fault in Go source into an Error at the first place.
func explainGo(ctx context.Context, st Statement, err error) error {
	var faulty *golang.Error
	var failure *guest.Failure
	var refused *Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &refused): // by judge
		return refused
	case errors.As(err, &failure):
		return &Error{Message: failure.Error(), Position: st.Cell.Position(st.Span.Start), Err: err}
	case !errors.As(err, &faulty):
		return cell.Fail(st, err.Error(), "")
	}
	first := faulty.Problems[0]
	e := &Error{Message: first.Message, Position: fmt.Sprintf("%s:%d:%d", first.Cell, first.Line, first.Column), Err: err}
	if span, ok := goSpan(st, first); ok {
		e.Position = st.Cell.Position(span.Start)
		e.Excerpt = sqltext.Excerpt(st.Cell.Text, span)
	}
	var more []string
	if first.Missing != "" {
		more = append(more, st.Cell.Spell("add the module that has it: "+mention.Command("get "+first.Missing+"@VERSION")))
	}
	for _, p := range faulty.Problems[1:] {
		more = append(more, p.String())
	}
	e.Hint = strings.Join(more, "\n")
	return e
}

// goSpan finds the word in the statement's cell that a problem is about. It returns false if
// the problem is in another cell.
func goSpan(st Statement, p golang.Problem) (sqltext.Span, bool) {
	if p.Cell != st.Cell.Name || p.Dependent != "" || p.Line == 0 {
		return sqltext.Span{}, false
	}
	text := st.Cell.Text
	line := p.Line - st.Cell.FirstLine() + 1
	start := sqltext.Offset(text, sqltext.Position{Line: line, Column: 1})
	if start <= st.Span.Start {
		start = st.Span.Start // columns of the first line count from the statement
	}
	start = min(start+max(p.Column, 1)-1, len(text))
	end := start
	for end < len(text) && isWord(text[end]) {
		end++
	}
	if start < len(text) && text[start] == '"' { // the whole path of an import
		end = start + 2 + strings.IndexByte(text[start+1:], '"')
	}
	return sqltext.Span{Start: start, End: min(max(end, start+1), len(text))}, true
}

func isWord(b byte) bool {
	return b == '_' || b >= 0x80 || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}
