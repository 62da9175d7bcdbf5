// Package changelog folds the changelog of a query into the table that it describes.
//
// A query's result arrives as Arrow record batches. Their last column, __kind, holds the row kind:
// +I and +U add a row, −U and −D retract one. A View applies the batches in the order of their
// arrival. It keeps the current rows of the result as references into the batches that contain
// them:
//
//	record ──► Kinds ──► View.Apply ──► rows (batch, index) in display order
//	                                      │
//	                                      └─ View.Snapshot ──► Slice ──► a renderer's record
//
// The files, in the order of the data flow: kind.go (row kinds), identity.go (rows and keys as bytes),
// batchstore.go (keeps batches while they have live rows, and compacts them), view.go and fold.go (the
// fold), order.go (rows keep their places), sort.go (ORDER BY), snapshot.go and gather.go (output).
//
// A View is a plain value for use by one goroutine. It has no locks and does not know about terminals.
package changelog

import (
	"slices"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/rowkind"
)

// Kind is the kind of a row: what it does to the result.
type Kind = rowkind.Kind

const (
	Insert       = rowkind.Insert
	UpdateBefore = rowkind.UpdateBefore
	UpdateAfter  = rowkind.UpdateAfter
	Delete       = rowkind.Delete
)

// KindField returns the field of the row kind column.
func KindField() arrow.Field { return rowkind.Field() }

// Kinds returns the row kinds of a batch, one per row, after checking each. The slice is a view of
// the batch's own memory.
func Kinds(rec arrow.Record) ([]Kind, error) { return rowkind.Of(rec) }

// DataSchema returns the schema without its row kind column. A schema without one is returned as is.
func DataSchema(schema *arrow.Schema) *arrow.Schema {
	if !rowkind.Has(schema) {
		return schema
	}
	fields := schema.Fields()
	meta := schema.Metadata()
	return arrow.NewSchema(fields[:len(fields)-1], &meta)
}

// withKind returns the schema of data columns with a row kind column.
func withKind(data *arrow.Schema) *arrow.Schema {
	meta := data.Metadata()
	return arrow.NewSchema(append(slices.Clone(data.Fields()), KindField()), &meta)
}
