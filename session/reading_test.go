package session

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A statement passes through this package in one direction: each file uses those that the
// package comment lists below it, and none above it.
func TestFilesReadInOneDirection(t *testing.T) {
	fset := token.NewFileSet()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	var order, names []string
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files, names = append(files, file), append(names, path)
		if path == "session.go" {
			_, list, _ := strings.Cut(file.Doc.Text(), "The files, as they are read.")
			order = regexp.MustCompile(`[a-z]+\.go\b`).FindAllString(list, -1)
		}
	}
	if named := slices.Sorted(slices.Values(order)); !slices.Equal(named, names) {
		t.Fatalf("the package comment names %q, there are %q", named, names)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	// Names from other packages stay unknown.
	conf := types.Config{Importer: nothing{}, Error: func(error) {}}
	pkg, _ := conf.Check("session", fset, files, info)
	placeOf := func(pos token.Pos) int { return slices.Index(order, fset.Position(pos).Filename) }
	arrows := 0
	for word, object := range info.Uses {
		if object.Pkg() != pkg {
			continue
		}
		from, to := placeOf(word.Pos()), placeOf(object.Pos())
		if from != to {
			arrows++
		}
		if from > to {
			t.Errorf("%s uses %s of %s, which stands above it", fset.Position(word.Pos()), object.Name(), order[to])
		}
	}
	if arrows < 100 {
		t.Errorf("only %d uses were found", arrows)
	}
}

type nothing struct{}

func (nothing) Import(string) (*types.Package, error) { return nil, errors.New("not looked at") }
