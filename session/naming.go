package session

import (
	"errors"
	"fmt"
	"regexp"

	"riffle/session/query"
)

// A query with a job has a number for good, q1, q2, …, and perhaps a name that the user
// gave it: what is said of it has the name, and commands take either. A name is one
// query's at a time. Who names another takes it over, so that a notebook's cell that
// names its query can be run again.
//
// Numbers are counted for what runs and what a user can refer to, and for nothing else:
// the same statements get the same numbers, whatever was completed or looked up between
// them. Rows that a statement has itself (SHOW …) are of r1, r2, …

// number is the next one, which is used up by useNumber alone.
func (s *Session) number() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("q%d", s.numbered+1)
}

func (s *Session) useNumber() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.numbered++
}

// internalName names what is no query of the user's.
func (s *Session) internalName() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.internal++
	return fmt.Sprintf("r%d", s.internal)
}

var (
	queryName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)
	numbered  = regexp.MustCompile(`^[qr][0-9]+$`)
)

// CheckQueryName tells whether a query can be given a name.
func CheckQueryName(name string) error {
	switch {
	case name == "":
		return errors.New("the name for the query is missing: a name has letters, digits, _ and -, and begins with a letter")
	case !queryName.MatchString(name):
		return fmt.Errorf("%s cannot name a query: a name has letters, digits, _ and -, and begins with a letter", name)
	case numbered.MatchString(name):
		return fmt.Errorf("%s cannot name a query: it would be taken for a number", name)
	case name == "all":
		return errors.New("all cannot name a query: it stands for all of them")
	}
	return nil
}

// Name gives a query a name. It returns the query that loses it, if that still runs.
func (s *Session) Name(q *query.Query, name string) (loser *query.Query, err error) {
	if err := CheckQueryName(name); err != nil {
		return nil, err
	}
	s.mu.Lock()
	before := s.called[name]
	if old := q.ID(); s.called[old] == q {
		delete(s.called, old)
	}
	s.called[name] = q
	q.Rename(name)
	s.mu.Unlock()
	if before == nil || before == q {
		return nil, nil
	}
	before.Rename("")
	if _, ended := before.End(); ended {
		return nil, nil
	}
	return before, nil
}

// TookOver says that a name was another query's; "" if it was none's.
func TookOver(name string, loser *query.Query) string {
	if loser == nil {
		return ""
	}
	return fmt.Sprintf("%s is this query from now on: the one that was is %s, and still runs", name, loser.ID())
}

// calledQuery is the query that has a name, whether it runs or not; nil if none has.
func (s *Session) calledQuery(name string) *query.Query {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.called[name]
}
