package runtime

import (
	"unsafe"

	"riffle/udfhost/guest/abi"
)

// Types of results for the glue.
const (
	TypeBool      = abi.Bool
	TypeInt8      = abi.Int8
	TypeInt16     = abi.Int16
	TypeInt32     = abi.Int32
	TypeInt64     = abi.Int64
	TypeFloat32   = abi.Float32
	TypeFloat64   = abi.Float64
	TypeString    = abi.String
	TypeBytes     = abi.Bytes
	TypeTimestamp = abi.Timestamp
	TypeDecimal   = abi.Decimal
	TypeList      = abi.List
	TypeRow       = abi.Row
)

// Part receives the values of a result, or of a part of one, in their order.
type Part struct {
	typ     abi.Type
	whole   int // number of parts in it, itself included
	count   int // of values
	data    []byte
	rest    []byte
	offsets []int32 // count + 1, where there are some
	valid   Bits    // nil: no value is NULL. Bits that follow those of the values are set.
}

// Parts are a column followed by its parts.
type Parts []Part

// keptBytes is the capacity of a buffer that is kept for the next call.
const keptBytes = 16 << 20

// layOut makes all the first column, and its parts, of the types that follow each other. It returns their number.
func layOut(all Parts, types []abi.Type) (whole int) {
	p := &all[0]
	if cap(p.data) > keptBytes {
		p.data = nil
	}
	*p = Part{typ: types[0], data: p.data[:0], rest: p.rest[:0], offsets: p.offsets[:0]}
	whole, types = 1, types[1:]
	fields := 0
	switch p.typ {
	case abi.String, abi.Bytes:
		p.offsets = append(p.offsets, 0)
	case abi.List:
		p.offsets = append(p.offsets, 0)
		fields = 1
	case abi.Row:
		fields, types = int(types[0]), types[1:]
	}
	for range fields {
		taken := typesOf(types)
		whole += layOut(all[whole:], types[:taken])
		types = types[taken:]
	}
	p.whole = whole
	return whole
}

// typesOf returns how many types the first column takes.
func typesOf(types []abi.Type) int {
	switch types[0] {
	case abi.List:
		return 1 + typesOf(types[1:])
	case abi.Row:
		n := 2
		for range int(types[1]) {
			n += typesOf(types[n:])
		}
		return n
	}
	return 1
}

// The methods from here on append a value. Those of one type are only called for parts of that type.

//go:noinline
func (p *Part) SetBool(v bool) {
	if p.count&7 == 0 {
		p.data = append(p.data, 0)
	}
	if v {
		Bits(p.data).Set(p.count)
	}
	p.count++
}

//go:noinline
func (p *Part) SetInt8(v int8) { p.data = append(p.data, byte(v)); p.count++ }

//go:noinline
func (p *Part) SetInt16(v int16) { set(p, v) }

//go:noinline
func (p *Part) SetInt32(v int32) { set(p, v) }

//go:noinline
func (p *Part) SetInt64(v int64) { set(p, v) }

//go:noinline
func (p *Part) SetInt(v int) { set(p, int64(v)) }

//go:noinline
func (p *Part) SetFloat32(v float32) { set(p, v) }

//go:noinline
func (p *Part) SetFloat64(v float64) { set(p, v) }

//go:noinline
func (p *Part) SetString(v string) {
	p.data = append(p.data, v...)
	p.end(len(p.data))
}

//go:noinline
func (p *Part) SetBytes(v []byte) {
	p.data = append(p.data, v...)
	p.end(len(p.data))
}

// SetTimestamp appends a timestamp.
//
//go:noinline
func (p *Part) SetTimestamp(millis int64, nanos int32) {
	p.rest = appendTo(p.rest, nanos)
	set(p, millis)
}

// SetDecimal appends a decimal: digits, of which some are after the point.
//
//go:noinline
func (p *Part) SetDecimal(high int64, low uint64, after uint8) {
	p.rest = append(p.rest, after)
	p.data = appendTo(p.data, low)
	set(p, high)
}

// SetList appends an ARRAY or MAP, whose elements or entries have been appended to the next part.
//
//go:noinline
func (p Parts) SetList() { p[0].end(p[1].count) }

// SetRow appends a ROW, whose fields are appended to its parts.
func (p *Part) SetRow() { p.count++ }

func set[T any](p *Part, v T) {
	p.data = appendTo(p.data, v)
	p.count++
}

// appendTo appends the bytes of v.
func appendTo[T any](to []byte, v T) []byte {
	return append(to, unsafe.Slice((*byte)(unsafe.Pointer(&v)), int(unsafe.Sizeof(v)))...)
}

// end ends the value where the data or the elements so far end.
func (p *Part) end(at int) {
	if at > maxOffset {
		panic(tooLarge{})
	}
	p.offsets = append(p.offsets, int32(at))
	p.count++
}

// maxOffset is the largest of Arrow's 32-bit offsets.
const maxOffset = 1<<31 - 1

// tooLarge is what end panics with.
type tooLarge struct{}

// SetNull appends NULL.
//
//go:noinline
func (p Parts) SetNull() {
	first := &p[0]
	if n := first.count>>3 + 1; n > len(first.valid) {
		first.valid = append(first.valid, ones(max(n, 64)*2-len(first.valid))...)
	}
	first.valid[first.count>>3] &^= 1 << (first.count & 7)
	p.skip()
}

func ones(n int) Bits {
	all := make(Bits, n)
	for i := range all {
		all[i] = 0xff
	}
	return all
}

// skip appends the value that takes the place of NULL. The fields of a ROW are then NULL, too.
func (p Parts) skip() {
	first := &p[0]
	switch first.typ {
	case abi.Bool:
		first.SetBool(false)
	case abi.String, abi.Bytes, abi.List:
		first.end(int(first.offsets[first.count]))
	case abi.Row:
		first.SetRow()
		for k := 1; k < first.whole; k += p[k].whole {
			p[k:].SetNull()
		}
	default:
		for range abi.Width(first.typ) {
			first.data = append(first.data, 0)
		}
		for range abi.RestWidth(first.typ) {
			first.rest = append(first.rest, 0)
		}
		first.count++
	}
}

// NullAt sets the result of a row to NULL, and drops what has been appended for it.
//
//go:noinline
func (p Parts) NullAt(row int) {
	p.cut(row)
	p.skip()
}

// cut drops all but the first n values.
func (p Parts) cut(n int) {
	first := &p[0]
	for i := n; first.valid != nil && i < first.count; i++ {
		first.valid.Set(i)
	}
	switch first.typ {
	case abi.Bool:
		for i := n; i < first.count; i++ {
			first.data[i>>3] &^= 1 << (i & 7)
		}
		first.data = first.data[:(n+7)/8]
	case abi.String, abi.Bytes, abi.List:
		first.offsets = first.offsets[:n+1]
		end := int(first.offsets[n])
		if first.typ == abi.List {
			p[1:].cut(end)
		} else {
			first.data = first.data[:end]
		}
	case abi.Row:
		for k := 1; k < first.whole; k += p[k].whole {
			p[k:].cut(n)
		}
	default:
		first.data, first.rest = first.data[:n*abi.Width(first.typ)], first.rest[:n*abi.RestWidth(first.typ)]
	}
	first.count = n
}

// span returns which values of a list's part belong to its values [from, from+n).
func (p *Part) span(from, n int) (first, count int) {
	first = int(p.offsets[from])
	return first, int(p.offsets[from+n]) - first
}

// size returns the room that the values [from, from+n) take, without descriptors and without the validity of the
// first column.
func (p Parts) size(from, n int) (size int) {
	first := &p[0]
	switch first.typ {
	case abi.Bool:
		return abi.Align((n + 7) / 8)
	case abi.String, abi.Bytes:
		_, bytes := first.span(from, n)
		return abi.Align((n+1)*4) + abi.Align(bytes)
	case abi.List:
		from, count := first.span(from, n)
		return abi.Align((n+1)*4) + p[1:].validSize(count) + p[1:].size(from, count)
	case abi.Row:
		for k := 1; k < first.whole; k += p[k].whole {
			size += p[k:].validSize(n) + p[k:].size(from, n)
		}
		return size
	}
	return abi.Align(n*abi.Width(first.typ)) + abi.Align(n*abi.RestWidth(first.typ))
}

// bytes returns about the size of the values.
func (p Parts) bytes() (n int) {
	for i := range p {
		n += len(p[i].data)
	}
	return n
}

func (p Parts) validSize(n int) int {
	if p[0].valid == nil {
		return 0
	}
	return abi.Align((n + 7) / 8)
}

// write writes the values [from, from+n) to memory from offset at on, except for the validity of the first column,
// and their descriptors. It returns where they end.
func (p Parts) write(memory []byte, columns []abi.Column, at uint64, from, n int) uint64 {
	first := &p[0]
	column := abi.Column{Type: first.typ, Length: uint64(n)}
	put := func(b []byte) (place uint64) {
		place = at
		at += uint64(abi.Align(copy(memory[at:], b)))
		return place
	}
	switch first.typ {
	case abi.Bool:
		column.Data, column.DataLength = at, uint64((n+7)/8)
		copyBits(view[byte](memory, at, (n+7)/8), first.data, from, n)
		at += uint64(abi.Align((n + 7) / 8))
	case abi.String, abi.Bytes, abi.List:
		begin, count := first.span(from, n)
		column.Offsets = at
		offsets := view[int32](memory, at, n+1)
		copy(offsets, first.offsets[from:])
		for i := range offsets {
			offsets[i] -= int32(begin)
		}
		at += uint64(abi.Align((n + 1) * 4))
		if first.typ == abi.List {
			at = p[1:].writePart(memory, columns[1:], at, begin, count)
		} else {
			column.DataLength = uint64(count)
			column.Data = put(first.data[begin : begin+count])
		}
	case abi.Row:
		for k := 1; k < first.whole; k += p[k].whole {
			at = p[k:].writePart(memory, columns[k:], at, from, n)
		}
	default:
		width, rest := abi.Width(first.typ), abi.RestWidth(first.typ)
		column.DataLength = uint64(n * width)
		column.Data = put(first.data[from*width : (from+n)*width])
		column.Rest = put(first.rest[from*rest : (from+n)*rest])
	}
	columns[0] = column
	return at
}

// writePart is write for a part, with its validity.
func (p Parts) writePart(memory []byte, columns []abi.Column, at uint64, from, n int) uint64 {
	first, validity := &p[0], at
	if first.valid != nil {
		if more := first.count/8 + 1 - len(first.valid); more > 0 {
			first.valid = append(first.valid, ones(more)...)
		}
		copyBits(view[byte](memory, at, (n+7)/8), first.valid, from, n)
		at += uint64(abi.Align((n + 7) / 8))
	}
	at = p.write(memory, columns, at, from, n)
	if first.valid != nil {
		columns[0].Flags, columns[0].Validity = abi.FlagValidity, validity
	}
	return at
}
