package cell

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A statement is lexed once, where its cell is split, and carries its tokens. These are all
// places that lex a text. None of those that run a statement or explain its errors lexes the
// statement's.
func TestStatementIsLexedOnce(t *testing.T) {
	want := []string{
		"cell.go: Split",       // the cell
		"cell.go: SplitScript", // the cell, as a script
		"error.go: NewLexed",   // a cell that has no statements
		"expand.go: Split",     // what variables have made of a statement: another text
		"repl: Lex",            // typed text, for its colors
		"repl: Mask",           // an entry of the history, of several statements
		"session.go: Mask",     // what Flink shows of statements: SHOW CREATE
		"session.go: NewLexed", // the definition of a view that has the error
		"sql.go: NewLexed",     // text between statements
	}
	var got []string
	for _, folder := range []string{".", "..", "../journal", "../explain", "../link", "../roster", "../query", "../run", "../../repl"} {
		for _, call := range lexings(t, folder) {
			_, name, _ := strings.Cut(call, ": ")
			switch folder {
			case ".":
			case "../../repl":
				call = "repl: " + name
			default:
				call = "session.go: " + name
			}
			got = append(got, call)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant\n%q", got, want)
	}
}

// lexings returns the calls in a package that lex a text, as "file: function".
func lexings(t *testing.T, folder string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			selector, is := n.(*ast.SelectorExpr)
			if !is {
				return true
			}
			if from, is := selector.X.(*ast.Ident); is && from.Name == "sqltext" &&
				slices.Contains([]string{"Lex", "NewLexed", "Mask", "Split", "SplitScript"}, selector.Sel.Name) {
				found = append(found, fmt.Sprintf("%s: %s", filepath.Base(path), selector.Sel.Name))
			}
			return true
		})
	}
	return found
}
