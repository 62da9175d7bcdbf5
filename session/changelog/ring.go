package changelog

import (
	"github.com/apache/arrow/go/v15/arrow"
)

// Ring keeps the last changes of a changelog as they came, for whoever wants to read them rather
// than the table. It belongs to one goroutine.
type Ring struct {
	limit   int
	batches []arrow.Record
	rows    int   // in batches
	seen    int64 // all that were added
}

// NewRing makes an empty ring that keeps at least limit changes, once so many have come, and never
// more than a batch beyond.
func NewRing(limit int) *Ring { return &Ring{limit: limit} }

// Add takes in a batch with its row kind column. It keeps a reference of its own.
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

// Changes takes a picture of the ring; the caller must Release it.
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

// Changes is a picture of a Ring: immutable, in the order in which the changes came.
type Changes struct {
	batches []arrow.Record
	rows    []ref
	first   int64 // the number of the first
}

// Rows gives the number of changes.
func (c *Changes) Rows() int { return len(c.rows) }

// At tells where change i is: a batch, valid while the picture is, and the row in it.
func (c *Changes) At(i int) (arrow.Record, int) {
	r := c.rows[i]
	return c.batches[r.batch], int(r.index)
}

// ID names change i: the number of changes that came before it.
func (c *Changes) ID(i int) uint64 { return uint64(c.first + int64(i)) }

// Kind is what change i does.
func (c *Changes) Kind(i int) Kind {
	rec, row := c.At(i)
	kinds, err := Kinds(rec)
	if err != nil { // the view has refused such a batch
		return Insert
	}
	return kinds[row]
}

// Release gives up the picture's batches.
func (c *Changes) Release() {
	for _, rec := range c.batches {
		rec.Release()
	}
	*c = Changes{}
}
