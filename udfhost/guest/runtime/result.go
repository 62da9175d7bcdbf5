package runtime

import "riffle/udfhost/guest/abi"

// resultColumn is the result of a call. Values of fixed width are written to their place in the
// shared memory at once, because the host has reserved space for them. Values of variable width
// are kept here until they are known to fit.
type resultColumn struct {
	typ   abi.Type
	valid Bits // nil: no value is NULL
	TextColumn
}

// keptText is the capacity of text that is kept for the next call.
const keptText = 16 << 20

func (r *resultColumn) reset() {
	if cap(r.text) > keptText {
		r.text = nil
	}
	*r = resultColumn{TextColumn: TextColumn{text: r.text[:0], offsets: r.offsets[:0]}}
}

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

// TextColumn receives results of variable width, in the order of the rows.
type TextColumn struct {
	text    []byte  // all values
	offsets []int32 // where they begin and the last one ends
}

// StringResult makes the result a column of strings. The glue calls Set or Null for each row in turn.
//
//go:noinline
func StringResult(c *Call) *TextColumn { return VariableResult(c, abi.String) }

// BytesResult makes the result a column of byte strings, used like that of StringResult.
//
//go:noinline
func BytesResult(c *Call) *TextColumn { return VariableResult(c, abi.Bytes) }

// VariableResult makes the result a column of a type of variable width, used like that of StringResult.
func VariableResult(c *Call, typ abi.Type) *TextColumn {
	r := &c.result
	r.typ = typ
	if cap(r.offsets) < c.Rows()+1 {
		r.offsets = make([]int32, 0, c.Rows()+1)
	}
	if len(r.offsets) == 0 { // not after a failure
		r.offsets = append(r.offsets, 0)
	}
	return &r.TextColumn
}

// SetString sets the result of the next row to v.
//
//go:noinline
func (t *TextColumn) SetString(v string) {
	t.text = append(t.text, v...)
	t.end()
}

// SetBytes sets the result of the next row to v.
//
//go:noinline
func (t *TextColumn) SetBytes(v []byte) {
	t.text = append(t.text, v...)
	t.end()
}

// Null sets the result of the next row to NULL.
//
//go:noinline
func (t *TextColumn) Null() { t.end() }

func (t *TextColumn) end() {
	if len(t.text) > maxOffset {
		panic(tooLarge{})
	}
	t.offsets = append(t.offsets, int32(len(t.text)))
}

// maxOffset is the largest of Arrow's 32-bit offsets.
const maxOffset = 1<<31 - 1

// tooLarge is what end panics with.
type tooLarge struct{}

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
	if abi.Width(c.result.typ) != 0 || c.result.typ == abi.Bool {
		c.writeFixed()
		return
	}
	rows := c.Rows() - from
	room := int(c.request.Limit - c.request.Output)
	if size := c.variableSize(from, rows); size > room {
		if c.request.Flags&abi.FlagPartial != 0 {
			rows = c.fitting(from, rows, room)
		}
		if c.request.Flags&abi.FlagPartial == 0 || rows == 0 {
			c.reply.Status = abi.StatusGrow
			c.reply.Need, c.reply.RowNeed = uint64(size), uint64(c.variableSize(from, 1))
			return
		}
	}
	c.writeVariable(from, rows)
}

// writeFixed describes the values that the glue has written already.
func (c *Call) writeFixed() {
	size := (c.Rows() + 7) / 8
	if c.result.typ != abi.Bool {
		size = c.Rows() * abi.Width(c.result.typ)
	}
	column := abi.Column{Type: c.result.typ, Data: c.resultData(), DataLength: uint64(size)}
	c.finish(column, 0, c.Rows(), c.resultData()+uint64(abi.Align(size)))
}

// variableSize returns the room that rows of a result of variable width take.
func (c *Call) variableSize(from, rows int) int {
	r := &c.result
	return abi.ColumnSize + abi.Align((rows+1)*4) + abi.Align((rows+7)/8) +
		abi.Align(int(r.offsets[from+rows]-r.offsets[from]))
}

// fitting returns the largest number of rows, at most rows, that fit into room.
func (c *Call) fitting(from, rows, room int) int {
	low, high := 0, rows
	for low < high {
		if middle := (low + high + 1) / 2; c.variableSize(from, middle) <= room {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low
}

func (c *Call) writeVariable(from, rows int) {
	r := &c.result
	at := c.request.Output + abi.ColumnSize
	first := r.offsets[from]
	offsets := view[int32](c.memory, at, rows+1)
	copy(offsets, r.offsets[from:])
	if first != 0 {
		for i := range offsets {
			offsets[i] -= first
		}
	}
	column := abi.Column{Type: r.typ, Offsets: at}
	column.Data = at + uint64(abi.Align((rows+1)*4))
	column.DataLength = uint64(copy(c.memory[column.Data:], r.text[first:r.offsets[from+rows]]))
	c.finish(column, from, rows, column.Data+uint64(abi.Align(int(column.DataLength))))
}

// finish writes the validity of rows at offset at, the descriptor, and the
// reply.
func (c *Call) finish(column abi.Column, from, rows int, at uint64) {
	if c.result.valid != nil && rows > 0 {
		column.Flags = abi.FlagValidity
		column.Validity = at
		copyBits(view[byte](c.memory, at, (rows+7)/8), c.result.valid, from, rows)
	}
	view[abi.Column](c.memory, c.request.Output, 1)[0] = column
	c.reply.Columns = 1
	c.reply.Rows, c.reply.From, c.reply.Failed = uint64(rows), uint64(from), uint64(c.count)
}
