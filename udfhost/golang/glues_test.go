package golang

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"riffle/udfhost/guest"
)

// Glue is compiled once for a signature, whatever the names of functions and parameters, and the bodies, in this session
// and in later ones. A signature is another one if a type of it is declared in another way.
func TestGlueOfSignatures(t *testing.T) {
	cache := t.TempDir()
	session := func() *Store {
		s := New(Options{CacheDir: cache})
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	}
	s := session()
	for _, test := range []struct {
		text     string
		archives int
	}{
		{"func Add(n int64) int64 { return n + 1 }", 1},
		{"func Add(n int64) int64 { return n + 2 }", 1},
		{"func Sub(x int64) int64 { return x - 1 }", 1},
		{"func Safe(x int64) (int64, error) { return x - 1, nil }", 2},
		{"//riffle:deterministic\nfunc Safe2(x int64) (int64, error) { return x - 2, nil }", 2},
		{"type item struct { A int64; b int64 }\nfunc use(i item) int64 { return i.A + i.b }", 2},
		{"type row struct { A int64; B *string }\nfunc (r row) sum() int64 { return r.A }\nfunc Row(r row) int64 { return r.sum() }", 3},
		{"func Row2(other row) int64 { return -other.sum() }", 3},
		{"type row struct { B *string; A int64 }", 4},
		{"func A1(a string, b bool) bool { return b }\nfunc A2(a []string) bool { return true }\nfunc A3(n int64) int64 { return n }", 5},
	} {
		define(t, s, "cell", test.text)
		archives, err := filepath.Glob(filepath.Join(cache, "*", "glue", "*.a"))
		if err != nil || len(archives) != test.archives {
			t.Errorf("after %s there are %d packages with glue, want %d (%v)", test.text, len(archives), test.archives, err)
		}
	}
	if n := len(s.glues); n != 6 {
		t.Errorf("%d signatures have glue, want 6", n)
	}
	define(t, session(), "cell", "func New(n int64) int64 { return n + 42 }")
	if archives, _ := filepath.Glob(filepath.Join(cache, "*", "glue", "*.a")); len(archives) != 5 {
		t.Errorf("the next session has compiled glue again: %d packages", len(archives))
	}
}

// The name of a program does not depend on which functions had the same signatures before.
func TestHashWithoutPlaces(t *testing.T) {
	together, apart := newStore(t, guest.Options{}), newStore(t, guest.Options{})
	define(t, apart, "cell", "func Before(s string) string { return s }")
	draft, err := apart.DraftWithout(t.Context(), "Before")
	if err != nil {
		t.Fatal(err)
	}
	draft.Keep()
	const text = "func A(s string) string { return s }\nfunc B(s string) bool { return true }"
	first, _ := define(t, together, "cell", text)
	second, _ := define(t, apart, "cell", text)
	if first.Hash != second.Hash {
		t.Errorf("%s and %s", first.Hash, second.Hash)
	}
	if got := call(t, apart, "A", "x") + call(t, apart, "B", "x"); got != `["x"][true]` {
		t.Errorf("got %s", got)
	}
	m, err := apart.machine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	later := program{whole: []string{text, "package main"}, glue: []gluePlace{{key: "glue of another riffle"}}}
	if m.builder.hash(later) == m.builder.hash(program{whole: later.whole, glue: []gluePlace{{key: "glue"}}}) {
		t.Error("programs with other glue have the same hash")
	}
}

// Names that the user gives to types mean nothing in the glue.
func TestNamesOfTypesInGlue(t *testing.T) {
	s := newStore(t, guest.Options{})
	define(t, s, "cell", `
type row struct { A error2; F0 any; T0 []User_row }
type error2 string
type any bool
type int string
type User_row map[int]*glue
type glue struct { Value *error }
type error string
func F0(r row) *error { m := r.T0[0]; return m["k"].Value }
func Make(s string) row { e := error(s); return row{"a", true, []User_row{{"k": &glue{&e}}}} }
func Both(s string) *error { return F0(Make(s)) }`)
	if got := call(t, s, "Make", "x"); got != `{["a"] [true] [[{["k"] {["x"]}}]]}` {
		t.Errorf("got %s", got)
	}
	if got := call(t, s, "Both", "x"); got != `["x"]` {
		t.Errorf("got %s", got)
	}
}

// Declarations share files as long as a name means one package in them. Nothing else changes by that: not the order in
// which variables are initialized, and not the places of errors.
func TestSources(t *testing.T) {
	s := newStore(t, guest.Options{})
	checked, _ := checkCell(t, s, `var order []string
func note(s string) int { order = append(order, s); return 0 }
var a = note(strings.ToUpper("a"))
var b = note(fmt.Sprint("b"))`)
	if n := len(checked.sources(checked.units)); n != 1 {
		t.Errorf("%d files", n)
	}
	define(t, s, "cell[1]", "var order []string\nfunc note(s string) int { order = append(order, s); return 0 }\nvar a = note(strings.ToUpper(\"a\"))")
	define(t, s, "cell[2]", "import \"math/rand\"\nvar b = note(fmt.Sprint(\"b\", rand.New(rand.NewSource(1)).Intn(1)))")
	define(t, s, "cell[3]", "import \"crypto/rand\"\nvar c = note(fmt.Sprint(\"c\", len(rand.Text())))")
	define(t, s, "cell[4]", "import len \"strings\"\nvar d = note(len.ToUpper(\"d\"))")
	define(t, s, "cell[5]", "var e = note(\"e\")\nfunc Order(s string) string {\n\tif s == \"\" { panic(\"empty\") }\n\treturn strings.Join(order, s)\n}")
	define(t, s, "cell[6]", "import len \"fmt\"\nfunc Length(s string) int { return int(s[0]) + cap(order) - cap(order) }")
	define(t, s, "cell[7]", "func Size(s string) bool { return len.Sprint(s) == s }")
	if got := call(t, s, "Order", " "); got != `["A b0 c26 D e"]` {
		t.Errorf("got %s", got)
	}
	if err := callErr(t, s, "Order", ""); err == nil || err.Error() != `panic: empty at cell[5]:3 in Order("")` {
		t.Errorf("got %v", err)
	}
}

// A function may keep the pointers that it gets, and those in rows and arrays that it gets.
func TestKeptPointers(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell", `var kept []*int64
func Keep(n *int64) int64 {
	kept = append(kept, n)
	var sum int64
	for _, k := range kept { sum += *k }
	return sum
}
var lists [][]*string
func Lists(words []*string) string {
	lists = append(lists, words)
	var all string
	for _, l := range lists { for _, w := range l { all += *w } }
	return all
}`)
	const rows = 1000
	var column []int64
	for i := range int64(rows) {
		column = append(column, i)
	}
	got, err := resolve(t, open(t, s), p, "Keep", ints(0)).Call(t.Context(), []arrow.Array{ints(column...)}, rows)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Release()
	for i := range rows {
		if want := int64(i * (i + 1) / 2); got.(*array.Int64).Value(i) != want {
			t.Fatalf("row %d is %d, want %d", i, got.(*array.Int64).Value(i), want)
		}
	}
	words := drawn(100, arrow.ListOf(arrow.BinaryTypes.String), func(i int) string { return fmt.Sprintf(`["%d,","x"]`, i) })
	texts, err := resolve(t, open(t, s), p, "Lists", words).Call(t.Context(), []arrow.Array{words}, 100)
	if err != nil {
		t.Fatal(err)
	}
	defer texts.Release()
	var want string
	for i := range 100 {
		if want += fmt.Sprintf("%d,x", i); texts.ValueStr(i) != want {
			t.Fatalf("row %d is %s, want %s", i, texts.ValueStr(i), want)
		}
	}
}
