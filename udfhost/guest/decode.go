package guest

import (
	"fmt"
	"slices"
	"unicode/utf8"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/bitutil"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/guest/abi"
)

// errProtocol returns the error for a guest that violates package abi.
func errProtocol(format string, args ...any) error {
	return fmt.Errorf("the guest broke the protocol: "+format, args...)
}

func errOffsets() error { return errProtocol("the offsets of its results are not in order") }

// readReply copies the reply out of a frame and checks that it answers request. Offsets in it are
// not checked yet.
func readReply(frame []byte, request abi.Request) (abi.Reply, error) {
	reply := *(*abi.Reply)(unsafe.Pointer(&frame[abi.ReplyOffset]))
	switch {
	case reply.Version != abi.Version:
		return reply, errProtocol("its version is %d instead of %d", reply.Version, abi.Version)
	case reply.Kind != request.Kind || reply.Instance != request.Instance ||
		reply.Call != request.Call || reply.Function != request.Function:
		return reply, errProtocol("it answers another call")
	case reply.Status == abi.StatusRefused:
		return reply, errProtocol("it has no function %d of kind %d", request.Function, request.Kind)
	case reply.Status == abi.StatusDone && (reply.From != request.From ||
		reply.Rows == 0 || reply.Rows > request.Rows-request.From ||
		reply.Rows != request.Rows-request.From && request.Flags&abi.FlagPartial == 0):
		return reply, errProtocol("it has %d rows from %d on for %d", reply.Rows, reply.From, request.Rows)
	case reply.Status == abi.StatusGrow && (request.Limit-request.Output >= reply.Need || reply.RowNeed > reply.Need ||
		request.Flags&abi.FlagPartial != 0 && request.Limit-request.Output >= reply.RowNeed):
		return reply, errProtocol("it has no room for %d bytes in %d", reply.Need, request.Limit-request.Output)
	case (reply.Status == abi.StatusFailed || reply.Status == abi.StatusPanic || reply.Status == abi.StatusTooLarge) &&
		reply.FailingRow >= request.Rows:
		return reply, errProtocol("it failed in row %d of %d", reply.FailingRow, request.Rows)
	case reply.Failed > request.Rows || reply.Failed > 0 && request.Flags&abi.FlagTolerant == 0:
		return reply, errProtocol("it failed in %d rows of %d", reply.Failed, request.Rows)
	}
	return reply, nil
}

// result is the column that a Call returns. It is built from the replies.
type result struct {
	function Function
	typ      abi.Type
	rows     int
	done     int // rows taken
	data     *memory.Buffer
	offsets  *memory.Buffer // variable width
	validity *memory.Buffer // nil: no value is NULL so far
	alloc    memory.Allocator

	// For abi.Packed, in place of the buffers except for the validity that setNull sets:
	builder array.Builder
	unpack  unpackFunc
}

func newResult(f Function, rows int, alloc memory.Allocator) *result {
	r := &result{function: f, typ: columnType(f.Result), rows: rows, alloc: alloc}
	if r.typ == abi.Packed {
		r.builder = array.NewBuilder(alloc, f.Result)
		r.unpack = unpackTo(r.builder)
		return r
	}
	r.data = memory.NewResizableBuffer(alloc)
	switch width := abi.Width(r.typ); {
	case width != 0:
		r.data.Resize(rows * width)
	case r.typ == abi.Bool:
		r.data.Resize((rows + 7) / 8)
		clear(r.data.Bytes())
	default:
		r.offsets = memory.NewResizableBuffer(alloc)
		r.offsets.Resize((rows + 1) * 4)
		int32s(r.offsets.Bytes())[0] = 0
	}
	return r
}

// variable reports whether values have no fixed width.
func (r *result) variable() bool { return abi.Width(r.typ) == 0 && r.typ != abi.Bool }

// release frees the buffers, unless array has them.
func (r *result) release() {
	if r.builder != nil {
		r.builder.Release()
	}
	for _, buffer := range []*memory.Buffer{r.data, r.offsets, r.validity} {
		if buffer != nil {
			buffer.Release()
		}
	}
}

// take appends the rows of a reply that readReply has accepted, and returns those whose value
// is not of the type, counted from the first. The guest can write to memory at any time, so
// nothing is read from it twice.
func (r *result) take(memory []byte, request abi.Request, reply abi.Reply) (bad []badValue, err error) {
	column, err := readColumn(memory, request, reply, r.typ)
	if err != nil {
		return nil, err
	}
	rows := int(reply.Rows)
	if r.builder != nil {
		return r.takePacked(memory, request, column, rows)
	}
	if err := r.takeValidity(memory, request, column, rows); err != nil {
		return nil, err
	}
	if width := abi.Width(column.Type); width != 0 || column.Type == abi.Bool {
		err = r.takeFixed(memory, request, column, rows, width)
	} else {
		bad, err = r.takeVariable(memory, request, column, rows)
	}
	if err == nil {
		r.done += rows
	}
	return bad, err
}

// readColumn copies and checks the descriptor of a reply's only column.
func readColumn(memory []byte, request abi.Request, reply abi.Reply, typ abi.Type) (abi.Column, error) {
	if reply.Columns != 1 {
		return abi.Column{}, errProtocol("it has %d columns instead of 1", reply.Columns)
	}
	place, err := span(memory, request, request.Output, abi.ColumnSize)
	if err != nil {
		return abi.Column{}, err
	}
	column := *(*abi.Column)(unsafe.Pointer(&place[0]))
	if column.Type != typ {
		return column, errProtocol("its result has type %d instead of %d", column.Type, typ)
	}
	return column, nil
}

// span returns the part of the memory that is a buffer according to the guest.
func span(memory []byte, request abi.Request, at uint64, length int) ([]byte, error) {
	size := uint64(len(memory))
	if at%abi.Alignment != 0 || at < request.Output || at > size || length < 0 || uint64(length) > size-at {
		return nil, errProtocol("a buffer of %d bytes lies at %d", length, at)
	}
	return memory[at : at+uint64(length)], nil
}

// validityOf returns the bitmap of a column that has one according to the guest.
func (r *result) validityOf(shared []byte, request abi.Request, column abi.Column, rows int) ([]byte, error) {
	if !r.function.Nullable {
		return nil, errProtocol("a result that cannot be NULL has a validity")
	}
	return span(shared, request, column.Validity, (rows+7)/8)
}

func (r *result) takeValidity(shared []byte, request abi.Request, column abi.Column, rows int) error {
	if column.Flags&abi.FlagValidity == 0 {
		if r.validity != nil {
			bitutil.SetBitsTo(r.validity.Bytes(), int64(r.done), int64(rows), true)
		}
		return nil
	}
	bits, err := r.validityOf(shared, request, column, rows)
	if err != nil {
		return err
	}
	r.needValidity(r.done)
	bitutil.CopyBitmap(bits, 0, rows, r.validity.Bytes(), r.done)
	return nil
}

// needValidity creates the validity, unless it exists, with the first rows valid.
func (r *result) needValidity(valid int) {
	if r.validity == nil {
		r.validity = memory.NewResizableBuffer(r.alloc)
		r.validity.Resize((r.rows + 7) / 8)
		clear(r.validity.Bytes())
		bitutil.SetBitsTo(r.validity.Bytes(), 0, int64(valid), true)
	}
}

// setNull changes the result of a completed row to NULL.
func (r *result) setNull(row int) {
	r.needValidity(r.done)
	bitutil.ClearBit(r.validity.Bytes(), row)
}

func (r *result) takeFixed(shared []byte, request abi.Request, column abi.Column, rows, width int) error {
	if width == 0 {
		bits, err := span(shared, request, column.Data, (rows+7)/8)
		if err == nil {
			bitutil.CopyBitmap(bits, 0, rows, r.data.Bytes(), r.done)
		}
		return err
	}
	values, err := span(shared, request, column.Data, rows*width)
	if err == nil {
		copy(r.data.Bytes()[r.done*width:], values)
	}
	return err
}

// spansOf returns the offsets and the data of a column of variable width.
func spansOf(shared []byte, request abi.Request, column abi.Column, rows int) (offsets, data []byte, err error) {
	if column.DataLength > uint64(len(shared)) {
		return nil, nil, errProtocol("a buffer has %d bytes", column.DataLength)
	}
	if offsets, err = span(shared, request, column.Offsets, (rows+1)*4); err == nil {
		data, err = span(shared, request, column.Data, int(column.DataLength))
	}
	return offsets, data, err
}

func (r *result) takeVariable(shared []byte, request abi.Request, column abi.Column, rows int) (bad []badValue, err error) {
	theirs, data, err := spansOf(shared, request, column, rows)
	if err != nil {
		return nil, err
	}
	length := len(data)
	base := r.data.Len()
	if base+length > maxColumn {
		return nil, errProtocol("its results are longer than %d bytes", maxColumn)
	}
	// They are copied, then checked, then moved to their place in the column.
	offsets := int32s(r.offsets.Bytes())[r.done : r.done+rows+1]
	copy(offsets, int32s(theirs))
	if offsets[0] != 0 || int(offsets[rows]) != length || !monotonic(offsets, length) {
		return nil, errOffsets()
	}
	r.data.Resize(base + length)
	ours := r.data.Bytes()[base:]
	copy(ours, data)
	if r.typ == abi.String {
		bad = invalid(ours, offsets)
	}
	for i := range offsets {
		offsets[i] += int32(base)
	}
	return bad, nil
}

// takePacked copies the values, and reads them from the copy.
func (r *result) takePacked(shared []byte, request abi.Request, column abi.Column, rows int) (bad []badValue, err error) {
	theirs, data, err := spansOf(shared, request, column, rows)
	if err != nil {
		return nil, err
	}
	offsets, data := slices.Clone(int32s(theirs)), slices.Clone(data)
	if offsets[0] != 0 || int(offsets[rows]) != len(data) || !monotonic(offsets, len(data)) {
		return nil, errOffsets()
	}
	var valid []byte
	if column.Flags&abi.FlagValidity != 0 {
		if valid, err = r.validityOf(shared, request, column, rows); err != nil {
			return nil, err
		}
		valid = slices.Clone(valid)
	}
	for i := range rows {
		if valid != nil && !bitutil.BitIsSet(valid, i) {
			r.builder.AppendNull()
			continue
		}
		u := unpacker{rest: data[offsets[i]:offsets[i+1]]}
		r.unpack(&u)
		switch {
		case u.err != nil:
			return nil, errProtocol("a packed result: %w", u.err)
		case len(u.rest) > 0:
			return nil, errProtocol("a packed result has %d bytes left over", len(u.rest))
		case u.bad != "":
			bad = append(bad, badValue{i, u.bad})
		}
	}
	if r.validity != nil { // of a bad value; the builder knows the other NULLs
		bitutil.SetBitsTo(r.validity.Bytes(), int64(r.done), int64(rows), true)
	}
	r.done += rows
	return bad, nil
}

// maxColumn is the maximum length with Arrow's 32-bit offsets.
const maxColumn = 1<<31 - 1

// badValue is a result that is not a value of its type.
type badValue struct {
	row     int // in its reply
	message string
}

const invalidText = "its result is not valid UTF-8, as a STRING must be; return []byte for BYTES"

// invalid returns the rows whose text is not UTF-8.
func invalid(data []byte, offsets []int32) (bad []badValue) {
	if allValid(data, offsets) {
		return nil
	}
	for i := range len(offsets) - 1 {
		if !utf8.Valid(data[offsets[i]:offsets[i+1]]) {
			bad = append(bad, badValue{i, invalidText})
		}
	}
	return bad
}

// allValid checks all rows at once: if the whole text is valid and no row begins inside a
// character, each row is valid.
func allValid(data []byte, offsets []int32) bool {
	if !utf8.Valid(data) {
		return false
	}
	for _, offset := range offsets {
		if int(offset) < len(data) && !utf8.RuneStart(data[offset]) {
			return false
		}
	}
	return true
}

// array returns the complete column, which takes the buffers over.
func (r *result) array() arrow.Array {
	if r.builder != nil {
		return r.packedArray()
	}
	nulls := 0
	if r.validity != nil {
		nulls = r.rows - bitutil.CountSetBits(r.validity.Bytes(), 0, r.rows)
	}
	buffers := []*memory.Buffer{r.validity, r.data}
	if r.offsets != nil {
		buffers = []*memory.Buffer{r.validity, r.offsets, r.data}
	}
	data := array.NewData(r.function.Result, r.rows, buffers, nil, nulls, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// packedArray is array for packed values.
func (r *result) packedArray() arrow.Array {
	column := r.builder.NewArray()
	if r.validity == nil {
		return column
	}
	defer column.Release()
	data := column.Data()
	own := r.validity.Bytes()
	for i := range r.rows {
		bitutil.SetBitTo(own, i, bitutil.BitIsSet(own, i) && column.IsValid(i))
	}
	buffers := append([]*memory.Buffer{r.validity}, data.Buffers()[1:]...)
	changed := array.NewData(data.DataType(), r.rows, buffers, data.Children(), r.rows-bitutil.CountSetBits(own, 0, r.rows), 0)
	defer changed.Release()
	return array.MakeFromData(changed)
}
