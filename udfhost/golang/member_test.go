package golang

import (
	"testing"

	"riffle/udfhost/guest"
)

func TestMembersOfPackages(t *testing.T) {
	s := newStore(t, guest.Options{})
	for path, want := range map[string]Member{
		"strings":       {"Cut", "func", "Cut(s string, sep string) (before string, after string, found bool)", ""},
		"math":          {"MaxInt8", "const", "127", "untyped int"},
		"time":          {"Duration", "type", "int64", ""},
		"sort":          {"Interface", "type", "interface", ""},
		"io":            {"EOF", "var", "error", "error"},
		"slices":        {"Sort", "func", "Sort[S ~[]E, E cmp.Ordered](x S)", ""},
		guest.CivilPath: {"Date", "type", "struct", ""},
	} {
		members, err := s.Members(t.Context(), path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		found := Member{}
		for _, m := range members {
			if m.Name == want.Name {
				found = m
			}
			if path == guest.CivilPath && m.Name == "ContextOf" {
				t.Error("what only the glue uses is shown")
			}
		}
		if found != want {
			t.Errorf("%s has %+v, want %+v", path, found, want)
		}
	}
	for _, path := range []string{"internal/abi", "example.com/x", "nope"} {
		if members, err := s.Members(t.Context(), path); err == nil {
			t.Errorf("%s has %d members", path, len(members))
		}
	}
}

func TestProgramTellsWhatIsDeclared(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", "import m \"math\"\ntype Tariff struct{ rate float64 }\nvar _, base = 1, 2\nconst top = 3\nfunc half(x float64) float64 { return m.Floor(x) / 2 }")
	want := []Member{
		{"Tariff", "type", "struct", ""}, {"base", "var", "int", "int"}, {"half", "func", "half(x float64) float64", ""}, {"top", "const", "3", "untyped int"},
	}
	if len(p.Declared) != len(want) {
		t.Fatalf("declared %+v", p.Declared)
	}
	for i, m := range p.Declared {
		if m != want[i] {
			t.Errorf("declared %+v, want %+v", m, want[i])
		}
	}
	if p.Imports["m"] != "math" {
		t.Errorf("imports %v", p.Imports)
	}
}
