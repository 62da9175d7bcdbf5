package changelog

import (
	"math"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// ref is the location of a row's values: a batch of the store, and the row in it.
type ref struct{ batch, index int32 }

// nowhere is the ref of a place whose values are no longer needed.
var nowhere = ref{-1, -1}

// batchStore keeps the batches that contain rows. Each batch counts its live rows and is
// released with the last one. The store counts the bytes that it keeps beyond the live rows, so
// the view knows when it pays to copy the few live rows out of sparse batches.
type batchStore struct {
	mem     memory.Allocator
	schema  *arrow.Schema
	batches []batch
	free    []int32 // places in batches to use again

	count     int   // batches in the store
	rows      int   // live rows in all of them
	bytes     int64 // memory of all of them
	dead      int64 // the part of it that no live row needs
	compactAt int   // number of batches that calls for a compaction
	compacts  int64 // compactions done
}

type batch struct {
	record  arrow.Record // nil: the place is free
	columns cells
	live    int
	perRow  int64 // bytes of a row, on average
}

const (
	// A batch costs its buffers and about this much for each array and its slices.
	arrayOverhead = 256
	// Dead memory below this is never worth a compaction.
	deadSlack = 1 << 20
	// Batches with fewer live rows than this are merged when there are many of them.
	smallBatch = 64
	// Bounds of one batch that a compaction builds.
	compactRows  = 8192
	compactBytes = 8 << 20
	// Arrow's offsets have 32 bits, so a batch cannot have more bytes than this.
	maxBatchBytes = math.MaxInt32
)

func newBatchStore(mem memory.Allocator, schema *arrow.Schema) batchStore {
	return batchStore{mem: mem, schema: schema, compactAt: smallBatch}
}

// add takes over one reference to a batch of data columns. It counts the batch as if it had one
// more live row, until unpin undoes this.
func (h *batchStore) add(rec arrow.Record, columns cells) int32 {
	rows := max(rec.NumRows(), 1)
	perRow := (recordBytes(rec) + rows - 1) / rows
	b := batch{record: rec, columns: columns, live: 1, perRow: perRow}
	h.count++
	h.bytes += perRow * rows
	h.dead += perRow * rows
	if n := len(h.free); n > 0 {
		id := h.free[n-1]
		h.free = h.free[:n-1]
		h.batches[id] = b
		return id
	}
	h.batches = append(h.batches, b)
	return int32(len(h.batches) - 1)
}

func (h *batchStore) unpin(id int32) {
	h.batches[id].live--
	h.releaseIfEmpty(id)
}

// use counts a row that is now located at r.
func (h *batchStore) use(r ref) {
	b := &h.batches[r.batch]
	b.live++
	h.rows++
	h.dead -= b.perRow
}

// drop counts a row that is no longer located at r.
func (h *batchStore) drop(r ref) {
	b := &h.batches[r.batch]
	b.live--
	h.rows--
	h.dead += b.perRow
	h.releaseIfEmpty(r.batch)
}

func (h *batchStore) releaseIfEmpty(id int32) {
	b := &h.batches[id]
	if b.live > 0 {
		return
	}
	size := b.perRow * max(b.record.NumRows(), 1)
	h.count--
	h.bytes -= size
	h.dead -= size
	b.record.Release()
	*b = batch{}
	h.free = append(h.free, id)
}

// wasteful reports whether a compaction pays: dead memory exceeds the live memory, or the
// number of batches with few rows has doubled since the last compaction. Both must grow by as
// much as a compaction copies before the next one is due, so the cost per applied row is
// bounded.
func (h *batchStore) wasteful() bool {
	live := h.bytes - h.dead
	return h.dead > live+live/4+deadSlack || h.count > h.compactAt+h.rows/1024
}

// sparse reports whether a compaction should empty the batch.
func (h *batchStore) sparse(id int32) bool {
	b := &h.batches[id]
	return int64(b.live)*2 < b.record.NumRows() || b.live < smallBatch
}

// fits returns how many of the refs, from the first on, make one batch; at least one. Rows
// count with the average size of their batch, and are measured where averages could hide more
// than a batch can hold.
func (h *batchStore) fits(refs []ref, scratch []byte) (int, []byte) {
	measure := h.bytes > maxBatchBytes
	var size int64
	for n, r := range refs {
		b := &h.batches[r.batch]
		if measure {
			scratch = b.columns.append(scratch[:0], int(r.index))
			size += int64(len(scratch))
		} else {
			size += b.perRow
		}
		if n == compactRows || n > 0 && size > compactBytes {
			return n, scratch
		}
	}
	return len(refs), scratch
}

// compact moves the live rows of sparse batches, wherever the view keeps their refs, to new batches.
func (h *batchStore) compact(rows []row, scratch []byte) []byte {
	var moving []int32
	for i := range rows {
		if r := rows[i].at; rows[i].state != unused && r != nowhere && h.sparse(r.batch) {
			moving = append(moving, int32(i))
		}
	}
	refs := make([]ref, len(moving))
	for i, id := range moving {
		refs[i] = rows[id].at
	}
	for len(refs) > 0 {
		var n int
		n, scratch = h.fits(refs, scratch)
		h.move(rows, moving[:n], refs[:n])
		moving, refs = moving[n:], refs[n:]
	}
	h.compactAt = 2*h.count + smallBatch
	h.compacts++
	return scratch
}

// move copies the rows at refs to one new batch and points the rows to it.
func (h *batchStore) move(rows []row, moving []int32, refs []ref) {
	rec := gather(h.mem, h.schema, len(refs), func(k int) (arrow.Record, int) {
		return h.batches[refs[k].batch].record, int(refs[k].index)
	})
	columns, err := bindRecord(rec)
	if err != nil { // New checked every column's type
		panic(err)
	}
	fresh := h.add(rec, columns)
	for k, id := range moving {
		rows[id].at = ref{fresh, int32(k)}
		h.use(rows[id].at)
		h.drop(refs[k])
	}
	h.unpin(fresh)
}

func (h *batchStore) close() {
	for i := range h.batches {
		if rec := h.batches[i].record; rec != nil {
			rec.Release()
		}
	}
	*h = batchStore{mem: h.mem, schema: h.schema}
}

// recordBytes estimates the memory that a batch keeps alive, including its Go values.
func recordBytes(rec arrow.Record) int64 {
	size := int64(arrayOverhead)
	for _, column := range rec.Columns() {
		size += dataBytes(column.Data())
	}
	return size
}

func dataBytes(data arrow.ArrayData) int64 {
	size := int64(arrayOverhead)
	for _, buffer := range data.Buffers() {
		if buffer != nil {
			size += int64(buffer.Len())
		}
	}
	for _, child := range data.Children() {
		size += dataBytes(child)
	}
	return size
}
