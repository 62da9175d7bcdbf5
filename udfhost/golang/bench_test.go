package golang

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"google.golang.org/protobuf/proto"

	"riffle/udfhost/coder"
	"riffle/udfhost/flinkfn"
	"riffle/udfhost/guest"
	"riffle/udfhost/operation"
	"riffle/udfhost/payload"
)

// BenchmarkDefine is a function that is typed, with the archives it needs at
// hand: from its text to the guest that waits for the first query.
func BenchmarkDefine(b *testing.B) {
	s := newStore(b, guest.Options{})
	define(b, s, "cell[1]", "func warm(s string) string { return strings.ToUpper(s) + fmt.Sprint(1) }")
	draft, err := s.DraftWithout(b.Context(), "warm")
	if err != nil {
		b.Fatal(err)
	}
	draft.Keep()
	for name, text := range map[string]string{
		"plain": "func Grade(amount float64) string {\n\tif amount > %d {\n\t\treturn \"gold\"\n\t}\n\treturn \"plain\"\n}",
		"fmt":   "func Shout(s string) string { return fmt.Sprintf(\"%%s! %%d\", strings.ToUpper(s), %d) }",
	} {
		b.Run(name, func(b *testing.B) {
			s := newStore(b, guest.Options{})
			for b.Loop() {
				define(b, s, "cell[2]", fmt.Sprintf(text, rand.Int64()))
			}
		})
	}
}

// BenchmarkDeterminism is the part of a declaration that finds out which
// functions are deterministic, in a session with 100 of them.
func BenchmarkDeterminism(b *testing.B) {
	s := newStore(b, guest.Options{})
	var text strings.Builder
	text.WriteString("var calls int64\nvar names = map[string]int64{\"a\": 1}\n")
	for i := range 100 {
		fmt.Fprintf(&text, "func F%d(s string, x int64) string {\n\tif names[s] > x {\n\t\tcalls++\n\t}\n\treturn fmt.Sprint(strings.ToUpper(s), help%d(x))\n}\n", i, i)
		fmt.Fprintf(&text, "func help%d(x int64) int64 {\n\tl := []int64{x}\n\tfor i := range l {\n\t\tl[i]++\n\t}\n\treturn l[0]\n}\n", i)
	}
	checked, _ := checkCell(b, s, text.String())
	for b.Loop() {
		checked.determinism()
	}
}

// BenchmarkTypeError is a cell that is wrong, from its text to the error.
func BenchmarkTypeError(b *testing.B) {
	s := newStore(b, guest.Options{})
	define(b, s, "cell[1]", "func Warm(s string) string { return strings.ToUpper(s) + fmt.Sprint(1) }")
	for b.Loop() {
		refuse(b, s, "cell[2]", fmt.Sprintf("func Shout(s string) int { return fmt.Sprintf(s, %d) }", rand.Int64()))
	}
}

// BenchmarkCached is a cell of a script that was run before: a new session with
// the program in its cache.
func BenchmarkCached(b *testing.B) {
	for b.Loop() {
		s := New(Options{CacheDir: cacheDir})
		define(b, s, "cell[1]", "func Cached(x int) int { return x + 41 }")
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFirst is the first function of a machine whose build cache is empty.
func BenchmarkFirst(b *testing.B) {
	for b.Loop() {
		b.Setenv("GOCACHE", b.TempDir())
		s := New(Options{CacheDir: b.TempDir()})
		define(b, s, "cell[1]", "func First(x int) int { return x + 41 }")
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRows measures the cost of a row through a guest, in batches of 10,000.
func BenchmarkRows(b *testing.B) {
	const rows = 10_000
	numbers, words := make([]int64, rows), make([]string, rows)
	for i := range rows {
		numbers[i], words[i] = int64(i), fmt.Sprintf("product-%04d", i)
	}
	s := newStore(b, guest.Options{RowTimeout: guest.DefaultRowTimeout})
	p, _ := define(b, s, "cell[1]", `func Add(x int64) int64 { return x + 1 }
		func Upper(s string) string { return strings.ToUpper(s) }
		func Later(t time.Time) time.Time { return t.Add(time.Second) }
		func Total(xs []int64) int64 { var sum int64; for _, x := range xs { sum += x }; return sum }
		type Item struct { ID int64; Name string }
		func Next(i Item) Item { return Item{i.ID + 1, i.Name} }
		func Raise(xs []int64) []int64 { for i := range xs { xs[i]++ }; return xs }
		func Half(d riffle.Decimal) riffle.Decimal { return d }
		func Tomorrow(d riffle.Date) riffle.Date { return d }
		func Local(t riffle.DateTime) riffle.DateTime { return t }
		func Items(m map[string]Item) map[string]Item { return m }`)
	in := open(b, s)
	item := arrow.StructOf(arrow.Field{Name: "ID", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
		arrow.Field{Name: "Name", Type: arrow.BinaryTypes.String, Nullable: true})
	for name, arg := range map[string]arrow.Array{
		"Add": ints(numbers...), "Upper": texts(words...),
		"Later":    drawn(rows, &arrow.TimestampType{Unit: arrow.Millisecond}, func(i int) string { return "\"2024-01-02 03:04:05.678\"" }),
		"Total":    drawn(rows, arrow.ListOf(arrow.PrimitiveTypes.Int64), func(i int) string { return fmt.Sprintf("[%d, 2, 3]", i) }),
		"Next":     drawn(rows, item, func(i int) string { return fmt.Sprintf(`{"ID":%d,"Name":"%s"}`, i, words[i]) }),
		"Raise":    drawn(rows, arrow.ListOf(arrow.PrimitiveTypes.Int64), func(i int) string { return fmt.Sprintf("[%d, 2, 3]", i) }),
		"Half":     drawn(rows, &arrow.Decimal128Type{Precision: 20, Scale: 18}, func(i int) string { return fmt.Sprintf(`"%d.25"`, i%100) }),
		"Tomorrow": drawn(rows, arrow.FixedWidthTypes.Date32, func(i int) string { return `"2024-02-29"` }),
		"Local":    drawn(rows, &arrow.TimestampType{Unit: arrow.Millisecond}, func(i int) string { return `"2024-01-02 03:04:05.678"` }),
		"Items":    drawn(rows, arrow.MapOf(arrow.BinaryTypes.String, item), func(i int) string { return fmt.Sprintf(`[{"key":"a","value":{"ID":%d,"Name":"b"}}]`, i) }),
	} {
		f := resolve(b, in, p, name, arg)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				got, err := f.Call(b.Context(), []arrow.Array{arg}, rows)
				if err != nil {
					b.Fatal(err)
				}
				got.Release()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
		})
	}
	b.Run("Upper, direct", func(b *testing.B) {
		var text []byte
		for b.Loop() {
			for _, word := range words {
				text = append(text, strings.ToUpper(word)...)
			}
			text = text[:0]
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
	})
}

// BenchmarkBatch is the host's whole work on a batch of (BIGINT, STRING) for two functions: decode it, call a
// guest for both, and encode the results.
func BenchmarkBatch(b *testing.B) {
	s := newStore(b, guest.Options{RowTimeout: guest.DefaultRowTimeout})
	p, _ := define(b, s, "cell[1]", "func Add(x int64) int64 { return x + 1 }\nfunc Upper(s string) string { return strings.ToUpper(s) }")
	rows := columnsOf(b, flinkfn.Schema_BIGINT, flinkfn.Schema_VARCHAR)
	message, err := proto.Marshal(&flinkfn.UserDefinedFunctions{Udfs: []*flinkfn.UserDefinedFunction{
		callOf(p, "Add", 0), callOf(p, "Upper", 1),
	}})
	if err != nil {
		b.Fatal(err)
	}
	operator, err := operation.Standard().Open(b.Context(), "riffle:transform:scalar_function:v1", message, &operation.Site{
		Input: rows.Schema(), Output: rows.Schema(), Functions: open(b, s), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{10, 10_000} {
		numbers, words := make([]int64, n), make([]string, n)
		for i := range n {
			numbers[i], words[i] = int64(i), fmt.Sprintf("product-%04d", i)
		}
		batch := array.NewRecord(rows.Schema(), []arrow.Array{ints(numbers...), texts(words...)}, int64(n))
		out := encoded{encoder: rows.NewEncoder()}
		if err := out.Emit(batch); err != nil {
			b.Fatal(err)
		}
		in, decoder := bytes.Clone(out.bytes), rows.NewDecoder()
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				out.bytes = out.bytes[:0]
				for element, err := range coder.Elements(in) {
					if err != nil {
						b.Fatal(err)
					}
					batch, err := decoder.Decode(element)
					if err != nil {
						b.Fatal(err)
					}
					if err := operator.Process(b.Context(), batch, &out); err != nil {
						b.Fatal(err)
					}
					batch.Release()
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/row")
		})
	}
}

// encoded is an Output that encodes what is emitted.
type encoded struct {
	encoder coder.Encoder
	bytes   []byte
}

func (e *encoded) Emit(batch arrow.Record) (err error) {
	e.bytes, err = e.encoder.Encode(e.bytes, batch)
	return err
}

// callOf calls a function of a program with a column.
func callOf(p *Program, name string, column int32) *flinkfn.UserDefinedFunction {
	return &flinkfn.UserDefinedFunction{
		Payload: payload.Payload{Kind: payload.Scalar, Program: p.Hash, Function: name}.Bytes(),
		Inputs:  []*flinkfn.Input{{Input: &flinkfn.Input_InputOffset{InputOffset: column}}},
	}
}

// columnsOf returns the coder of nullable columns.
func columnsOf(b *testing.B, types ...flinkfn.Schema_TypeName) coder.Coder {
	s := new(flinkfn.Schema)
	for i, t := range types {
		s.Fields = append(s.Fields, &flinkfn.Schema_Field{Name: fmt.Sprint("f", i), Type: &flinkfn.Schema_FieldType{TypeName: t, Nullable: true}})
	}
	c, err := coder.NewColumns(&flinkfn.CoderInfoDescriptor{DataType: &flinkfn.CoderInfoDescriptor_ArrowType_{
		ArrowType: &flinkfn.CoderInfoDescriptor_ArrowType{Schema: s}}})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// drawn returns an array of values in JSON.
func drawn(rows int, dt arrow.DataType, value func(i int) string) arrow.Array {
	var all []string
	for i := range rows {
		all = append(all, value(i))
	}
	a, _, err := array.FromJSON(memory.DefaultAllocator, dt, strings.NewReader("["+strings.Join(all, ",")+"]"))
	if err != nil {
		panic(err)
	}
	return a
}
