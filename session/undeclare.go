package session

import (
	"context"
	"errors"
	"fmt"
	"riffle/session/cell"
	"riffle/udfhost/golang"
	"slices"
	"strings"
)

// undeclare removes a Go function that a statement drops.
func (s *Session) undeclare(ctx context.Context, t task, name string) (Reply, error) {
	if t.sql.Has(".") { // a path
		e := cell.Fail(t.Statement, "Go functions are in no catalog", "DROP FUNCTION "+name+" drops the Go function")
		return Reply{}, e
	}
	draft, err := s.config.Functions.DraftWithout(ctx, name)
	if err != nil {
		return Reply{}, explainUsed(ctx, t.Statement, name, err)
	}
	defer draft.Discard()
	running := s.queries.Calling(name)
	if err := s.declare(ctx, draft); err != nil {
		return Reply{}, s.explainFault(ctx, t.sql, err)
	}
	if len(running) > 0 {
		return Reply{Message: "OK; " + stillRun(running) + " it"}, nil
	}
	return Reply{Message: "OK"}, nil
}

// explainUsed lists the Go declarations that use a function, so that it cannot be dropped.
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
