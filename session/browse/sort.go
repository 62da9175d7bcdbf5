package browse

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/decimal128"

	"riffle/render"
)

// key orders the values of one column as Flink does: −0.0 with 0.0, NaN last. It represents
// every value exactly.
type key struct {
	high int64
	low  uint64
}

func (k key) compare(other key) int {
	return cmp.Or(cmp.Compare(k.high, other.high), cmp.Compare(k.low, other.low))
}

// keyOf returns a function that makes keys of a column's values that are not NULL, or nil for a
// column that is ordered by its texts.
func keyOf(dt arrow.DataType) func(arr arrow.Array, row int) key {
	switch dt.(type) {
	case *arrow.Int8Type:
		return func(arr arrow.Array, row int) key { return key{high: int64(arr.(*array.Int8).Value(row))} }
	case *arrow.Int16Type:
		return func(arr arrow.Array, row int) key { return key{high: int64(arr.(*array.Int16).Value(row))} }
	case *arrow.Int32Type:
		return func(arr arrow.Array, row int) key { return key{high: int64(arr.(*array.Int32).Value(row))} }
	case *arrow.Int64Type:
		return func(arr arrow.Array, row int) key { return key{high: arr.(*array.Int64).Value(row)} }
	case *arrow.Date32Type:
		return func(arr arrow.Array, row int) key { return key{high: int64(arr.(*array.Date32).Value(row))} }
	case *arrow.Time32Type:
		return func(arr arrow.Array, row int) key { return key{high: int64(arr.(*array.Time32).Value(row))} }
	case *arrow.Time64Type:
		return func(arr arrow.Array, row int) key { return key{high: int64(arr.(*array.Time64).Value(row))} }
	case *arrow.MonthIntervalType:
		return func(arr arrow.Array, row int) key { return key{high: int64(arr.(*array.MonthInterval).Value(row))} }
	case *arrow.DurationType:
		return func(arr arrow.Array, row int) key { return key{high: int64(arr.(*array.Duration).Value(row))} }
	case *arrow.TimestampType:
		return func(arr arrow.Array, row int) key { return key{high: int64(arr.(*array.Timestamp).Value(row))} }
	case *arrow.Float32Type:
		return func(arr arrow.Array, row int) key { return floatKey(float64(arr.(*array.Float32).Value(row))) }
	case *arrow.Float64Type:
		return func(arr arrow.Array, row int) key { return floatKey(arr.(*array.Float64).Value(row)) }
	case *arrow.Decimal128Type:
		return func(arr arrow.Array, row int) key { return decimalKey(arr.(*array.Decimal128).Value(row)) }
	}
	return nil
}

func floatKey(f float64) key {
	switch {
	case f == 0:
		return key{}
	case math.IsNaN(f):
		return key{high: math.MaxInt64}
	}
	bits := int64(math.Float64bits(f))
	if bits < 0 { // the larger the magnitude, the smaller the number
		bits ^= math.MaxInt64
	}
	return key{high: bits}
}

func decimalKey(n decimal128.Num) key { return key{n.HighBits(), n.LowBits()} }

// number parses typed text into a key for a column of numbers. numeric is false if the column
// has no numbers.
func number(field arrow.Field, text string) (k key, numeric bool, err error) {
	text = strings.ReplaceAll(text, "_", "")
	switch dt := field.Type.(type) {
	case *arrow.Int8Type, *arrow.Int16Type, *arrow.Int32Type, *arrow.Int64Type:
		n, err := strconv.ParseInt(text, 10, 64)
		return key{high: n}, true, err
	case *arrow.Float32Type:
		f, err := strconv.ParseFloat(text, 32) // 0.1 is the column's 0.1, not the double's
		return floatKey(f), true, err
	case *arrow.Float64Type:
		f, err := strconv.ParseFloat(text, 64)
		return floatKey(f), true, err
	case *arrow.Decimal128Type:
		if !render.RightAligned(field) { // a time of more digits than Arrow's
			return key{}, false, nil
		}
		if _, digits, found := strings.Cut(text, "."); found && len(strings.TrimRight(digits, "0")) > int(dt.Scale) {
			return key{}, true, errors.New("more digits than the column has")
		}
		n, err := decimal128.FromString(text, dt.Precision, dt.Scale)
		return decimalKey(n), true, err
	}
	return key{}, false, nil
}

// sort orders positions by the values of the sort column. NULLs are last in both directions.
func (a *Arrangement) sort(t Table, positions []int32) {
	var nulls []int32
	values := positions[:0]
	for _, p := range positions {
		if a.Null(t, int(p), a.sorted) {
			nulls = append(nulls, p)
		} else {
			values = append(values, p)
		}
	}
	ascending := a.order(t, values)
	slices.SortStableFunc(values, func(x, y int32) int {
		if a.descending {
			x, y = y, x
		}
		return ascending(x, y)
	})
	copy(positions[len(values):], nulls)
}

// order returns a function that compares rows by keys or texts, which are computed once.
func (a *Arrangement) order(t Table, positions []int32) func(x, y int32) int {
	keyed := keyOf(a.schema.Field(a.sorted).Type)
	if keyed == nil {
		texts := make([]string, t.Rows())
		for _, p := range positions {
			texts[p] = string(a.Text(nil, t, int(p), a.sorted))
		}
		return func(x, y int32) int { return strings.Compare(texts[x], texts[y]) }
	}
	keys := make([]key, t.Rows())
	for _, p := range positions {
		rec, i := t.At(int(p))
		keys[p] = keyed(rec.Column(a.sorted), i)
	}
	return func(x, y int32) int { return keys[x].compare(keys[y]) }
}
