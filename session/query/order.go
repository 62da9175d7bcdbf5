package query

import (
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/session/changelog"
	"riffle/session/gateway"
)

// Describe copies the description of a query's rows from q. Sort keys of ORDER BY that the query
// does not select are columns of its batches, but not of the schema that is shown.
func (s *Started) Describe(q *gateway.Result) {
	s.Schema, s.Kinds, s.UpsertKeys = q.Schema, q.Kinds, q.Keys
	s.Location, s.Limit, s.Constant = q.Location, q.Limit, q.Constant
	for _, key := range q.Order {
		s.Order = append(s.Order, changelog.Key(key))
	}
	if q.Hidden == 0 {
		return
	}
	fields := q.Schema.Fields()
	kind := len(fields) - 1
	meta := q.Schema.Metadata()
	s.sent = q.Schema
	s.Schema = arrow.NewSchema(append(slices.Clone(fields[:kind-q.Hidden]), fields[kind]), &meta)
}

// View returns the query's table, empty. It folds batches, sorts rows and shows the columns of
// Schema.
func (s Started) View() (*changelog.View, error) {
	c := s.viewConfig()
	c.Order = s.Order
	if s.sent == nil {
		return changelog.New(memory.DefaultAllocator, s.Schema, c)
	}
	c.Shown = s.Schema.NumFields() - 1
	return changelog.New(memory.DefaultAllocator, s.sent, c)
}

// Visible returns a batch of the query with only the columns of Schema. The caller releases it.
func (s Started) Visible(batch arrow.Record) arrow.Record {
	if s.sent == nil {
		batch.Retain()
		return batch
	}
	columns := batch.Columns()
	shown := append(slices.Clone(columns[:s.Schema.NumFields()-1]), columns[len(columns)-1])
	return array.NewRecord(s.Schema, shown, batch.NumRows())
}
