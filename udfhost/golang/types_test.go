package golang

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/decimal128"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"pgregory.net/rapid"

	"riffle/udfhost/guest"
	"riffle/udfhost/operation"
	"riffle/udfhost/sqltype"
)

// Columns of all types, with NULLs, come back the same from functions that return
// their argument.
func TestAllTypes(t *testing.T) {
	s := newStore(t, guest.Options{})
	var types []struct{ goType, sqlType string }
	for _, row := range sqltype.All() {
		for _, g := range row.Go {
			if g.Kind != "" && !strings.Contains(g.Type, ".") {
				types = append(types, struct{ goType, sqlType string }{g.Type, row.Name})
			}
		}
	}
	var text strings.Builder
	for i, typ := range types {
		fmt.Fprintf(&text, "type own%d %s\n", i, typ.goType)
		for _, shape := range []string{
			"func Same%[1]d(x %[2]s) %[2]s { return x }",
			"func Pointer%[1]d(x *%[2]s) *%[2]s { return x }",
			"func Strict%[1]d(x %[2]s) (*%[2]s, error) { return &x, nil }",
			"func Own%[1]d(x own%[1]d) own%[1]d { return x }",
			"func OwnPointer%[1]d(x *own%[1]d) (*own%[1]d, error) { return x, nil }",
			"func Second%[1]d(a *string, x %[2]s, b bool) %[2]s { return x }",
		} {
			fmt.Fprintf(&text, shape+"\n", i, typ.goType)
		}
	}
	p, _ := define(t, s, "cell[1]", text.String())
	in := open(t, s)
	functions := map[string]operation.Function{}
	for i, typ := range types {
		column := randomColumn(rand.New(rand.NewPCG(1, 2)), typ.sqlType, 1)
		for _, name := range []string{"Same", "Pointer", "Strict", "Own", "OwnPointer"} {
			name = fmt.Sprint(name, i)
			functions[name] = resolve(t, in, p, name, column)
		}
		name := fmt.Sprint("Second", i)
		functions[name] = resolve(t, in, p, name, texts(""), column, bools(true))
	}
	rapid.Check(t, func(r *rapid.T) {
		i := rapid.IntRange(0, len(types)-1).Draw(r, "type")
		shape := rapid.SampledFrom([]string{"Same", "Pointer", "Strict", "Own", "OwnPointer", "Second"}).Draw(r, "shape")
		seed := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 0))
		rows := rapid.IntRange(0, 300).Draw(r, "rows")
		column := randomColumn(seed, types[i].sqlType, rows+8)
		from := rapid.IntRange(0, 8).Draw(r, "from")
		column = array.NewSlice(column, int64(from), int64(from+rows)) // not at the start of a byte
		args := []arrow.Array{column}
		if shape == "Second" {
			args = []arrow.Array{randomColumn(seed, "STRING", rows), column, bools(make([]bool, rows)...)}
		}
		got, err := functions[fmt.Sprint(shape, i)].Call(t.Context(), args, rows)
		if err != nil {
			r.Fatal(err)
		}
		defer got.Release()
		if !array.Equal(got, column) && got.String() != column.String() { // NaN is not equal to itself
			r.Fatalf("%s of %v: got %v, want %v", shape, types[i].goType, got, column)
		}
	})
}

// Columns of arrays, maps, rows and the types of packages, with NULLs at every depth, come back
// the same.
func TestComposedTypes(t *testing.T) {
	s := newStore(t, guest.Options{})
	nullable := func(name string, dt arrow.DataType) arrow.Field {
		return arrow.Field{Name: name, Type: dt, Nullable: true}
	}
	list := func(dt arrow.DataType) arrow.DataType { return arrow.ListOfField(nullable("element", dt)) }
	dict := func(key, item arrow.DataType) arrow.DataType {
		m := arrow.MapOf(key, item)
		m.SetItemNullable(true)
		return m
	}
	decimal := &arrow.Decimal128Type{Precision: 38, Scale: 18}
	type typed struct {
		goType string
		dt     arrow.DataType
	}
	types := []typed{
		{"[]*bool", list(arrow.FixedWidthTypes.Boolean)}, {"[]*string", list(arrow.BinaryTypes.String)},
		{"[]*own", list(arrow.PrimitiveTypes.Float32)}, {"slice", list(list(arrow.PrimitiveTypes.Int8))},
		{"map[int16]*[]byte", dict(arrow.PrimitiveTypes.Int16, arrow.BinaryTypes.Binary)},
		{"map[own2]*row", dict(arrow.BinaryTypes.String, arrow.StructOf(
			nullable("A", arrow.PrimitiveTypes.Int64), nullable("b", list(decimal)), nullable("C", sqltype.WideTimestamp()),
			nullable("D", arrow.PrimitiveTypes.Float64), nullable("E", arrow.FixedWidthTypes.Date32), nullable("F", arrow.PrimitiveTypes.Int32)))},
	}
	for _, row := range sqltype.All() {
		for _, g := range row.Go {
			if strings.Contains(g.Type, ".") {
				types = append(types, typed{g.Type, row.Result(row.Returned)})
			}
		}
	}
	text := "type own float32\ntype own2 string\ntype slice []*[]*int8\n" +
		"type row struct { A *int; B *[]*riffle.Decimal `sql:\"b\"`; C *time.Time; D *float64; E *riffle.Date; F *int32 }\n"
	shapes := map[string]string{
		"Same":    "func Same%[1]d(x %[2]s) %[2]s { return x }\n",
		"Pointer": "func Pointer%[1]d(x *%[2]s) *%[2]s { return x }\n",
		"Failing": "func Failing%[1]d(x %[2]s) (*%[2]s, error) { return &x, nil }\n",
	}
	for i, typ := range types {
		for _, shape := range shapes {
			text += fmt.Sprintf(shape, i, typ.goType)
		}
	}
	p, _ := define(t, s, "cell[1]", text)
	in := open(t, s)
	for i, typ := range types {
		for shape := range shapes {
			f := resolve(t, in, p, fmt.Sprint(shape, i), randomNested(rand.New(rand.NewPCG(1, 2)), typ.dt, 1))
			rapid.Check(t, func(r *rapid.T) {
				seed := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 0))
				rows := rapid.IntRange(0, 30).Draw(r, "rows")
				from := rapid.IntRange(0, 8).Draw(r, "from")
				whole := randomNested(seed, typ.dt, rows+8)
				column := array.NewSlice(whole, int64(from), int64(from+rows))
				got, err := f.Call(t.Context(), []arrow.Array{column}, rows)
				if err != nil {
					r.Fatal(err)
				}
				defer got.Release()
				if !array.Equal(got, column) {
					r.Fatalf("%s of %s: got %v, want %v", shape, typ.goType, got, column)
				}
			})
		}
	}
}

// randomNested is randomColumn for an Arrow type. The keys of a map ascend.
func randomNested(r *rand.Rand, dt arrow.DataType, rows int) arrow.Array {
	b := array.NewBuilder(memory.DefaultAllocator, dt)
	for range rows {
		randomValue(r, b, 0)
	}
	return b.NewArray()
}

func randomValue(r *rand.Rand, b array.Builder, key int) {
	if key == 0 && r.IntN(4) == 0 {
		b.AppendNull()
		return
	}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(r.IntN(2) == 0)
	case *array.Int8Builder:
		b.Append(int8(r.Int64()))
	case *array.Int16Builder:
		b.Append(int16(key))
	case *array.Int32Builder:
		b.Append(int32(r.Int64()))
	case *array.Int64Builder:
		b.Append(int64(r.Uint64()))
	case *array.Float32Builder:
		b.Append(pick(r, float32(math.Inf(1)), float32(math.Copysign(0, -1)), r.Float32()))
	case *array.Float64Builder:
		b.Append(pick(r, math.Inf(-1), r.NormFloat64()))
	case *array.StringBuilder:
		b.Append(strings.Repeat("ß", key))
	case *array.BinaryBuilder:
		b.Append(pick(r, []byte{}, []byte{0xff, 0}))
	case *array.Date32Builder:
		b.Append(pick(r, -719162, 2932896, arrow.Date32(r.IntN(100_000)-50_000))) // 0001-01-01, 9999-12-31
	case *array.Time32Builder:
		b.Append(pick(r, 0, arrow.Time32(r.IntN(86_400_000))))
	case *array.Decimal128Builder:
		largest := decimal128.GetMaxValue(38)
		b.Append(pick(r, largest, largest.Negate(), decimal128.FromI64(r.Int64N(1<<62)-1<<61)))
	case *array.ListBuilder:
		b.Append(true)
		for range r.IntN(4) {
			randomValue(r, b.ValueBuilder(), 0)
		}
	case *array.MapBuilder:
		b.Append(true)
		for i := range r.IntN(4) {
			randomValue(r, b.KeyBuilder(), i+1)
			randomValue(r, b.ItemBuilder(), 0)
		}
	case *array.StructBuilder:
		b.Append(true)
		if sqltype.IsWideTimestamp(b.Type()) { // 0001-01-01, 9999-12-31 and in between
			b.FieldBuilder(0).(*array.Int64Builder).Append(pick(r, -62135596800000, 253402300799999, r.Int64N(1e13)-5e12))
			b.FieldBuilder(1).(*array.Int32Builder).Append(pick(r, 0, 999_999, r.Int32N(1e6)))
			return
		}
		for i := range b.NumField() {
			randomValue(r, b.FieldBuilder(i), 0)
		}
	default:
		panic(fmt.Sprintf("no values for %v", b.Type()))
	}
}

func bools(values ...bool) arrow.Array {
	b := array.NewBooleanBuilder(memory.DefaultAllocator)
	b.AppendValues(values, nil)
	return b.NewArray()
}

// randomColumn has values at the bounds of a type, others, and NULLs.
func randomColumn(r *rand.Rand, sqlType string, rows int) arrow.Array {
	var b array.Builder
	var add func()
	switch sqlType {
	case "BOOLEAN":
		x := array.NewBooleanBuilder(memory.DefaultAllocator)
		b, add = x, func() { x.Append(r.IntN(2) == 0) }
	case "TINYINT":
		x := array.NewInt8Builder(memory.DefaultAllocator)
		b, add = x, func() { x.Append(pick(r, math.MinInt8, math.MaxInt8, 0, int8(r.Int64()))) }
	case "SMALLINT":
		x := array.NewInt16Builder(memory.DefaultAllocator)
		b, add = x, func() { x.Append(pick(r, math.MinInt16, math.MaxInt16, 0, int16(r.Int64()))) }
	case "INT":
		x := array.NewInt32Builder(memory.DefaultAllocator)
		b, add = x, func() { x.Append(pick(r, math.MinInt32, math.MaxInt32, 0, int32(r.Int64()))) }
	case "BIGINT":
		x := array.NewInt64Builder(memory.DefaultAllocator)
		b, add = x, func() { x.Append(pick(r, math.MinInt64, math.MaxInt64, 0, int64(r.Uint64()))) }
	case "FLOAT":
		x := array.NewFloat32Builder(memory.DefaultAllocator)
		b, add = x, func() {
			x.Append(pick(r, float32(math.Inf(1)), float32(math.NaN()), float32(math.Copysign(0, -1)), math.MaxFloat32, r.Float32()))
		}
	case "DOUBLE":
		x := array.NewFloat64Builder(memory.DefaultAllocator)
		b, add = x, func() {
			x.Append(pick(r, math.Inf(-1), math.NaN(), math.Copysign(0, -1), math.SmallestNonzeroFloat64, r.NormFloat64()))
		}
	case "STRING":
		x := array.NewStringBuilder(memory.DefaultAllocator)
		b, add = x, func() {
			x.Append(pick(r, "", "ß→𝄞\x00\n", strings.Repeat("long ", r.IntN(200)), fmt.Sprint(r.Int())))
		}
	case "BYTES":
		x := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.Binary)
		b, add = x, func() { x.Append(pick(r, []byte{}, []byte{0xff, 0, 0x80}, make([]byte, r.IntN(100)))) }
	}
	if b == nil {
		panic("no values for " + sqlType)
	}
	nulls := r.IntN(3)
	for range rows {
		if nulls > 0 && r.IntN(4) < nulls {
			b.AppendNull()
		} else {
			add()
		}
	}
	return b.NewArray()
}

func pick[T any](r *rand.Rand, values ...T) T { return values[r.IntN(len(values))] }
