package session

import (
	"slices"

	"riffle/session/query"
)

// usedQueries is of how many queries that have ended the session knows what
// their functions did.
const usedQueries = 20

// Usage is that of the queries with functions that run, and of the last ones
// that have ended, the oldest first.
func (s *Session) Usage() []query.Usage {
	s.mu.Lock()
	all, running := slices.Clone(s.used), slices.Clone(s.queries)
	s.mu.Unlock()
	for _, q := range running {
		if u := q.Usage(); len(u.Functions) > 0 {
			all = append(all, u)
		}
	}
	return all
}

// keepUsage keeps what the functions of a query did that has ended; s.mu is
// held.
func (s *Session) keepUsage(q *query.Query) {
	u := q.Usage()
	if len(u.Functions) == 0 {
		return
	}
	s.used = append(s.used, u)
	if len(s.used) > usedQueries {
		s.used = s.used[1:]
	}
}
