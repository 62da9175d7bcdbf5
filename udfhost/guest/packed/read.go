//go:build unix

// Package packed is linked into guests whose functions have arguments or
// results of types that travel in package abi's packed form: dates and times,
// decimals, slices, maps and structs. The glue reads the arguments of a row from
// a Column and writes the result of a row to Results. For the parts of a type it
// composes the functions of this package.
//
// A value that cannot be represented ends the call with an error. Examples are a NULL
// within a value whose Go type cannot hold one, and a date that does not exist.
package packed

import (
	"encoding/binary"
	"errors"
	"math"
	"time"

	"riffle/udfhost/guest/runtime"
)

// Column is an argument of packed values in the shared memory. Everything that is read from it is copied.
type Column struct {
	data    []byte
	offsets []int32
	reader  Reader
}

// Arguments returns the values of argument i.
func Arguments(c *runtime.Call, i int) *Column {
	data, offsets := runtime.Variable(c, i)
	return &Column{data: data, offsets: offsets, reader: Reader{call: c}}
}

// Row returns a reader of the value of row i.
func (c *Column) Row(i int) *Reader {
	c.reader.rest = c.data[c.offsets[i]:c.offsets[i+1]]
	return &c.reader
}

// Err says why a value could not be read.
func (c *Column) Err() error { return c.reader.err }

// Reader reads one value. It keeps its first error, after which everything that it reads is zero.
type Reader struct {
	call *runtime.Call
	zone *time.Location // the session's, loaded when first needed
	rest []byte
	err  error
}

// fail records an error.
func (r *Reader) fail(message string) {
	if r.err == nil {
		r.err = errors.New(message)
	}
	r.rest = nil
}

// take returns the next n bytes, all zero after an error.
func (r *Reader) take(n int) []byte {
	if n > len(r.rest) {
		r.fail("riffle: an argument ends within a value")
		if n > 16 {
			return nil
		}
		return make([]byte, n)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *Reader) length() int {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > uint64(len(r.rest)) {
		r.fail("riffle: an argument ends within a value")
		return 0
	}
	r.rest = r.rest[size:]
	return int(n)
}

// The functions from here on read a value of one type.

func GetBool(r *Reader) bool   { return r.take(1)[0] != 0 }
func GetInt8(r *Reader) int8   { return int8(r.take(1)[0]) }
func GetInt16(r *Reader) int16 { return int16(binary.LittleEndian.Uint16(r.take(2))) }
func GetInt32(r *Reader) int32 { return int32(binary.LittleEndian.Uint32(r.take(4))) }
func GetInt64(r *Reader) int64 { return int64(binary.LittleEndian.Uint64(r.take(8))) }
func GetInt(r *Reader) int     { return int(GetInt64(r)) }
func GetFloat32(r *Reader) float32 {
	return math.Float32frombits(binary.LittleEndian.Uint32(r.take(4)))
}
func GetFloat64(r *Reader) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(r.take(8)))
}
func GetString(r *Reader) string { return string(r.take(r.length())) }
func GetBytes(r *Reader) []byte  { return append([]byte{}, r.take(r.length())...) }

// Nullable reads a value, or returns nil if null is true.
func Nullable[T any](r *Reader, null bool, value func(*Reader) T) *T {
	if null {
		return nil
	}
	v := value(r)
	return &v
}

// GetPointer reads a slot. It returns nil for NULL.
func GetPointer[T any](r *Reader, value func(*Reader) T) *T {
	return Nullable(r, r.take(1)[0] == 0, value)
}

// GetPlain reads a slot that must not be NULL. where names its place in its type, for the error.
func GetPlain[T any](r *Reader, where string, value func(*Reader) T) (v T) {
	if r.take(1)[0] == 0 {
		r.fail("NULL " + where)
		return v
	}
	return value(r)
}

// GetSlice reads an ARRAY. slot reads a slot. The result is never nil.
func GetSlice[S ~[]T, T any](r *Reader, slot func(*Reader) T) S {
	all := make(S, r.length())
	for i := range all {
		all[i] = slot(r)
	}
	return all
}

// GetMap reads a MAP. key reads a key, slot reads a slot. The result is never nil.
func GetMap[M ~map[K]V, K comparable, V any](r *Reader, key func(*Reader) K, slot func(*Reader) V) M {
	n := r.length()
	all := make(M, n)
	for range n {
		k := key(r)
		all[k] = slot(r)
	}
	return all
}
