package session

import "riffle/session/query"

// Keep makes a query the one whose result is still there when it has ended, in
// the place of the one that was. A front end calls it for what its user entered.
func (s *Session) Keep(q *query.Query) {
	q.Keep(true)
	s.mu.Lock()
	before := s.last
	s.last = q
	s.mu.Unlock()
	if before != nil && before != q {
		before.Keep(false)
	}
}

// Last is the query that was kept; nil if none was.
func (s *Session) Last() *query.Query {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// Result finds a query that runs, the one that was kept, or one that has a name, by
// its name or number.
func (s *Session) Result(id string) (*query.Query, bool) {
	if q, ok := s.Query(id); ok {
		return q, true
	}
	if q := s.Last(); q != nil && q.IsCalled(id) {
		return q, true
	}
	if q := s.calledQuery(id); q != nil {
		return q, true
	}
	return nil, false
}
