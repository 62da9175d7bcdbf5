package roster

import (
	"errors"
	"fmt"
	"regexp"

	"riffle/session/query"
)

// A query with a job has a number that never changes, q1, q2, …, and can have a name that the
// user gave it. Messages use the name, and commands accept both. A name belongs to one query at
// a time. Another query that is given the name takes it over, so a notebook's cell that names
// its query can run again.
//
// Only what runs and can be referred to gets a number. The same statements therefore get the
// same numbers, whatever was completed or looked up between them. Rows that a statement has
// itself (SHOW …) belong to r1, r2, …

// Number returns the next number. Only UseNumber uses it up.
func (r *Roster) Number() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return fmt.Sprintf("q%d", r.lastNumber+1)
}

// UseNumber uses up the next number for a query or job that is going to run.
func (r *Roster) UseNumber() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lastNumber++
}

// InternalName returns a name for something that is not a query of the user's.
func (r *Roster) InternalName() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lastInternal++
	return fmt.Sprintf("r%d", r.lastInternal)
}

var (
	namePattern   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)
	numberPattern = regexp.MustCompile(`^[qr][0-9]+$`)
)

// CheckName returns an error if name is not valid for a query.
func CheckName(name string) error {
	switch {
	case name == "":
		return errors.New("the name for the query is missing: a name starts with a letter and contains letters, digits, _ and -")
	case !namePattern.MatchString(name):
		return fmt.Errorf("a query cannot be called %s: a name starts with a letter and contains letters, digits, _ and -", name)
	case numberPattern.MatchString(name):
		return fmt.Errorf("a query cannot be called %s: it would be taken for a number", name)
	case name == "all":
		return errors.New("a query cannot be called all: it means all queries")
	}
	return nil
}

// Name gives a query a name. If another query had the name and is still running, it returns that query.
func (r *Roster) Name(q *query.Query, name string) (loser *query.Query, err error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.named[name]
	if old := q.ID(); r.named[old] == q {
		delete(r.named, old)
	}
	r.named[name] = q
	q.Rename(name)
	if before == nil || before == q {
		return nil, nil
	}
	before.Rename("")
	if _, ended := before.End(); ended {
		return nil, nil
	}
	return before, nil
}

// TookOver returns a message that a name was taken from another query, or "" if loser is nil.
func TookOver(name string, loser *query.Query) string {
	if loser == nil {
		return ""
	}
	return fmt.Sprintf("%s is this query from now on: the one that was is %s, and still runs", name, loser.ID())
}

// namedQuery returns the query that has a name, whether it runs or not; nil if none has.
func (r *Roster) namedQuery(name string) *query.Query {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.named[name]
}
