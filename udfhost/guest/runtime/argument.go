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

// Arguments of fixed width are read where the host wrote them, and are valid during the call.

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
	return view[T](c.memory, c.columns[i].Data, c.Rows())
}

// Pointer returns the value of row i for a nullable parameter: nil, or a pointer to a copy, which the user's
// function may keep and change.
func Pointer[T any](values []T, valid Bits, i int) *T {
	if IsNull(valid, i) {
		return nil
	}
	v := values[i]
	return &v
}

// Bools returns the values of argument i.
//
//go:noinline
func Bools(c *Call, i int) Bits {
	return view[byte](c.memory, c.columns[i].Data, (c.Rows()+7)/8)
}

// Pointer returns bit i for a nullable parameter.
func (b Bits) Pointer(valid Bits, i int) *bool {
	if IsNull(valid, i) {
		return nil
	}
	v := b.At(i)
	return &v
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
	data, offsets := Variable(c, i)
	return StringColumn{text: string(data), offsets: offsets}
}

// At returns the string of row i.
func (s StringColumn) At(i int) string { return s.text[s.offsets[i]:s.offsets[i+1]] }

// Pointer returns the string of row i for a nullable parameter.
func (s StringColumn) Pointer(valid Bits, i int) *string {
	if IsNull(valid, i) {
		return nil
	}
	v := s.At(i)
	return &v
}

// BytesColumn is an argument of byte strings, in the guest's own memory.
type BytesColumn struct {
	data    []byte
	offsets []int32
}

// Blobs returns the values of argument i, copied from the shared memory once.
//
//go:noinline
func Blobs(c *Call, i int) BytesColumn {
	data, offsets := Variable(c, i)
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

// Pointer returns the value of row i for a nullable parameter.
func (b BytesColumn) Pointer(valid Bits, i int) *[]byte {
	if IsNull(valid, i) {
		return nil
	}
	v := b.At(i)
	return &v
}

// Variable returns the data and the offsets of an argument of variable width, in the shared memory.
func Variable(c *Call, i int) (data []byte, offsets []int32) {
	column := &c.columns[i]
	return view[byte](c.memory, column.Data, int(column.DataLength)),
		view[int32](c.memory, column.Offsets, c.Rows()+1)
}
