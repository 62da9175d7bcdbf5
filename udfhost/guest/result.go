package guest

import (
	"cmp"
	"slices"
	"sort"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/bitutil"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/guest/abi"
)

// result is the column that a Call returns. It is built from the replies.
type result struct {
	rows   int
	column *resultColumn
}

func newResult(f Function, rows int, alloc memory.Allocator) *result {
	r := &result{rows: rows, column: newResultColumn(f.Result, alloc)}
	r.column.top, r.column.nullable = true, f.Nullable
	r.column.reserve(rows)
	return r
}

// size returns the memory that n results need at least.
func (r *result) size(n int) int {
	size := r.column.descriptors()*abi.ColumnSize + abi.Align((n+7)/8)
	if r.column.typ == abi.Bool {
		return size + abi.Align((n+7)/8)
	}
	return size + abi.Align(n*abi.Width(r.column.typ)) + abi.Align(n*abi.RestWidth(r.column.typ))
}

// take appends the rows of a reply that readReply has accepted, and returns those whose value
// is not of the type, counted from the first. The guest can write to memory at any time, so
// nothing is read from it twice.
func (r *result) take(memory []byte, request abi.Request, reply abi.Reply) (bad []badValue, err error) {
	columns, err := readColumns(memory, request, reply, r.column.descriptors())
	if err != nil {
		return nil, err
	}
	from := replied{memory: memory, request: request, columns: columns}
	bad, err = r.column.take(&from, int(reply.Rows))
	slices.SortStableFunc(bad, func(a, b badValue) int { return cmp.Compare(a.row, b.row) })
	return slices.CompactFunc(bad, func(a, b badValue) bool { return a.row == b.row }), err
}

// setNull changes the result of a completed row to NULL.
func (r *result) setNull(row int) {
	r.column.needValidity(r.column.done)
	bitutil.ClearBit(r.column.validity.Bytes(), row)
}

// array returns the complete column.
func (r *result) array() arrow.Array {
	data := r.column.arrayData()
	defer data.Release()
	return array.MakeFromData(data)
}

func (r *result) release() { r.column.release() }

// replied are the columns of a reply. Those that take has not read come first.
type replied struct {
	memory  []byte
	request abi.Request
	columns []abi.Column
}

func (r *replied) span(at uint64, length int) ([]byte, error) {
	return span(r.memory, r.request, at, length)
}

// resultColumn is the column of a result, or a part of it.
type resultColumn struct {
	dt       arrow.DataType
	typ      abi.Type
	top      bool // it is no part
	nullable bool
	done     int // values taken
	data     *memory.Buffer
	rest     *memory.Buffer // nanoseconds of timestamps
	offsets  *memory.Buffer // variable width, List
	validity *memory.Buffer // nil: no value is NULL so far
	parts    []*resultColumn
	alloc    memory.Allocator
}

func newResultColumn(dt arrow.DataType, alloc memory.Allocator) *resultColumn {
	typ, ok := columnType(dt)
	if !ok {
		panic("no function returns " + dt.String()) // package golang has no Go type for it
	}
	c := &resultColumn{dt: dt, typ: typ, nullable: true, alloc: alloc}
	switch dt := dt.(type) {
	case *arrow.MapType:
		c.parts = []*resultColumn{newResultColumn(dt.Elem(), alloc)}
		c.parts[0].nullable, c.parts[0].parts[0].nullable = false, false
	case *arrow.ListType:
		c.parts = []*resultColumn{newResultColumn(dt.Elem(), alloc)}
	case *arrow.StructType:
		for _, field := range dt.Fields() {
			if typ == abi.Row {
				c.parts = append(c.parts, newResultColumn(field.Type, alloc))
			}
		}
	}
	switch typ {
	case abi.Row:
		return c
	case abi.String, abi.Bytes, abi.List:
		c.offsets = memory.NewResizableBuffer(alloc)
		c.offsets.Resize(4)
		int32s(c.offsets.Bytes())[0] = 0
	case abi.Timestamp:
		c.rest = memory.NewResizableBuffer(alloc)
	}
	if typ != abi.List {
		c.data = memory.NewResizableBuffer(alloc)
	}
	return c
}

// reserve makes room for rows values, as far as their size is known.
func (c *resultColumn) reserve(rows int) {
	switch width := abi.Width(c.typ); {
	case width != 0:
		c.data.Reserve(rows * width)
	case c.offsets != nil:
		c.offsets.Reserve((rows + 1) * 4)
	}
	if c.rest != nil {
		c.rest.Reserve(rows * 4)
	}
}

// variable reports whether values have no fixed width.
func (c *resultColumn) variable() bool { return abi.Width(c.typ) == 0 && c.typ != abi.Bool }

// descriptors returns the number of descriptors of the column and its parts.
func (c *resultColumn) descriptors() int {
	n := 1
	for _, part := range c.parts {
		n += part.descriptors()
	}
	return n
}

// release frees what the column refers to. Arrays that were made from it have references of their own.
func (c *resultColumn) release() {
	for _, buffer := range []*memory.Buffer{c.data, c.rest, c.offsets, c.validity} {
		if buffer != nil {
			buffer.Release()
		}
	}
	for _, part := range c.parts {
		part.release()
	}
}

// take appends the values of the next column of a reply, and those of its parts.
func (c *resultColumn) take(from *replied, rows int) (bad []badValue, err error) {
	column := from.columns[0]
	from.columns = from.columns[1:]
	if column.Type != c.typ || column.Length != uint64(rows) {
		return nil, errProtocol("a column has %d values of type %d instead of %d of type %d", column.Length, column.Type, rows, c.typ)
	}
	if err := c.takeValidity(from, column, rows); err != nil {
		return nil, err
	}
	switch c.typ {
	case abi.Row:
		for _, part := range c.parts {
			wrong, err := part.take(from, rows)
			if err != nil {
				return nil, err
			}
			bad = append(bad, wrong...)
		}
	case abi.List:
		bad, err = c.takeList(from, column, rows)
	case abi.String, abi.Bytes:
		bad, err = c.takeTexts(from, column, rows)
	case abi.Bool:
		err = c.takeBits(from, column, rows)
	default:
		bad, err = c.takeFixed(from, column, rows)
	}
	c.done += rows
	return bad, err
}

func (c *resultColumn) takeValidity(from *replied, column abi.Column, rows int) error {
	if column.Flags&abi.FlagValidity == 0 {
		if c.validity != nil {
			c.growBits(c.validity, rows)
			bitutil.SetBitsTo(c.validity.Bytes(), int64(c.done), int64(rows), true)
		}
		return nil
	}
	if !c.nullable {
		return errProtocol("a column that cannot be NULL has a validity")
	}
	bits, err := from.span(column.Validity, (rows+7)/8)
	if err != nil {
		return err
	}
	c.needValidity(c.done)
	c.growBits(c.validity, rows)
	bitutil.CopyBitmap(bits, 0, rows, c.validity.Bytes(), c.done)
	return nil
}

// needValidity creates the validity, unless it exists, for the first values.
func (c *resultColumn) needValidity(valid int) {
	if c.validity == nil {
		c.validity = memory.NewResizableBuffer(c.alloc)
		c.validity.Resize((valid + 7) / 8)
		clear(c.validity.Bytes())
		bitutil.SetBitsTo(c.validity.Bytes(), 0, int64(valid), true)
	}
}

// growBits makes a bitmap long enough for rows more values.
func (c *resultColumn) growBits(bits *memory.Buffer, rows int) {
	before := bits.Len()
	bits.Resize((c.done + rows + 7) / 8)
	clear(bits.Bytes()[before:])
}

func (c *resultColumn) takeBits(from *replied, column abi.Column, rows int) error {
	bits, err := from.span(column.Data, (rows+7)/8)
	if err == nil {
		c.growBits(c.data, rows)
		bitutil.CopyBitmap(bits, 0, rows, c.data.Bytes(), c.done)
	}
	return err
}

// takeOffsets appends the offsets of a column, and returns them as they are in the reply, where the last is
// length unless that is negative.
func (c *resultColumn) takeOffsets(from *replied, column abi.Column, rows, length int) (ours []int32, err error) {
	theirs, err := from.span(column.Offsets, (rows+1)*4)
	if err != nil {
		return nil, err
	}
	base := int32s(c.offsets.Bytes())[c.done]
	c.offsets.Resize((c.done + rows + 1) * 4)
	// They are copied, then checked.
	ours = int32s(c.offsets.Bytes())[c.done:]
	copy(ours, int32s(theirs))
	last := int(ours[rows])
	if ours[0] != 0 || length >= 0 && last != length || !monotonic(ours, last) {
		return nil, errOffsets()
	}
	if int(base)+last > maxColumn {
		return nil, errProtocol("its results are longer than %d bytes", maxColumn)
	}
	return ours, nil
}

// rebase makes offsets of a reply those of the column.
func rebase(offsets []int32, base int) {
	for i := range offsets {
		offsets[i] += int32(base)
	}
}

func (c *resultColumn) takeTexts(from *replied, column abi.Column, rows int) (bad []badValue, err error) {
	if column.DataLength > uint64(len(from.memory)) {
		return nil, errProtocol("a buffer has %d bytes", column.DataLength)
	}
	data, err := from.span(column.Data, int(column.DataLength))
	if err != nil {
		return nil, err
	}
	offsets, err := c.takeOffsets(from, column, rows, len(data))
	if err != nil {
		return nil, err
	}
	base := c.data.Len()
	c.data.Resize(base + len(data))
	ours := c.data.Bytes()[base:]
	copy(ours, data)
	if c.typ == abi.String {
		bad = invalid(ours, offsets, c.top)
	}
	rebase(offsets, base)
	return bad, nil
}

func (c *resultColumn) takeList(from *replied, column abi.Column, rows int) (bad []badValue, err error) {
	offsets, err := c.takeOffsets(from, column, rows, -1)
	if err != nil {
		return nil, err
	}
	part := c.parts[0]
	base := part.done
	bad, err = part.take(from, int(offsets[rows]))
	for i := range bad { // the row of an element is that of its array
		element := bad[i].row
		bad[i].row = sort.Search(rows, func(k int) bool { return int(offsets[k+1]) > element })
	}
	rebase(offsets, base)
	return bad, err
}

// arrayData returns the column as Arrow's data, which has references of its own.
func (c *resultColumn) arrayData() *array.Data {
	nulls := 0
	if c.validity != nil {
		nulls = c.done - bitutil.CountSetBits(c.validity.Bytes(), 0, c.done)
	}
	buffers := []*memory.Buffer{c.validity}
	var parts []arrow.ArrayData
	add := func(part *array.Data) { parts = append(parts, part) }
	if c.typ == abi.Timestamp {
		fields := c.dt.(*arrow.StructType)
		add(array.NewData(fields.Field(0).Type, c.done, []*memory.Buffer{c.validity, c.data}, nil, nulls, 0))
		add(array.NewData(fields.Field(1).Type, c.done, []*memory.Buffer{c.validity, c.rest}, nil, nulls, 0))
	} else {
		for _, buffer := range []*memory.Buffer{c.offsets, c.data} {
			if buffer != nil {
				buffers = append(buffers, buffer)
			}
		}
	}
	for _, part := range c.parts {
		add(part.arrayData())
	}
	data := array.NewData(c.dt, c.done, buffers, parts, nulls, 0)
	for _, part := range parts {
		part.Release()
	}
	return data
}
