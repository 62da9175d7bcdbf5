package golang

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"riffle/udfhost/golang/determinism"
	"riffle/udfhost/guest"
)

// determinism finds out which of the functions are deterministic.
func (c *checked) determinism() *determinism.Findings {
	p := determinism.Program{
		Package: c.pkg, Info: c.info, Directives: map[types.Object]bool{},
		Known: knownPackages, OwnPrefix: guest.ImportPrefix,
	}
	for _, u := range c.units {
		p.Files = append(p.Files, u.file)
		if u.directives.deterministic == nil {
			continue
		}
		for _, decl := range u.file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok {
				p.Directives[c.info.Defs[f.Name]] = *u.directives.deterministic
			}
		}
	}
	return determinism.Find(p)
}

// determinismNotes reports functions that a cell made deterministic or nondeterministic without
// declaring them.
func determinismNotes(before, after *Program, declared []string) []string {
	if before == nil {
		return nil
	}
	was := map[string]string{}
	for _, f := range before.Functions {
		was[f.Name] = f.Nondeterministic
	}
	var notes []string
	for _, f := range after.Functions {
		reason, known := was[f.Name]
		switch {
		case !known || slices.Contains(declared, f.Name):
		case reason == "" && f.Nondeterministic != "":
			notes = append(notes, f.Name+" is no longer deterministic: "+f.Nondeterministic)
		case reason != "" && f.Nondeterministic == "":
			notes = append(notes, f.Name+" is deterministic now")
		}
	}
	return notes
}

// knownPackages are the packages that a name can mean when it is not imported.
var knownPackages = func() map[string]bool {
	known := map[string]bool{}
	for _, path := range strings.Fields(commonPackages + otherPackages) {
		known[path] = true
	}
	return known
}()
