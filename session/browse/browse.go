// Package browse decides what of a table is seen, and in which order: sorted by a column, filtered,
// searched. It knows rows and values, and neither keys nor terminals nor notebooks.
//
//	changelog.Snapshot ─► Arrangement.Rows ─► positions of the rows to show, in their order
//
// Nothing is copied: a position stands for a row of the snapshot that it was made from. Positions
// are made anew for each picture, in a time proportional to its rows.
package browse

import (
	"fmt"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/render"
)

// Table is a picture of rows: a changelog.Snapshot, or changelog.Changes.
type Table interface {
	Rows() int
	// At tells where the values of row i are: a batch, and the row in it. The first columns of
	// the batch are those of the arrangement's schema.
	At(i int) (arrow.Record, int)
}

// Arrangement is how somebody wants to see a table. The zero position of everything is the table
// as it is. It belongs to one goroutine.
type Arrangement struct {
	schema *arrow.Schema
	cells  []render.Cell

	sorted     int // the column to sort by; -1 for none
	descending bool
	filter     filter
	filterText string

	scratch []byte
}

// New makes an arrangement of a table with these columns. TIMESTAMP_LTZ values are texts in loc.
func New(schema *arrow.Schema, loc *time.Location) (*Arrangement, error) {
	a := &Arrangement{schema: schema, sorted: -1}
	for _, field := range schema.Fields() {
		cell, err := render.CellOf(field, loc)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", field.Name, err)
		}
		a.cells = append(a.cells, cell)
	}
	return a, nil
}

// Schema gives the columns.
func (a *Arrangement) Schema() *arrow.Schema { return a.schema }

// Sort sorts by a column: ascending, or descending. -1 is the table's own order.
func (a *Arrangement) Sort(column int, descending bool) { a.sorted, a.descending = column, descending }

// CycleSort sorts by a column as who presses a key again and again wants it: ascending, then
// descending, then not at all.
func (a *Arrangement) CycleSort(column int) {
	switch {
	case a.sorted != column:
		a.Sort(column, false)
	case !a.descending:
		a.descending = true
	default:
		a.Sort(-1, false)
	}
}

// Order tells the column that rows are sorted by, -1 for none.
func (a *Arrangement) Order() (column int, descending bool) { return a.sorted, a.descending }

// Text appends a value as text, as [render.Cell] has it.
func (a *Arrangement) Text(dst []byte, t Table, row, column int) []byte {
	rec, i := t.At(row)
	return a.cells[column](dst, rec.Column(column), i)
}

// Null tells whether a value is NULL.
func (a *Arrangement) Null(t Table, row, column int) bool {
	rec, i := t.At(row)
	return rec.Column(column).IsNull(i)
}

// Rows gives the positions of the rows that pass the filter, in the order of the sorting. Rows that
// are equal there keep the table's order; NULLs are last.
func (a *Arrangement) Rows(t Table) []int32 {
	positions := make([]int32, 0, t.Rows())
	for i := range t.Rows() {
		if a.filter == nil || a.filter(t, i) {
			positions = append(positions, int32(i))
		}
	}
	if a.sorted >= 0 {
		a.sort(t, positions)
	}
	return positions
}

// Find looks for a text, without regard to case, in the rows at positions: from the place from on, or
// backwards from it, and around the end. It returns the place of the first that has it, or -1.
func (a *Arrangement) Find(t Table, positions []int32, from int, text string, backwards bool) int {
	step := 1
	if backwards {
		step = -1
	}
	n := len(positions)
	needle := fold(text)
	for k := range n {
		place := ((from+step*k)%n + n) % n
		if a.contains(t, int(positions[place]), needle) {
			return place
		}
	}
	return -1
}
