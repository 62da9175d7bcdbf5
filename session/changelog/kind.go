// Package changelog folds the changelog of a query into the table that it describes.
//
// A query's result arrives as Arrow record batches whose last column, __kind, says what each row
// does to the result: +I and +U add a row, −U and −D take one away. A View applies such batches in
// the order of their arrival and keeps the rows that are in the result now, as references into the
// batches that brought them:
//
//	record ──► Kinds ──► View.Apply ──► rows (batch, index) in display order
//	                                      │
//	                                      └─ View.Snapshot ──► Slice ──► a renderer's record
//
// The files, in the order of that way: kind.go (row kinds), identity.go (rows and keys as bytes),
// held.go (batches kept alive by their rows, and their compaction), view.go and fold.go (the fold),
// order.go (places that hold still), sort.go (the order that a query asks for), snapshot.go and
// gather.go (what leaves the view).
//
// A View is a plain value of one goroutine. It has no locks and knows no terminal.
package changelog

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// Kind is what a row does to the result, with the values of Flink's RowKind.toByteValue.
type Kind int8

const (
	Insert       Kind = iota // +I: a new row
	UpdateBefore             // −U: the old value of a row; its +U comes later, or never
	UpdateAfter              // +U: the new value of a row
	Delete                   // −D: a row leaves
)

// KindColumn is the name of the row kind column, the last one of each batch of a query.
const KindColumn = "__kind"

var kindNames = [...]string{"+I", "-U", "+U", "-D"}

// String gives the kind as Flink prints it: +I, -U, +U or -D.
func (k Kind) String() string {
	if !k.valid() {
		return fmt.Sprintf("Kind(%d)", int8(k))
	}
	return kindNames[k]
}

func (k Kind) valid() bool { return k >= Insert && k <= Delete }

// Adds reports whether a row of this kind is in the result after it; else it is not.
func (k Kind) Adds() bool { return k == Insert || k == UpdateAfter }

// KindField is the field of the row kind column.
func KindField() arrow.Field {
	return arrow.Field{Name: KindColumn, Type: arrow.PrimitiveTypes.Int8}
}

// Data returns the schema without its row kind column; a schema that has none is returned as is.
func Data(schema *arrow.Schema) *arrow.Schema {
	if !hasKind(schema) {
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

func hasKind(schema *arrow.Schema) bool {
	n := schema.NumFields()
	if n == 0 {
		return false
	}
	last := schema.Field(n - 1)
	return last.Name == KindColumn && last.Type.ID() == arrow.INT8
}

// Kinds returns the row kinds of a batch, one a row, after checking each. The slice is a view of
// the batch's own memory: it is read-only and ends with the caller's reference to the batch.
func Kinds(rec arrow.Record) ([]Kind, error) {
	if !hasKind(rec.Schema()) {
		return nil, fmt.Errorf("record batch has no row kind: its last column must be %s INT8", KindColumn)
	}
	column, ok := rec.Column(int(rec.NumCols()) - 1).(*array.Int8)
	if !ok || column.NullN() > 0 {
		return nil, fmt.Errorf("column %s of the record batch is not INT8 without NULLs", KindColumn)
	}
	values := column.Int8Values()[:rec.NumRows()]
	kinds := unsafe.Slice((*Kind)(unsafe.SliceData(values)), len(values))
	for i, k := range kinds {
		if !k.valid() {
			return nil, fmt.Errorf("row %d of the record batch has the unknown row kind %d", i, int8(k))
		}
	}
	return kinds, nil
}
