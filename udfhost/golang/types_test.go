package golang

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"pgregory.net/rapid"

	"riffle/udfhost"
	"riffle/udfhost/guest"
)

// Columns of all types, with NULLs, come back the same from functions that return
// their argument.
func TestAllTypes(t *testing.T) {
	s := newStore(t, guest.Options{})
	types := []struct{ goType, sqlType string }{
		{"bool", "BOOLEAN"}, {"int8", "TINYINT"}, {"int16", "SMALLINT"}, {"int32", "INT"}, {"int64", "BIGINT"},
		{"int", "BIGINT"}, {"float32", "FLOAT"}, {"float64", "DOUBLE"}, {"string", "STRING"}, {"[]byte", "BYTES"},
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
	functions := map[string]udfhost.Function{}
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
