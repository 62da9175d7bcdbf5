package query

// ID returns the query's name, or its number if it has no name.
func (q *Query) ID() string {
	if name := q.name.Load(); name != nil {
		return *name
	}
	return q.Number()
}

// Number returns the session's own name of the query, such as q3, which never changes.
func (q *Query) Number() string { return q.config.Started.Query }

// IsCalled reports whether word is the query's name or number.
func (q *Query) IsCalled(word string) bool { return word == q.ID() || word == q.Number() }

// Rename gives the query a name. "" removes its name, and also its table if the query has ended
// and nothing else keeps the table.
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
