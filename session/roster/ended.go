package roster

import (
	"slices"

	"riffle/session/query"
)

// endedQueries is the number of ended queries whose outcome is kept.
const endedQueries = 100

// Outcome returns how a query ended, if it is one of the last that did.
func (r *Roster) Outcome(id string) (query.Ended, bool) {
	if q := r.namedQuery(id); q != nil {
		return q.End()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, o := range r.outcomes {
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

// keepOutcome records how a query has ended; r.mu is held.
func (r *Roster) keepOutcome(q *query.Query) {
	end, _ := q.End()
	r.outcomes = append(r.outcomes, outcome{q.Number(), end})
	if len(r.outcomes) > endedQueries {
		r.outcomes = slices.Delete(r.outcomes, 0, 1)
	}
}
