package session

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"

	"riffle/session/cell"
	"riffle/session/gateway"
	"riffle/session/sqltext"
	"riffle/udfhost/golang"
)

// judge asks Flink whether SQL can call functions by their names, and rejects those that it
// cannot call. A verdict that is already known for a name and its arguments is used again.
func (s *Session) judge(ctx context.Context, t task, functions []golang.Function) (map[string]gateway.Verdict, error) {
	verdicts := map[string]gateway.Verdict{}
	var ask []gateway.Named
	for _, f := range functions {
		if v, known := s.verdicts[nameKey(f)]; known {
			verdicts[f.Name] = v
			continue
		}
		ask = append(ask, named(f))
	}
	if len(ask) == 0 {
		return verdicts, nil
	}
	var answers []gateway.Verdict
	if err := s.gateways.Plan(ctx, true, func(g gateway.Gateway) (err error) {
		answers, err = g.Judge(ctx, ask)
		return err
	}); err != nil {
		return nil, s.explainFault(ctx, t.sql, err)
	}
	var refused []*cell.Error
	for i, v := range answers {
		verdicts[ask[i].Name] = v
		if v.Refusal != "" {
			message, hint := v.Explain(ask[i].Name)
			refused = append(refused, cell.FailAt(t.Statement, declaredAt(t.Statement, ask[i].Name), message, hint))
		}
	}
	if len(refused) > 0 {
		return nil, asOne(refused)
	}
	for _, f := range functions {
		s.verdicts[nameKey(f)] = verdicts[f.Name]
	}
	return verdicts, nil
}

// asOne returns the error that stands first in the cell, with the others below its hint.
func asOne(refused []*cell.Error) *cell.Error {
	slices.SortFunc(refused, func(a, b *cell.Error) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	first := refused[0]
	for _, other := range refused[1:] {
		first.Hint += "\n" + other.Error() + "; " + other.Hint
	}
	return first
}

// named returns a function for Flink's judgement of its name.
func named(f golang.Function) gateway.Named {
	return gateway.Named{
		Name: f.Name, Kind: string(f.Kind), Arguments: argumentTypes(f), Candidates: []string{"Go" + f.Name, "My" + f.Name, f.Name + "Of"},
	}
}

// nameKey identifies what a verdict depends on, as long as no statement changes which other
// functions exist: see forgetNames.
func nameKey(f golang.Function) string {
	return string(f.Kind) + " " + f.Name + "(" + strings.Join(argumentTypes(f), ", ") + ")"
}

func argumentTypes(f golang.Function) []string {
	arguments := make([]string, len(f.Params))
	for i, p := range f.Params {
		arguments[i] = p.SQLType
	}
	return arguments
}

// forgetNames drops the verdicts on names if a statement may change which functions exist.
func (s *Session) forgetNames(st Statement) {
	for _, word := range []string{"FUNCTION", "MODULE", "CATALOG", "USE"} {
		if strings.Contains(st.Verb, word) {
			clear(s.verdicts)
		}
	}
}

// declaredAt returns the place where a Go statement declares a function.
func declaredAt(st Statement, name string) sqltext.Span {
	at := regexp.MustCompile(`\bfunc\s+(` + regexp.QuoteMeta(name) + `)\b`).FindStringSubmatchIndex(st.Text)
	if at == nil {
		return st.Word
	}
	return sqltext.Span{Start: st.Span.Start + at[2], End: st.Span.Start + at[3]}
}

// judgeLate checks the names of functions that were declared before there was a gateway. SQL cannot call those that
// Flink refuses until they are declared under another name, which a notice says.
func (s *Session) judgeLate(ctx context.Context, g gateway.Gateway) error {
	s.mu.Lock()
	pending, program := s.unjudged, s.program.Load()
	s.mu.Unlock()
	if !pending || program == nil || len(program.Functions) == 0 {
		return nil
	}
	var ask []gateway.Named
	for _, f := range program.Functions {
		ask = append(ask, named(f))
	}
	verdicts, err := g.Judge(ctx, ask)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.unjudged = false
	for i, v := range verdicts {
		s.refused[ask[i].Name] = v.Refusal != ""
	}
	s.mu.Unlock()
	for i, v := range verdicts {
		name := ask[i].Name
		switch replaces := v.Replaces(); {
		case v.Refusal != "":
			message, hint := v.Explain(name)
			s.config.Notice("SQL cannot call " + name + ": " + message + "; " + hint)
		case replaces != "":
			s.config.Notice(name + " " + replaces)
		}
	}
	return nil
}

// allow records that Flink does not refuse functions, which have been judged again.
func (s *Session) allow(functions []golang.Function) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range functions {
		delete(s.refused, f.Name)
	}
}
