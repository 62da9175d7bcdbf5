package session

import (
	"riffle/session/query"
	"riffle/session/roster"
)

// What a front end asks of the session's queries is package roster's.

// Queries are the queries and jobs that run, the oldest first.
func (s *Session) Queries() []*query.Query { return s.queries.Queries() }

// Query finds a running query by its name or number.
func (s *Session) Query(id string) (*query.Query, bool) { return s.queries.Query(id) }

// Result finds a query that runs, the one that was kept, or one that has a name, by
// its name or number.
func (s *Session) Result(id string) (*query.Query, bool) { return s.queries.Result(id) }

// Outcome tells how a query ended, one of the last that did.
func (s *Session) Outcome(id string) (query.Ended, bool) { return s.queries.Outcome(id) }

// Usage is that of the queries with functions that run, and of the last ones
// that have ended, the oldest first.
func (s *Session) Usage() []query.Usage { return s.queries.Usage() }

// Keep makes a query the one whose result is still there when it has ended, in
// the place of the one that was. A front end calls it for what its user entered.
func (s *Session) Keep(q *query.Query) { s.queries.Keep(q) }

// Last is the query that was kept; nil if none was.
func (s *Session) Last() *query.Query { return s.queries.Last() }

// Name gives a query a name. It returns the query that loses it, if that still runs.
func (s *Session) Name(q *query.Query, name string) (loser *query.Query, err error) {
	return s.queries.Name(q, name)
}

// CheckQueryName tells whether a query can be given a name.
func CheckQueryName(name string) error { return roster.CheckName(name) }

// TookOver says that a name was another query's; "" if it was none's.
func TookOver(name string, loser *query.Query) string { return roster.TookOver(name, loser) }
