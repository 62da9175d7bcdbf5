package guest

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"riffle/udfhost/sqltype"
)

// pack returns the data and the offsets of a column of abi.Packed.
func pack(column arrow.Array) (data []byte, offsets []int32, err error) {
	value, err := packer(column)
	if err != nil {
		return nil, nil, err
	}
	offsets = make([]int32, column.Len()+1)
	for i := range column.Len() {
		if column.IsValid(i) {
			data = value(data, i)
		}
		if len(data) > maxColumn {
			return nil, nil, fmt.Errorf("is longer than %d bytes", maxColumn)
		}
		offsets[i+1] = int32(len(data))
	}
	return data, offsets, nil
}

// packFunc appends value i, which is not NULL, in the packed form.
type packFunc func(out []byte, i int) []byte

var order = binary.LittleEndian

// packer returns a function that packs the values of an array.
func packer(a arrow.Array) (packFunc, error) {
	switch a := a.(type) {
	case *array.Boolean:
		return func(out []byte, i int) []byte {
			if a.Value(i) {
				return append(out, 1)
			}
			return append(out, 0)
		}, nil
	case *array.Int8:
		return func(out []byte, i int) []byte { return append(out, byte(a.Value(i))) }, nil
	case *array.Int16:
		return func(out []byte, i int) []byte { return order.AppendUint16(out, uint16(a.Value(i))) }, nil
	case *array.Int32:
		return func(out []byte, i int) []byte { return order.AppendUint32(out, uint32(a.Value(i))) }, nil
	case *array.Int64:
		return func(out []byte, i int) []byte { return order.AppendUint64(out, uint64(a.Value(i))) }, nil
	case *array.Float32:
		return func(out []byte, i int) []byte { return order.AppendUint32(out, math.Float32bits(a.Value(i))) }, nil
	case *array.Float64:
		return func(out []byte, i int) []byte { return order.AppendUint64(out, math.Float64bits(a.Value(i))) }, nil
	case *array.String:
		return func(out []byte, i int) []byte { return packBytes(out, a.Value(i)) }, nil
	case *array.Binary:
		return func(out []byte, i int) []byte { return packBytes(out, a.Value(i)) }, nil
	case *array.FixedSizeBinary:
		return func(out []byte, i int) []byte { return packBytes(out, a.Value(i)) }, nil
	case *array.Decimal128:
		scale := byte(a.DataType().(*arrow.Decimal128Type).Scale)
		return func(out []byte, i int) []byte {
			v := a.Value(i)
			return order.AppendUint64(order.AppendUint64(append(out, scale), v.LowBits()), uint64(v.HighBits()))
		}, nil
	case *array.Date32, *array.Time32, *array.Time64, *array.Timestamp:
		return timePacker(a), nil
	}
	return nestedPacker(a)
}

func packBytes[T ~string | ~[]byte](out []byte, v T) []byte {
	return append(binary.AppendUvarint(out, uint64(len(v))), v...)
}

// timePacker returns the packers of dates, times and timestamps.
func timePacker(a arrow.Array) packFunc {
	switch a := a.(type) {
	case *array.Date32:
		return func(out []byte, i int) []byte { return order.AppendUint32(out, uint32(a.Value(i))) }
	case *array.Time32:
		unit := int64(a.DataType().(*arrow.Time32Type).Unit.Multiplier())
		return func(out []byte, i int) []byte { return order.AppendUint64(out, uint64(int64(a.Value(i))*unit)) }
	case *array.Time64:
		unit := int64(a.DataType().(*arrow.Time64Type).Unit.Multiplier())
		return func(out []byte, i int) []byte { return order.AppendUint64(out, uint64(int64(a.Value(i))*unit)) }
	}
	timestamps := a.(*array.Timestamp)
	unit := int64(timestamps.DataType().(*arrow.TimestampType).Unit.Multiplier())
	perSecond := int64(time.Second) / unit
	return func(out []byte, i int) []byte {
		v := int64(timestamps.Value(i))
		return packTimestamp(out, v, perSecond, v%perSecond*unit)
	}
}

// packTimestamp appends a timestamp of v units, with perSecond units in a second. nanos, which
// may be negative, is the remainder.
func packTimestamp(out []byte, v, perSecond, nanos int64) []byte {
	seconds := v / perSecond
	if nanos < 0 {
		seconds, nanos = seconds-1, nanos+int64(time.Second)
	}
	return order.AppendUint32(order.AppendUint64(out, uint64(seconds)), uint32(nanos))
}

// nestedPacker returns the packers of collections and rows.
func nestedPacker(a arrow.Array) (packFunc, error) {
	switch a := a.(type) {
	case *array.Map: // before List, which it embeds
		return mapPacker(a)
	case *array.List:
		values := a.ListValues()
		element, err := packer(values)
		return func(out []byte, i int) []byte {
			from, to := a.ValueOffsets(i)
			out = binary.AppendUvarint(out, uint64(to-from))
			for k := int(from); k < int(to); k++ {
				out = packSlot(out, values, element, k)
			}
			return out
		}, err
	case *array.Struct:
		if sqltype.IsWideTimestamp(a.DataType()) {
			millis, nanos := a.Field(0).(*array.Int64), a.Field(1).(*array.Int32)
			return func(out []byte, i int) []byte {
				v := millis.Value(i)
				return packTimestamp(out, v, 1000, v%1000*1e6+int64(nanos.Value(i)))
			}, nil
		}
		return structPacker(a)
	}
	return nil, fmt.Errorf("is %v, which functions cannot have", a.DataType())
}

func packSlot(out []byte, values arrow.Array, value packFunc, i int) []byte {
	if values.IsNull(i) {
		return append(out, 0)
	}
	return value(append(out, 1), i)
}

func mapPacker(a *array.Map) (packFunc, error) {
	keys, items := a.Keys(), a.Items()
	key, err := packer(keys)
	if err != nil {
		return nil, err
	}
	if keys.NullN() > 0 {
		return nil, fmt.Errorf("has a NULL key in a MAP")
	}
	item, err := packer(items)
	return func(out []byte, i int) []byte {
		from, to := a.ValueOffsets(i)
		out = binary.AppendUvarint(out, uint64(to-from))
		for k := int(from); k < int(to); k++ {
			out = packSlot(key(out, k), items, item, k)
		}
		return out
	}, err
}

func structPacker(a *array.Struct) (packFunc, error) {
	fields := make([]arrow.Array, a.NumField())
	values := make([]packFunc, len(fields))
	for i := range fields {
		fields[i] = a.Field(i)
		value, err := packer(fields[i])
		if err != nil {
			return nil, err
		}
		values[i] = value
	}
	return func(out []byte, i int) []byte {
		for k, field := range fields {
			out = packSlot(out, field, values[k], i)
		}
		return out
	}, nil
}
