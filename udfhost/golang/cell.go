package golang

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"riffle/udfhost/guest"
)

// Cell is Go source as a user wrote it: declarations and imports, without a package clause.
type Cell struct {
	// Name is the cell's name in errors: "cell[3]", or the name of its file.
	Name string
	// Line is the line of Name at which Text begins, from 1.
	Line int
	Text string
}

// header precedes every piece of source that is parsed or compiled.
const header = "package main\n"

// position returns the //line directive that makes the text after it speak of line
// and column of the cell.
func (c *Cell) position(line, column int) string {
	return fmt.Sprintf("//line %s:%d:%d\n", c.fileName(), line, column)
}

// fileName returns Name in a form that is valid in a //line directive.
func (c *Cell) fileName() string {
	name := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '_'
		}
		return r
	}, c.Name)
	if name == "" {
		return "cell"
	}
	return strings.ReplaceAll(filepath.Clean(name), "*/", "*_") // it may be inside a comment
}

// parse reads the cell's declarations and imports.
func (c *Cell) parse() ([]*declaration, []importSpec, error) {
	files := token.NewFileSet()
	prefix := header + c.position(max(c.Line, 1), 1)
	source := prefix + c.Text
	file, err := parser.ParseFile(files, "", source, parser.ParseComments|parser.SkipObjectResolution|parser.AllErrors)
	if err != nil {
		return nil, nil, syntaxErrors(c, err)
	}
	if err := refuseDirectives(files, file); err != nil {
		return nil, nil, err
	}
	cut := func(from, to token.Pos) string {
		return source[files.PositionFor(from, false).Offset:files.PositionFor(to, false).Offset]
	}
	var declarations []*declaration
	var imports []importSpec
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			d := newDeclaration(c, files.Position(decl.Pos()), funcName(decl))
			from := decl.Pos()
			if decl.Doc != nil {
				from = decl.Doc.Pos()
				d.doc = decl.Doc.Text()
				if d.directives, err = directivesOf(files, decl.Doc); err != nil {
					return nil, nil, err
				}
				if given := d.directives.defaults; len(given) > 0 && !decl.Name.IsExported() {
					return nil, nil, problemAt(given[0].at, "SQL cannot call %s, so it cannot have defaults: SQL calls exported functions only", decl.Name.Name)
				}
			}
			d.setText(files.Position(from), "", cut(from, decl.End()))
			declarations = append(declarations, d)
		case *ast.GenDecl:
			if decl.Tok == token.IMPORT {
				specs, err := importSpecs(files, decl)
				if err != nil {
					return nil, nil, err
				}
				imports = append(imports, specs...)
				continue
			}
			declarations = append(declarations, splitGroup(c, files, decl, cut)...)
		}
	}
	if len(declarations) == 0 && len(imports) == 0 {
		return nil, nil, &Error{Problems: []Problem{{Cell: c.fileName(), Line: max(c.Line, 1), Column: 1, Message: "no declaration"}}}
	}
	return declarations, imports, nil
}

// splitGroup makes one declaration of each spec of a group, so that each can be redefined on
// its own. A group of constants stays together, because iota counts within it.
func splitGroup(c *Cell, files *token.FileSet, group *ast.GenDecl, cut func(from, to token.Pos) string) []*declaration {
	if group.Tok == token.CONST || !group.Lparen.IsValid() {
		var names []name
		for _, spec := range group.Specs {
			names = append(names, specNames(spec, group.Pos())...)
		}
		d := newDeclaration(c, files.Position(group.Pos()), names...)
		d.setText(files.Position(group.Pos()), "", cut(group.Pos(), group.End()))
		return []*declaration{d}
	}
	var all []*declaration
	for _, spec := range group.Specs {
		at := files.Position(spec.Pos())
		d := newDeclaration(c, at, specNames(spec, spec.Pos())...)
		d.setText(at, group.Tok.String(), cut(spec.Pos(), spec.End()))
		all = append(all, d)
	}
	return all
}

// name is a name that a declaration declares, and its offset in the text; the offset is -1 if
// the name cannot be removed on its own.
type name struct {
	text   string
	offset int
}

// specNames returns the names that a spec declares, with offsets from start.
func specNames(spec ast.Spec, start token.Pos) []name {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		return []name{{spec.Name.Name, -1}}
	case *ast.ValueSpec:
		var names []name
		for _, ident := range spec.Names {
			names = append(names, name{ident.Name, int(ident.Pos() - start)})
		}
		return names
	}
	return nil
}

// funcName returns the name under which a function is kept: "Name", or "Type.Name"
// for a method.
func funcName(decl *ast.FuncDecl) name {
	if decl.Recv == nil || len(decl.Recv.List) == 0 {
		return name{decl.Name.Name, -1}
	}
	receiver := decl.Recv.List[0].Type
	for {
		switch t := receiver.(type) {
		case *ast.StarExpr:
			receiver = t.X
		case *ast.ParenExpr:
			receiver = t.X
		case *ast.IndexExpr:
			receiver = t.X
		case *ast.IndexListExpr:
			receiver = t.X
		case *ast.Ident:
			return name{t.Name + "." + decl.Name.Name, -1}
		default: // the type checker reports what is wrong with it
			return name{"?." + decl.Name.Name, -1}
		}
	}
}

// importSpec is an import that a user wrote.
type importSpec struct {
	name  string // under which the package is used; "_" for its effects alone
	named bool   // the import gives the name; otherwise it is the package's own
	path  string
	at    token.Position
}

func importSpecs(files *token.FileSet, decl *ast.GenDecl) ([]importSpec, error) {
	var specs []importSpec
	for _, spec := range decl.Specs {
		spec := spec.(*ast.ImportSpec)
		at := files.Position(spec.Path.Pos())
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, problemAt(at, "invalid import path %s", spec.Path.Value)
		}
		s := importSpec{name: packageName(path), path: path, at: at}
		if spec.Name != nil {
			s.name, s.named = spec.Name.Name, true
		}
		if path == "riffle" {
			s.path = guest.CivilPath
		}
		if s.name == "." {
			return nil, problemAt(at, "import . %q is not supported: write %s.Name", path, packageName(path))
		}
		if err := allowedImport(s.path); err != nil {
			return nil, problemAt(at, "%v", err)
		}
		specs = append(specs, s)
	}
	return specs, nil
}

// syntaxErrors turns the parser's errors into ours.
func syntaxErrors(c *Cell, err error) error {
	list, ok := err.(scanner.ErrorList)
	if !ok {
		return fmt.Errorf("parse %s: %w", c.Name, err)
	}
	list.RemoveMultiples() // one a line: the rest are consequences
	result := &Error{}
	for _, e := range list {
		result.add(e.Pos, e.Msg, "")
	}
	return result
}
