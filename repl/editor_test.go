package repl

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"riffle/session/sqltext"
)

// A command inside a statement is read on its own, and the statement continues after it. Inside
// a string, a comment or Go, a backslash does not begin a command.
func TestCommandInsideOfAStatement(t *testing.T) {
	for typed, want := range map[string][]string{
		"SELECT a,\n\\d t\n  \\timing off\nb FROM t;\n":         {`\d t`, `  \timing off`, "SELECT a,\nb FROM t;"},
		"EXECUTE STATEMENT SET BEGIN\n\\dt\nEND;\n":             {`\dt`, "EXECUTE STATEMENT SET BEGIN\nEND;"},
		"SELECT 'a\n\\d t\n';\n":                                {"SELECT 'a\n\\d t\n';"},
		"SELECT /*\n\\d t\n*/ 1;\n":                             {"SELECT /*\n\\d t\n*/ 1;"},
		"func F() string {\nreturn `\n\\d\n`\n}\n":              {"func F() string {\nreturn `\n\\d\n`\n}"},
		"func F() int {\n\\d t\nreturn 1\n}\n":                  {`\d t`, "func F() int {\nreturn 1\n}"},
		"SELCT 1\nSELECT 2\n;\n.tables\nx\nfmt.Println(\n\\d\n": {"SELCT 1", "SELECT 2\n;", ".tables", "x", "fmt.Println(", `\d`},
	} {
		e := newPlainEditor(t.Context(), strings.NewReader(typed), nil, nil)
		var got []string
		for {
			text, err := e.read(t.Context(), func(sqltext.Reason) string { return "" })
			if errors.Is(err, io.EOF) {
				break
			}
			got = append(got, text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q\ngot  %q\nwant %q", typed, got, want)
		}
	}
	if begin, ok := commandWithin("SELECT 1,\n\\d t\n\n"); !ok || begin != len("SELECT 1,\n") {
		t.Errorf("what is pasted with its line end: %d, %v", begin, ok)
	}
}
