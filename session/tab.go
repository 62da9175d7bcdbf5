package session

import (
	"riffle/session/changelog"
	"riffle/session/complete"
	"riffle/session/sqltext"
	"riffle/udfhost/sqltype"
)

// Prefetch starts to read, in the background, the names that Complete may need for a text that
// is being typed. commands are those of the front end. Prefetch never waits, and reports whether
// some of the names are not available yet.
func (s *Session) Prefetch(text string, cursor int, commands []complete.CommandEntry) (pending bool) {
	return s.catalog.Prefetch(text, cursor, complete.Names{Commands: commands, Queries: s.queryEntries()})
}

// Complete returns what can stand at the cursor, a byte offset into the text of a cell, and
// the span that a candidate's text replaces. commands are those of the front end. Complete
// never waits for Flink.
func (s *Session) Complete(text string, cursor int, commands []complete.CommandEntry) (sqltext.Span, []complete.Candidate) {
	names := complete.Names{Commands: commands, Queries: s.queryEntries()}
	variables := s.Variables()
	for _, name := range sortedKeys(variables) {
		names.Variables = append(names.Variables, complete.Entry{Name: name, Detail: variables[name]})
	}
	found := s.catalog.Complete(text, cursor, names)
	return found.Span, found.Candidates
}

// queryEntries returns the running queries, followed by those that have a name and the
// last one that was kept.
func (s *Session) queryEntries() []complete.QueryEntry {
	var entries []complete.QueryEntry
	for _, q := range s.queries.Known() {
		e := complete.QueryEntry{Name: q.ID(), Detail: q.Summary()}
		select {
		case <-q.Done():
			e.Ended = true
		default:
		}
		if schema := q.Started().Schema; schema != nil {
			for _, field := range changelog.DataSchema(schema).Fields() {
				sqlType, _ := field.Metadata.GetValue(sqltype.MetadataKey)
				e.Columns = append(e.Columns, complete.Entry{Name: field.Name, Detail: sqlType})
			}
		}
		entries = append(entries, e)
	}
	return entries
}
