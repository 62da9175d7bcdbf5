package changelog

import (
	"math"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// arrayOf returns an array from JSON.
func arrayOf(t *testing.T, dt arrow.DataType, text string) arrow.Array {
	t.Helper()
	b := array.NewBuilder(memory.DefaultAllocator, dt)
	defer b.Release()
	if err := b.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return b.NewArray()
}

// Each list is in its order, and no two of its cells are equal in that order.
func TestCellsAreInFlinksOrder(t *testing.T) {
	pair := arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int32, Nullable: true}, arrow.Field{Name: "b", Type: arrow.BinaryTypes.String, Nullable: true})
	for _, test := range []struct {
		dt   arrow.DataType
		text string
	}{
		{arrow.FixedWidthTypes.Boolean, `[null, false, true]`},
		{arrow.PrimitiveTypes.Int8, `[null, -128, -1, 0, 127]`},
		{arrow.BinaryTypes.String, `[null, "", "B", "a", "aa", "é", "日", "𝄞"]`},
		{arrow.BinaryTypes.Binary, `[null, "", "AA==", "AAA=", "fw==", "/w=="]`},
		{&arrow.Decimal128Type{Precision: 38, Scale: 2}, `[null, "-90000000000000000000000.00", "-0.01", "0.00", "90000000000000000000000.00"]`},
		{arrow.ListOf(arrow.PrimitiveTypes.Int32), `[null, [], [null], [null, 5], [1], [1, null], [1, 2], [2]]`},
		{pair, `[null, {"a":null,"b":"z"}, {"a":1,"b":null}, {"a":1,"b":"a"}, {"a":2,"b":""}]`},
		{arrow.ListOf(pair), `[null, [null], [{"a":1,"b":"a"}, null], [{"a":1,"b":"b"}]]`},
	} {
		arr := arrayOf(t, test.dt, test.text)
		defer arr.Release()
		inOrder(t, arr)
	}
}

// inOrder compares all cells with one another, up and down.
func inOrder(t *testing.T, arr arrow.Array) {
	t.Helper()
	cells, err := bind(arr)
	if err != nil {
		t.Fatal(err)
	}
	for i := range arr.Len() {
		for j := range arr.Len() {
			want := map[bool]int{true: -1, false: 1}[i < j]
			if i == j {
				want = 0
			}
			up := Key{}.compare(cells, i, cells, j)
			down := Key{Descending: true, NullsLast: true}.compare(cells, i, cells, j)
			if sign(up) != want || sign(down) != -want {
				t.Errorf("%s: %s and %s compare as %d, descending %d", arr.DataType(), arr.ValueStr(i), arr.ValueStr(j), up, down)
			}
		}
	}
}

func sign(n int) int { return max(-1, min(1, n)) }

// Zeros have no sign, and NaN is above all.
func TestFloatsHaveOneOrder(t *testing.T) {
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	defer b.Release()
	b.AppendValues([]float64{math.Inf(-1), -1, 0, 1, math.Inf(1), math.NaN()}, nil)
	arr := b.NewArray()
	defer arr.Release()
	inOrder(t, arr)
	if compareFloats(math.Copysign(0, -1), 0) != 0 {
		t.Error("-0.0 is not 0.0")
	}
}
