package golang

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"riffle/udfhost/guest"
)

// Declarations are in one group if they refer to each other in any way. A group with something to initialize, or without
// a SQL function, is in package main.
func TestGroups(t *testing.T) {
	s := newStore(t, guest.Options{})
	for text, want := range map[string]string{
		"func A() int { return 1 }\nfunc B() int { return 2 }":                                                                                             "A | B",
		"func A() int { return help() }\nfunc help() int { return limit }\nconst limit = 1\nfunc B() int { return 2 }":                                     "A help limit | B",
		"func A() int { return limit }\nfunc B() int { return limit }\nconst limit = 1":                                                                    "A B limit",
		"type T struct{ X int }\nfunc (T) Norm() int { return 1 }\nfunc A(t T) int { return 1 }\nfunc B() int { return T{}.X }\nfunc C() int { return 1 }": "T T.Norm A B | C",
		"type T struct{ X int }\nfunc A(t T) int { return 1 }\nfunc (t *T) set() { B() }\nfunc B() int { return 1 }":                                       "T A T.set B",
		"type T struct{ X int }\nfunc make2() T { return T{} }\nfunc A() int { return make2().X }\nfunc B() int { return 1 }":                              "T make2 A | B",
		"type I interface{ M() int }\ntype T int\nfunc (T) M() int { return 1 }\nfunc use(i I) int { return i.M() }\nfunc A() int { return use(T(1)) }":    "I use A T T.M",
		"var v = 1\nfunc A() int { return v }\nfunc B() int { return 1 }":                                                                                  "-v A | B",
		"var v, w int\nfunc A() int { return helper() }\nfunc helper() int { return w }\nfunc B() int { return A() }":                                      "-v,w A helper B",
		"func init() { A() }\nfunc A() int { return 1 }\nfunc B() int { return 1 }":                                                                        "-init A | B",
		"func helper() int { return 1 }\ntype T int\nfunc A() int { return 1 }":                                                                            "-helper | -T | A",
		"func Gen[T any](t T) T { return t }\nfunc A() int { return 1 }":                                                                                   "-Gen | A",
		"func gen[T any](t T) T { return t }\nfunc A() int { return gen(1) }\nfunc B() string { return gen(\"\") }\nfunc C() int { return 1 }":             "gen A B | C",
		"type E struct{ x int }\nfunc (E) get() int { return 1 }\ntype O struct{ E }\nfunc A() int { return O{}.get() }\nfunc C() int { return 1 }":        "E E.get O A | C",
	} {
		checked, cell := checkCell(t, s, text)
		functions, _, err := checked.functions(cell)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		var got []string
		for _, g := range checked.groups(functions) {
			var names []string
			for _, u := range g.units {
				var all []string
				for _, n := range u.names {
					all = append(all, n.text)
				}
				names = append(names, strings.Join(all, ","))
			}
			mark := ""
			if !g.movable {
				mark = "-"
			}
			got = append(got, mark+strings.Join(names, " "))
		}
		sorted := func(groups []string) []string {
			var all []string
			for _, g := range groups {
				mark, rest := "", strings.TrimSpace(g)
				if strings.HasPrefix(rest, "-") {
					mark, rest = "-", rest[1:]
				}
				names := strings.Fields(rest)
				slices.Sort(names)
				all = append(all, mark+strings.Join(names, " "))
			}
			slices.Sort(all)
			return all
		}
		if got, want := sorted(got), sorted(strings.Split(want, "|")); !slices.Equal(got, want) {
			t.Errorf("%s\ngroups %q, want %q", text, got, want)
		}
	}
}

// subpackagesIn returns the number of compiled subpackages with groups in a cache.
func subpackagesIn(t *testing.T, cache string) int {
	t.Helper()
	archives, err := filepath.Glob(filepath.Join(cache, "*", "groups", "*.a"))
	if err != nil {
		t.Fatal(err)
	}
	return len(archives)
}

// When there are many groups, they are compiled apart from package main, and only there if nothing in them changes. What
// they do is the same.
func TestSettledGroups(t *testing.T) {
	cache := t.TempDir()
	s := New(Options{CacheDir: cache})
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	s.settled.most = 3
	const shared = `type Item struct { Name string; n int }
func (i Item) text() string { return fmt.Sprintf("%T %v", i, i) }
func Show(s string) string { return Item{s, 1}.text() }
func Loud(s string) string { return strings.ToUpper(Show(s)) }
func Deep(s string) string {
	var m map[string]int
	func() { m[s] = 1 }()
	return s
}
var count int
func Count(s string) string { count++; return fmt.Sprint(s, count) }
func Again(s string) string { count += 10; return Count(s) }
func One(s string) string { return s + "1" }
func Two(s string) string { return s + "2" }
`
	define(t, s, "cell[1]", shared)
	if n := subpackagesIn(t, cache); n != 1 {
		t.Fatalf("%d subpackages", n)
	}
	check := func(want map[string]string) {
		t.Helper()
		for name, want := range want {
			if got := call(t, s, name, "x"); got != `["`+want+`"]` {
				t.Errorf("%s returns %s, want %s", name, got, want)
			}
		}
		want1 := `panic: assignment to entry in nil map at cell[1]:7 in Deep("x") (Deep.func1)`
		if err := callErr(t, s, "Deep", "x"); err == nil || err.Error() != want1 {
			t.Errorf("got  %v\nwant %s", err, want1)
		}
	}
	check(map[string]string{"Show": "main.Item {x 1}", "Loud": "MAIN.ITEM {X 1}", "Again": "x11", "One": "x1", "Two": "x2"})

	define(t, s, "cell[2]", "func One(s string) string { return s + \"one\" }")
	check(map[string]string{"Show": "main.Item {x 1}", "One": "xone", "Two": "x2"})
	define(t, s, "cell[3]", "func (i Item) text() string { return fmt.Sprintf(\"new %T %v\", i, i) }")
	check(map[string]string{"Show": "new main.Item {x 1}", "Loud": "NEW MAIN.ITEM {X 1}", "One": "xone"})
	define(t, s, "cell[4]", "var suffix = \"!\"\nfunc Two(s string) string { return s + suffix }")
	check(map[string]string{"Two": "x!", "Again": "x11"})
	if n := subpackagesIn(t, cache); n != 1 {
		t.Errorf("%d subpackages after some definitions", n)
	}
	define(t, s, "cell[5]", "func Three(s string) string { return s + \"3\" }\nfunc Four(s string) string { return s + \"4\" }")
	check(map[string]string{"Show": "new main.Item {x 1}", "One": "xone", "Two": "x!", "Three": "x3", "Four": "x4"})
	if n := subpackagesIn(t, cache); n != 2 {
		t.Errorf("%d subpackages after more definitions than package main has", n)
	}
	if n := len(s.settled.in); n != 5 { // Deep, and the group of Item, One, Three, Four
		t.Errorf("%d groups are known", n)
	}
	define(t, s, "cell", "func Gen1[T any](t T) T { return t }\nfunc Gen2[T any](t T) T { return t }\nfunc Gen3[T any](t T) T { return t }\nfunc Gen4[T any](t T) T { return t }")
	if n := subpackagesIn(t, cache); n != 2 || s.setup.builder.failures != 0 {
		t.Errorf("%d subpackages, %d failures after generic functions", n, s.setup.builder.failures)
	}
	draft, err := s.DraftWithout(t.Context(), "Gen1", "Gen2", "Gen3", "Gen4")
	if err != nil {
		t.Fatal(err)
	}
	draft.Keep()
	if err := refuse(t, s, "cell[6]", "func Three(s string) string { return s + Nope }"); err.Error() != "cell[6]:1:42: undefined: Nope" {
		t.Errorf("got %v", err)
	}

	whole := New(Options{CacheDir: cache})
	defer whole.Close()
	define(t, whole, "cell[1]", shared)
	for i, text := range []string{"func One(s string) string { return s + \"one\" }", "func (i Item) text() string { return fmt.Sprintf(\"new %T %v\", i, i) }",
		"var suffix = \"!\"\nfunc Two(s string) string { return s + suffix }", "func Three(s string) string { return s + \"3\" }\nfunc Four(s string) string { return s + \"4\" }"} {
		define(t, whole, fmt.Sprintf("cell[%d]", i+2), text)
	}
	if whole.Program().Hash != s.Program().Hash {
		t.Error("the name of a program depends on its subpackages")
	}
}

// A session that goes on for long has a limited number of subpackages, and go build makes the same program.
func TestManySettledGroups(t *testing.T) {
	s := New(Options{CacheDir: t.TempDir()})
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	s.settled.most, s.settled.packages = 0, 3
	for i := range 6 {
		define(t, s, "cell", fmt.Sprintf("func F%d(s string) string { return s + \"%d\" }", i, i))
	}
	used := map[*subpackage]bool{}
	for _, p := range s.settled.in {
		used[p] = true
	}
	if len(used) != 3 || len(s.settled.in) != 6 {
		t.Errorf("%d groups in %d subpackages", len(s.settled.in), len(used))
	}
	for _, name := range []string{"F0", "F3", "F5"} {
		if got := call(t, s, name, "x"); got != `["x`+name[1:]+`"]` {
			t.Errorf("%s returns %s", name, got)
		}
	}
	m, err := s.machine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m.tools.tools = t.TempDir()
	define(t, s, "cell", "func F0(s string) string { return s + \"built\" }")
	if got := call(t, s, "F0", "x") + call(t, s, "F5", "x"); got != `["xbuilt"]["x5"]` {
		t.Errorf("got %s", got)
	}
}
