package browse

import (
	"math"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// Number returns a value as a number, rounded if a float64 cannot hold it. It returns false if the value
// is NULL or not a number. Times are numbers too, in the unit in which they are stored.
func Number(t Table, row, column int) (float64, bool) {
	rec, i := t.At(row)
	arr := rec.Column(column)
	if arr.IsNull(i) {
		return math.NaN(), false
	}
	switch arr := arr.(type) {
	case *array.Float32:
		return float64(arr.Value(i)), true
	case *array.Float64:
		return arr.Value(i), true
	case *array.Decimal128:
		return arr.Value(i).ToFloat64(arr.DataType().(*arrow.Decimal128Type).Scale), true
	}
	keyed := keyOf(arr.DataType())
	if keyed == nil {
		return math.NaN(), false
	}
	return float64(keyed(arr, i).high), true
}
