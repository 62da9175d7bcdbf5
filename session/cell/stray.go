package cell

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
	"unicode/utf8"

	"riffle/session/mention"
	"riffle/session/sqltext"
)

// StrayError returns the error for a line that starts no statement, with a suggestion.
func StrayError(st Statement) error {
	var lexical *sqltext.Error
	if errors.As(st.Err, &lexical) && lexical.Span.Start == st.Span.Start && (st.Text[0] >= utf8.RuneSelf || strings.IndexByte("\"'`/", st.Text[0]) >= 0) {
		return FailAt(st, lexical.Span, lexical.Message, "") // this error says more
	}
	at := st.Word
	if st.Suggestion == "" {
		at = st.FirstWord()
	}
	return FailAt(st, at, "no statement starts with "+st.Cell.Text[at.Start:at.End], strayHint(st))
}

// FirstWord returns the span of a statement up to its first blank, for messages about it.
func (st Statement) FirstWord() sqltext.Span {
	const longest = 40 // bytes
	end := strings.IndexAny(st.Text, " \t\r\n")
	if end < 0 {
		end = len(st.Text)
	}
	for end > longest && (end > 2*longest || !utf8.RuneStart(st.Text[end])) {
		end = min(end-1, 2*longest)
	}
	return sqltext.Span{Start: st.Span.Start, End: st.Span.Start + end}
}

var (
	// value begins a number or a string of SQL.
	value = regexp.MustCompile(`^([-+]? ?\d|')`)
	// sqlCall is a call of a Go function that has a name of SQL.
	sqlCall = regexp.MustCompile(`^\p{Lu}[\pL\d_]*\([^\n]{0,60}\)$`)
)

// otherSystems maps the words with which statements of DuckDB, psql and others start to what
// riffle has for them.
func otherSystems(word string) string {
	switch strings.ToUpper(word) {
	case "SUMMARIZE":
		return "SELECT COUNT(*), MIN(c), MAX(c), AVG(c) FROM t computes statistics"
	case "COPY":
		return mention.Command("save FILE") + " writes a result to a file; CREATE TABLE … WITH ('connector' = 'filesystem', …) reads one"
	case "PRAGMA":
		return "SET lists and changes settings; " + mention.Command("d NAME") + " describes a table"
	case "ATTACH":
		return "CREATE CATALOG connects to another system; " + mention.Command("dc") + " lists catalogs"
	}
	return ""
}

func strayHint(st Statement) string {
	first := st.Word.Len()
	isGo := goStatement(st.Text)
	switch {
	case !isGo && otherSystems(st.Text[:first]) != "":
		return otherSystems(st.Text[:first])
	case st.Suggestion != "":
		return DidYouMean(st.Suggestion)
	case value.MatchString(st.Text):
		return "SELECT " + strings.TrimSpace(st.Text) + "; computes it"
	case strings.HasPrefix(st.Text, "#"):
		return "a comment starts with -- in SQL, and with // in Go"
	case st.Text[:first] == "package":
		return "no package line is needed: start with import, func, type, var or const"
	case isGo:
		if sqlCall.MatchString(st.Text) {
			return "SELECT " + st.Text + "; calls it from SQL"
		}
		return "Go statements go inside a func; var x = 5 declares a variable"
	case strings.EqualFold(st.Text[:first], "FROM"):
		return "a query starts with SELECT: SELECT * " + st.Text
	}
	return "SQL starts with a word such as SELECT, Go with func, type, var, const or import, commands with " + mention.Command(": ") + mention.Command("help lists them")
}

// goStatement reports whether a text is a Go statement, which is only allowed inside a func. A
// name alone is not one.
func goStatement(text string) bool {
	file, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc _() {\n"+text+"\n}", parser.SkipObjectResolution)
	if err != nil || len(file.Decls) != 1 {
		return false
	}
	body := file.Decls[0].(*ast.FuncDecl).Body.List
	if len(body) == 0 {
		return false
	}
	if value, ok := body[0].(*ast.ExprStmt); ok {
		switch value.X.(type) {
		case *ast.CallExpr, *ast.SelectorExpr, *ast.IndexExpr, *ast.UnaryExpr, *ast.CompositeLit, *ast.FuncLit:
			return true
		}
		return false
	}
	return true
}
