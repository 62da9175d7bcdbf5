package changelog

import (
	"github.com/apache/arrow/go/v15/arrow"
)

// Ring keeps the last changes of a changelog as they arrived, for displays of changes instead of
// the table. It is for use by one goroutine.
type Ring struct {
	limit   int
	batches []arrow.Record
	rows    int   // in batches
	seen    int64 // number of changes added so far
}

// NewRing returns an empty ring. Once limit changes were added, it keeps at least limit of them, and at
// most one batch more.
func NewRing(limit int) *Ring { return &Ring{limit: limit} }

// Add adds a batch with its row kind column. It retains the batch.
func (r *Ring) Add(rec arrow.Record) {
	rec.Retain()
	r.batches = append(r.batches, rec)
	r.rows += int(rec.NumRows())
	r.seen += rec.NumRows()
	for first := int(r.batches[0].NumRows()); r.rows-first >= r.limit; first = int(r.batches[0].NumRows()) {
		r.batches[0].Release()
		r.batches = r.batches[1:]
		r.rows -= first
	}
}

// Clear drops all changes.
func (r *Ring) Clear() {
	for _, rec := range r.batches {
		rec.Release()
	}
	*r = Ring{limit: r.limit}
}

// Changes returns a snapshot of the ring, which the caller releases.
func (r *Ring) Changes() *Changes {
	c := &Changes{first: r.seen - int64(r.rows)}
	for _, rec := range r.batches {
		rec.Retain()
		c.batches = append(c.batches, rec)
		for i := range int(rec.NumRows()) {
			c.rows = append(c.rows, ref{int32(len(c.batches) - 1), int32(i)})
		}
	}
	return c
}

// Changes is an immutable snapshot of a Ring, in the order in which the changes arrived.
type Changes struct {
	batches []arrow.Record
	rows    []ref
	first   int64 // the number of the first change
}

// Rows returns the number of changes.
func (c *Changes) Rows() int { return len(c.rows) }

// At returns the location of change i: a batch, valid until Release, and the row in it.
func (c *Changes) At(i int) (arrow.Record, int) {
	r := c.rows[i]
	return c.batches[r.batch], int(r.index)
}

// ID identifies change i: it is the number of changes before it.
func (c *Changes) ID(i int) uint64 { return uint64(c.first + int64(i)) }

// Kind returns the kind of change i.
func (c *Changes) Kind(i int) Kind {
	rec, row := c.At(i)
	kinds, err := Kinds(rec)
	if err != nil { // the view has rejected such a batch
		return Insert
	}
	return kinds[row]
}

// Release releases the batches.
func (c *Changes) Release() {
	for _, rec := range c.batches {
		rec.Release()
	}
	*c = Changes{}
}
