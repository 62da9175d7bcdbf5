package query

// ID is what the query is called: by its name, or else by its number.
func (q *Query) ID() string {
	if name := q.name.Load(); name != nil {
		return *name
	}
	return q.Number()
}

// Number is the session's own name of the query, which stays the same: q3.
func (q *Query) Number() string { return q.config.Started.Query }

// IsCalled tells whether a word means the query.
func (q *Query) IsCalled(word string) bool { return word == q.ID() || word == q.Number() }

// Rename gives the query a name; "" takes the one away that it has, and with that its
// table if it has ended and nothing else keeps it.
func (q *Query) Rename(name string) {
	if name != "" {
		q.name.Store(&name)
		return
	}
	q.name.Store(nil)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dropTable()
}
