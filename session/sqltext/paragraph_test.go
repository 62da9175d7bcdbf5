package sqltext

import (
	"slices"
	"strings"
	"testing"
)

// scripted writes the statements of a script as class|text, with ¦ at the places where the
// parser decides whether they end.
func scripted(text string) []string {
	var list []string
	for _, s := range SplitScript(text) {
		marked, at := "", s.Span.Start
		for _, end := range s.Breaks {
			marked, at = marked+text[at:end]+"¦", end
		}
		list = append(list, s.Class.String()+"|"+marked+text[at:s.Span.End])
	}
	return list
}

func TestParagraphs(t *testing.T) {
	const function = "func F(n int64) int64 {\n\tfor i := 0; i < 1; i++ {\n\t}\n\n\treturn n // it's\n}"
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"cells of SQL", "SELECT 1\n\nSHOW TABLES\n \t\r\n-- c\n\n(SELECT 2)", []string{"SQL|SELECT 1\n\n¦SHOW TABLES\n \t\r\n-- c\n\n¦(SELECT 2)"}},
		{"no blank line", "INSERT INTO t\nSELECT 1\n-- c\nVALUES (1);", []string{"SQL|INSERT INTO t\nSELECT 1\n-- c\nVALUES (1)"}},
		{"Go behind SQL", "SELECT 1\n\n// F's comment; it has one\n" + function + "\n\nSELECT 2", []string{"SQL|SELECT 1", "Go|" + function, "SQL|SELECT 2"}},
		{"methods and the like", "SELECT 1\n\nfunc (p *P) M() {}\nSELECT 2\n\ntype (\n\tA int\n)\nSELECT 3\n\nconst c = ';'\nSELECT 4\n\nimport \"fmt\"",
			[]string{"SQL|SELECT 1", "Go|func (p *P) M() {}", "SQL|SELECT 2", "Go|type (\n\tA int\n)", "SQL|SELECT 3", "Go|const c = ';'", "SQL|SELECT 4", "Go|import \"fmt\""}},
		{"columns that are words of Go", "SELECT a,\n\ntype, b\n\nfrom t\n\nWHERE x =\n\nvar AND func > 1;", []string{"SQL|SELECT a,\n\ntype, b\n\nfrom t\n\nWHERE x =\n\nvar AND func > 1"}},
		{"magics", "SELECT a\n\n%%name n\nSELECT 2\n\n%wait n\nSELECT 3\n\n\\q\nSELECT 4\n\nt?\nSELECT 5\n\n?t", []string{
			"SQL|SELECT a", "command|%%name n", "SQL|SELECT 2", "command|%wait n", "SQL|SELECT 3", `command|\q`, "SQL|SELECT 4", "unknown|t?", "SQL|SELECT 5", "unknown|?t"}},
		{"remainders", "SELECT a\n\n% 4\n%b;\nSELECT (a\n\n%b)", []string{"SQL|SELECT a\n\n% 4\n%b", "SQL|SELECT (a\n\n%b)"}},
		{"what goes on", "DELETE FROM t\n\nWHERE id = 1\n\nORDER BY a\n\nDESC\n\nLIMIT 1;", []string{"SQL|DELETE FROM t\n\nWHERE id = 1\n\nORDER BY a\n\nDESC\n\nLIMIT 1"}},
		{"options are no query", "CREATE TABLE t\n\n(a INT)\n\nWITH ('a' = 'b')\n\nAS\n\nWITH x AS (SELECT 1)\n\nSELECT 1", []string{"SQL|CREATE TABLE t\n\n(a INT)\n\nWITH ('a' = 'b')\n\nAS\n\n¦WITH x AS (SELECT 1)\n\n¦SELECT 1"}},
		{"description", "SHOW TABLES\n\nDESC t\n\nhelp\n\nhelp t", []string{"SQL|SHOW TABLES\n\n¦DESC t\n\n¦help\n\nhelp t"}},
		{"sets", "EXECUTE STATEMENT SET BEGIN\n\nINSERT INTO a SELECT 1;\n\nINSERT INTO b SELECT 2;\n\nEND\n\nSELECT 1", []string{"SQL|EXECUTE STATEMENT SET BEGIN\n\nINSERT INTO a SELECT 1;\n\nINSERT INTO b SELECT 2;\n\nEND\n\n¦SELECT 1"}},
		{"background", "SELECT 1 &\n\nSELECT 2", []string{"SQL|SELECT 1", "SQL|SELECT 2"}},
		{"in brackets, texts and comments", "SELECT (\n\nSELECT 1), '\n\nSELECT 2' /*\n\nSELECT 3 */, 4;", []string{"SQL|SELECT (\n\nSELECT 1), '\n\nSELECT 2' /*\n\nSELECT 3 */, 4"}},
	} {
		if got := scripted(test.text); !slices.Equal(got, test.want) {
			t.Errorf("%s:\n%q\nwant\n%q", test.name, got, test.want)
		}
	}
}

// Parts of a script have the places of the whole, and their own tokens.
func TestPlacesOfAPart(t *testing.T) {
	text := "SHOW TABLES;SELECT 1\n\nSELECT \"a\"\n\nSELECT 3 & ;SELECT 4"
	whole := SplitScript(text)[1]
	first, rest := whole.SplitAt(whole.Breaks[0])
	if len(first) != 1 || first[0].Text != "SELECT 1" || len(rest) != 1 {
		t.Fatalf("%+v, %+v", first, rest)
	}
	part := rest[0]
	if text[part.Span.Start:part.Span.End] != part.Text || !part.Background || part.End != strings.Index(text, " ;SELECT 4") || part.Breaks[0] != strings.Index(text, "SELECT 3") {
		t.Fatalf("%+v", part)
	}
	if err, ok := part.Err.(*Error); !ok || text[err.Span.Start:err.Span.End] != `"a"` {
		t.Errorf("%v", part.Err)
	}
	for _, s := range []Statement{first[0], part} {
		if got := s.Lexed(); got.Text != s.Text || !slices.Equal(got.Tokens, Lex(s.Text)) || s.Source().Text != text {
			t.Errorf("%q carries %+v", s.Text, got)
		}
	}
	if open, _ := IncompleteScript("SELECT 1\n\nfunc F() {\n"); !open {
		t.Error("the declaration is not open")
	}
	if open, _ := IncompleteScript("SELECT 1\n\nfunc F() {}\n"); open {
		t.Error("the declaration is open")
	}
}
