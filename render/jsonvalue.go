package render

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// jsonCell returns the function that appends a value as JSON. Numbers are numbers with all
// their digits; BIGINT and DECIMAL can have more digits than a double holds, and need a parser
// that keeps them. NaN and the infinities are strings. BYTES are base64. Times are ISO 8601,
// with their offset if they have a local time zone. ARRAY is an array. MAP, MULTISET and ROW
// are objects, with a map's keys as text. A VARIANT is its JSON value. docs/types.md lists all
// of them.
func jsonCell(dt arrow.DataType, t flinkType, loc *time.Location) (Cell, error) {
	cell, err := jsonPlainCell(dt, t, loc)
	if err != nil {
		return nil, err
	}
	return func(dst []byte, arr arrow.Array, row int) []byte {
		if arr.IsNull(row) {
			return append(dst, "null"...)
		}
		return cell(dst, arr, row)
	}, nil
}

func jsonPlainCell(dt arrow.DataType, t flinkType, loc *time.Location) (Cell, error) {
	switch dt := dt.(type) {
	case *arrow.NullType:
		return func(dst []byte, _ arrow.Array, _ int) []byte { return append(dst, "null"...) }, nil
	case *arrow.BooleanType:
		return func(dst []byte, arr arrow.Array, row int) []byte {
			return strconv.AppendBool(dst, arr.(*array.Boolean).Value(row))
		}, nil
	case *arrow.Float32Type:
		return func(dst []byte, arr arrow.Array, row int) []byte {
			return appendJSONFloat(dst, float64(arr.(*array.Float32).Value(row)), 32)
		}, nil
	case *arrow.Float64Type:
		return func(dst []byte, arr arrow.Array, row int) []byte {
			return appendJSONFloat(dst, arr.(*array.Float64).Value(row), 64)
		}, nil
	case *arrow.StringType:
		if t.name == "VARIANT" {
			return appendVariant, nil
		}
		return func(dst []byte, arr arrow.Array, row int) []byte {
			return appendJSONString(dst, []byte(arr.(*array.String).Value(row)))
		}, nil
	case *arrow.BinaryType, *arrow.FixedSizeBinaryType:
		return func(dst []byte, arr arrow.Array, row int) []byte {
			dst = append(dst, '"')
			dst = base64.StdEncoding.AppendEncode(dst, bytesOf(arr, row))
			return append(dst, '"')
		}, nil
	case *arrow.Date32Type, *arrow.Time32Type, *arrow.Time64Type, *arrow.TimestampType:
		return quoted(temporalCell(dt, t, loc, isoTimes)), nil
	case *arrow.Decimal128Type:
		if t.timestamp() {
			return quoted(timestampCell(nanosOf, t.digits(arrow.Nanosecond), t, loc, isoTimes)), nil
		}
		return plainCell(dt, t, loc)
	case *arrow.MonthIntervalType, *arrow.DurationType:
		cell, err := plainCell(dt, t, loc)
		return quoted(cell), err
	case *arrow.ListType, *arrow.MapType, *arrow.StructType:
		return jsonNestedCell(dt, t, loc)
	default: // integers are the same text
		return plainCell(dt, t, loc)
	}
}

// quoted makes a JSON string of a text that needs no escapes.
func quoted(cell Cell) Cell {
	return func(dst []byte, arr arrow.Array, row int) []byte {
		return append(cell(append(dst, '"'), arr, row), '"')
	}
}

// appendVariant writes a VARIANT as JSON. Its text is JSON already.
func appendVariant(dst []byte, arr arrow.Array, row int) []byte {
	text := []byte(arr.(*array.String).Value(row))
	var compact bytes.Buffer
	if json.Compact(&compact, text) != nil {
		return appendJSONString(dst, text)
	}
	for rest := compact.Bytes(); len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		if escapedInJSON(r) || r == utf8.RuneError {
			dst = fmt.Appendf(dst, `\u%04x`, r)
		} else {
			dst = append(dst, rest[:size]...)
		}
		rest = rest[size:]
	}
	return dst
}

func jsonNestedCell(dt arrow.DataType, t flinkType, loc *time.Location) (Cell, error) {
	switch dt := dt.(type) {
	case *arrow.ListType:
		element, err := jsonCell(dt.Elem(), t.child(0), loc)
		return func(dst []byte, arr arrow.Array, row int) []byte {
			return appendJSONArray(dst, arr.(*array.List), row, element)
		}, err
	case *arrow.MapType:
		key, err := keyCell(dt, t, loc)
		if err != nil {
			return nil, err
		}
		value, err := jsonCell(dt.ItemType(), t.child(1), loc)
		return func(dst []byte, arr arrow.Array, row int) []byte {
			return appendJSONMap(dst, arr.(*array.Map), row, key, value)
		}, err
	case *arrow.StructType:
		return jsonRowCell(dt, t, loc)
	default:
		return nil, fmt.Errorf("the Arrow type %s has no JSON", dt)
	}
}

func jsonRowCell(dt *arrow.StructType, t flinkType, loc *time.Location) (Cell, error) {
	names := make([]string, dt.NumFields())
	cells := make([]Cell, len(names))
	for i := range names {
		names[i] = dt.Field(i).Name
		var err error
		if cells[i], err = jsonCell(dt.Field(i).Type, t.child(i), loc); err != nil {
			return nil, err
		}
	}
	keys := make([][]byte, len(names))
	for i, name := range unique(names) {
		keys[i] = append(appendJSONString(nil, []byte(name)), ':')
	}
	return func(dst []byte, arr arrow.Array, row int) []byte {
		dst = append(dst, '{')
		for i, cell := range cells {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = cell(append(dst, keys[i]...), arr.(*array.Struct).Field(i), row)
		}
		return append(dst, '}')
	}, nil
}

func appendJSONArray(dst []byte, arr *array.List, row int, element Cell) []byte {
	dst = append(dst, '[')
	from, to := arr.ValueOffsets(row)
	for i := from; i < to; i++ {
		if i > from {
			dst = append(dst, ',')
		}
		dst = element(dst, arr.ListValues(), int(i))
	}
	return append(dst, ']')
}

func appendJSONMap(dst []byte, arr *array.Map, row int, key, value Cell) []byte {
	entries := arr.ListValues().(*array.Struct)
	dst = append(dst, '{')
	from, to := arr.ValueOffsets(row)
	for i := from; i < to; i++ {
		if i > from {
			dst = append(dst, ',')
		}
		dst = appendJSONString(dst, key(nil, entries.Field(0), int(i)))
		dst = value(append(dst, ':'), entries.Field(1), int(i))
	}
	return append(dst, '}')
}

func appendJSONFloat(dst []byte, v float64, bits int) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(dst, `"-Infinity"`...)
	}
	format := byte('f')
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, v, format, -1, bits)
}

// appendJSONString quotes text. Control characters that JSON allows, and characters that change
// the direction of text, are escaped too. Bytes that are not UTF-8 become U+FFFD, because JSON
// cannot represent them.
func appendJSONString(dst, text []byte) []byte {
	dst = append(dst, '"')
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case escapedInJSON(r):
			dst = fmt.Appendf(dst, `\u%04x`, r)
		case r == utf8.RuneError:
			dst = append(dst, `\ufffd`...)
		default:
			dst = append(dst, text[:size]...)
		}
		text = text[size:]
	}
	return append(dst, '"')
}

// escapedInJSON reports whether a character of a string is escaped, besides those that have a
// short escape.
func escapedInJSON(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
}
