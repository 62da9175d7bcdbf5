// Package browse selects and orders the rows of a table for display: sorted by a column, filtered,
// searched. It works on rows and values and does not depend on keys, terminals or notebooks.
//
//	changelog.Snapshot ─► Arrangement.Rows ─► positions of the rows to show, in their order
//
// Rows are not copied: a position refers to a row of the snapshot. The positions are computed for each
// picture, in time proportional to the number of rows.
package browse

import (
	"fmt"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/render"
)

// Table is a snapshot of rows: a changelog.Snapshot, or changelog.Changes.
type Table interface {
	Rows() int
	// At returns the location of row i's values: a batch, and the row in it. The first columns of
	// the batch are those of the arrangement's schema.
	At(i int) (arrow.Record, int)
}

// Arrangement is the way in which a table is shown. A new Arrangement shows the table as it is. It is for
// use by one goroutine.
type Arrangement struct {
	schema *arrow.Schema
	cells  []render.Cell

	sorted     int // the column to sort by; -1 for none
	descending bool
	filter     filter
	filterText string

	scratch []byte
}

// New returns an arrangement of a table with these columns. TIMESTAMP_LTZ values are shown in loc.
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

// Schema returns the columns.
func (a *Arrangement) Schema() *arrow.Schema { return a.schema }

// Sort sorts by a column, ascending or descending. -1 is the table's own order.
func (a *Arrangement) Sort(column int, descending bool) { a.sorted, a.descending = column, descending }

// CycleSort sorts by a column for a key that is pressed repeatedly: ascending, then descending, then not
// at all.
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

// Order returns the column by which rows are sorted, or -1.
func (a *Arrangement) Order() (column int, descending bool) { return a.sorted, a.descending }

// Text appends a value as text, as [render.Cell] does.
func (a *Arrangement) Text(dst []byte, t Table, row, column int) []byte {
	rec, i := t.At(row)
	return a.cells[column](dst, rec.Column(column), i)
}

// Null reports whether a value is NULL.
func (a *Arrangement) Null(t Table, row, column int) bool {
	rec, i := t.At(row)
	return rec.Column(column).IsNull(i)
}

// Rows returns the positions of the rows that pass the filter, in sorted order. Equal rows keep the
// table's order. NULLs are last.
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

// Find searches the rows at positions for a text, ignoring case. It starts at index from, goes forwards or
// backwards, and wraps around. It returns the index of the first match, or -1.
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
