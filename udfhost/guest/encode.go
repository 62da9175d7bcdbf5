package guest

import (
	"fmt"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/bitutil"

	"riffle/udfhost/guest/abi"
)

// argument is an Arrow column in the form for a guest. It refers to the column's buffers.
type argument struct {
	typ      abi.Type
	width    int     // bytes of a value; 0 for Bool and variable width
	data     []byte  // the values; for Bool a bitmap that begins at bit
	offsets  []int32 // variable width: into data
	validity []byte  // bitmap that begins at bit; nil if no value is NULL
	bit      int

	column abi.Column // where write has written it
}

// newArgument prepares column as an argument for a parameter, with rows values.
func newArgument(column arrow.Array, parameter arrow.DataType, rows int) (*argument, error) {
	if column.Len() != rows {
		return nil, fmt.Errorf("has %d rows instead of %d", column.Len(), rows)
	}
	if !Accepts(parameter, column.DataType()) {
		return nil, fmt.Errorf("is %v instead of %v", column.DataType(), parameter)
	}
	typ := columnType(parameter)
	a := &argument{typ: typ, width: abi.Width(typ), bit: column.Data().Offset()}
	if column.NullN() > 0 {
		a.validity = column.NullBitmapBytes()
	}
	if typ == abi.Packed {
		var err error
		a.data, a.offsets, err = pack(column)
		return a, err
	}
	switch column := column.(type) {
	case *array.String:
		a.offsets, a.data = column.ValueOffsets(), bufferOf(column, 2)
	case *array.Binary:
		a.offsets, a.data = column.ValueOffsets(), bufferOf(column, 2)
	case *array.FixedSizeBinary:
		return a, a.fromFixedSize(column, rows)
	case *array.Boolean:
		a.data = bufferOf(column, 1)
	default:
		a.data = bufferOf(column, 1)
		if from := a.bit * a.width; from <= len(a.data) {
			a.data = a.data[from:]
		}
	}
	return a, a.check(rows)
}

// fromFixedSize creates offsets for values of a fixed size.
func (a *argument) fromFixedSize(column *array.FixedSizeBinary, rows int) error {
	size := column.DataType().(*arrow.FixedSizeBinaryType).ByteWidth
	a.data = bufferOf(column, 1)
	a.offsets = make([]int32, rows+1)
	for i := range a.offsets {
		a.offsets[i] = int32((a.bit + i) * size)
	}
	return a.check(rows)
}

// check reports buffers that do not contain rows values, because columns come from outside.
func (a *argument) check(rows int) error {
	bits := (a.bit + rows + 7) / 8
	short := a.validity != nil && len(a.validity) < bits
	switch {
	case a.typ == abi.Bool:
		short = short || len(a.data) < bits
	case a.width != 0:
		short = short || len(a.data) < rows*a.width
	case rows == 0:
		a.offsets = []int32{0}
	default:
		short = short || len(a.offsets) != rows+1 || !monotonic(a.offsets, len(a.data))
	}
	if short {
		return fmt.Errorf("has buffers that do not hold its %d rows", rows)
	}
	return nil
}

// monotonic reports whether offsets do not decrease and stay within size.
func monotonic(offsets []int32, size int) bool {
	last := int32(0)
	for _, offset := range offsets {
		if offset < last {
			return false
		}
		last = offset
	}
	return int(last) <= size
}

// bufferOf returns buffer i of a column, or nil if its Arrow type omits it.
func bufferOf(column arrow.Array, i int) []byte {
	if buffer := column.Data().Buffers()[i]; buffer != nil {
		return buffer.Bytes()
	}
	return nil
}

// size returns the room that the rows [from, from+n) take, without the descriptor.
func (a *argument) size(from, n int) int {
	size := 0
	if a.validity != nil {
		size = abi.Align((n + 7) / 8)
	}
	switch {
	case a.typ == abi.Bool:
		return size + abi.Align((n+7)/8)
	case a.width != 0:
		return size + abi.Align(n*a.width)
	}
	return size + abi.Align((n+1)*4) + abi.Align(int(a.offsets[from+n]-a.offsets[from]))
}

// write copies the rows [from, from+n) into memory from at on, and returns
// their descriptor and where they end.
func (a *argument) write(memory []byte, at, from, n int) (abi.Column, int) {
	column := abi.Column{Type: a.typ}
	if a.validity != nil {
		column.Flags, column.Validity = abi.FlagValidity, uint64(at)
		bitutil.CopyBitmap(a.validity, a.bit+from, n, memory[at:], 0)
		at += abi.Align((n + 7) / 8)
	}
	switch {
	case a.typ == abi.Bool:
		bitutil.CopyBitmap(a.data, a.bit+from, n, memory[at:], 0)
		column.Data, column.DataLength = uint64(at), uint64((n+7)/8)
	case a.width != 0:
		column.Data = uint64(at)
		column.DataLength = uint64(copy(memory[at:], a.data[from*a.width:(from+n)*a.width]))
	default:
		first, last := a.offsets[from], a.offsets[from+n]
		column.Offsets = uint64(at)
		offsets := int32s(memory[at : at+(n+1)*4])
		copy(offsets, a.offsets[from:])
		for i := range offsets {
			offsets[i] -= first
		}
		at += abi.Align((n + 1) * 4)
		column.Data = uint64(at)
		column.DataLength = uint64(copy(memory[at:], a.data[first:last]))
	}
	return column, at + abi.Align(int(column.DataLength))
}

// int32s returns b, which is aligned, as int32 values.
func int32s(b []byte) []int32 {
	return unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
}

// requestAt returns the request in a frame of a shared memory.
func requestAt(memory []byte, frame int) *abi.Request {
	return (*abi.Request)(unsafe.Pointer(&memory[frame]))
}
