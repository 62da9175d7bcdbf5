package golang

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/engine"
	"riffle/udfhost/guest"
	"riffle/udfhost/operation"
	"riffle/udfhost/payload"
)

// The columns of a table function are the values of its iterator, or the fields of one.
func TestTableSignatures(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", "type move struct { From string \"sql:\\\"from stop\\\"\"; Count *int }\n"+`
type own iter.Seq[[]string]
func Moves(stops []string) iter.Seq[move] { return nil }
func Words(s string) iter.Seq[string] { return strings.FieldsSeq(s) }
func Pairs(n *int64) iter.Seq2[int64, move] { return nil }
func Lists() (own, error) { return nil, nil }
//riffle:result DECIMAL(10, 2)
func Prices() func(yield func(*riffle.Decimal) bool) { return nil }
func Tossed() iter.Seq[int] { return func(yield func(int) bool) { yield(rand.Int()) } }`)
	want := "Lists() → TABLE(ARRAY<STRING>); Moves(ARRAY<STRING>) → TABLE(from stop STRING, Count BIGINT); " +
		"Pairs(BIGINT) → TABLE(BIGINT, ROW<`from stop` STRING, `Count` BIGINT>); Prices() → TABLE(DECIMAL(10, 2)); " +
		"Tossed() → TABLE(BIGINT); Words(STRING) → TABLE(STRING)"
	if got := signaturesOf(p.Functions); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, f := range p.Functions {
		if f.Kind != payload.Table || (f.Nondeterministic != "") != (f.Name == "Tossed") {
			t.Errorf("%s: kind %s, not deterministic: %s", f.Name, f.Kind, f.Nondeterministic)
		}
	}
	rows := map[string]string{
		"Moves": "ROW<`from stop` STRING, `Count` BIGINT>", "Words": "ROW<`Words` STRING>",
		"Pairs": "ROW<`f0` BIGINT, `f1` ROW<`from stop` STRING, `Count` BIGINT>>",
	}
	for _, f := range p.Functions {
		if row := rows[f.Name]; row != "" && f.Result.SQLType != row {
			t.Errorf("%s is registered with %s, not %s", f.Name, f.Result.SQLType, row)
		}
	}
}

func TestRefusedTableFunctions(t *testing.T) {
	s := newStore(t, guest.Options{})
	for text, want := range map[string]string{
		"func F() iter.Seq[chan int] { return nil }":                                         "rows of F: chan int has no SQL type; use bool",
		"func F() iter.Seq2[string, error] { return nil }":                                   "rows of F: an iterator cannot return errors; return (iter.Seq[R], error)",
		"type r struct { A int }\nfunc F() iter.Seq[*r] { return nil }":                      "rows of F: a row cannot be NULL; use iter.Seq[r]",
		"type r struct { a int }\nfunc F() iter.Seq[r] { return nil }":                       "rows of F: field a of r is unexported",
		"func F() func(func(int, int, string) bool) { return nil }":                          "F returns an iterator with 3 values; a table function with more than two columns returns iter.Seq of a struct",
		"func F() func(func() bool) { return nil }":                                          "F returns an iterator without values; a table function returns iter.Seq[R] or iter.Seq2[R1, R2]",
		"func F() func(int) { return nil }":                                                  "result of F: func(int) has no SQL type",
		"func F() (iter.Seq[int], iter.Seq[int]) { return nil, nil }":                        "F returns 2 values; a SQL function returns one, or one and an error",
		"//riffle:result DECIMAL(3)\nfunc F() iter.Seq2[riffle.Decimal, int] { return nil }": "//riffle:result is for one riffle.Decimal, and the rows of F have two columns",
		"//riffle:vectorized\nfunc F(a []string) iter.Seq[string] { return nil }":            "F returns an iterator, and a table function cannot be vectorized",
		"type r struct{}\nfunc F() iter.Seq[r] { return nil }":                               "rows of F: r has no fields",
		"func F() iter.Seq[struct{ A int }] { return nil }":                                  "rows of F: an anonymous struct cannot be a ROW: declare a type for it",
		"//riffle:result DECIMAL(3)\nfunc F() iter.Seq[int] { return nil }":                  "rows of F: //riffle:result is for riffle.Decimal, not for int",
	} {
		_, err := s.Draft(t.Context(), Cell{Name: "cell[1]", Line: 1, Text: text}, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// tableOf calls a table function and returns its results as text.
func tableOf(t *testing.T, s *Store, p *Program, name string, o engine.OnError, args ...arrow.Array) (rows []string, err error) {
	t.Helper()
	var given []arrow.DataType
	for _, a := range args {
		given = append(given, a.DataType())
	}
	var results []arrow.DataType
	for _, f := range p.runnable().Functions {
		if f.Name == name {
			for _, c := range f.Result.(*arrow.StructType).Fields() {
				results = append(results, c.Type)
			}
		}
	}
	f, err := open(t, s).(operation.Tables).TableFunction(t.Context(), payloadOf(t, p, name, o), given, results)
	if err != nil {
		t.Fatal(err)
	}
	err = f.CallTable(t.Context(), args, args[0].Len(), func(of *array.Int32, columns []arrow.Array) error {
		for i := range of.Len() {
			row := []string{of.ValueStr(i)}
			for _, c := range columns {
				row = append(row, c.ValueStr(i))
			}
			rows = append(rows, strings.Join(row, " "))
		}
		return nil
	})
	return rows, err
}

// Every type passes through the glue of a table function, and a row that fails in the middle of a result leaves nothing
// of it behind.
func TestTableGlue(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", `
type day struct { Names []string; On *riffle.Date; By map[string]int64; Ok bool; In *day2 }
type day2 struct { A float32; B []byte }
func Days(i int64, at *time.Time, tags []string) (iter.Seq[day], error) {
	if i == 3 { return nil, errors.New("no") }
	return func(yield func(day) bool) {
		for k := range i {
			d := day{Names: []string{fmt.Sprint(k), "x"}, By: map[string]int64{"k": k}, Ok: k%2 == 0}
			switch {
			case k == 1:
				d.On, d.In = &riffle.Date{2024, 2, 29}, &day2{1.5, []byte("b")}
			case k == 2 && i == 4:
				d.On = &riffle.Date{2024, 2, 30}
			case k == 3 && i == 5:
				panic("at three")
			}
			if !yield(d) { return }
		}
	}, nil
}`)
	numbers := ints(1, 2, 3, 4, 5)
	times := array.MakeArrayOfNull(memory.DefaultAllocator, arrow.FixedWidthTypes.Timestamp_ms, 5)
	tags := array.MakeArrayOfNull(memory.DefaultAllocator, arrow.ListOf(arrow.BinaryTypes.String), 5)
	if got, err := tableOf(t, s, p, "Days", engine.Null, numbers, times, tags); err != nil || got != nil {
		t.Errorf("a NULL for a plain parameter: %q, %v", got, err)
	}
	list := array.NewListBuilder(memory.DefaultAllocator, arrow.BinaryTypes.String)
	for range 5 {
		list.Append(true)
	}
	tags = list.NewArray()
	first := func(i int) string { return fmt.Sprintf(`%d ["0","x"] (null) [{"key":"k","value":0}] true (null)`, i) }
	second := func(i int) string {
		return fmt.Sprintf(`%d ["1","x"] 2024-02-29 [{"key":"k","value":1}] false {"A":1.5,"B":"Yg=="}`, i)
	}
	third := `4 ["2","x"] (null) [{"key":"k","value":2}] true (null)`
	want := []string{first(0), first(1), second(1), first(3), second(3), first(4), second(4), third}
	got, err := tableOf(t, s, p, "Days", engine.Null, numbers, times, tags)
	if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %v\n%s\nwant\n%s", err, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for i, want := range map[int64]string{3: "Days(3, NULL, []): no", 4: "there is no date 2024-02-30 in SQL", 5: "panic: at three at cell[1]:15 in Days(5"} {
		_, err := tableOf(t, s, p, "Days", engine.Fail, ints(i), array.NewSlice(times, 0, 1), array.NewSlice(tags, 0, 1))
		var failure *guest.Failure
		if !errors.As(err, &failure) || !strings.Contains(err.Error(), want) {
			t.Errorf("%d: %v, want %s", i, err, want)
		}
	}
}

// The memory of a function's process does not grow with the number of its results.
func TestTableOfManyResults(t *testing.T) {
	s := newStore(t, guest.Options{Memory: 64 << 20})
	p, _ := define(t, s, "cell[1]", `func Long(n int64) iter.Seq[string] { return func(yield func(string) bool) {
		for i := range n { if !yield(strings.Repeat("x", 1000)) || i < 0 { return } } } }`)
	in := open(t, s).(operation.Tables)
	f, err := in.TableFunction(context.Background(), payloadOf(t, p, "Long", engine.Fail), []arrow.DataType{arrow.PrimitiveTypes.Int64}, []arrow.DataType{arrow.BinaryTypes.String})
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	const many = 300_000 // 300 MB
	if err := f.CallTable(t.Context(), []arrow.Array{ints(many)}, 1, func(rows *array.Int32, _ []arrow.Array) error {
		count += rows.Len()
		return nil
	}); err != nil || count != many {
		t.Errorf("%d results, %v", count, err)
	}
}
