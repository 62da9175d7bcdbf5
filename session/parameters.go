package session

import (
	"context"
	"riffle/session/parameter"
	"riffle/session/query"
	"riffle/udfhost/golang"
	"slices"
	"strings"
)

// SetParameters gives parameters their values: all of them or, after an error, none. A variable
// whose value is nil is removed, so that ${name:-default} returns its default.
func (s *Session) SetParameters(ctx context.Context, parameters []parameter.Parameter) error {
	var source strings.Builder
	program := s.program.Load()
	for _, p := range parameters {
		if program == nil {
			break
		}
		i := slices.IndexFunc(program.Declared, func(m golang.Member) bool { return m.Name == p.Name })
		if i < 0 {
			continue
		}
		declaration, err := p.Declaration(program.Declared[i])
		if err != nil {
			return err
		}
		source.WriteString(declaration + "\n")
	}
	// All declarations form one statement, so they are compiled once.
	for _, st := range (Cell{Text: source.String(), Name: "parameters"}).Statements() {
		if _, err := s.Execute(ctx, st, query.ProgressOnly); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range parameters {
		delete(s.variables, p.Name)
		if p.Value != nil {
			s.variables[p.Name] = p.Text()
		}
	}
	return nil
}
