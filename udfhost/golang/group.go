package golang

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// Most declarations of a large session do not change from cell to cell. Those that have nothing to do with the others
// form groups, which are compiled apart from package main, many in a subpackage. Subpackages stay when other
// declarations change, so only package main is compiled again.
//
// Nothing that a program does depends on where a group is. Subpackages are called main, too, so the names of
// types that functions print stay the same. Groups with variables or init functions stay in package main, because
// the order of initialization is that of a package.

// group is declarations that refer to each other, directly or not, and to no others.
type group struct {
	units     []*unit
	key       string   // identifies groups with the same text and the same imports
	functions []string // the names of its SQL functions
	movable   bool     // it can be in a subpackage, and has functions
}

// groups returns the groups of the declarations, in the order of their first ones.
func (c *checked) groups(functions []*signature) []*group {
	isFunction := map[string]bool{}
	for _, f := range functions {
		isFunction[f.Name] = true
	}
	of := map[*token.File]int{} // the index of the unit
	for i, u := range c.units {
		of[c.files.File(u.file.FileStart)] = i
	}
	first := make([]int, len(c.units)) // leads to the first unit of the group
	for i := range first {
		first[i] = i
	}
	find := func(i int) int {
		for first[i] != i {
			first[i] = first[first[i]]
			i = first[i]
		}
		return i
	}
	for ident, used := range c.info.Uses {
		if used.Pkg() != c.pkg {
			continue
		}
		a, b := find(of[c.files.File(ident.Pos())]), find(of[c.files.File(used.Pos())])
		first[max(a, b)] = min(a, b)
	}
	found := map[int]*group{}
	var all []*group
	for i, u := range c.units {
		g := found[find(i)]
		if g == nil {
			g = &group{movable: true}
			found[find(i)] = g
			all = append(all, g)
		}
		g.units = append(g.units, u)
		g.movable = g.movable && !u.initializes()
		if f := c.exported(u); f != nil && isFunction[f.Name()] {
			g.functions = append(g.functions, f.Name())
		}
	}
	for _, g := range all {
		var key strings.Builder
		for _, u := range g.units {
			key.WriteString(u.source)
		}
		g.key = key.String()
		g.movable = g.movable && len(g.functions) > 0
	}
	return all
}

// initializes reports whether something happens for a declaration when the program starts.
func (u *unit) initializes() bool {
	return slices.ContainsFunc(u.file.Decls, func(decl ast.Decl) bool {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			return decl.Recv == nil && decl.Name.Name == "init"
		case *ast.GenDecl:
			return decl.Tok == token.VAR
		}
		return false
	})
}

// settled has the subpackages with the groups of a session.
type settled struct {
	in map[string]*subpackage // by the key of the group
	// most is the number of movable groups that package main has at most, and packages that of subpackages in a program.
	most, packages int
}

// Compiling a group takes less than a millisecond, and starting the compiler once more 15. The linker reads each
// subpackage.
const (
	groupsInMain   = 64
	maxSubpackages = 16
)

// split returns the declarations that are to be in package main, and the subpackages of the functions that are not.
func (s *settled) split(c *checked, functions []*signature) (inMain []*unit, moved map[string]*subpackage) {
	var movable, missing []*group
	for _, g := range c.groups(functions) {
		if !g.movable {
			continue
		}
		movable = append(movable, g)
		if s.in[g.key] == nil {
			missing = append(missing, g)
		}
	}
	if len(missing) > s.most {
		s.bundle(c, missing, movable)
	}
	moved = map[string]*subpackage{}
	gone := map[*unit]bool{}
	used := map[*subpackage]bool{}
	for _, g := range movable {
		if p := s.in[g.key]; p != nil {
			used[p] = true
			for _, name := range g.functions {
				moved[name] = p
			}
			for _, u := range g.units {
				gone[u] = true
			}
		}
	}
	if len(used) > s.packages {
		clear(s.in)
		s.bundle(c, movable, movable)
		return s.split(c, functions)
	}
	for _, u := range c.units {
		if !gone[u] {
			inMain = append(inMain, u)
		}
	}
	return inMain, moved
}

// bundle adds a subpackage for groups, and forgets those that are not among the current ones.
func (s *settled) bundle(c *checked, groups, current []*group) {
	var units []*unit
	imports := []string{runtimePath}
	for _, g := range groups {
		units = append(units, g.units...)
	}
	for _, u := range units {
		imports = slices.AppendSeq(imports, maps.Values(u.found))
	}
	slices.Sort(imports)
	// As in the packages of modules, nothing comes before package runtime, on which the jail relies.
	files := append(c.sources(units), header+"import _ \""+runtimePath+"\"\n")
	p := newSubpackage("groups", "main/", files, slices.Compact(imports))
	for _, g := range groups {
		s.in[g.key] = p
	}
	known := map[string]bool{}
	for _, g := range current {
		known[g.key] = true
	}
	maps.DeleteFunc(s.in, func(key string, _ *subpackage) bool { return !known[key] })
}
