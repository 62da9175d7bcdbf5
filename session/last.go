package session

import (
	"riffle/session/changelog"
)

// Keep makes a query the one whose result is still there when it has ended, in
// the place of the one that was. A front end calls it for what its user entered.
func (s *Session) Keep(q *Query) {
	q.mu.Lock()
	q.kept = true
	q.mu.Unlock()
	s.mu.Lock()
	before := s.last
	s.last = q
	s.mu.Unlock()
	if before != nil && before != q {
		before.mu.Lock()
		defer before.mu.Unlock()
		before.kept = false
		before.forget()
	}
}

// Last is the query that was kept; nil if none was.
func (s *Session) Last() *Query {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// Result finds a query that runs, the one that was kept, or one that has a name, by
// its name or number.
func (s *Session) Result(id string) (*Query, bool) {
	if q, ok := s.Query(id); ok {
		return q, true
	}
	if q := s.Last(); q != nil && q.isCalled(id) {
		return q, true
	}
	if q := s.calledQuery(id); q != nil {
		return q, true
	}
	return nil, false
}

// Table is the query's table as it is now, which the caller Releases; false if
// the query has none, or has ended without being kept.
func (q *Query) Table() (*changelog.Snapshot, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.table == nil {
		return nil, false
	}
	return q.table.Snapshot(), true
}
