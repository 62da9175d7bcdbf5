package runtime

// Names of types for the glue, which cannot use int64 and the like if a user has declared something of that
// name.
type (
	Bool    = bool
	Int8    = int8
	Int16   = int16
	Int32   = int32
	Int64   = int64
	Int     = int
	Float32 = float32
	Float64 = float64
	String  = string
	Bytes   = []byte
)

// Arguments are read by the number of their descriptor: that of an argument, or of one of its parts.
// Those of fixed width are read where the host wrote them, and are valid during the call.

// Int8s returns the values of argument i.
//
//go:noinline
func Int8s(c *Call, i int) []int8 { return values[int8](c, i) }

// Int16s returns the values of argument i.
//
//go:noinline
func Int16s(c *Call, i int) []int16 { return values[int16](c, i) }

// Int32s returns the values of argument i.
//
//go:noinline
func Int32s(c *Call, i int) []int32 { return values[int32](c, i) }

// Int64s returns the values of argument i.
//
//go:noinline
func Int64s(c *Call, i int) []int64 { return values[int64](c, i) }

// Ints returns the values of argument i, an int64 each: riffle runs guests only where an int has 64 bits.
//
//go:noinline
func Ints(c *Call, i int) []int { return values[int](c, i) }

// Float32s returns the values of argument i.
//
//go:noinline
func Float32s(c *Call, i int) []float32 { return values[float32](c, i) }

// Float64s returns the values of argument i.
//
//go:noinline
func Float64s(c *Call, i int) []float64 { return values[float64](c, i) }

func values[T any](c *Call, i int) []T {
	return view[T](c.input, c.columns[i].Data, c.length(i))
}

// Bools returns the values of argument i.
//
//go:noinline
func Bools(c *Call, i int) Bits {
	return view[byte](c.input, c.columns[i].Data, (c.length(i)+7)/8)
}

// StringColumn is an argument of strings, in the guest's own memory: the user's function may keep a string,
// and with it the column's text.
type StringColumn struct {
	text    string
	offsets []int32
}

// Strings returns the values of argument i, copied from the shared memory once.
//
//go:noinline
func Strings(c *Call, i int) StringColumn {
	data, offsets := variable(c, i)
	return StringColumn{text: string(data), offsets: offsets}
}

// At returns the string of row i.
func (s StringColumn) At(i int) string { return s.text[s.offsets[i]:s.offsets[i+1]] }

// BytesColumn is an argument of byte strings, in the guest's own memory.
type BytesColumn struct {
	data    []byte
	offsets []int32
}

// Blobs returns the values of argument i, copied from the shared memory once.
//
//go:noinline
func Blobs(c *Call, i int) BytesColumn {
	data, offsets := variable(c, i)
	return BytesColumn{data: append([]byte(nil), data...), offsets: offsets}
}

// At returns the value of row i, never nil. Its capacity ends with it, so that a function that appends to it
// does not write into the next row's value.
func (b BytesColumn) At(i int) []byte {
	from, to := b.offsets[i], b.offsets[i+1]
	if from == to {
		return []byte{}
	}
	return b.data[from:to:to]
}

// variable returns the data and the offsets of a column of variable width, in the shared memory.
func variable(c *Call, i int) (data []byte, offsets []int32) {
	column := &c.columns[i]
	return view[byte](c.input, column.Data, int(column.DataLength)), offsetsOf(c, i)
}

func offsetsOf(c *Call, i int) []int32 {
	return view[int32](c.input, c.columns[i].Offsets, c.length(i)+1)
}

// Column returns the data of a column of timestamps or decimals, what abi.Column.Rest has, and the digits.
func Column[T, R any](c *Call, i int) (data []T, rest []R, digits int) {
	column := &c.columns[i]
	if column.Rest != 0 {
		rest = view[R](c.input, column.Rest, c.length(i))
	}
	return values[T](c, i), rest, int(column.Digits)
}

// ListColumn is an argument of ARRAY or MAP: which of the elements or entries belong to each value.
type ListColumn struct{ offsets []int32 }

// Lists returns the values of argument i.
//
//go:noinline
func Lists(c *Call, i int) ListColumn { return ListColumn{offsetsOf(c, i)} }

// At returns the first element of value i, and the one after its last.
func (l ListColumn) At(i int) (from, to int) { return int(l.offsets[i]), int(l.offsets[i+1]) }

// Room allocates the slices of an ARRAY argument together. The user's function may keep them.
type Room[T any] struct{ free []T }

// roomFor is the number of elements that are allocated together.
const roomFor = 512

// Take returns a slice, never nil, for the elements from one to another of a column. Its capacity ends with
// it, so that a function that appends to it does not write into the next one.
func (r *Room[T]) Take(l ListColumn, from, to int) []T {
	n := to - from
	if n > len(r.free) {
		left := int(l.offsets[len(l.offsets)-1]) - from
		r.free = make([]T, max(n, min(left, roomFor)))
	}
	if n == 0 {
		return []T{}
	}
	s := r.free[:n:n]
	r.free = r.free[n:]
	return s
}

// Targets allocates what pointers in arguments point to, many values together. The user's function may keep the pointers.
type Targets[T any] struct{ free []T }

// targetsFor is the number of values that are allocated together.
const targetsFor = 64

// New returns a pointer to a zero value.
func (t *Targets[T]) New() *T {
	if len(t.free) == 0 {
		t.free = make([]T, targetsFor)
	}
	v := &t.free[0]
	t.free = t.free[1:]
	return v
}

// NewMap returns a map for n entries.
func NewMap[K comparable, V any](n int) map[K]V { return make(map[K]V, n) }

// RejectNull records that a part of the current row's arguments is NULL, and that its Go type has no place for
// that. where names the part.
//
//go:noinline
func (c *Call) RejectNull(where string) { c.Reject("NULL " + where) }
