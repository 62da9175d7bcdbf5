package golang

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// declaration is a top-level declaration: a function, a type, a variable, or a
// group of constants. It is compiled as a file of its own, since each has its
// own imports. A declaration does not change; what changes it makes a new one.
type declaration struct {
	cell  *Cell
	at    token.Position // where it begins in its cell
	names []name
	doc   string // the comment of a function
	// directives are those in the comment of a function.
	directives directives
	// text is the declaration under its //line directive.
	text string

	// imports are the packages that names stand for: those that its cell
	// imports, and those that were found for it, which stay the same.
	imports map[string]string
	// selected are the names that stand before a dot and are not declared in
	// the declaration itself, with what is selected from them.
	selected map[string][]string
}

func newDeclaration(c *Cell, at token.Position, names ...name) *declaration {
	if len(names) > 1 {
		for i := range names {
			if names[i].text == "_" {
				names[i].text = blankName
			}
		}
	}
	return &declaration{cell: c, at: at, names: names}
}

// blankName is a name that declares nothing: its place in a list of names is taken
// by "_".
const blankName = ""

// setText makes text, which begins at a position of the cell, that of d; a
// keyword that it lacks is put before it.
func (d *declaration) setText(at token.Position, keyword, text string) {
	prefix := d.cell.position(at.Line, at.Column)
	if keyword != "" {
		prefix = fmt.Sprintf("%s /*line %s:%d:%d*/", keyword, d.cell.fileName(), at.Line, at.Column)
	}
	d.text = prefix + text + "\n"
	for i := range d.names {
		if d.names[i].offset >= 0 {
			d.names[i].offset += len(prefix)
		}
	}
}

// title is what messages call the declaration.
func (d *declaration) title() string {
	for _, n := range d.names {
		if n.text != blankName {
			return n.text
		}
	}
	return "_"
}

// receiver is the type whose method d is.
func (d *declaration) receiver() (name string, isMethod bool) {
	name, _, isMethod = strings.Cut(d.title(), ".")
	return name, isMethod
}

// without is d without the given names: d itself if it has none of them, nil if
// nothing is left of it. In a list of names each keeps its place, so that
// constants keep their values and everything its position.
func (d *declaration) without(gone map[string]bool) *declaration {
	left, names, text := 0, slices.Clone(d.names), []byte(d.text)
	for i, n := range d.names {
		switch {
		case n.text == blankName:
		case !gone[n.text]:
			left++
		case n.offset < 0:
			return nil
		default:
			copy(text[n.offset:], "_"+strings.Repeat(" ", len(n.text)-1))
			names[i].text = blankName
		}
	}
	if left == 0 {
		return nil
	}
	if slices.Equal(names, d.names) {
		return d
	}
	rest := *d
	rest.names, rest.text = names, string(text)
	return &rest
}

// withImports is d with imports that were found for it.
func (d *declaration) withImports(found map[string]string) *declaration {
	settled := *d
	settled.imports = maps.Clone(d.imports)
	maps.Copy(settled.imports, found)
	return &settled
}

// zoneData is the package that has all time zones in it: a program in the jail
// cannot read the machine's, and with it finds the same ones everywhere.
const zoneData = "time/tzdata"

// loadsZones reports whether d may look for a time zone.
func (d *declaration) loadsZones() bool {
	for _, selected := range d.selected {
		if slices.Contains(selected, "LoadLocation") {
			return true
		}
	}
	return false
}

// findSelected fills in d.selected.
func (d *declaration) findSelected(files *token.FileSet) error {
	// The parser's own resolution is enough to tell a package's name from a
	// local variable's, and does not need the packages to be there.
	file, err := parser.ParseFile(files, "", header+d.text, 0)
	if err != nil {
		return fmt.Errorf("parse %s: %w", d.title(), err)
	}
	unresolved := map[*ast.Ident]bool{}
	for _, ident := range file.Unresolved {
		unresolved[ident] = true
	}
	d.selected = map[string][]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && unresolved[x] {
				d.selected[x.Name] = append(d.selected[x.Name], s.Sel.Name)
			}
		}
		return true
	})
	return nil
}

// source is the file that d is compiled as, with imports from name to path.
func (d *declaration) source(imports map[string]string) string {
	var b strings.Builder
	b.WriteString("package main\n")
	for _, name := range slices.Sorted(maps.Keys(imports)) {
		fmt.Fprintf(&b, "import %s %q\n", name, imports[name])
	}
	b.WriteString(d.text)
	return b.String()
}

// merge is the list of declarations after a cell: the old ones without the
// names that the cell declares, then the cell's. replaced are these names, as
// far as there were any. Functions init are all of one name, and so are
// declarations of nothing but "_": those of a cell replace those before.
func merge(old, cell []*declaration) (all []*declaration, replaced []string) {
	declared := map[string]bool{}
	for _, d := range cell {
		for _, n := range d.names {
			declared[n.text] = true
		}
	}
	all, replaced = remove(old, declared)
	return append(all, cell...), replaced
}

// remove is the list of declarations without the given names, and those of the
// names that there were.
func remove(old []*declaration, gone map[string]bool) (left []*declaration, removed []string) {
	for _, d := range old {
		for _, n := range d.names {
			if n.text != blankName && gone[n.text] && !slices.Contains(removed, n.text) {
				removed = append(removed, n.text)
			}
		}
		if rest := d.without(gone); rest != nil {
			left = append(left, rest)
		}
	}
	return left, removed
}
