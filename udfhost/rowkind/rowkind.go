// Package rowkind defines the kinds of the rows of a changelog: the byte of Flink's RowKind on the
// wire, its name, and the column that holds it in batches.
//
// Like package sqltype it may be imported by every package and imports none of riffle's.
package rowkind

import (
	"fmt"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// Kind is the kind of a row, with the values of Flink's RowKind.toByteValue.
type Kind int8

const (
	Insert       Kind = iota // +I: a new row
	UpdateBefore             // −U: the old value of a row; its +U comes later, or never
	UpdateAfter              // +U: the new value of a row
	Delete                   // −D: a row is removed
)

var names = [...]string{"+I", "-U", "+U", "-D"}

// String returns the kind as Flink prints it: +I, -U, +U or -D.
func (k Kind) String() string {
	if !k.Valid() {
		return fmt.Sprintf("Kind(%d)", int8(k))
	}
	return names[k]
}

// Valid reports whether Flink has such a kind.
func (k Kind) Valid() bool { return k >= Insert && k <= Delete }

// Adds reports whether a row of this kind adds the row to the result. Otherwise it retracts the row.
func (k Kind) Adds() bool { return k == Insert || k == UpdateAfter }

// Column is the name of the column of row kinds, the last one of each batch of a query.
const Column = "__kind"

// Field returns the field of that column.
func Field() arrow.Field {
	return arrow.Field{Name: Column, Type: arrow.PrimitiveTypes.Int8}
}

// Has reports whether batches of a schema have row kinds.
func Has(schema *arrow.Schema) bool {
	n := schema.NumFields()
	if n == 0 {
		return false
	}
	last := schema.Field(n - 1)
	return last.Name == Column && last.Type.ID() == arrow.INT8
}

// Of returns the row kinds of a batch, one per row, after checking each. The slice is a view of the batch's own
// memory: it is read-only and valid as long as the caller's reference to the batch.
func Of(rec arrow.Record) ([]Kind, error) {
	if !Has(rec.Schema()) {
		return nil, fmt.Errorf("record batch has no row kind: its last column must be %s INT8", Column)
	}
	column, ok := rec.Column(int(rec.NumCols()) - 1).(*array.Int8)
	if !ok || column.NullN() > 0 {
		return nil, fmt.Errorf("column %s of the record batch is not INT8 without NULLs", Column)
	}
	values := column.Int8Values()[:rec.NumRows()]
	kinds := unsafe.Slice((*Kind)(unsafe.SliceData(values)), len(values))
	for i, k := range kinds {
		if !k.Valid() {
			return nil, fmt.Errorf("row %d of the record batch has the unknown row kind %d", i, int8(k))
		}
	}
	return kinds, nil
}
