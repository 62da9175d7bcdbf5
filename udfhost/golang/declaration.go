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

// declaration is a top-level declaration: a function, a type, a variable, or a group of
// constants. It is compiled as a file of its own, because each declaration has its own imports.
// A declaration is immutable; a change creates a new one.
type declaration struct {
	cell  *Cell
	at    token.Position // where it begins in its cell
	names []name
	doc   string // the comment of a function
	// directives are the directives in the comment of a function.
	directives directives
	// text is the declaration under its //line directive.
	text string

	// imports maps names to packages: those that the cell imports, and those that were found
	// for the declaration, which do not change afterwards.
	imports map[string]string
	// selected lists the names that are followed by a dot and not declared in the declaration
	// itself, with what is selected from them.
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

// blankName is a name that declares nothing: "_" takes its place in a list of names.
const blankName = ""

// setText makes text, which begins at a position of the cell, the text of d, with a keyword
// before it if it lacks one.
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

// title returns the name of the declaration in messages.
func (d *declaration) title() string {
	for _, n := range d.names {
		if n.text != blankName {
			return n.text
		}
	}
	return "_"
}

// receiver returns the type whose method d is.
func (d *declaration) receiver() (name string, isMethod bool) {
	name, _, isMethod = strings.Cut(d.title(), ".")
	return name, isMethod
}

// without returns d without the given names: d itself if it has none of them, nil if nothing is
// left. In a list of names the others keep their places, so constants keep their values and
// everything keeps its position.
func (d *declaration) without(dropped map[string]bool) *declaration {
	left, names, text := 0, slices.Clone(d.names), []byte(d.text)
	for i, n := range d.names {
		switch {
		case n.text == blankName:
		case !dropped[n.text]:
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

// withImports returns d with the imports that were found for it.
func (d *declaration) withImports(found map[string]string) *declaration {
	settled := *d
	settled.imports = maps.Clone(d.imports)
	maps.Copy(settled.imports, found)
	return &settled
}

// zoneData is the package that contains all time zones. A program in the jail cannot read the
// machine's, and with this package it finds the same zones everywhere.
const zoneData = "time/tzdata"

// loadsZones reports whether d may look up a time zone.
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
	// The parser's own resolution is enough to distinguish the name of a package from a local
	// variable, and does not need the packages.
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

// source returns the file that d is compiled as, with imports from name to path.
func (d *declaration) source(imports map[string]string) string {
	var b strings.Builder
	writeHeader(&b, imports)
	b.WriteString(d.text)
	return b.String()
}

// writeHeader begins a file with imports from name to path.
func writeHeader(b *strings.Builder, imports map[string]string) {
	b.WriteString(header)
	for _, name := range slices.Sorted(maps.Keys(imports)) {
		fmt.Fprintf(b, "import %s %q\n", name, imports[name])
	}
}

// merge returns the declarations after a cell: the old ones without the names that the cell
// declares, followed by the cell's. replaced lists the names that were declared before. All
// init functions count as one name, as do declarations of nothing but "_": those of a cell
// replace the earlier ones.
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

// remove returns the declarations without the given names, and which of the names existed.
func remove(old []*declaration, dropped map[string]bool) (left []*declaration, removed []string) {
	for _, d := range old {
		for _, n := range d.names {
			if n.text != blankName && dropped[n.text] && !slices.Contains(removed, n.text) {
				removed = append(removed, n.text)
			}
		}
		if rest := d.without(dropped); rest != nil {
			left = append(left, rest)
		}
	}
	return left, removed
}
