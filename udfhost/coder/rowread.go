package coder

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"riffle/udfhost/flinkfn"
	"riffle/udfhost/sqltype"
)

// reader reads the bytes of one row. It keeps its first error and returns zero values after it,
// so the error is checked only at the end of a row.
type reader struct {
	buf []byte
	err error
}

var errShort = errors.New("it ends within a value")

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
	r.buf = nil
}

// take returns the next n bytes, or nil if there are fewer.
func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.buf) {
		if r.err == nil {
			r.err = errShort
		}
		r.buf = nil
		return nil
	}
	b := r.buf[:n]
	r.buf = r.buf[n:]
	return b
}

func (r *reader) uint8() uint8 {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint16() uint16 {
	if b := r.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *reader) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// bytes reads a length and a value of that length.
func (r *reader) bytes() []byte { return r.take(int(int32(r.uint32()))) }

// count reads the number of entries of a collection. Each entry takes at least a byte, so a
// larger number is malformed, and no memory is allocated for it.
func (r *reader) count() int {
	n := int(int32(r.uint32()))
	if n < 0 || n > len(r.buf) {
		r.fail("collection of %d entries in %d bytes", n, len(r.buf))
		return 0
	}
	return n
}

// row appends one row to its columns, and its kind to kinds if there are any.
func (r *reader) row(columns []column, kinds *array.Int8Builder) {
	mask := r.take(maskSize(len(columns)))
	if mask == nil {
		return
	}
	if kinds != nil {
		kinds.Append(kindOf(mask[0]))
	}
	for i, c := range columns {
		if at, bit := nullBit(i); mask[at]&bit != 0 {
			c.AppendNull()
		} else {
			c.read(r)
		}
	}
}

// appender returns a function that reads one value of type t from a row and appends it to b,
// the builder of t's Arrow type. It panics for a builder of another type.
func appender(b array.Builder, t *flinkfn.Schema_FieldType) func(*reader) {
	switch b := b.(type) {
	case *array.Int8Builder:
		return func(r *reader) { b.Append(int8(r.uint8())) }
	case *array.Int16Builder:
		return func(r *reader) { b.Append(int16(r.uint16())) }
	case *array.Int32Builder:
		return func(r *reader) { b.Append(int32(r.uint32())) }
	case *array.Int64Builder:
		return func(r *reader) { b.Append(int64(r.uint64())) }
	case *array.BooleanBuilder:
		return func(r *reader) { b.Append(r.uint8() != 0) }
	case *array.Float32Builder:
		return func(r *reader) { b.Append(math.Float32frombits(r.uint32())) }
	case *array.Float64Builder:
		return func(r *reader) { b.Append(math.Float64frombits(r.uint64())) }
	case *array.StringBuilder:
		return func(r *reader) { b.BinaryBuilder.Append(r.bytes()) }
	case *array.BinaryBuilder:
		return func(r *reader) { b.Append(r.bytes()) }
	case *array.FixedSizeBinaryBuilder:
		return fixedSizeAppender(b)
	case *array.Decimal128Builder:
		return decimalAppender(b)
	case *array.NullBuilder:
		return func(r *reader) { r.fail("value in a column of type NULL") }
	}
	if f := timeAppender(b, t); f != nil {
		return f
	}
	return nestedAppender(b, t)
}

func fixedSizeAppender(b *array.FixedSizeBinaryBuilder) func(*reader) {
	width := b.Type().(*arrow.FixedSizeBinaryType).ByteWidth
	return func(r *reader) {
		v := r.bytes()
		if r.err == nil && len(v) != width {
			r.fail("%d bytes in a BINARY(%d)", len(v), width)
		}
		if r.err == nil {
			b.Append(v)
		}
	}
}

func decimalAppender(b *array.Decimal128Builder) func(*reader) {
	dt := b.Type().(*arrow.Decimal128Type)
	return func(r *reader) {
		text := r.bytes()
		if r.err != nil {
			return
		}
		v, err := parseDecimal(string(text), dt)
		if err != nil {
			r.fail("%w", err)
			return
		}
		b.Append(v)
	}
}

// timeAppender returns the appenders of dates, times and timestamps, or nil for another
// builder. A TIME is int32 milliseconds. A TIMESTAMP of more than three digits is int64
// milliseconds and int32 nanoseconds of a millisecond.
func timeAppender(b array.Builder, t *flinkfn.Schema_FieldType) func(*reader) {
	switch b := b.(type) {
	case *array.Date32Builder:
		return func(r *reader) { b.Append(arrow.Date32(r.uint32())) }
	case *array.Time32Builder:
		if b.Type().(*arrow.Time32Type).Unit == arrow.Second {
			return func(r *reader) { b.Append(arrow.Time32(int32(r.uint32()) / 1e3)) }
		}
		return func(r *reader) { b.Append(arrow.Time32(r.uint32())) }
	case *array.Time64Builder:
		perMilli := arrow.Time64(1e3)
		if b.Type().(*arrow.Time64Type).Unit == arrow.Nanosecond {
			perMilli = 1e6
		}
		return func(r *reader) { b.Append(arrow.Time64(int32(r.uint32())) * perMilli) }
	case *array.TimestampBuilder:
		unit := b.Type().(*arrow.TimestampType).Unit
		return func(r *reader) {
			ms, nanos := int64(r.uint64()), int32(0)
			if unit >= arrow.Microsecond {
				nanos = int32(r.uint32())
			}
			v, err := timestamp(ms, nanos, unit)
			if err != nil {
				r.fail("%w", err)
			}
			b.Append(v)
		}
	}
	return nil
}

// nestedAppender returns the appenders of collections and rows.
func nestedAppender(b array.Builder, t *flinkfn.Schema_FieldType) func(*reader) {
	switch b := b.(type) {
	case *array.ListBuilder:
		element := column{b.ValueBuilder(), appender(b.ValueBuilder(), t.GetCollectionElementType())}
		return func(r *reader) {
			b.Append(true)
			for range r.count() {
				if r.uint8() == 0 { // the flag means: present
					element.AppendNull()
				} else {
					element.read(r)
				}
			}
		}
	case *array.MapBuilder:
		key := column{b.KeyBuilder(), appender(b.KeyBuilder(), t.GetMapInfo().GetKeyType())}
		value := column{b.ItemBuilder(), appender(b.ItemBuilder(), t.GetMapInfo().GetValueType())}
		return func(r *reader) {
			b.Append(true)
			for range r.count() {
				key.read(r)
				if r.uint8() != 0 { // the flag means: absent, unlike an array's
					value.AppendNull()
				} else {
					value.read(r)
				}
			}
		}
	case *array.StructBuilder:
		if sqltype.IsWideTimestamp(b.Type()) {
			millis, nanos := b.FieldBuilder(0).(*array.Int64Builder), b.FieldBuilder(1).(*array.Int32Builder)
			return func(r *reader) {
				b.Append(true)
				millis.Append(int64(r.uint64()))
				nanos.Append(int32(r.uint32()))
			}
		}
		fields := t.GetRowSchema().GetFields()
		columns := make([]column, len(fields))
		var kinds *array.Int8Builder
		if b.NumField() > len(fields) { // see Kinded
			kinds = b.FieldBuilder(len(fields)).(*array.Int8Builder)
		}
		for i, f := range fields {
			columns[i] = column{b.FieldBuilder(i), appender(b.FieldBuilder(i), f.Type)}
		}
		return func(r *reader) {
			b.Append(true)
			r.row(columns, kinds)
		}
	}
	panic(fmt.Sprintf("no row format for %s", b.Type()))
}

// timestamp converts Flink's milliseconds and nanoseconds of a millisecond into a timestamp of
// a unit. Nanoseconds in 64 bits cover 1677 to 2262.
func timestamp(ms int64, nanos int32, unit arrow.TimeUnit) (arrow.Timestamp, error) {
	scale, rest := int64(1), int64(0)
	switch unit {
	case arrow.Second:
		return arrow.Timestamp(floorDiv(ms, 1000)), nil
	case arrow.Microsecond:
		scale, rest = 1e3, int64(nanos)/1e3
	case arrow.Nanosecond:
		scale, rest = 1e6, int64(nanos)
	}
	if ms > (math.MaxInt64-rest)/scale || ms < math.MinInt64/scale {
		return 0, fmt.Errorf("timestamp of %d ms is out of the range of TIMESTAMP in %ss: use a lower precision", ms, unit)
	}
	return arrow.Timestamp(ms*scale + rest), nil
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
