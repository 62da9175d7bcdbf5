package render

import (
	"encoding/hex"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// Cell appends a value of an array as text, the text of Flink's CAST(x AS STRING). NULL is appended as
// NULL. The array has the type of the field for which the Cell was made.
//
// The details follow Flink: TRUE and FALSE, 1.0E10 for a DOUBLE, as many digits of a second as a
// TIMESTAMP's precision but no trailing zeros for a TIME, [a, b], {k=v}, (a, b) and (name=a).
// docs/types.md lists all of them.
// BYTES are decoded as UTF-8, as in Flink. BYTES that are not UTF-8 are shown as x'…' in hexadecimal,
// where Flink's text would have replacement characters. Floating-point values have the fewest digits that
// distinguish them from their neighbors, as in Java since 19; Java 17 prints a digit more for some.
type Cell func(dst []byte, arr arrow.Array, row int) []byte

// nullText is NULL as Flink writes it within ARRAY, MAP and ROW.
const nullText = "NULL"

// CellOf returns the Cell of a field. The field's metadata flink.type, if present, distinguishes
// TIMESTAMP_LTZ, which is shown in loc, from TIMESTAMP, and contains precisions.
func CellOf(field arrow.Field, loc *time.Location) (Cell, error) {
	t, err := typeOf(field)
	if err != nil {
		return nil, err
	}
	return textCell(field.Type, t, loc)
}

func textCell(dt arrow.DataType, t flinkType, loc *time.Location) (Cell, error) {
	cell, err := plainCell(dt, t, loc)
	if err != nil {
		return nil, err
	}
	return func(dst []byte, arr arrow.Array, row int) []byte {
		if arr.IsNull(row) {
			return append(dst, nullText...)
		}
		return cell(dst, arr, row)
	}, nil
}

// plainCell returns a Cell for values that are not NULL.
func plainCell(dt arrow.DataType, t flinkType, loc *time.Location) (Cell, error) {
	switch dt := dt.(type) {
	case *arrow.NullType:
		return func(dst []byte, _ arrow.Array, _ int) []byte { return append(dst, nullText...) }, nil
	case *arrow.BooleanType:
		return appendBoolean, nil
	case *arrow.Int8Type, *arrow.Int16Type, *arrow.Int32Type, *arrow.Int64Type:
		return appendInteger, nil
	case *arrow.Float32Type:
		return func(dst []byte, arr arrow.Array, row int) []byte {
			return appendJavaFloat(dst, float64(arr.(*array.Float32).Value(row)), 32)
		}, nil
	case *arrow.Float64Type:
		return func(dst []byte, arr arrow.Array, row int) []byte {
			return appendJavaFloat(dst, arr.(*array.Float64).Value(row), 64)
		}, nil
	case *arrow.Decimal128Type:
		if t.timestamp() {
			return timestampCell(nanosOf, t.digits(arrow.Nanosecond), t, loc, sqlTimes), nil
		}
		return decimalCell(dt.Scale), nil
	case *arrow.MonthIntervalType:
		return appendMonths, nil
	case *arrow.DurationType:
		return durationCell(dt)
	case *arrow.StringType:
		return func(dst []byte, arr arrow.Array, row int) []byte {
			return append(dst, arr.(*array.String).Value(row)...)
		}, nil
	case *arrow.BinaryType, *arrow.FixedSizeBinaryType:
		return func(dst []byte, arr arrow.Array, row int) []byte {
			return appendBytes(dst, bytesOf(arr, row))
		}, nil
	case *arrow.Date32Type, *arrow.Time32Type, *arrow.Time64Type, *arrow.TimestampType:
		return temporalCell(dt, t, loc, sqlTimes), nil
	default:
		return nestedCell(dt, t, loc)
	}
}

func nestedCell(dt arrow.DataType, t flinkType, loc *time.Location) (Cell, error) {
	switch dt := dt.(type) {
	case *arrow.ListType:
		element, err := textCell(dt.Elem(), t.child(0), loc)
		return func(dst []byte, arr arrow.Array, row int) []byte {
			return appendList(dst, arr.(*array.List), row, element)
		}, err
	case *arrow.MapType:
		key, err := keyCell(dt, t, loc)
		if err != nil {
			return nil, err
		}
		value, err := textCell(dt.ItemType(), t.child(1), loc)
		return func(dst []byte, arr arrow.Array, row int) []byte {
			return appendMap(dst, arr.(*array.Map), row, key, value)
		}, err
	case *arrow.StructType:
		fields := make([]Cell, dt.NumFields())
		for i := range fields {
			var err error
			if fields[i], err = textCell(dt.Field(i).Type, t.child(i), loc); err != nil {
				return nil, err
			}
		}
		names := make([]string, len(fields))
		if t.name == "STRUCTURED" {
			for i := range names {
				names[i] = dt.Field(i).Name + "="
			}
		}
		return func(dst []byte, arr arrow.Array, row int) []byte {
			return appendRow(dst, arr.(*array.Struct), row, names, fields)
		}, nil
	default:
		return nil, fmt.Errorf("the Arrow type %s has no text", dt)
	}
}

// keyCell returns the Cell of a map's keys, or of a multiset's elements. Flink has NULL keys,
// but Arrow has not: if Flink's type allows them, a key is the only field of a struct that is
// never NULL.
func keyCell(dt *arrow.MapType, t flinkType, loc *time.Location) (Cell, error) {
	if key := t.child(0); key.name == "" || key.required {
		return textCell(dt.KeyType(), key, loc)
	}
	wrapped, ok := dt.KeyType().(*arrow.StructType)
	if !ok || wrapped.NumFields() != 1 {
		return nil, fmt.Errorf("the keys of %s may be NULL, but come as %s", t.name, dt.KeyType())
	}
	key, err := textCell(wrapped.Field(0).Type, t.child(0), loc)
	return func(dst []byte, arr arrow.Array, row int) []byte {
		return key(dst, arr.(*array.Struct).Field(0), row)
	}, err
}

func appendBoolean(dst []byte, arr arrow.Array, row int) []byte {
	if arr.(*array.Boolean).Value(row) {
		return append(dst, "TRUE"...)
	}
	return append(dst, "FALSE"...)
}

func bytesOf(arr arrow.Array, row int) []byte {
	if fixed, ok := arr.(*array.FixedSizeBinary); ok {
		return fixed.Value(row)
	}
	return arr.(*array.Binary).Value(row)
}

func appendBytes(dst, value []byte) []byte {
	if utf8.Valid(value) {
		return append(dst, value...)
	}
	dst = append(dst, "x'"...)
	dst = hex.AppendEncode(dst, value)
	return append(dst, '\'')
}

func appendList(dst []byte, arr *array.List, row int, element Cell) []byte {
	dst = append(dst, '[')
	from, to := arr.ValueOffsets(row)
	for i := from; i < to; i++ {
		if i > from {
			dst = append(dst, ", "...)
		}
		dst = element(dst, arr.ListValues(), int(i))
	}
	return append(dst, ']')
}

func appendMap(dst []byte, arr *array.Map, row int, key, value Cell) []byte {
	entries := arr.ListValues().(*array.Struct)
	dst = append(dst, '{')
	from, to := arr.ValueOffsets(row)
	for i := from; i < to; i++ {
		if i > from {
			dst = append(dst, ", "...)
		}
		dst = key(dst, entries.Field(0), int(i))
		dst = append(dst, '=')
		dst = value(dst, entries.Field(1), int(i))
	}
	return append(dst, '}')
}

func appendRow(dst []byte, arr *array.Struct, row int, names []string, fields []Cell) []byte {
	dst = append(dst, '(')
	for i, field := range fields {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(dst, names[i]...)
		dst = field(dst, arr.Field(i), row)
	}
	return append(dst, ')')
}
