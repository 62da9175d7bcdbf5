package cell

import (
	"slices"
	"testing"
)

func TestStatementsOfACell(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string
	}{
		{"SELECT 1; SELECT 2", []string{"SELECT 1", "SELECT 2"}},
		{"type P int\n\nfunc F(p int) int { return p }\n", []string{"type P int\n\nfunc F(p int) int { return p }"}},
		{"SELECT 1;\n// F is f.\n// It is.\nfunc F() int { return 1 }\nSELECT 2;", []string{"SELECT 1", "// F is f.\n// It is.\nfunc F() int { return 1 }", "SELECT 2"}},
		{"// apart\n\nfunc F() int { return 1 }", []string{"func F() int { return 1 }"}},
		{"func F() int { return 1 }; SELECT 1; func G() int { return 2 }", []string{"func F() int { return 1 }", "SELECT 1", "func G() int { return 2 }"}},
		{"-- nothing\n", nil},
	} {
		var got []string
		for _, st := range (Cell{Text: test.text, Name: "cell[1]"}).Statements() {
			got = append(got, st.Text)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%q splits into %q", test.text, got)
		}
	}
}
