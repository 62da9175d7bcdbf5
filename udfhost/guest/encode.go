package guest

import (
	"fmt"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/bitutil"

	"riffle/udfhost/guest/abi"
)

// argument is an Arrow column in the form for a guest, or a part of one. It refers to the column's buffers.
type argument struct {
	typ      abi.Type
	width    int     // bytes of a value; 0 for Bool, variable width, and columns with parts
	rows     int     // number of values
	data     []byte  // the values; for Bool a bitmap that begins at bit
	rest     []byte  // int32 for each value, or nil
	offsets  []int32 // variable width: into data. List: into its part.
	validity []byte  // bitmap that begins at bit; nil if no value is NULL
	bit      int
	digits   int
	parts    []*argument

	columns []abi.Column // where write has written it and its parts
}

// newArgument prepares column as an argument for a parameter, with rows values.
func newArgument(column arrow.Array, parameter arrow.DataType, rows int) (*argument, error) {
	if column.Len() != rows {
		return nil, fmt.Errorf("has %d rows instead of %d", column.Len(), rows)
	}
	if !Accepts(parameter, column.DataType()) {
		return nil, fmt.Errorf("is %v instead of %v", column.DataType(), parameter)
	}
	return argumentOf(column)
}

func argumentOf(column arrow.Array) (*argument, error) {
	typ, ok := columnType(column.DataType())
	if !ok {
		return nil, fmt.Errorf("is %v, which functions cannot have", column.DataType())
	}
	a := &argument{typ: typ, width: abi.Width(typ), rows: column.Len(), bit: column.Data().Offset()}
	if column.NullN() > 0 {
		a.validity = column.NullBitmapBytes()
	}
	if err := a.take(column); err != nil {
		return nil, err
	}
	return a, a.check()
}

// take refers a to the values of a column.
func (a *argument) take(column arrow.Array) (err error) {
	switch column := column.(type) {
	case *array.String:
		a.offsets, a.data = column.ValueOffsets(), bufferOf(column, 2)
	case *array.Binary:
		a.offsets, a.data = column.ValueOffsets(), bufferOf(column, 2)
	case *array.FixedSizeBinary:
		a.takeFixedSize(column)
	case *array.Boolean:
		a.data = bufferOf(column, 1)
	case *array.Time32, *array.Time64:
		a.takeTimes(column)
	case *array.Map: // before List, which it embeds
		if column.Keys().NullN() > 0 {
			return fmt.Errorf("has a NULL key in a MAP")
		}
		return a.takeList(column, column.List)
	case *array.List:
		return a.takeList(column, column)
	case *array.Struct:
		return a.takeStruct(column)
	default:
		a.data = a.values(column)
		switch dt := column.DataType().(type) {
		case *arrow.TimestampType:
			a.digits = 3 * int(dt.Unit)
		case *arrow.Decimal128Type:
			a.digits = int(dt.Scale)
		}
	}
	return nil
}

// values returns the values of fixed width of a column.
func (a *argument) values(column arrow.Array) []byte {
	width := column.DataType().(arrow.FixedWidthDataType).BitWidth() / 8
	data := bufferOf(column, 1)
	return data[min(column.Data().Offset()*width, len(data)):]
}

// takeFixedSize creates offsets for values of a fixed size.
func (a *argument) takeFixedSize(column *array.FixedSizeBinary) {
	size := column.DataType().(*arrow.FixedSizeBinaryType).ByteWidth
	a.data = bufferOf(column, 1)
	a.offsets = make([]int32, a.rows+1)
	for i := range a.offsets {
		a.offsets[i] = int32((a.bit + i) * size)
	}
}

// takeTimes converts times of day to nanoseconds.
func (a *argument) takeTimes(column arrow.Array) {
	nanos := make([]int64, a.rows)
	switch column := column.(type) {
	case *array.Time32:
		unit := int64(column.DataType().(*arrow.Time32Type).Unit.Multiplier())
		for i, v := range column.Time32Values() {
			nanos[i] = int64(v) * unit
		}
	case *array.Time64:
		unit := int64(column.DataType().(*arrow.Time64Type).Unit.Multiplier())
		for i, v := range column.Time64Values() {
			nanos[i] = int64(v) * unit
		}
	}
	a.data = arrow.Int64Traits.CastToBytes(nanos)
}

// takeList refers a to the offsets and the elements of arrays or maps.
func (a *argument) takeList(column arrow.Array, list *array.List) error {
	a.offsets = list.Offsets()
	a.offsets = a.offsets[min(a.bit, len(a.offsets)):min(a.bit+a.rows+1, len(a.offsets))]
	return a.takePart(list.ListValues())
}

func (a *argument) takeStruct(column *array.Struct) error {
	if a.typ == abi.Timestamp {
		a.data, a.rest, a.digits = a.values(column.Field(0)), a.values(column.Field(1)), 3
		return nil
	}
	for i := range column.NumField() {
		if err := a.takePart(column.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

func (a *argument) takePart(column arrow.Array) error {
	part, err := argumentOf(column)
	a.parts = append(a.parts, part)
	return err
}

// check reports buffers that do not contain all values, because columns come from outside.
func (a *argument) check() error {
	bits := (a.bit + a.rows + 7) / 8
	short := a.validity != nil && len(a.validity) < bits
	switch {
	case a.typ == abi.Bool:
		short = short || len(a.data) < bits
	case a.width != 0:
		short = short || len(a.data) < a.rows*a.width || a.rest != nil && len(a.rest) < a.rows*abi.RestWidth(a.typ)
	case a.typ == abi.Row:
		for _, part := range a.parts {
			short = short || part.rows != a.rows
		}
	case a.rows == 0:
		a.offsets = []int32{0}
	default:
		size := len(a.data)
		if a.typ == abi.List {
			size = a.parts[0].rows
		}
		short = short || len(a.offsets) != a.rows+1 || !monotonic(a.offsets, size)
	}
	if short {
		return fmt.Errorf("has buffers that do not hold its %d rows", a.rows)
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

// descriptors returns the number of descriptors of the column and its parts.
func (a *argument) descriptors() int {
	n := 1
	for _, part := range a.parts {
		n += part.descriptors()
	}
	return n
}

// size returns the room that the rows [from, from+n) take, without descriptors.
func (a *argument) size(from, n int) int {
	size := 0
	if a.validity != nil {
		size = abi.Align((n + 7) / 8)
	}
	switch {
	case a.typ == abi.Bool:
		return size + abi.Align((n+7)/8)
	case a.width != 0:
		if a.rest != nil {
			size += abi.Align(n * abi.RestWidth(a.typ))
		}
		return size + abi.Align(n*a.width)
	case a.typ == abi.Row:
		for _, part := range a.parts {
			size += part.size(from, n)
		}
		return size
	}
	first, last := int(a.offsets[from]), int(a.offsets[from+n])
	size += abi.Align((n + 1) * 4)
	if a.typ == abi.List {
		return size + a.parts[0].size(first, last-first)
	}
	return size + abi.Align(last-first)
}

// write copies the rows [from, from+n) into memory from at on, and returns where they end.
func (a *argument) write(memory []byte, at, from, n int) int {
	w := argumentWriter{memory: memory, at: at, columns: a.columns[:0]}
	w.write(a, from, n)
	a.columns = w.columns
	return w.at
}

// argumentWriter writes columns one after the other.
type argumentWriter struct {
	memory  []byte
	at      int
	columns []abi.Column
}

func (w *argumentWriter) write(a *argument, from, n int) {
	column := abi.Column{Type: a.typ, Length: uint64(n), Digits: uint64(a.digits)}
	place := len(w.columns)
	w.columns = append(w.columns, column)
	if a.validity != nil {
		column.Flags, column.Validity = abi.FlagValidity, w.bits(a.validity, a.bit+from, n)
	}
	switch {
	case a.typ == abi.Bool:
		column.DataLength = uint64((n + 7) / 8)
		column.Data = w.bits(a.data, a.bit+from, n)
	case a.width != 0:
		column.DataLength = uint64(n * a.width)
		column.Data = w.bytes(a.data[from*a.width : (from+n)*a.width])
		if width := abi.RestWidth(a.typ); a.rest != nil {
			column.Rest = w.bytes(a.rest[from*width : (from+n)*width])
		}
	case a.typ == abi.Row:
		for _, part := range a.parts {
			w.write(part, from, n)
		}
	default:
		first, last := int(a.offsets[from]), int(a.offsets[from+n])
		column.Offsets = uint64(w.at)
		offsets := int32s(w.memory[w.at : w.at+(n+1)*4])
		copy(offsets, a.offsets[from:])
		for i := range offsets {
			offsets[i] -= int32(first)
		}
		w.at += abi.Align((n + 1) * 4)
		if a.typ == abi.List {
			w.write(a.parts[0], first, last-first)
		} else {
			column.DataLength = uint64(last - first)
			column.Data = w.bytes(a.data[first:last])
		}
	}
	w.columns[place] = column
}

// bytes writes a buffer and returns its offset.
func (w *argumentWriter) bytes(b []byte) uint64 {
	at := w.at
	w.at += abi.Align(copy(w.memory[at:], b))
	return uint64(at)
}

// bits writes n bits of a bitmap and returns their offset.
func (w *argumentWriter) bits(b []byte, from, n int) uint64 {
	at := w.at
	bitutil.CopyBitmap(b, from, n, w.memory[at:], 0)
	w.at += abi.Align((n + 7) / 8)
	return uint64(at)
}

// int32s returns b, which is aligned, as int32 values.
func int32s(b []byte) []int32 {
	return unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
}

// requestAt returns the request in a frame of a shared memory.
func requestAt(memory []byte, frame int) *abi.Request {
	return (*abi.Request)(unsafe.Pointer(&memory[frame]))
}
