package guest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/decimal128"

	"riffle/udfhost/sqltype"
)

// unpacker reads one packed value from a guest, which may contain anything. It keeps its first
// error, after which all reads return zero, and it never allocates more than a small multiple
// of the bytes that are there.
type unpacker struct {
	rest []byte
	err  error
	// bad describes what is wrong with a well-formed value: the function is at fault, not the
	// guest.
	bad string
}

var errShort = errors.New("a value ends before its end")

func (u *unpacker) fail(err error) {
	if u.err == nil {
		u.err = err
	}
	u.rest = nil
}

func (u *unpacker) blame(format string, args ...any) {
	if u.bad == "" {
		u.bad = fmt.Sprintf(format, args...)
	}
}

// take returns the next n bytes, or nil if there are fewer.
func (u *unpacker) take(n int) []byte {
	if n > len(u.rest) {
		u.fail(errShort)
		return nil
	}
	b := u.rest[:n]
	u.rest = u.rest[n:]
	return b
}

func (u *unpacker) byte() byte {
	if b := u.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (u *unpacker) uint16() uint16 {
	if b := u.take(2); b != nil {
		return order.Uint16(b)
	}
	return 0
}

func (u *unpacker) uint32() uint32 {
	if b := u.take(4); b != nil {
		return order.Uint32(b)
	}
	return 0
}

func (u *unpacker) uint64() uint64 {
	if b := u.take(8); b != nil {
		return order.Uint64(b)
	}
	return 0
}

// length reads a number of bytes or of entries, each of which takes at least a byte.
func (u *unpacker) length() int {
	n, size := binary.Uvarint(u.rest)
	if size <= 0 || n > uint64(len(u.rest)-size) {
		u.fail(errShort)
		return 0
	}
	u.rest = u.rest[size:]
	return int(n)
}

// unpackFunc reads a value and appends it to a builder.
type unpackFunc func(*unpacker)

// unpackTo returns a function that reads values for a builder of results.
func unpackTo(b array.Builder) unpackFunc {
	switch b := b.(type) {
	case *array.BooleanBuilder:
		return func(u *unpacker) { b.Append(u.byte() != 0) }
	case *array.Int8Builder:
		return func(u *unpacker) { b.Append(int8(u.byte())) }
	case *array.Int16Builder:
		return func(u *unpacker) { b.Append(int16(u.uint16())) }
	case *array.Int32Builder:
		return func(u *unpacker) { b.Append(int32(u.uint32())) }
	case *array.Int64Builder:
		return func(u *unpacker) { b.Append(int64(u.uint64())) }
	case *array.Float32Builder:
		return func(u *unpacker) { b.Append(math.Float32frombits(u.uint32())) }
	case *array.Float64Builder:
		return func(u *unpacker) { b.Append(math.Float64frombits(u.uint64())) }
	case *array.StringBuilder:
		return func(u *unpacker) {
			text := u.take(u.length())
			if !utf8.Valid(text) {
				u.blame("a string in its result is not valid UTF-8, as a STRING must be; use []byte for BYTES")
			}
			b.BinaryBuilder.Append(text)
		}
	case *array.BinaryBuilder:
		return func(u *unpacker) { b.Append(u.take(u.length())) }
	case *array.Decimal128Builder:
		return decimalUnpacker(b)
	case *array.Date32Builder:
		return func(u *unpacker) {
			days := int32(u.uint32())
			u.inRange(int64(days) * secondsOfDay)
			b.Append(arrow.Date32(days))
		}
	case *array.Time32Builder:
		return timeUnpacker(b)
	}
	return nestedUnpacker(b)
}

const secondsOfDay = 24 * 60 * 60

// The first and the last second that SQL has.
var (
	firstSecond = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	lastSecond  = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
)

// inRange checks seconds since 1970. riffle's own guest code does not exceed the range.
func (u *unpacker) inRange(seconds int64) {
	if seconds < firstSecond || seconds > lastSecond {
		u.fail(fmt.Errorf("a time lies %d seconds from 1970", seconds))
	}
}

func timeUnpacker(b *array.Time32Builder) unpackFunc {
	unit := int64(b.Type().(*arrow.Time32Type).Unit.Multiplier())
	return func(u *unpacker) {
		nanos := int64(u.uint64())
		if nanos < 0 || nanos >= secondsOfDay*int64(time.Second) {
			u.fail(fmt.Errorf("a time of day is %d ns", nanos))
			nanos = 0
		}
		if nanos%unit != 0 {
			at := time.Unix(0, nanos).UTC().Format("15:04:05.999999999")
			u.blame("its result %s has more digits than Flink's TIME, which stores milliseconds: truncate it", at)
		}
		b.Append(arrow.Time32(nanos / unit))
	}
}

// decimalUnpacker reads a decimal and converts it exactly to the scale of the type.
func decimalUnpacker(b *array.Decimal128Builder) unpackFunc {
	dt := b.Type().(*arrow.Decimal128Type)
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(dt.Precision)), nil)
	return func(u *unpacker) {
		scale := int32(u.byte())
		low, high := u.uint64(), int64(u.uint64())
		if scale > 38 {
			u.fail(fmt.Errorf("a decimal has the scale %d", scale))
			scale = 0
		}
		given := decimal128.New(high, low)
		v, rest := given.BigInt(), new(big.Int)
		shift := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(scale-dt.Scale, dt.Scale-scale))), nil)
		if scale > dt.Scale {
			v.QuoRem(v, shift, rest)
		} else {
			v.Mul(v, shift)
		}
		switch {
		case rest.Sign() != 0:
			u.blame("its result %s has more than the %d digits after the decimal point of DECIMAL(%d, %d): use Round(%d)",
				given.ToString(scale), dt.Scale, dt.Precision, dt.Scale, dt.Scale)
			v = rest.SetInt64(0)
		case v.CmpAbs(limit) >= 0:
			u.blame("its result %s does not fit DECIMAL(%d, %d)", given.ToString(scale), dt.Precision, dt.Scale)
			v = rest.SetInt64(0)
		}
		b.Append(decimal128.FromBigInt(v))
	}
}

// nestedUnpacker returns the readers of timestamps, collections and rows.
func nestedUnpacker(b array.Builder) unpackFunc {
	switch b := b.(type) {
	case *array.ListBuilder:
		slot := slotTo(b.ValueBuilder())
		return func(u *unpacker) {
			b.Append(true)
			for range u.length() {
				slot(u)
			}
		}
	case *array.MapBuilder:
		key, slot := unpackTo(b.KeyBuilder()), slotTo(b.ItemBuilder())
		return func(u *unpacker) {
			b.Append(true)
			for range u.length() {
				key(u)
				slot(u)
			}
		}
	case *array.StructBuilder:
		if sqltype.IsWideTimestamp(b.Type()) {
			return timestampUnpacker(b)
		}
		slots := make([]unpackFunc, b.NumField())
		for i := range slots {
			slots[i] = slotTo(b.FieldBuilder(i))
		}
		return func(u *unpacker) {
			b.Append(true)
			for _, slot := range slots {
				slot(u)
			}
		}
	}
	panic(fmt.Sprintf("no function returns %v", b.Type())) // package golang has no Go type for it
}

func slotTo(b array.Builder) unpackFunc {
	value := unpackTo(b)
	return func(u *unpacker) {
		if u.byte() == 0 {
			b.AppendNull()
		} else {
			value(u)
		}
	}
}

func timestampUnpacker(b *array.StructBuilder) unpackFunc {
	millis, nanos := b.FieldBuilder(0).(*array.Int64Builder), b.FieldBuilder(1).(*array.Int32Builder)
	return func(u *unpacker) {
		seconds, rest := int64(u.uint64()), u.uint32()
		u.inRange(seconds)
		if rest >= uint32(time.Second) {
			u.fail(fmt.Errorf("a second has %d ns", rest))
		}
		b.Append(true)
		millis.Append(seconds*1000 + int64(rest)/1e6)
		nanos.Append(int32(rest) % 1e6)
	}
}
