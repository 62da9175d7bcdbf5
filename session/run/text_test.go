package run

import (
	"slices"
	"strings"
	"testing"

	"riffle/session"
)

// arriveFrom returns the statements of a script whose lines arrive one after the other, each with the number of the line
// that completes it.
func arriveFrom(text string) (statements []session.Statement, at []int) {
	l := lines{cell: session.Cell{Name: "main.sql", Line: 1}}
	add := func(line string, number int, atEnd bool) {
		for _, a := range l.add(line, atEnd) {
			statements, at = append(statements, a.Statement), append(at, number)
		}
	}
	all := strings.Split(text, "\n")
	for i, line := range all {
		add(line, i+1, false)
	}
	add("", len(all)+1, true)
	return statements, at
}

// A statement is complete at its last line. What comes before a declaration is not a statement of its own.
func TestStatementsAsTheirLinesArrive(t *testing.T) {
	const function = "func F(n []int64) []int64 {\n\treturn n\n}"
	for text, want := range map[string][]int{
		"SELECT 1;\nSELECT\n2;":                              {1, 3},
		"//riffle:vectorized\n" + function + "\nSELECT 1;":   {4, 5},
		"// about F\n\n//riffle:vectorized\n" + function:     {6},
		"SELECT 1;\n//riffle:vectorized\n" + function + "\n": {1, 5},
		"/* a comment\n\n*/ SELECT 1;\n-- another\nSELECT 2": {3, 6},
		"-- a comment": nil,
		"":             nil,
	} {
		if _, at := arriveFrom(text); !slices.Equal(at, want) {
			t.Errorf("%q: complete at lines %v, want %v", text, at, want)
		}
	}
}

// Whatever arrives, no statement is lost or comes twice.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{
		"//riffle:vectorized\nfunc F(n []int64) []int64 {\n\treturn n\n}", "SELECT 1; SELECT\n2\n\nSELECT 3", "/* a\n*/\n\\stats\nx", "'\n;\n'",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := text + "\n"
		statements, _ := arriveFrom(text)
		for _, st := range statements {
			at := strings.Index(all, st.Text)
			if at < 0 {
				t.Fatalf("%q: %q is missing or comes twice", text, st.Text)
			}
			all = all[at+len(st.Text):]
		}
	})
}
