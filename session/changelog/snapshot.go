package changelog

import (
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// Snapshot is the picture of a view at one moment: immutable, and safe for any goroutine. It is a
// list of references, not a copy of the values, and keeps the batches alive that they point into:
// Release it when it has been drawn.
type Snapshot struct {
	references atomic.Int64
	mem        memory.Allocator
	schema     *arrow.Schema
	batches    []arrow.Record // nil where the view holds none
	rows       []ref
	ids        []uint64
	stats      Stats
}

// Snapshot takes a picture of the view, which it does not change: any number of displays may look.
// The caller owns one reference to it. It takes time proportional to the rows and batches of the
// view, about 10 ns for each; rows with an Order are sorted besides.
func (v *View) Snapshot() *Snapshot {
	s := &Snapshot{
		mem:     v.mem,
		schema:  v.visible,
		batches: make([]arrow.Record, len(v.held.batches)),
		rows:    make([]ref, 0, v.shown),
		ids:     make([]uint64, 0, v.shown),
		stats:   v.Stats(),
	}
	s.references.Store(1)
	for _, id := range v.inOrder() {
		r := &v.rows[id]
		s.rows = append(s.rows, r.at)
		s.ids = append(s.ids, r.id)
	}
	for i := range v.held.batches {
		if rec := v.held.batches[i].record; rec != nil {
			rec.Retain()
			s.batches[i] = rec
		}
	}
	return s
}

// Retain adds a reference.
func (s *Snapshot) Retain() { s.references.Add(1) }

// Release gives up a reference; with the last one the snapshot's batches are released.
func (s *Snapshot) Release() {
	if s.references.Add(-1) != 0 {
		return
	}
	for _, rec := range s.batches {
		if rec != nil {
			rec.Release()
		}
	}
	s.batches, s.rows = nil, nil
}

// Schema gives the columns of the rows.
func (s *Snapshot) Schema() *arrow.Schema { return s.schema }

// Rows gives the number of rows.
func (s *Snapshot) Rows() int { return len(s.rows) }

// Stats gives the view's figures at the moment of the snapshot.
func (s *Snapshot) Stats() Stats { return s.stats }

// ID names the place of row i: it stays the same from one snapshot to the next while the row is
// updated, and is not used again. Ids grow in the order of first arrival.
func (s *Snapshot) ID(i int) uint64 { return s.ids[i] }

// At tells where the values of row i are, without copying: a batch of the data columns, which is
// valid while the snapshot is, and the row in it.
func (s *Snapshot) At(i int) (arrow.Record, int) {
	r := s.rows[i]
	return s.batches[r.batch], int(r.index)
}

// Record copies all rows to one batch of the data columns; the caller owns it.
func (s *Snapshot) Record() (arrow.Record, error) { return s.Slice(0, s.Rows()) }

// Slice copies the rows from lo up to, but not including, hi to one batch of the data columns. The
// caller owns it. It fails when the rows do not fit one batch, which ends at 2 GiB.
func (s *Snapshot) Slice(lo, hi int) (arrow.Record, error) {
	if lo < 0 || hi < lo || hi > len(s.rows) {
		return nil, fmt.Errorf("rows %d to %d are not within the %d rows of the snapshot", lo, hi, len(s.rows))
	}
	if !s.fitOneBatch(s.rows[lo:hi]) {
		return nil, fmt.Errorf("rows %d to %d exceed 2 GiB, the most that a record batch holds: take fewer at a time", lo, hi)
	}
	return gather(s.mem, s.schema, hi-lo, func(k int) (arrow.Record, int) { return s.At(lo + k) }), nil
}

// fitOneBatch bounds the rows by all that the batches hold, and measures them only beyond that.
func (s *Snapshot) fitOneBatch(rows []ref) bool {
	var all int64
	for _, rec := range s.batches {
		if rec != nil {
			all += recordBytes(rec)
		}
	}
	if all <= maxBatchBytes {
		return true
	}
	// The view's own columns have scratch that belongs to its goroutine: bind anew.
	columns := make(map[int32]cells)
	var size int64
	var scratch []byte
	for _, r := range rows {
		if columns[r.batch] == nil {
			columns[r.batch], _ = bindRecord(s.batches[r.batch]) // bound once already by the view
		}
		scratch = columns[r.batch].append(scratch[:0], int(r.index))
		size += int64(len(scratch))
	}
	return size <= maxBatchBytes
}

// Changelog gives the shortest changelog that makes an empty view equal to this one: an +I for each
// row and a −D for each debt, in batches with the row kind column. It is what a subscriber that
// lost its place starts anew from, before the query's next batch. Hidden rows are not in it. The
// caller owns the batches.
func (v *View) Changelog() []arrow.Record {
	var adds, takes []ref
	for i := range v.rows { // spares first: the row that a view shows is the one that came last
		switch r := &v.rows[i]; r.state {
		case spare:
			adds = append(adds, r.at)
		case debt:
			takes = append(takes, r.at)
		}
	}
	for _, id := range v.order[v.head:] {
		if r := &v.rows[id]; r.state == shown {
			adds = append(adds, r.at)
		}
	}
	return slices.Concat(v.changes(Insert, adds), v.changes(Delete, takes))
}

// changes copies rows to batches of one row kind.
func (v *View) changes(kind Kind, rows []ref) []arrow.Record {
	schema := withKind(v.schema)
	var batches []arrow.Record
	for len(rows) > 0 {
		var n int
		n, v.scratch = v.held.fits(rows, v.scratch)
		data := gather(v.mem, v.schema, n, func(k int) (arrow.Record, int) {
			return v.held.batches[rows[k].batch].record, int(rows[k].index)
		})
		kinds := v.kindArray(kind, n)
		batches = append(batches, array.NewRecord(schema, append(slices.Clone(data.Columns()), kinds), int64(n)))
		data.Release()
		kinds.Release()
		rows = rows[n:]
	}
	return batches
}

func (v *View) kindArray(kind Kind, n int) arrow.Array {
	builder := array.NewInt8Builder(v.mem)
	defer builder.Release()
	builder.Reserve(n)
	for range n {
		builder.UnsafeAppend(int8(kind))
	}
	return builder.NewArray()
}
