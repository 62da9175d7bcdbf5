package session

import (
	"context"
	"slices"

	"riffle/session/catalog"
	"riffle/session/changelog"
	"riffle/session/complete"
	"riffle/session/gateway"
	"riffle/session/query"
	"riffle/session/sqltext"
	"riffle/udfhost/golang"
	"riffle/udfhost/sqltype"
)

// Anticipate looks at a text that is being typed, and has what Complete may need for
// it read behind it. The commands are those of the front end. It never waits, and tells
// whether some of that is not there yet.
func (s *Session) Anticipate(text string, cursor int, commands []complete.CommandEntry) (pending bool) {
	return s.catalog.Anticipate(text, cursor, complete.Names{Commands: commands, Queries: s.queryEntries()})
}

// Complete returns what can stand at the cursor, a byte offset into the text of
// a cell, and the span that a candidate's text replaces. The commands are those
// of the front end. It never waits for Flink.
func (s *Session) Complete(text string, cursor int, commands []complete.CommandEntry) (sqltext.Span, []complete.Candidate) {
	names := complete.Names{Commands: commands, Queries: s.queryEntries()}
	variables := s.Variables()
	for _, name := range sortedKeys(variables) {
		names.Variables = append(names.Variables, complete.Entry{Name: name, Detail: variables[name]})
	}
	found := s.catalog.Complete(text, cursor, names)
	return found.Span, found.Candidates
}

// Place tells the current catalog and database; empty until Flink is there.
func (s *Session) Place() (catalog, database string) {
	if names := s.catalog.Names(); names != nil {
		return names.Catalog, names.Database
	}
	return "", ""
}

// queryEntries are the queries that run, and behind them those that have a name and
// the last one that was kept.
func (s *Session) queryEntries() []complete.QueryEntry {
	queries, last := s.Queries(), s.Last()
	s.mu.Lock()
	for _, name := range sortedKeys(s.called) {
		if q := s.called[name]; !slices.Contains(queries, q) {
			queries = append(queries, q)
		}
	}
	s.mu.Unlock()
	if last != nil {
		queries = append(slices.DeleteFunc(queries, func(q *query.Query) bool { return q == last }), last)
	}
	var entries []complete.QueryEntry
	for _, q := range queries {
		e := complete.QueryEntry{Name: q.ID(), Detail: q.Summary()}
		select {
		case <-q.Done():
			e.Ended = true
		default:
		}
		if schema := q.Started().Schema; schema != nil {
			for _, field := range changelog.Data(schema).Fields() {
				sqlType, _ := field.Metadata.GetValue(sqltype.MetadataKey)
				e.Columns = append(e.Columns, complete.Entry{Name: field.Name, Detail: sqlType})
			}
		}
		entries = append(entries, e)
	}
	return entries
}

// reader is what the catalog asks.
type reader struct{ s *Session }

var _ catalog.Reader = reader{}

func (r reader) Turn(ctx context.Context) (release func(), err error) {
	return r.s.gateways.TakeTurn(ctx)
}

func (r reader) Names(ctx context.Context) (gateway.Names, error) { return r.s.names(ctx) }

func (r reader) Columns(ctx context.Context, tables []string) (map[string][]gateway.Column, error) {
	var columns map[string][]gateway.Column
	err := r.s.gateways.Plan(ctx, true, func(g gateway.Gateway) (err error) {
		columns, err = g.Columns(ctx, tables)
		return err
	})
	return columns, err
}

func (r reader) Options(ctx context.Context) ([]gateway.Option, error) {
	g, err := r.s.gateways.Starting(ctx)
	if err != nil {
		return nil, err
	}
	return g.Options(ctx)
}

func (r reader) Factories(ctx context.Context) ([]gateway.Factory, error) {
	g, err := r.s.gateways.Starting(ctx)
	if err != nil {
		return nil, err
	}
	return g.Factories(ctx)
}

func (r reader) Up() bool { return r.s.gateways.Up() }

func (r reader) Program() *golang.Program { return r.s.program.Load() }

func (r reader) Members(ctx context.Context, path string) ([]golang.Member, error) {
	return r.s.config.Functions.Members(ctx, path)
}
