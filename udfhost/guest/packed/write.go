//go:build unix

package packed

import (
	"cmp"
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"slices"

	"riffle/udfhost/guest/abi"
	"riffle/udfhost/guest/runtime"
)

// Results receives results, in the order of the rows. For each row the glue writes to Row and calls End, or
// calls Null.
type Results struct {
	column *runtime.TextColumn
	writer Writer
}

// NewResults makes the result of a call a column of packed values.
func NewResults(c *runtime.Call) *Results {
	return &Results{column: runtime.VariableResult(c, abi.Packed)}
}

// Row returns a writer for the result of the next row.
func (r *Results) Row() *Writer {
	r.writer.out, r.writer.err = r.writer.out[:0], nil
	return &r.writer
}

// End sets the result to what was written to Row. It returns an error if SQL does not have the value.
func (r *Results) End() error {
	if r.writer.err == nil {
		r.column.SetBytes(r.writer.out)
	}
	return r.writer.err
}

// Null sets the result of the next row to NULL.
func (r *Results) Null() { r.column.Null() }

// Writer writes one value.
type Writer struct {
	out []byte
	err error
}

func (w *Writer) fail(message string) {
	if w.err == nil {
		w.err = errors.New(message)
	}
}

func (w *Writer) length(n int) { w.out = binary.AppendUvarint(w.out, uint64(n)) }

// The functions from here on write a value of one type.

func PutBool(w *Writer, v bool) {
	if v {
		w.out = append(w.out, 1)
	} else {
		w.out = append(w.out, 0)
	}
}
func PutInt8(w *Writer, v int8)   { w.out = append(w.out, byte(v)) }
func PutInt16(w *Writer, v int16) { w.out = binary.LittleEndian.AppendUint16(w.out, uint16(v)) }
func PutInt32(w *Writer, v int32) { w.out = binary.LittleEndian.AppendUint32(w.out, uint32(v)) }
func PutInt64(w *Writer, v int64) { w.out = binary.LittleEndian.AppendUint64(w.out, uint64(v)) }
func PutInt(w *Writer, v int)     { PutInt64(w, int64(v)) }
func PutFloat32(w *Writer, v float32) {
	w.out = binary.LittleEndian.AppendUint32(w.out, math.Float32bits(v))
}
func PutFloat64(w *Writer, v float64) {
	w.out = binary.LittleEndian.AppendUint64(w.out, math.Float64bits(v))
}
func PutString(w *Writer, v string) {
	w.length(len(v))
	w.out = append(w.out, v...)
}
func PutBytes(w *Writer, v []byte) {
	w.length(len(v))
	w.out = append(w.out, v...)
}

// PutPointer writes a slot. nil is written as NULL.
func PutPointer[T any](w *Writer, v *T, value func(*Writer, T)) {
	if v == nil {
		w.out = append(w.out, 0)
		return
	}
	PutPlain(w, *v, value)
}

// PutPlain writes a slot that is not NULL.
func PutPlain[T any](w *Writer, v T, value func(*Writer, T)) {
	w.out = append(w.out, 1)
	value(w, v)
}

// PutSlice writes an ARRAY. slot writes a slot. A nil slice is an empty ARRAY.
func PutSlice[S ~[]T, T any](w *Writer, all S, slot func(*Writer, T)) {
	w.length(len(all))
	for _, v := range all {
		slot(w, v)
	}
}

// PutMap writes a MAP in the order of the keys, so that equal maps are equal values. key writes a key, slot
// writes a slot. A nil map is an empty MAP.
func PutMap[M ~map[K]V, K cmp.Ordered, V any](w *Writer, all M, key func(*Writer, K), slot func(*Writer, V)) {
	w.length(len(all))
	for _, k := range slices.Sorted(maps.Keys(all)) {
		key(w, k)
		slot(w, all[k])
	}
}
