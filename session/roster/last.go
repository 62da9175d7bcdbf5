package roster

import "riffle/session/query"

// Keep makes a query the one whose result is still there when it has ended, in
// the place of the one that was. A front end calls it for what its user entered.
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

// Last is the query that was kept; nil if none was.
func (r *Roster) Last() *query.Query {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

// Result finds a query that runs, the one that was kept, or one that has a name, by
// its name or number.
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
