package roster

import "riffle/session/query"

// Keep keeps a query's result after its end, instead of that of the query that was kept before. A front
// end calls it for the queries that its user entered.
func (r *Roster) Keep(q *query.Query) {
	q.Keep(true)
	r.mu.Lock()
	before := r.last
	r.last = q
	r.mu.Unlock()
	if before != nil && before != q {
		before.Keep(false)
	}
}

// Last returns the query that was kept, or nil.
func (r *Roster) Last() *query.Query {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// Result finds a query by its name or number, if it is running, was kept, or has a name.
func (r *Roster) Result(id string) (*query.Query, bool) {
	if q, ok := r.Query(id); ok {
		return q, true
	}
	if q := r.Last(); q != nil && q.IsCalled(id) {
		return q, true
	}
	if q := r.namedQuery(id); q != nil {
		return q, true
	}
	return nil, false
}
