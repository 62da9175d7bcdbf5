package session

import (
	"context"

	"riffle/udfhost/golang"
)

// GetModule adds a Go module to the session, changes its version, or removes it: PATH@VERSION as go get takes it. It
// calls say with lines about its progress. It returns what changed, one line for each module.
//
// Functions that import packages of modules are compiled again and registered in Flink, as if they had been declared
// again. If they do not compile with the new version, nothing changes.
func (s *Session) GetModule(ctx context.Context, query string, say func(string)) (changes []string, err error) {
	defer s.gateways.ExplainWait()()
	release, err := s.gateways.TakeTurn(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	draft, err := s.config.Functions.DraftGet(ctx, query, say)
	if err != nil {
		return nil, err
	}
	defer draft.Discard()
	changes = draft.Change.Modules
	early := s.config.DeclareEarly && !s.gateways.Started()
	switch {
	case !draft.Rebuilt():
		draft.Keep()
		s.catalog.Declared()
		return changes, nil
	case early && s.declareEarly(draft):
		return changes, nil
	}
	return changes, s.declare(ctx, draft)
}

// Modules returns the session's Go modules: those that were added by their names, then those that they require.
func (s *Session) Modules() []golang.Module { return s.config.Functions.Modules() }
