package coder

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"riffle/udfhost/flinkfn"
	"riffle/udfhost/sqltype"
)

// writeFunc appends value i of an array, which is not NULL, to a row. It is nil for an
// array of NULLs without a type.
type writeFunc func(out []byte, i int) []byte

var order = binary.BigEndian

// writer returns a function that writes the values of an array as type t.
func writer(a arrow.Array, t *flinkfn.Schema_FieldType) (writeFunc, error) {
	switch a := a.(type) {
	case *array.Int8:
		return func(out []byte, i int) []byte { return append(out, byte(a.Value(i))) }, nil
	case *array.Int16:
		return func(out []byte, i int) []byte { return order.AppendUint16(out, uint16(a.Value(i))) }, nil
	case *array.Int32:
		return func(out []byte, i int) []byte { return order.AppendUint32(out, uint32(a.Value(i))) }, nil
	case *array.Int64:
		return func(out []byte, i int) []byte { return order.AppendUint64(out, uint64(a.Value(i))) }, nil
	case *array.Boolean:
		return func(out []byte, i int) []byte { return appendBool(out, a.Value(i)) }, nil
	case *array.Float32:
		return func(out []byte, i int) []byte { return order.AppendUint32(out, math.Float32bits(a.Value(i))) }, nil
	case *array.Float64:
		return func(out []byte, i int) []byte { return order.AppendUint64(out, math.Float64bits(a.Value(i))) }, nil
	case *array.String:
		return func(out []byte, i int) []byte { return appendBytes(out, a.Value(i)) }, nil
	case *array.Binary:
		return func(out []byte, i int) []byte { return appendBytes(out, a.Value(i)) }, nil
	case *array.FixedSizeBinary:
		return func(out []byte, i int) []byte { return appendBytes(out, a.Value(i)) }, nil
	case *array.Decimal128:
		scale := a.DataType().(*arrow.Decimal128Type).Scale
		return func(out []byte, i int) []byte { return appendBytes(out, formatDecimal(a.Value(i), scale)) }, nil
	case *array.Null:
		return nil, nil // it has no bitmap, and no value that is not NULL
	}
	if w := timeWriter(a); w != nil {
		return w, nil
	}
	return nestedWriter(a, t)
}

func appendBool(out []byte, v bool) []byte {
	if v {
		return append(out, 1)
	}
	return append(out, 0)
}

func appendBytes[T ~string | ~[]byte](out []byte, v T) []byte {
	return append(order.AppendUint32(out, uint32(len(v))), v...)
}

// timeWriter returns the writers of dates, times and timestamps, or nil for another array.
// Flink's TIME has milliseconds whatever its precision, so finer digits are dropped here, as
// they are when Flink reads Arrow.
func timeWriter(a arrow.Array) writeFunc {
	switch a := a.(type) {
	case *array.Date32:
		return func(out []byte, i int) []byte { return order.AppendUint32(out, uint32(a.Value(i))) }
	case *array.Time32:
		perUnit := arrow.Time32(1)
		if a.DataType().(*arrow.Time32Type).Unit == arrow.Second {
			perUnit = 1e3
		}
		return func(out []byte, i int) []byte { return order.AppendUint32(out, uint32(a.Value(i)*perUnit)) }
	case *array.Time64:
		perMilli := arrow.Time64(1e3)
		if a.DataType().(*arrow.Time64Type).Unit == arrow.Nanosecond {
			perMilli = 1e6
		}
		return func(out []byte, i int) []byte { return order.AppendUint32(out, uint32(a.Value(i)/perMilli)) }
	case *array.Timestamp:
		return timestampWriter(a)
	}
	return nil
}

func timestampWriter(a *array.Timestamp) writeFunc {
	perMilli, nanos := int64(1e3), int64(1e3)
	switch a.DataType().(*arrow.TimestampType).Unit {
	case arrow.Second:
		return func(out []byte, i int) []byte { return order.AppendUint64(out, uint64(a.Value(i)*1e3)) }
	case arrow.Millisecond:
		return func(out []byte, i int) []byte { return order.AppendUint64(out, uint64(a.Value(i))) }
	case arrow.Nanosecond:
		perMilli, nanos = 1e6, 1
	}
	return func(out []byte, i int) []byte {
		v := int64(a.Value(i))
		ms := floorDiv(v, perMilli)
		out = order.AppendUint64(out, uint64(ms))
		return order.AppendUint32(out, uint32((v-ms*perMilli)*nanos))
	}
}

// nestedWriter returns the writers of collections and rows.
func nestedWriter(a arrow.Array, t *flinkfn.Schema_FieldType) (writeFunc, error) {
	switch a := a.(type) {
	case *array.Map: // before List, which it embeds
		return mapWriter(a, t.GetMapInfo())
	case *array.List:
		return listWriter(a, t.GetCollectionElementType())
	case *array.Struct:
		if sqltype.IsWideTimestamp(a.DataType()) {
			millis, nanos := a.Field(0).(*array.Int64), a.Field(1).(*array.Int32)
			return func(out []byte, i int) []byte {
				return order.AppendUint32(order.AppendUint64(out, uint64(millis.Value(i))), uint32(nanos.Value(i)))
			}, nil
		}
		return structWriter(a, t.GetRowSchema())
	}
	return nil, fmt.Errorf("no row format for %s", a.DataType())
}

func listWriter(a *array.List, t *flinkfn.Schema_FieldType) (writeFunc, error) {
	values := a.ListValues()
	write, err := writer(values, t)
	if err != nil {
		return nil, err
	}
	return func(out []byte, i int) []byte {
		from, to := a.ValueOffsets(i)
		out = order.AppendUint32(out, uint32(to-from))
		for k := int(from); k < int(to); k++ {
			if write == nil || values.IsNull(k) {
				out = append(out, 0)
				continue
			}
			out = write(append(out, 1), k)
		}
		return out
	}, nil
}

func mapWriter(a *array.Map, t *flinkfn.Schema_MapInfo) (writeFunc, error) {
	keys, values := a.Keys(), a.Items()
	writeKey, err := writer(keys, t.GetKeyType())
	if err != nil {
		return nil, err
	}
	writeValue, err := writer(values, t.GetValueType())
	if err != nil {
		return nil, err
	}
	return func(out []byte, i int) []byte {
		from, to := a.ValueOffsets(i)
		out = order.AppendUint32(out, uint32(to-from))
		for k := int(from); k < int(to); k++ {
			out = writeKey(out, k)
			if writeValue == nil || values.IsNull(k) {
				out = append(out, 1)
				continue
			}
			out = writeValue(append(out, 0), k)
		}
		return out
	}, nil
}

func structWriter(a *array.Struct, t *flinkfn.Schema) (writeFunc, error) {
	columns := make([]arrow.Array, len(t.GetFields())) // without the kind of a Kinded coder
	write := make([]writeFunc, len(columns))
	for i, f := range t.GetFields() {
		w, err := writer(a.Field(i), f.Type)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		columns[i], write[i] = a.Field(i), w
	}
	return func(out []byte, i int) []byte { return appendRow(out, columns, write, i) }, nil
}
