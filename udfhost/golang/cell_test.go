package golang

import (
	"errors"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, test := range []struct {
		text  string
		names string // of the declarations, separated by "|"
	}{
		{"func F() {}", "F"},
		{"func (p *Point) Norm() int { return 1 }", "Point.Norm"},
		{"func (l *List[K, V]) Len() int { return 1 }", "List.Len"},
		{"type A int; type B = string", "A|B"},
		{"type (\n\tA int\n\tB struct{ x, y int }\n)", "A|B"},
		{"var a, b = f()\nvar (\n c int\n d, e = 1, 2\n)", "a,b|c|d,e"},
		{"const (\n A = iota\n _\n C\n)", "A,,C"},
		{"import \"math\"\nvar x = math.Pi", "x"},
		{"func init() {}\nvar _ = 1", "init|_"},
	} {
		declarations, _, err := (&Cell{Name: "cell[1]", Line: 1, Text: test.text}).parse()
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		var got []string
		for _, d := range declarations {
			var names []string
			for _, n := range d.names {
				names = append(names, n.text)
			}
			got = append(got, strings.Join(names, ","))
		}
		if strings.Join(got, "|") != test.names {
			t.Errorf("%s: got %q, want %s", test.text, got, test.names)
		}
	}
}

func TestSyntaxErrors(t *testing.T) {
	for _, test := range []struct {
		cell Cell
		want string
	}{
		{Cell{"cell[2]", 1, "func F( {"}, "cell[2]:1:9: expected ')', found '{'"},
		{Cell{"examples/a b.sql", 7, "func F() {\n\treturn +\n}"}, "examples/a b.sql:9:1: expected operand, found '}'"},
		{Cell{"cell[2]", 1, "x := 1"}, "cell[2]:1:1: expected declaration, found x"},
		{Cell{"", 0, ""}, "cell:1:1: no declaration"},
		{Cell{"cell[1]", 3, "// only a comment"}, "cell[1]:3:1: no declaration"},
		{Cell{"cell[1]", 1, `import "C"`}, `cell[1]:1:8: cgo is not supported in functions: remove import "C"`},
		{Cell{"cell[1]", 1, `import . "math"`}, `cell[1]:1:10: import . "math" is not supported: write math.Name`},
		{Cell{"cell[1]", 1, `import "internal/abi"`}, `cell[1]:1:8: package internal/abi is internal`},
	} {
		_, _, err := test.cell.parse()
		if err == nil || err.Error() != test.want {
			t.Errorf("%q: got  %v\nwant %s", test.cell.Text, err, test.want)
		}
	}
}

// A name that another cell declares again leaves its group, and everything else keeps its value
// and its position.
func TestWithout(t *testing.T) {
	for _, test := range []struct{ text, gone, want string }{
		{"const (\n\tA = iota\n\tBee\n\tC\n)", "Bee", "const (\n\tA = iota\n\t_  \n\tC\n)"},
		{"var a, bb = f()", "a", "var _, bb = f()"},
		{"var a, bb = f()", "a bb", ""},
		{"var (\n\tx int\n)", "x", ""},
		{"var a = 1", "b", "var a = 1"},
		{"func F() {}", "F", ""},
		{"type T int", "T", ""},
	} {
		declarations, _, err := (&Cell{Name: "c", Line: 1, Text: test.text}).parse()
		if err != nil {
			t.Fatal(err)
		}
		gone := map[string]bool{}
		for _, name := range strings.Fields(test.gone) {
			gone[name] = true
		}
		got := ""
		if d := declarations[0].without(gone); d != nil {
			_, got, _ = strings.Cut(strings.TrimSuffix(d.text, "\n"), "\n")
		}
		if got != test.want {
			t.Errorf("%q without %s: got %q, want %q", test.text, test.gone, got, test.want)
		}
	}
}

// Whatever the parser accepts falls into declarations that each parse on their
// own and speak of their own lines.
func FuzzParse(f *testing.F) {
	f.Add("func F(a int) int { return a }\n\nvar (\n\tx = 1\n\ty, z = 2, 3\n)")
	f.Add("// Doc.\nfunc (t *T[A]) M() {}\ntype (T[A any] struct{})\nconst (A = iota; B)")
	f.Add("import m \"math\"\nvar _ = m.Pi")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "//line") || strings.Contains(text, "/*line") {
			return // the user's own directives say what is intended
		}
		c := Cell{Name: "cell[1]", Line: 5, Text: text}
		declarations, _, err := c.parse()
		if err != nil {
			if problems := (*Error)(nil); !errors.As(err, &problems) {
				t.Fatal(err)
			}
			return
		}
		for _, d := range declarations {
			if err := d.findSelected(token.NewFileSet()); err != nil {
				t.Errorf("%q: %v", d.text, err)
			}
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, "", d.source(nil), parser.SkipObjectResolution)
			if err != nil {
				t.Fatalf("%q: %v", d.text, err)
			}
			at := files.Position(file.Decls[0].Pos())
			if keyword := !strings.HasPrefix(d.text, "//line"); at.Line != d.at.Line && !keyword || len(file.Decls) != 1 {
				t.Errorf("%q is at %v, not %v", d.text, at, d.at)
			}
		}
	})
}

func TestCandidates(t *testing.T) {
	possible := candidates()
	for name, want := range map[string][]string{
		"strings": {"strings"}, "rand": {"math/rand/v2", "crypto/rand", "math/rand"}, "url": {"net/url"}, "cell": nil,
	} {
		if !slices.Equal(possible[name], want) {
			t.Errorf("%s may mean %v, want %v", name, possible[name], want)
		}
	}
}
