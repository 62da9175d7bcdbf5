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

// Marked is the table as it was after [cell.Statement.Mark] changes, which the caller
// Releases. It is given once; false if so many have not come, or it was given.
func (q *Query) Marked() (*changelog.Snapshot, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	marked := q.marked
	q.marked = nil
	return marked, marked != nil
}

// Stats are the figures of the query's table; those of an empty one where there is none.
func (q *Query) Stats() changelog.Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.tableStats()
}

// Changes are the last changes as they came, some ten thousand; the caller Releases
// them.
func (q *Query) Changes() *changelog.Changes {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.recent == nil {
		return new(changelog.Changes)
	}
	return q.recent.Changes()
}
