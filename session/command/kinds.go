package command

import (
	"fmt"
	"strings"
)

// FunctionKind is a form that a Go function can have. \help func and docs/functions.md show them.
type FunctionKind struct {
	Go      string // the declaration
	Means   string // what the function is
	Call    string // in SQL
	Section string // the heading in docs/functions.md; "" for the page itself
}

// FunctionKinds returns all of them.
func FunctionKinds() []FunctionKind {
	return []FunctionKind{
		{"func F(a A) R", "a value for each row", "SELECT F(x) FROM t", ""},
		{"func F(a []A) []R", "many rows, with //riffle:vectorized", "SELECT F(x) FROM t", "Vectorized functions"},
		{"func F(a A) iter.Seq[R]", "rows for each row", "FROM t, LATERAL TABLE(F(x))", "Table functions"},
		{"func F(ctx context.Context, a A) R", "a function that waits", "SELECT F(x) FROM t", "Asynchronous functions"},
		{"func F(r Row, b B) R", "Row is a struct: whole rows", "SELECT F(t.*, b => 2) FROM t", "Whole rows"},
		{"//riffle:default b=1", "above a function: arguments to omit", "SELECT F(x) FROM t", "Named arguments and defaults"},
		{"func F(ctx *riffle.Context, a A) R", "with metrics and a logger", "SELECT F(x) FROM t", "Metrics, log lines and job parameters"},
	}
}

// kindLines returns a line for each kind.
func kindLines() string {
	var lines []string
	for _, k := range FunctionKinds() {
		lines = append(lines, fmt.Sprintf("  %-35s %s", k.Go, k.Means))
	}
	return strings.Join(lines, "\n")
}
