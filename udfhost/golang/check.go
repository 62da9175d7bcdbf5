package golang

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
	"time"
)

// unit is a declaration with its imports, parsed and ready to be compiled.
type unit struct {
	*declaration
	found  map[string]string // its imports
	source string            // with these imports
	file   *ast.File
}

// checker type-checks declarations. It keeps what it has parsed and imported.
type checker struct {
	packages *packages
	files    *token.FileSet
	importer types.Importer
	// possible maps a name to the packages that it may mean without an import.
	possible map[string][]string
	units    map[string]*unit // by source
	limit    time.Duration
}

func newChecker(p *packages, limit time.Duration) *checker {
	files := token.NewFileSet()
	return &checker{
		packages: p, files: files, importer: p.importer(files), limit: limit,
		possible: candidates(), units: map[string]*unit{},
	}
}

// checked is a set of declarations that fit together.
type checked struct {
	units []*unit
	files *token.FileSet
	// effects are packages that are imported only for their effects.
	effects []string
	pkg     *types.Package
	info    *types.Info
}

// check finds the imports of the declarations and type-checks them together. cell is the cell
// being defined. preferred has the imports that the user wrote in any cell.
func (c *checker) check(
	ctx context.Context, declarations []*declaration, cell *Cell, preferred map[string]importSpec,
) (*checked, error) {
	if err := refuseReserved(declarations); err != nil {
		return nil, err
	}
	result := &checked{files: c.files}
	for _, spec := range preferred {
		if spec.name == "_" {
			result.effects = append(result.effects, spec.path)
		}
	}
	if slices.ContainsFunc(declarations, (*declaration).loadsZones) && !slices.Contains(result.effects, zoneData) {
		result.effects = append(result.effects, zoneData)
	}
	slices.Sort(result.effects)
	var err error
	if result.units, err = c.withImports(ctx, declarations, preferred, result.effects); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(result.units, usesZones) {
		result.effects = append(result.effects, zonesPath)
	}
	problems := &Error{}
	result.info = &types.Info{
		Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{},
	}
	config := types.Config{
		Importer: c.importer, GoVersion: languageVersion(c.packages.tools.version),
		Sizes: types.SizesFor("gc", c.packages.tools.arch),
		Error: func(err error) { c.report(problems, err, result.units, cell) },
	}
	var files []*ast.File
	for _, u := range result.units {
		files = append(files, u.file)
	}
	if err := c.typeCheck(ctx, config, files, result); err != nil {
		return nil, err
	}
	problems.sort()
	return result, problems.or()
}

// typeCheck runs the type checker, which cannot be interrupted. Some sources, such as 40
// structs each of which has two fields of the previous one, would keep it busy for years. If
// ctx or the time limit ends first, the type checker is left running in the background, and
// occupies a processor for as long as this process lives.
func (c *checker) typeCheck(ctx context.Context, config types.Config, files []*ast.File, result *checked) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.limit, errTooMuch)
	defer cancel()
	done := make(chan *types.Package, 1)
	go func() {
		// The error is the first of those that config.Error receives.
		pkg, _ := config.Check("main", c.files, files, result.info)
		done <- pkg
	}()
	select {
	case result.pkg = <-done:
		return nil
	case <-ctx.Done():
		c.importer = c.packages.importer(c.files) // the other may still be using the old one
		return context.Cause(ctx)
	}
}

// languageVersion returns the version of the language for a version of the tools.
func languageVersion(tools string) string {
	if parts := strings.SplitN(tools, ".", 3); strings.HasPrefix(tools, "go") && len(parts) >= 2 {
		return parts[0] + "." + parts[1]
	}
	return "" // a development version: the newest
}

// refuseReserved reports names that belong to the generated part of a program.
func refuseReserved(declarations []*declaration) error {
	problems := &Error{}
	for _, d := range declarations {
		for _, n := range d.names {
			switch {
			case n.text == "main":
				problems.add(d.at, "func main is reserved for riffle: SQL calls functions by exported names such as Main", "")
			case strings.HasPrefix(n.text, gluePrefix):
				problems.add(d.at, "names that begin with "+gluePrefix+" are reserved for riffle", "")
			}
		}
	}
	return problems.or()
}

// report records an error of the type checker.
func (c *checker) report(problems *Error, err error, units []*unit, cell *Cell) {
	e, ok := err.(types.Error)
	if !ok {
		problems.add(token.Position{}, err.Error(), "")
		return
	}
	if strings.HasPrefix(e.Msg, "\t") { // continues the previous message
		if n := len(problems.Problems); n > 0 {
			problems.Problems[n-1].Message += fmt.Sprintf("; %v: %s", c.files.Position(e.Pos), strings.TrimSpace(e.Msg))
		}
		return
	}
	dependent := ""
	for _, u := range units {
		if u.file.FileStart <= e.Pos && e.Pos <= u.file.FileEnd && u.cell != cell {
			dependent = u.title()
		}
	}
	problems.add(c.files.Position(e.Pos), e.Msg+c.ambiguity(e.Msg), dependent)
}

// ambiguity adds to an error about an undefined name that several packages of modules have it.
func (c *checker) ambiguity(message string) string {
	name, undefined := strings.CutPrefix(message, "undefined: ")
	if !undefined {
		return ""
	}
	paths := c.packages.modules.current().importable()[name]
	if len(paths) < 2 {
		return ""
	}
	return fmt.Sprintf(": import %s, or another package of this name", strings.Join(paths[:2], " or "))
}

// withImports finds the imports of each declaration, and parses the declaration with them.
func (c *checker) withImports(
	ctx context.Context, declarations []*declaration, preferred map[string]importSpec, effects []string,
) ([]*unit, error) {
	declared := map[string]bool{}
	for _, d := range declarations {
		for _, n := range d.names {
			declared[n.text] = true
		}
	}
	needed := slices.Clone(effects)
	for _, d := range declarations {
		for name := range d.selected {
			if !declared[name] {
				needed = append(needed, c.mayMean(d, name, preferred)...)
			}
		}
	}
	if slices.Contains(needed, "time") {
		needed = append(needed, zonesPath)
	}
	slices.Sort(needed)
	if err := c.packages.need(ctx, slices.Compact(needed)); err != nil {
		return nil, err
	}
	units := make([]*unit, 0, len(declarations))
	kept := map[string]*unit{}
	for _, d := range declarations {
		imports := map[string]string{}
		for name, selected := range d.selected {
			if declared[name] {
				continue
			}
			if path := c.choose(c.mayMean(d, name, preferred), selected); path != "" {
				imports[name] = path
			}
		}
		u, err := c.parse(d.withImports(imports), imports)
		if err != nil {
			return nil, err
		}
		units = append(units, u)
		kept[u.source] = u
	}
	c.units = kept
	return units, nil
}

// zonesPath is the package that links the time zone database into a program: in the jail there
// are no files to read it from.
const zonesPath = "time/tzdata"

// usesZones reports whether a declaration looks up a time zone.
func usesZones(u *unit) bool {
	for name, selected := range u.selected {
		if u.imports[name] == "time" && slices.Contains(selected, "LoadLocation") {
			return true
		}
	}
	return false
}

// mayMean returns the packages that name can refer to in d: those that its cell imports,
// otherwise those that another cell imports, otherwise those of the standard library, otherwise
// the only one of a module.
func (c *checker) mayMean(d *declaration, name string, preferred map[string]importSpec) []string {
	if path := d.imports[name]; path != "" {
		return []string{path}
	}
	if spec, ok := preferred[name]; ok {
		return []string{spec.path}
	}
	if standard := c.possible[name]; len(standard) > 0 {
		return standard
	}
	if ofModules := c.packages.modules.current().importable()[name]; len(ofModules) == 1 {
		return ofModules
	}
	return nil
}

// choose returns the first of paths that has all that is selected, or the first.
func (c *checker) choose(paths, selected []string) string {
	if len(paths) == 0 {
		return ""
	}
	for _, path := range paths {
		if len(paths) == 1 {
			break
		}
		pkg, err := c.importer.Import(path)
		if err == nil && !slices.ContainsFunc(selected, func(name string) bool { return pkg.Scope().Lookup(name) == nil }) {
			return path
		}
	}
	return paths[0]
}

// parse returns the unit of a declaration, which is parsed only once.
func (c *checker) parse(d *declaration, imports map[string]string) (*unit, error) {
	source := d.source(imports)
	if u := c.units[source]; u != nil {
		return &unit{d, imports, source, u.file}, nil
	}
	file, err := parser.ParseFile(c.files, "", source, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", d.title(), err)
	}
	return &unit{d, imports, source, file}, nil
}

// sources returns the files to compile for some declarations. Declarations that follow each other share a file if their imports agree: the
// compiler opens a file in as much time as it takes for a small function.
func (c *checked) sources(units []*unit) []string {
	var all []string
	for rest := units; len(rest) > 0; {
		imports, n := maps.Clone(rest[0].found), 1
		for n < len(rest) && rest[n].joins(imports) {
			maps.Copy(imports, rest[n].found)
			n++
		}
		var b strings.Builder
		writeHeader(&b, imports)
		for _, u := range rest[:n] {
			b.WriteString(u.text)
		}
		all, rest = append(all, b.String()), rest[n:]
	}
	return all
}

// joins reports whether u can be in a file that has imports already. A name that Go itself declares means the package
// only where it is imported.
func (u *unit) joins(imports map[string]string) bool {
	for _, names := range []map[string]string{imports, u.found} {
		for name := range names {
			if types.Universe.Lookup(name) != nil {
				return false
			}
		}
	}
	for name, path := range u.found {
		if other, imported := imports[name]; imported && other != path {
			return false
		}
	}
	return true
}

// declarations returns the declarations of the units, with the imports that were found.
func (c *checked) declarations() []*declaration {
	var all []*declaration
	for _, u := range c.units {
		all = append(all, u.declaration)
	}
	return all
}

// imports returns the packages that the units import, sorted.
func (c *checked) imports() []string {
	paths := slices.Clone(c.effects)
	for _, u := range c.units {
		for name := range u.selected {
			if path := u.imports[name]; path != "" {
				paths = append(paths, path)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// usedBy reports whether an object is used by a declaration other than its own.
func (c *checked) usedBy(object types.Object, own *unit) bool {
	for ident, used := range c.info.Uses {
		if used == object && (ident.Pos() < own.file.FileStart || ident.Pos() > own.file.FileEnd) {
			return true
		}
	}
	return false
}
