package golang

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"riffle/udfhost/engine"
	"riffle/udfhost/guest"
	"riffle/udfhost/operation"
	"riffle/udfhost/sqltype"
)

// A row that fails in the middle of its result leaves nothing of it behind: neither after an error, nor after a
// panic, nor for values that SQL does not have, wherever they are in the result.
func TestFailingRowsLeaveNoParts(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", `type day struct { Names []string; On riffle.Date }
		type week struct { Days []*day; By map[string]day; At *time.Time }
		func Week(i int64) (*week, error) {
			on := riffle.Date{2024, 2, 29}
			good := day{[]string{fmt.Sprint(i), "x"}, on}
			switch i % 6 {
			case 1:
				return nil, errors.New("no")
			case 2:
				return &week{Days: []*day{&good, nil, {[]string{"a", "b", "c"}, riffle.Date{2024, 2, 30}}}}, nil
			case 3:
				panic("no")
			case 4:
				return &week{By: map[string]day{"a": good, "b": {nil, riffle.Date{}}}}, nil
			case 5:
				at := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
				return &week{Days: []*day{&good}, At: &at}, nil
			}
			return &week{Days: []*day{nil, &good}, By: map[string]day{"k": good}}, nil
		}`)
	in, err := s.Engine().Open(t.Context(), operation.Caller{Worker: t.Name(), Zone: "UTC", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	f, err := in.Function(t.Context(), payloadOf(t, p, "Week", engine.Null), []arrow.DataType{arrow.PrimitiveTypes.Int64}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var numbers []int64
	var want []string
	for i := range int64(60) {
		numbers = append(numbers, i)
		if i%6 == 0 {
			day := fmt.Sprintf(`{"Names":["%d","x"],"On":"2024-02-29"}`, i)
			want = append(want, fmt.Sprintf(`{"At":null,"By":[{"key":"k","value":%s}],"Days":[null,%s]}`, day, day))
		} else {
			want = append(want, "null")
		}
	}
	got, err := f.Call(t.Context(), []arrow.Array{ints(numbers...)}, len(numbers))
	if err != nil {
		t.Fatal(err)
	}
	defer got.Release()
	for i := range want {
		text := "null"
		if got.IsValid(i) {
			text = got.ValueStr(i)
		}
		if text != want[i] {
			t.Errorf("row %d is %s, want %s", i, text, want[i])
		}
	}
}

// Arguments and results that do not fit into the shared memory at once go through it in several pieces.
func TestPartsInSmallMemory(t *testing.T) {
	const rows = 3000
	s := newStore(t, guest.Options{SharedLimit: 96 << 10})
	p, _ := define(t, s, "cell[1]", `type item struct { A *int; B *[]*string; C *time.Time; D *bool }
		func Same(x map[int16]*item) map[int16]*item { return x }
		func Many(x int64) [][]string { return [][]string{nil, strings.Split(strings.Repeat("ab,", int(x)), ",")} }`)
	in := open(t, s)
	field := func(name string, dt arrow.DataType) arrow.Field {
		return arrow.Field{Name: name, Type: dt, Nullable: true}
	}
	strs := arrow.ListOfField(field("element", arrow.BinaryTypes.String))
	dt := arrow.MapOf(arrow.PrimitiveTypes.Int16, arrow.StructOf(field("A", arrow.PrimitiveTypes.Int64), field("B", strs),
		field("C", sqltype.WideTimestamp()), field("D", arrow.FixedWidthTypes.Boolean)))
	dt.SetItemNullable(true)
	column := randomNested(rand.New(rand.NewPCG(1, 2)), dt, rows)
	same := resolve(t, in, p, "Same", column)
	got, err := same.Call(t.Context(), []arrow.Array{column}, rows)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Release()
	if !array.Equal(got, column) {
		t.Error("the values that come back are others")
	}

	var lengths []int64
	for i := range int64(200) {
		lengths = append(lengths, i*7)
	}
	many, err := resolve(t, in, p, "Many", ints(0)).Call(t.Context(), []arrow.Array{ints(lengths...)}, len(lengths))
	if err != nil {
		t.Fatal(err)
	}
	defer many.Release()
	for i, n := range lengths {
		want := `[[],["` + strings.Repeat(`ab","`, int(n)) + `"]]`
		if got := many.ValueStr(i); got != want {
			t.Fatalf("row %d is %.100s, want %.100s", i, got, want)
		}
	}
}
