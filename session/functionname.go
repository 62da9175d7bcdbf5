package session

import (
	"context"
	"errors"
	"fmt"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"riffle/session/cell"
	"riffle/session/gateway"
	"riffle/session/sqltext"
	"riffle/udfhost/golang"
)

// judge asks Flink whether SQL can call functions by their names, and refuses the
// first that it cannot. What is known of a name and its arguments is not asked for
// again.
func (s *Session) judge(ctx context.Context, st Statement, functions []golang.Function) (map[string]gateway.Verdict, error) {
	verdicts := map[string]gateway.Verdict{}
	var ask []gateway.Named
	for _, f := range functions {
		if v, known := s.verdicts[nameKey(f)]; known {
			verdicts[f.Name] = v
			continue
		}
		ask = append(ask, gateway.Named{Name: f.Name, Kind: string(f.Kind), Arguments: argumentTypes(f), Candidates: []string{"Go" + f.Name, "My" + f.Name, f.Name + "Of"}})
	}
	if len(ask) == 0 {
		return verdicts, nil
	}
	var answers []gateway.Verdict
	if err := s.gateways.Plan(ctx, true, func(g gateway.Gateway) (err error) {
		answers, err = g.Judge(ctx, ask)
		return err
	}); err != nil {
		return nil, s.explainFault(ctx, cell.Of(st), err)
	}
	for i, v := range answers {
		verdicts[ask[i].Name] = v
		if v.Refusal != "" {
			message, hint := v.Explain(ask[i].Name)
			return nil, cell.FailAt(st, declaredAt(st, ask[i].Name), message, hint)
		}
	}
	for _, f := range functions {
		s.verdicts[nameKey(f)] = verdicts[f.Name]
	}
	return verdicts, nil
}

// nameKey is what a verdict depends on, as long as no statement changes what other
// functions there are: see forgetNames.
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

// forgetNames drops what is known of names if a statement may change what functions
// there are.
func (s *Session) forgetNames(st Statement) {
	for _, word := range []string{"FUNCTION", "MODULE", "CATALOG", "USE"} {
		if strings.Contains(st.Verb, word) {
			clear(s.verdicts)
		}
	}
}

// declaredAt is where a statement of Go declares a function.
func declaredAt(st Statement, name string) sqltext.Span {
	at := regexp.MustCompile(`\bfunc\s+(` + regexp.QuoteMeta(name) + `)\b`).FindStringSubmatchIndex(st.Text)
	if at == nil {
		return st.Word
	}
	return sqltext.Span{Start: st.Span.Start + at[2], End: st.Span.Start + at[3]}
}

// undeclare takes a Go function away that a statement drops.
func (s *Session) undeclare(ctx context.Context, st Statement, sql cell.SQL, name string) (Reply, error) {
	if sql.Has(".") { // a path
		e := cell.Fail(st, "Go functions are in no catalog", "DROP FUNCTION "+name+" drops the Go function")
		return Reply{}, e
	}
	draft, err := s.config.Functions.DraftWithout(ctx, name)
	if err != nil {
		return Reply{}, explainUsed(ctx, st, name, err)
	}
	defer draft.Discard()
	running := s.runningWith(name)
	if err := s.declare(ctx, draft); err != nil {
		return Reply{}, s.explainFault(ctx, sql, err)
	}
	if len(running) > 0 {
		return Reply{Message: "OK; " + still(running) + " it"}, nil
	}
	return Reply{Message: "OK"}, nil
}

// explainUsed says which Go declarations keep a function from being dropped.
func explainUsed(ctx context.Context, st Statement, name string, err error) error {
	var faulty *golang.Error
	if !errors.As(err, &faulty) {
		return explainGo(ctx, st, err)
	}
	var users []string
	for _, p := range faulty.Problems {
		if p.Dependent == "" {
			return explainGo(ctx, st, err)
		}
		if !slices.Contains(users, p.Dependent) {
			users = append(users, p.Dependent)
		}
	}
	all := strings.Join(users, ", ")
	e := cell.Fail(st, fmt.Sprintf("the Go code of %s uses %s", all, name), fmt.Sprintf("declare %s without %s first", all, name))
	e.Err = err
	return e
}

// runningWith are the queries that run whose plans call a Go function.
func (s *Session) runningWith(name string) []string {
	var names []string
	for _, q := range s.Queries() {
		if slices.Contains(q.Started().Functions, name) {
			names = append(names, q.ID())
		}
	}
	return names
}

// still says that queries go on running something: "q1, q2 still run".
func still(queries []string) string {
	if len(queries) == 1 {
		return queries[0] + " still runs"
	}
	return strings.Join(queries, ", ") + " still run"
}

// isHelper tells whether a name is a function's that is not exported.
func isHelper(program *golang.Program, name string) bool {
	return !token.IsExported(name) &&
		slices.ContainsFunc(program.Declared, func(m golang.Member) bool { return m.Kind == "func" && m.Name == name })
}

// helper finds a function of the session's Go that is not exported, in any case.
func (s *Session) helper(name string) (string, bool) {
	program := s.program.Load()
	if program == nil {
		return "", false
	}
	for _, m := range program.Declared {
		if strings.EqualFold(m.Name, name) && isHelper(program, m.Name) {
			return m.Name, true
		}
	}
	return "", false
}

// declared finds a Go function by its name in SQL, in any case.
func (s *Session) declared(name string) (string, bool) {
	if program := s.program.Load(); program != nil {
		for _, f := range program.Functions {
			if strings.EqualFold(f.Name, name) {
				return f.Name, true
			}
		}
	}
	return "", false
}

// exportedName is a helper's name as SQL could call it.
func exportedName(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[size:]
}
