package changelog

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"pgregory.net/rapid"
)

var (
	rowType = arrow.StructOf(
		arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
		arrow.Field{Name: "b", Type: arrow.BinaryTypes.String, Nullable: true})
	textList = arrow.ListOfField(arrow.Field{Name: "element", Type: arrow.BinaryTypes.String, Nullable: true})
)

// distinct has, for each type of the contract, cells that are all different, as Arrow's JSON; the
// last cell of each is NULL. Floats with other values than JSON's are in TestFloatIdentity.
var distinct = []struct {
	dt    arrow.DataType
	cells string
}{
	{arrow.FixedWidthTypes.Boolean, `[true, false, null]`},
	{arrow.PrimitiveTypes.Int8, `[0, 1, -1, 127, -128, null]`},
	{arrow.PrimitiveTypes.Int16, `[0, 256, -1, null]`},
	{arrow.PrimitiveTypes.Int32, `[0, 65536, -1, null]`},
	{arrow.PrimitiveTypes.Int64, `[0, 4294967296, -1, null]`},
	{arrow.PrimitiveTypes.Float32, `[0, 1, 0.5, null]`},
	{arrow.PrimitiveTypes.Float64, `[0, 1, 0.5, null]`},
	{&arrow.Decimal128Type{Precision: 38, Scale: 2}, `["0", "1.00", "-1.00", "184467440737095516.16", null]`},
	{arrow.PrimitiveTypes.Date32, `["1970-01-01", "2020-02-29", null]`},
	{&arrow.Time32Type{Unit: arrow.Millisecond}, `["00:00:00.000", "12:34:56.789", null]`},
	{&arrow.Time64Type{Unit: arrow.Nanosecond}, `["00:00:00.000", "12:34:56.789000001", null]`},
	{&arrow.TimestampType{Unit: arrow.Microsecond}, `["1970-01-01 00:00:00", "2020-01-01 01:02:03.123456", null]`},
	{arrow.BinaryTypes.String, `["", "a", "b", "aa", "\u0000", null]`},
	{arrow.BinaryTypes.Binary, `["", "AA==", "AAA=", null]`},
	{&arrow.FixedSizeBinaryType{ByteWidth: 2}, `["AAA=", "AAE=", null]`},
	{textList, `[[], [""], [null], ["", ""], ["a", "b"], ["ab"], ["b", "a"], null]`},
	{arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int32),
		`[[], [{"key":"a","value":1}], [{"key":"a","value":null}], [{"key":"a","value":1},{"key":"b","value":2}], [{"key":"a","value":2},{"key":"b","value":1}], null]`},
	{rowType, `[{"a":1,"b":"x"}, {"a":null,"b":"x"}, {"a":1,"b":null}, {"a":null,"b":null}, null]`},
	{arrow.ListOf(rowType), `[[{"a":1,"b":"x"}], [{"a":1,"b":"x"},{"a":1,"b":"x"}], [null], null]`},
}

func fromJSON(t *testing.T, mem memory.Allocator, dt arrow.DataType, cells string) arrow.Array {
	t.Helper()
	arr, _, err := array.FromJSON(mem, dt, strings.NewReader(cells))
	if err != nil {
		t.Fatalf("%s of %s: %v", cells, dt, err)
	}
	return arr
}

func identities(t *testing.T, arr arrow.Array) [][]byte {
	t.Helper()
	c, err := bind(arr)
	if err != nil {
		t.Fatal(err)
	}
	out := make([][]byte, arr.Len())
	for i := range out {
		out[i] = c.append(nil, i)
	}
	return out
}

func TestIdentity(t *testing.T) {
	for _, test := range distinct {
		t.Run(test.dt.String(), func(t *testing.T) {
			arr := fromJSON(t, checked(t), test.dt, test.cells)
			defer arr.Release()
			all := identities(t, arr)
			for i, a := range all {
				for j, b := range all {
					if bytes.Equal(a, b) != (i == j) {
						t.Errorf("cells %s and %s have %x and %x", arr.ValueStr(i), arr.ValueStr(j), a, b)
					}
					if i != j && bytes.HasPrefix(a, b) {
						t.Errorf("cell %s begins like %s: cells side by side are ambiguous", arr.ValueStr(i), arr.ValueStr(j))
					}
				}
			}
			part := array.NewSlice(arr, 1, int64(arr.Len()))
			defer part.Release()
			for i, a := range identities(t, part) {
				if !bytes.Equal(a, all[i+1]) {
					t.Errorf("cell %s has another identity in a slice", arr.ValueStr(i+1))
				}
			}
		})
	}
}

func TestFloatIdentity(t *testing.T) {
	mem := checked(t)
	b := array.NewFloat64Builder(mem)
	defer b.Release()
	b.AppendValues([]float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), math.NaN()}, nil)
	arr := b.NewArray()
	defer arr.Release()
	all := identities(t, arr)
	for i, a := range all {
		for j, other := range all {
			same := i == j || math.IsNaN(arr.(*array.Float64).Value(i)) && math.IsNaN(arr.(*array.Float64).Value(j))
			if bytes.Equal(a, other) != same {
				t.Errorf("%s and %s: equal is %v", arr.ValueStr(i), arr.ValueStr(j), !same)
			}
		}
	}
}

func TestMapEntriesHaveNoOrder(t *testing.T) {
	arr := fromJSON(t, checked(t), arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int32),
		`[[{"key":"a","value":1},{"key":"bb","value":2}], [{"key":"bb","value":2},{"key":"a","value":1}]]`)
	defer arr.Release()
	all := identities(t, arr)
	if !bytes.Equal(all[0], all[1]) {
		t.Errorf("one map in two orders has %x and %x", all[0], all[1])
	}
}

// TestGather copies cells of every type out of two batches and compares them with their source.
func TestGather(t *testing.T) {
	for _, test := range distinct {
		t.Run(test.dt.String(), func(t *testing.T) {
			mem := checked(t)
			schema := arrow.NewSchema([]arrow.Field{{Name: "c", Type: test.dt, Nullable: true}}, nil)
			arr := fromJSON(t, mem, test.dt, test.cells)
			defer arr.Release()
			whole := array.NewRecord(schema, []arrow.Array{arr}, int64(arr.Len()))
			defer whole.Release()
			tail := whole.NewSlice(1, whole.NumRows())
			defer tail.Release()
			// Backwards, the even rows from the whole and the odd ones from its tail.
			n := arr.Len()
			got := gather(mem, schema, n, func(k int) (arrow.Record, int) {
				if row := n - 1 - k; row%2 == 1 {
					return tail, row - 1
				}
				return whole, n - 1 - k
			})
			defer got.Release()
			for i, a := range identities(t, got.Column(0)) {
				if want := identities(t, arr)[n-1-i]; !bytes.Equal(a, want) {
					t.Errorf("row %d is %s, want %s", i, got.Column(0).ValueStr(i), arr.ValueStr(n-1-i))
				}
			}
			if !arrow.TypeEqual(got.Column(0).DataType(), test.dt, arrow.CheckMetadata()) {
				t.Errorf("the type became %s", got.Column(0).DataType())
			}
		})
	}
}

// TestIdentityOfTexts: two pairs of texts are the same row exactly when both texts are.
func TestIdentityOfTexts(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune{'\x00', '\x01', '\x02', 'a'}), 0, 4, -1)
	rapid.Check(t, func(r *rapid.T) {
		pairs := make([][2]string, 2)
		b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{
			{Name: "x", Type: arrow.BinaryTypes.String}, {Name: "y", Type: arrow.BinaryTypes.String}}, nil))
		defer b.Release()
		for i := range pairs {
			for j := range pairs[i] {
				pairs[i][j] = text.Draw(r, fmt.Sprint("text", i, j))
				b.Field(j).(*array.StringBuilder).Append(pairs[i][j])
			}
		}
		rec := b.NewRecord()
		defer rec.Release()
		row, err := bindRecord(rec)
		if err != nil {
			r.Fatal(err)
		}
		if same := bytes.Equal(row.append(nil, 0), row.append(nil, 1)); same != (pairs[0] == pairs[1]) {
			r.Fatalf("rows %q: same is %v", pairs, same)
		}
	})
}
