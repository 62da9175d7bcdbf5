package roster

import (
	"slices"

	"riffle/session/query"
)

// usedQueries is the number of ended queries whose functions' usage is kept.
const usedQueries = 20

// Usage returns the usage of the running queries with functions, and of the last ones that have ended,
// the oldest first.
func (r *Roster) Usage() []query.Usage {
	r.mu.Lock()
	all, running := slices.Clone(r.usages), slices.Clone(r.running)
	r.mu.Unlock()
	for _, q := range running {
		if u := q.Usage(); len(u.Functions) > 0 {
			all = append(all, u)
		}
	}
	return all
}

// keepUsage keeps what the functions of an ended query did; r.mu is held.
func (r *Roster) keepUsage(q *query.Query) {
	u := q.Usage()
	if len(u.Functions) == 0 {
		return
	}
	r.usages = append(r.usages, u)
	if len(r.usages) > usedQueries {
		r.usages = r.usages[1:]
	}
}
