package session

import (
	"slices"

	"riffle/session/query"
	"riffle/session/roster"
)

// The front ends' methods for queries delegate to package roster.

// Queries returns the running queries and jobs, the oldest first.
func (s *Session) Queries() []*query.Query { return s.queries.Queries() }

// Cluster returns the address of the existing cluster on which jobs run, or "".
func (s *Session) Cluster() string { return s.config.Cluster }

// Enduring returns the running jobs that continue when the session ends: INSERTs on an existing
// cluster. Queries end with the session.
func (s *Session) Enduring() []*query.Query {
	if s.config.Cluster == "" {
		return nil
	}
	return slices.DeleteFunc(s.Queries(), func(q *query.Query) bool {
		started := q.Started()
		return started.Job == "" || started.Schema != nil
	})
}

// Query finds a running query by its name or number.
func (s *Session) Query(id string) (*query.Query, bool) { return s.queries.Query(id) }

// Result finds a query by its name or number, if it is running, was kept, or has a name.
func (s *Session) Result(id string) (*query.Query, bool) { return s.queries.Result(id) }

// Outcome returns how a query ended, if it is one of the last that did.
func (s *Session) Outcome(id string) (query.Ended, bool) { return s.queries.Outcome(id) }

// Usage returns the usage of the running queries with functions, and of the last ones that
// have ended, the oldest first.
func (s *Session) Usage() []query.Usage { return s.queries.Usage() }

// Keep keeps a query's result after its end, instead of that of the query that was kept before.
// A front end calls it for the queries that its user entered.
func (s *Session) Keep(q *query.Query) { s.queries.Keep(q) }

// Last returns the query that was kept, or nil.
func (s *Session) Last() *query.Query { return s.queries.Last() }

// Name gives a query a name. If another query had the name and is still running, it returns
// that query.
func (s *Session) Name(q *query.Query, name string) (loser *query.Query, err error) {
	return s.queries.Name(q, name)
}

// CheckQueryName returns an error if name is not valid for a query.
func CheckQueryName(name string) error { return roster.CheckName(name) }

// TookOver returns a message that a name was taken from another query, or "" if loser is nil.
func TookOver(name string, loser *query.Query) string { return roster.TookOver(name, loser) }
