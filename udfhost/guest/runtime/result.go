package runtime

import "riffle/udfhost/guest/abi"

// result is the result of a call. Values of types that are Go's own and of fixed width are written to
// their place in the shared memory at once, because the host has reserved space for them. Other values
// are kept in parts until they are known to fit.
type result struct {
	typ   abi.Type
	valid Bits  // nil: no value is NULL
	parts Parts // nil for values of the former kind
	kept  Parts // the memory of parts
}

func (r *result) reset() { *r = result{kept: r.kept} }

// Results of fixed width: the glue writes row i to element i.

// Int8Result makes the result a column of int8.
//
//go:noinline
func Int8Result(c *Call) []int8 { return results[int8](c, abi.Int8) }

// Int16Result makes the result a column of int16.
//
//go:noinline
func Int16Result(c *Call) []int16 { return results[int16](c, abi.Int16) }

// Int32Result makes the result a column of int32.
//
//go:noinline
func Int32Result(c *Call) []int32 { return results[int32](c, abi.Int32) }

// Int64Result makes the result a column of int64.
//
//go:noinline
func Int64Result(c *Call) []int64 { return results[int64](c, abi.Int64) }

// IntResult makes the result a column of int64, which is the size of an int in a guest.
//
//go:noinline
func IntResult(c *Call) []int { return results[int](c, abi.Int64) }

// Float32Result makes the result a column of float32.
//
//go:noinline
func Float32Result(c *Call) []float32 { return results[float32](c, abi.Float32) }

// Float64Result makes the result a column of float64.
//
//go:noinline
func Float64Result(c *Call) []float64 { return results[float64](c, abi.Float64) }

func results[T any](c *Call, typ abi.Type) []T {
	c.result.typ = typ
	return view[T](c.memory, c.resultData(), c.Rows())
}

// resultData returns the place of the values of a result of fixed width.
func (c *Call) resultData() uint64 { return c.request.Output + abi.ColumnSize }

// BoolColumn receives results of bool.
type BoolColumn struct{ bits Bits }

// BoolResult makes the result a column of bool, all false.
//
//go:noinline
func BoolResult(c *Call) BoolColumn {
	c.result.typ = abi.Bool
	bits := view[byte](c.memory, c.resultData(), (c.Rows()+7)/8)
	if c.from == 0 {
		clear(bits)
	}
	return BoolColumn{bits}
}

// Set sets the result of row i to v.
func (b BoolColumn) Set(i int, v bool) {
	if v {
		b.bits.Set(i)
	}
}

// Result makes the result a column of values that are kept in parts. The types are those of its descriptors, in
// their order. The number of fields follows the type Row. The glue appends a value for each row in turn, or calls
// NullAt.
//
//go:noinline
func (c *Call) Result(types ...abi.Type) Parts {
	r := &c.result
	if r.parts == nil { // not after a failure
		r.typ = types[0]
		for len(r.kept) < len(types) {
			r.kept = append(r.kept, Part{})
		}
		r.parts = r.kept[:layOut(r.kept, types)]
	}
	return r.parts
}

// ResultValidity sets the result to NULL for each row that is not set in valid, which the call keeps.
//
//go:noinline
func (c *Call) ResultValidity(valid Bits) { c.result.valid = valid }

// NullableResult returns a bitmap. The result is NULL for each row that the glue does not set in it.
//
//go:noinline
func (c *Call) NullableResult() Bits {
	if c.result.valid == nil { // not after a failure
		c.result.valid = make(Bits, (c.Rows()+7)/8)
	}
	return c.result.valid
}

// hideFailures sets the result of each failed row to NULL.
func (c *Call) hideFailures() {
	if c.failed == nil {
		return
	}
	valid := c.result.valid
	if valid == nil {
		valid = make(Bits, len(c.failed))
		for i := range valid {
			valid[i] = 0xff
		}
		c.result.valid = valid
	}
	for i, failed := range c.failed {
		valid[i] &^= failed
	}
}

// write writes the result, from row from on, after Request.Output and completes the reply.
func (c *Call) write(from int) {
	parts := c.result.parts
	if parts == nil {
		c.writeFixed()
		return
	}
	rows := c.values() - from
	room := int(c.request.Limit - c.request.Output)
	if size := c.size(from, rows); size > room {
		if c.request.Flags&abi.FlagPartial != 0 {
			rows = c.fitting(from, rows, room)
		}
		if c.request.Flags&abi.FlagPartial == 0 || rows == 0 {
			c.reply.Status = abi.StatusGrow
			c.reply.Need, c.reply.RowNeed = uint64(size), uint64(c.size(from, 1))
			if c.table != nil {
				c.reply.FailingRow, c.reply.Cause = uint64(c.table.row), c.table.status
			}
			return
		}
	}
	columns := view[abi.Column](c.memory, c.request.Output, len(parts))
	at := parts.write(c.memory, columns, c.request.Output+uint64(len(parts)*abi.ColumnSize), from, rows)
	c.finish(columns, from, rows, at)
}

// values returns the number of values of the result: of a table function, the results of the batch.
func (c *Call) values() int {
	if c.table != nil {
		return c.result.parts[0].count
	}
	return c.Rows()
}

// writeFixed describes the values that the glue has written already.
func (c *Call) writeFixed() {
	size := (c.Rows() + 7) / 8
	if c.result.typ != abi.Bool {
		size = c.Rows() * abi.Width(c.result.typ)
	}
	columns := view[abi.Column](c.memory, c.request.Output, 1)
	columns[0] = abi.Column{
		Type: c.result.typ, Length: c.request.Rows, Data: c.resultData(), DataLength: uint64(size),
	}
	c.finish(columns, 0, c.Rows(), c.resultData()+uint64(abi.Align(size)))
}

// size returns the room that rows of a result with parts take.
func (c *Call) size(from, rows int) int {
	parts := c.result.parts
	return len(parts)*abi.ColumnSize + abi.Align((rows+7)/8) + parts.size(from, rows)
}

// fitting returns the largest number of rows, at most rows, that fit into room.
func (c *Call) fitting(from, rows, room int) int {
	low, high := 0, rows
	for low < high {
		if middle := (low + high + 1) / 2; c.size(from, middle) <= room {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low
}

// finish writes the validity of rows at offset at, and completes the reply.
func (c *Call) finish(columns []abi.Column, from, rows int, at uint64) {
	if c.result.valid != nil && rows > 0 {
		columns[0].Flags, columns[0].Validity = abi.FlagValidity, at
		copyBits(view[byte](c.memory, at, (rows+7)/8), c.result.valid, from, rows)
	}
	c.reply.Columns = uint32(len(columns))
	c.reply.Rows, c.reply.From, c.reply.Failed = uint64(rows), uint64(from), uint64(c.count)
	c.reply.Left = uint64(c.values() - from - rows)
}
