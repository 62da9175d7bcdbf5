package golang

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/engine"
	"riffle/udfhost/guest"
	"riffle/udfhost/operation"
)

// A function is vectorized by a directive or by a riffle.Column. Without them, a slice is an ARRAY.
func TestVectorizedSignatures(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", `type cents int64
type batch []cents
//riffle:vectorized
func Sum(a []int64, b []*float32) []float64 { return nil }
//riffle:vectorized
//riffle:result DECIMAL(10, 2)
func Price(c batch) ([]*riffle.Decimal, error) { return nil, nil }
func Filled(c riffle.Column[string], d []int64) riffle.Column[string] { return c }
//riffle:vectorized
func Lists(a [][]int64) [][]byte { return nil }
func Array(a []int64) []int64 { return a }`)
	want := "Array(ARRAY<BIGINT>) → ARRAY<BIGINT>; Filled(STRING, BIGINT) → STRING, vectorized; Lists(ARRAY<BIGINT>) → BYTES, vectorized; " +
		"Price(BIGINT) → DECIMAL(10, 2), vectorized; Sum(BIGINT, FLOAT) → DOUBLE, vectorized"
	var got []string
	for _, f := range p.Functions {
		got = append(got, f.Declaration())
	}
	if got := strings.Join(got, "; "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	nullable := map[string]string{"Filled": "true false", "Sum": "false true"}
	for _, f := range p.Functions {
		if want := nullable[f.Name]; want != "" {
			if got := strconv.FormatBool(f.Params[0].Nullable) + " " + strconv.FormatBool(f.Params[1].Nullable); got != want {
				t.Errorf("%s is called for NULL: %s, want %s", f.Name, got, want)
			}
		}
	}
}

func TestRefusedVectorizedFunctions(t *testing.T) {
	s := newStore(t, guest.Options{})
	for text, want := range map[string]string{
		"//riffle:vectorized\nfunc F(a []int64, b int64) []int64 { return nil }":        "parameter b of F: int64 is one value; a vectorized function takes and returns those of many rows, as []int64 or riffle.Column[int64]",
		"//riffle:vectorized\nfunc F(a []int64) int64 { return 0 }":                     "result of F: int64 is one value",
		"//riffle:vectorized\nfunc F(a []byte) []string { return nil }":                 "parameter a of F: []byte is one value; a vectorized function takes and returns those of many rows, as [][]byte",
		"//riffle:vectorized\nfunc F() []string { return nil }":                         "F has no parameters; a vectorized function needs one, whose length is the number of rows",
		"//riffle:vectorized\nfunc F(a []string) error { return nil }":                  "F returns no value",
		"//riffle:vectorized\nfunc F(a []uint16) []string { return nil }":               "parameter a of F: uint16 has no SQL type; use int32",
		"//riffle:vectorized\nfunc F(a ...string) []string { return nil }":              "F is variadic",
		"func F(a riffle.Column[*string]) []string { return nil }":                      "riffle.Column[*string] has NULL in two ways; use riffle.Column[string]",
		"func F(a riffle.Column[string]) string { return \"\" }":                        "result of F: string is one value",
		"type x struct { C riffle.Column[string] }\nfunc F(a x) string { return \"\" }": "field C of x: riffle.Column[string] has no SQL type",
	} {
		_, err := s.Draft(t.Context(), Cell{Name: "cell[1]", Line: 1, Text: text}, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// resolveWith is resolve for some way to handle failed rows.
func resolveWith(t *testing.T, s *Store, p *Program, name string, o engine.OnError, args []arrow.Array) operation.Function {
	t.Helper()
	var given []arrow.DataType
	for _, a := range args {
		given = append(given, a.DataType())
	}
	f, err := open(t, s).Function(t.Context(), payloadOf(t, p, name, o), given, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// numbers returns a column of BIGINT. "" is NULL.
func numbers(t *testing.T, values ...string) arrow.Array {
	t.Helper()
	b := array.NewInt64Builder(memory.DefaultAllocator)
	for _, v := range values {
		if v == "" {
			b.AppendNull()
			continue
		}
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		b.Append(n)
	}
	return b.NewArray()
}

const vectorizedCell = `type cents int64
type pair struct { A int64; B *string }
//riffle:vectorized
func Plain(a, b []int64) []int64 { r := make([]int64, len(a)); for i := range a { r[i] = 1000*int64(len(a)) + a[i] + b[i] }; return r }
//riffle:vectorized
func Pointers(a []*cents) []*string {
	r := make([]*string, len(a))
	for i, c := range a { if c == nil { s := "none"; r[i] = &s } else if *c > 1 { s := fmt.Sprint(*c); r[i] = &s } }
	return r
}
func Columns(a riffle.Column[int64], b []int64) (riffle.Column[string], error) {
	r := riffle.NewColumn[string](a.Len())
	for i, v := range a.Values { if r.Values[i] = fmt.Sprint(a.IsNull(i), v, b[i], a.HasNulls()); v == 3 { r.SetNull(i) } }
	return r, nil
}
func Flags(a riffle.Column[int64]) riffle.Column[bool] {
	r := make([]bool, a.Len())
	for i, v := range a.Values { r[i] = v%2 == 1 }
	return riffle.ColumnOf(r, nil)
}
//riffle:vectorized
func Pairs(a []int64) []pair { r := make([]pair, len(a)); for i, v := range a { r[i].A = v }; return r }
//riffle:vectorized
func Short(a []int64) []int64 { return a[1:] }
//riffle:vectorized
func Fails(a []int64) ([]string, error) { if slices.Contains(a, 3) { return nil, errors.New("three") }; return make([]string, len(a)), nil }
//riffle:vectorized
func Panics(a []int64) []int64 { a[a[0]] = 1; return a }
//riffle:vectorized
//riffle:result DECIMAL(3, 0)
func Big(a []int64) []riffle.Decimal { r := make([]riffle.Decimal, len(a)); for i, v := range a { r[i] = riffle.NewDecimal(v, 0) }; return r }
//riffle:vectorized
func Keeps(a []int64) []int64 { kept = append(kept, a...); a[0] = -1; return kept[len(kept)-len(a):] }
var kept []int64
`

// A vectorized function is called once for the rows of a batch in which no plain parameter is NULL.
func TestVectorizedCalls(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", vectorizedCell)
	for _, test := range []struct {
		name, want string
		args       []arrow.Array
	}{
		{"Plain", "[3011 3022 3033]", []arrow.Array{numbers(t, "1", "2", "3"), numbers(t, "10", "20", "30")}},
		{"Plain", "[(null) (null) 1033 (null)]", []arrow.Array{numbers(t, "1", "", "3", ""), numbers(t, "", "20", "30", "")}},
		{"Plain", "[(null) (null)]", []arrow.Array{numbers(t, "", ""), numbers(t, "1", "2")}},
		{"Pointers", `["none" (null) "2"]`, []arrow.Array{numbers(t, "", "1", "2")}},
		{"Columns", `["false 1 4 true" "true 0 5 true" (null) (null)]`, []arrow.Array{numbers(t, "1", "", "3", "4"), numbers(t, "4", "5", "6", "")}},
		{"Columns", `["false 1 4 false"]`, []arrow.Array{numbers(t, "1"), numbers(t, "4")}},
		{"Flags", "[true false false]", []arrow.Array{numbers(t, "1", "2", "")}},
		{"Pairs", "{[5 (null)] [(null) (null)]}", []arrow.Array{numbers(t, "5", "")}},
		{"Keeps", "[1 2]", []arrow.Array{numbers(t, "1", "2")}},
	} {
		rows := test.args[0].Len()
		got, err := resolveWith(t, s, p, test.name, engine.Fail, test.args).Call(t.Context(), test.args, rows)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		} else if got.String() != test.want {
			t.Errorf("%s: %v, want %s", test.name, got, test.want)
		}
	}
}

// A failure is that of all rows that the function was called for. A result that its type cannot hold is that of its
// row.
func TestVectorizedFailures(t *testing.T) {
	s := newStore(t, guest.Options{RowTimeout: 2 * time.Second})
	p, _ := define(t, s, "cell[1]", vectorizedCell+"//riffle:vectorized\nfunc Loops(a []int64) []int64 { for { time.Sleep(time.Millisecond) } }")
	for _, test := range []struct {
		name, want, null string
		skipped          byte
		arg              arrow.Array
	}{
		{"Short", "Short: its result has length 1 instead of 2, in a batch of 3 rows", "[(null) (null) (null)]", 0b101, numbers(t, "1", "", "3")},
		{"Fails", "Fails: three, in a batch of 3 rows", "[(null) (null) (null)]", 0b111, numbers(t, "1", "2", "3")},
		{"Panics", "panic: index out of range [7] with length 2 at cell[1]:28 in Panics, in a batch of 3 rows", "[(null) (null) (null)]", 0b011, numbers(t, "7", "2", "")},
		{"Big", "Big(1000): its result 1000 does not fit DECIMAL(3, 0)", "[{999 0} (null) {1 0}]", 0b010, numbers(t, "999", "1000", "1")},
	} {
		args := []arrow.Array{test.arg}
		_, err := resolveWith(t, s, p, test.name, engine.Fail, args).Call(t.Context(), args, test.arg.Len())
		if err == nil || err.Error() != test.want {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
		f := resolveWith(t, s, p, test.name, engine.Skip, args)
		got, err := f.Call(t.Context(), args, test.arg.Len())
		if err != nil || got.String() != test.null {
			t.Errorf("%s: %v, %v, want %s", test.name, got, err, test.null)
		}
		if marks := f.(operation.Skipper).Skipped(); !slices.Equal(marks, []byte{test.skipped}) {
			t.Errorf("%s: failed rows %b, want %b", test.name, marks, test.skipped)
		}
	}
	args := []arrow.Array{numbers(t, "1", "2")}
	_, err := resolveWith(t, s, p, "Loops", engine.Null, args).Call(t.Context(), args, 2)
	if want := "no progress for 2s, the function was stopped at cell[1]:"; err == nil || !strings.HasPrefix(err.Error(), want) || !strings.HasSuffix(err.Error(), "in Loops, in a batch of 2 rows") {
		t.Errorf("Loops: %v, want %s…", err, want)
	}
}
