package command

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"riffle/session"
)

// name names a query, or the next one.
func name(_ context.Context, env *Env, args []string) (Answer, error) {
	called := args[len(args)-1]
	if err := checkName(called); err != nil {
		return Answer{}, &argumentError{word: called, message: err.Error()}
	}
	if len(args) == 1 {
		env.Display.NextName = called
		return Answer{}, nil
	}
	q, ok := env.Session.Result(args[0])
	if !ok {
		return Answer{}, noQuery(args[0])
	}
	loser, err := env.Session.Name(q, called)
	if err != nil {
		return Answer{}, err
	}
	if note := session.TookOver(called, loser); note != "" {
		return Answer{Text: note}, nil
	}
	return Answer{Text: fmt.Sprintf("%s is now called %s", q.Number(), called)}, nil
}

// checkName reports whether a query can be given a name. A kind of chart would be ambiguous in
// \plot.
func checkName(name string) error {
	if slices.Contains(kinds(Notebook), strings.ToLower(name)) {
		return fmt.Errorf("a query cannot be called %s: it is a kind of chart", name)
	}
	return session.CheckQueryName(name)
}

// named implements the magic that names the first query of a cell.
func named(m *Mode, st session.Statement) error {
	m.Name = st.Arguments()
	if err := checkName(m.Name); err != nil {
		return session.Fail(st, argumentsOf(st), err.Error(), "for example %%name totals")
	}
	return nil
}

// Naming returns the statement with the name for its query, if a name was set.
func (d *Display) Naming(st session.Statement) session.Statement {
	st.Name = d.NextName
	return st
}

// Named records the result of a statement: once a query has the name, it is used up.
func (d *Display) Named(reply session.Reply) {
	if reply.Query != nil && reply.Query.Started().Job != "" {
		d.NextName = ""
	}
}
