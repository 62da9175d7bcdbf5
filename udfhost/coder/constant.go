package coder

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// Constant is a literal argument of a function call. Flink sends its value without its SQL type (an INT and a
// BIGINT look the same), so it becomes an array only when the type of the parameter is known.
type Constant struct {
	kind  constantKind
	value any // as unpickle returns it; days, ms of day or ms since 1970 for times
}

type constantKind byte

// The first byte of an inputConstant.
const (
	plainConstant constantKind = iota
	dateConstant
	timeConstant
	timestampConstant
)

// ParseConstant reads an inputConstant: a kind byte and a pickle.
func ParseConstant(b []byte) (Constant, error) {
	if len(b) == 0 {
		return Constant{}, errors.New("empty constant")
	}
	kind := constantKind(b[0])
	if kind > timestampConstant {
		return Constant{}, fmt.Errorf("constant of unknown kind %d", kind)
	}
	v, err := unpickle(b[1:])
	if err != nil {
		return Constant{}, fmt.Errorf("constant: %w", err)
	}
	if _, ok := v.(int64); kind != plainConstant && !ok {
		return Constant{}, fmt.Errorf("constant date or time is a %T", v)
	}
	return Constant{kind, v}, nil
}

// String returns the value for messages.
func (c Constant) String() string {
	switch v := c.value.(type) {
	case nil:
		return "NULL"
	case string:
		return strconv.Quote(v)
	default:
		return fmt.Sprint(v)
	}
}

// Type returns the type that the value has by itself, for a parameter of any type: BIGINT, DOUBLE, STRING,
// BOOLEAN, DATE, TIME(3), TIMESTAMP(3) or NULL. A decimal has the precision and scale of its digits.
func (c Constant) Type() arrow.DataType {
	switch c.kind {
	case dateConstant:
		return arrow.FixedWidthTypes.Date32
	case timeConstant:
		return arrow.FixedWidthTypes.Time32ms
	case timestampConstant:
		return &arrow.TimestampType{Unit: arrow.Millisecond}
	}
	switch v := c.value.(type) {
	case bool:
		return arrow.FixedWidthTypes.Boolean
	case int64:
		return arrow.PrimitiveTypes.Int64
	case float64:
		return arrow.PrimitiveTypes.Float64
	case string:
		return arrow.BinaryTypes.String
	case decimalText:
		return smallestDecimal(string(v))
	}
	return arrow.Null
}

// smallestDecimal returns the DECIMAL of 38 digits with the fewest fractional digits that holds
// a text.
func smallestDecimal(text string) arrow.DataType {
	dt := &arrow.Decimal128Type{Precision: 38}
	for dt.Scale < dt.Precision {
		if _, err := parseDecimal(text, dt); err == nil {
			break
		}
		dt.Scale++
	}
	return dt
}

// Array returns the constant n times as an array of type dt, a new reference. It returns an error if dt cannot
// hold the value exactly. Only a decimal is rounded, if dt is a floating-point type.
func (c Constant) Array(dt arrow.DataType, n int) (arrow.Array, error) {
	b := array.NewBuilder(memory.DefaultAllocator, dt)
	defer b.Release()
	b.Reserve(n)
	if c.value == nil {
		b.AppendNulls(n)
		return b.NewArray(), nil
	}
	add, err := c.appender(b)
	if err != nil {
		return nil, fmt.Errorf("constant %v does not fit a parameter of type %s: %w", c, dt, err)
	}
	for range n {
		add()
	}
	return b.NewArray(), nil
}

var errOtherType = errors.New("it is of another type")

// appender returns a function that appends the value once.
func (c Constant) appender(b array.Builder) (func(), error) {
	if c.kind != plainConstant {
		return c.timeAppender(b)
	}
	switch v := c.value.(type) {
	case bool:
		if b, ok := b.(*array.BooleanBuilder); ok {
			return func() { b.Append(v) }, nil
		}
	case string:
		switch b := b.(type) {
		case *array.StringBuilder:
			return func() { b.Append(v) }, nil
		case *array.BinaryBuilder:
			return func() { b.AppendString(v) }, nil
		}
	case int64:
		if add, err := intAppender(b, v); add != nil || err != nil {
			return add, err
		}
		// Up to this limit, every integer is also a float64.
		const limit = 1 << 53
		return numberAppender(b, strconv.FormatInt(v, 10), float64(v), -limit <= v && v <= limit)
	case float64:
		return numberAppender(b, "", v, true)
	case decimalText:
		return decimalNumberAppender(b, string(v))
	}
	return nil, errOtherType
}

// intAppender returns the appenders of integer types, or nil for another type.
func intAppender(b array.Builder, v int64) (func(), error) {
	var low, high int64
	var add func()
	switch b := b.(type) {
	case *array.Int8Builder:
		low, high, add = math.MinInt8, math.MaxInt8, func() { b.Append(int8(v)) }
	case *array.Int16Builder:
		low, high, add = math.MinInt16, math.MaxInt16, func() { b.Append(int16(v)) }
	case *array.Int32Builder:
		low, high, add = math.MinInt32, math.MaxInt32, func() { b.Append(int32(v)) }
	case *array.Int64Builder:
		low, high, add = math.MinInt64, math.MaxInt64, func() { b.Append(v) }
	default:
		return nil, nil
	}
	if v < low || v > high {
		return nil, errors.New("it is out of range")
	}
	return add, nil
}

// numberAppender returns the appenders of floating-point types and decimals. f is the number if
// exact is true. text is its decimal notation if it is an integer.
func numberAppender(b array.Builder, text string, f float64, exact bool) (func(), error) {
	switch b := b.(type) {
	case *array.Float64Builder:
		if !exact {
			return nil, errors.New("it has too many digits")
		}
		return func() { b.Append(f) }, nil
	case *array.Float32Builder:
		if !exact || (float64(float32(f)) != f && !math.IsNaN(f)) {
			return nil, errors.New("it has too many digits")
		}
		return func() { b.Append(float32(f)) }, nil
	case *array.Decimal128Builder:
		if text != "" {
			return decimalNumberAppender(b, text)
		}
	}
	return nil, errOtherType
}

// decimalNumberAppender returns the appenders of a number in decimal notation.
func decimalNumberAppender(b array.Builder, text string) (func(), error) {
	switch b := b.(type) {
	case *array.Float64Builder:
		v, err := strconv.ParseFloat(text, 64)
		return func() { b.Append(v) }, err
	case *array.Float32Builder:
		v, err := strconv.ParseFloat(text, 32)
		return func() { b.Append(float32(v)) }, err
	case *array.Decimal128Builder:
		v, err := parseDecimal(text, b.Type().(*arrow.Decimal128Type))
		return func() { b.Append(v) }, err
	}
	return nil, errOtherType
}

// timeAppender returns the appenders of dates, times and timestamps.
func (c Constant) timeAppender(b array.Builder) (func(), error) {
	v := c.value.(int64)
	const day = 24 * 60 * 60 * 1000
	switch b := b.(type) {
	case *array.Date32Builder:
		if c.kind == dateConstant && v == int64(int32(v)) {
			return func() { b.Append(arrow.Date32(v)) }, nil
		}
	case *array.Time32Builder:
		if c.kind == timeConstant && v >= 0 && v < day {
			t := arrow.Time32(v)
			if b.Type().(*arrow.Time32Type).Unit == arrow.Second {
				t /= 1e3
			}
			return func() { b.Append(t) }, nil
		}
	case *array.Time64Builder:
		if c.kind == timeConstant && v >= 0 && v < day {
			t := arrow.Time64(v) * 1e3
			if b.Type().(*arrow.Time64Type).Unit == arrow.Nanosecond {
				t *= 1e3
			}
			return func() { b.Append(t) }, nil
		}
	case *array.TimestampBuilder:
		if c.kind == timestampConstant {
			t, err := timestamp(v, 0, b.Type().(*arrow.TimestampType).Unit)
			return func() { b.Append(t) }, err
		}
	}
	return nil, errOtherType
}
