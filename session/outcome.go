package session

import (
	"slices"

	"riffle/session/query"
)

// endedQueries is of how many queries that have ended the session knows how.
const endedQueries = 100

// Outcome tells how a query ended, one of the last that did.
func (s *Session) Outcome(id string) (query.Ended, bool) {
	if q := s.calledQuery(id); q != nil {
		return q.End()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.outcomes {
		if o.query == id {
			return o.end, true
		}
	}
	return query.Ended{}, false
}

// outcome is how a query ended.
type outcome struct {
	query string
	end   query.Ended
}

// keepOutcome notes how a query has ended; s.mu is held.
func (s *Session) keepOutcome(q *query.Query) {
	end, _ := q.End()
	s.outcomes = append(s.outcomes, outcome{q.Number(), end})
	if len(s.outcomes) > endedQueries {
		s.outcomes = slices.Delete(s.outcomes, 0, 1)
	}
}
