package changelog

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// Snapshot is the state of a view at one moment. It is immutable, and safe for any goroutine. It is a
// list of references, not a copy of the values, and retains the batches that they point into. Release
// it when it has been drawn.
type Snapshot struct {
	references atomic.Int64
	mem        memory.Allocator
	schema     *arrow.Schema
	batches    []arrow.Record // nil where the view has no batch
	rows       []place
	order      []Key
	sorted     sync.Once
	stats      Stats
}

// place is a row of a snapshot.
type place struct {
	at ref
	id uint64
}

// Snapshot returns a snapshot of the view, which it does not change. The caller owns one reference to
// it. It takes time proportional to the rows and batches of the view, a few nanoseconds for each. If the
// view has an Order, the rows are sorted when the first one is read, so the view does not wait for that.
func (v *View) Snapshot() *Snapshot {
	s := &Snapshot{
		mem:     v.mem,
		schema:  v.visible,
		batches: make([]arrow.Record, len(v.store.batches)),
		rows:    make([]place, 0, v.shown),
		order:   v.config.Order,
		stats:   v.Stats(),
	}
	s.references.Store(1)
	for _, id := range v.order[v.head:] {
		if r := &v.rows[id]; r.state == shown {
			s.rows = append(s.rows, place{r.at, r.id})
		}
	}
	for i := range v.store.batches {
		if rec := v.store.batches[i].record; rec != nil {
			rec.Retain()
			s.batches[i] = rec
		}
	}
	return s
}

// Retain adds a reference.
func (s *Snapshot) Retain() { s.references.Add(1) }

// Release releases a reference. The last one releases the snapshot's batches.
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

// Schema returns the columns of the rows.
func (s *Snapshot) Schema() *arrow.Schema { return s.schema }

// Rows returns the number of rows.
func (s *Snapshot) Rows() int { return len(s.rows) }

// Stats returns the view's figures at the moment of the snapshot.
func (s *Snapshot) Stats() Stats { return s.stats }

// ID identifies the place of row i. It stays the same in later snapshots while the row is updated, and
// is not used again. IDs grow in the order of first arrival.
func (s *Snapshot) ID(i int) uint64 { return s.inOrder()[i].id }

// At returns the location of row i's values, without copying them: a batch of the data columns, valid
// as long as the snapshot, and the row in it.
func (s *Snapshot) At(i int) (arrow.Record, int) {
	r := s.inOrder()[i].at
	return s.batches[r.batch], int(r.index)
}

// Record copies all rows to one batch of the data columns; the caller owns it.
func (s *Snapshot) Record() (arrow.Record, error) { return s.Slice(0, s.Rows()) }

// Slice copies the rows from lo up to, but not including, hi to one batch of the data columns. The
// caller owns it. It fails if the rows do not fit one batch, whose limit is 2 GiB.
func (s *Snapshot) Slice(lo, hi int) (arrow.Record, error) {
	if lo < 0 || hi < lo || hi > len(s.rows) {
		return nil, fmt.Errorf("rows %d to %d are not within the %d rows of the snapshot", lo, hi, len(s.rows))
	}
	if !s.fitOneBatch(s.inOrder()[lo:hi]) {
		return nil, fmt.Errorf("rows %d to %d exceed 2 GiB, the most that a record batch holds: take fewer at a time", lo, hi)
	}
	return gather(s.mem, s.schema, hi-lo, func(k int) (arrow.Record, int) { return s.At(lo + k) }), nil
}

// fitOneBatch reports whether the rows fit into one batch. It measures them only if all batches
// together exceed the limit.
func (s *Snapshot) fitOneBatch(rows []place) bool {
	var all int64
	for _, rec := range s.batches {
		if rec != nil {
			all += recordBytes(rec)
		}
	}
	if all <= maxBatchBytes {
		return true
	}
	// The view's columns have scratch memory that only its goroutine may use, so bind new ones.
	columns := make(map[int32]cells)
	var size int64
	var scratch []byte
	for _, row := range rows {
		r := row.at
		if columns[r.batch] == nil {
			columns[r.batch], _ = bindRecord(s.batches[r.batch]) // the view has bound it before
		}
		scratch = columns[r.batch].append(scratch[:0], int(r.index))
		size += int64(len(scratch))
	}
	return size <= maxBatchBytes
}
