package golang

import (
	"context"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Module is a module whose packages Go in cells can import.
type Module struct {
	Path    string
	Version string
	// Direct modules were added by their names. The others have packages that those import.
	Direct bool
	// Packages is the number of its packages that cells can import or that others import.
	Packages int
}

// moduleSet is a session's go.mod and go.sum, and the packages of the modules that they select. It does not
// change, except that its packages are compiled when they are first needed. Every other go.mod is another set.
type moduleSet struct {
	mod, sum []byte
	direct   []directModule // sorted
	// warnings are the go command's about the request that has led to this set, one line each.
	warnings []string
	// packages are those of the direct modules and all that they import from other modules, by import path.
	packages map[string]*modulePackage

	namesOnce sync.Once
	names     map[string][]string // see importable

	mu       sync.Mutex
	compiled map[string]compiledPackage // by import path
}

// directModule is a module as go list describes it.
type directModule struct{ Path, Version, Dir string }

// modulePackage is a package as go list describes it, with the constraints of buildTags.
type modulePackage struct {
	ImportPath, Name, Dir string
	Standard              bool
	Module                *struct{ Path, Version, GoVersion string }
	GoFiles, SFiles       []string
	HFiles, SysoFiles     []string
	IgnoredGoFiles        []string
	EmbedPatterns         []string
	EmbedFiles            []string
	Imports               []string
	Error                 *struct{ Err string }
}

// listedFields are the fields of modulePackage, for go list.
const listedFields = "ImportPath,Name,Dir,Standard,Module,GoFiles,SFiles,HFiles,SysoFiles,IgnoredGoFiles," +
	"EmbedPatterns,EmbedFiles,Imports,Error"

// compiledPackage is a package's archive. Its key changes whenever anything that it was compiled from changes.
type compiledPackage struct{ archive, key string }

// modules are the packages that programs import from modules. They are compiled by calling the compiler, never by
// go build, because each of them gets one import more than its author wrote: that of package runtime, which confines
// the process. See compile.
type modules struct {
	packages *packages
	cache    string
	scratch  string

	mu  sync.Mutex
	set *moduleSet // never nil
}

func newModules(p *packages, cache, scratch string) *modules {
	return &modules{packages: p, cache: cache, scratch: scratch, set: &moduleSet{}}
}

func (m *modules) current() *moduleSet {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.set
}

// use makes a set the one that packages are imported from.
func (m *modules) use(set *moduleSet) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.set = set
}

// fromModule reports whether a package with this import path belongs to a module: the paths of the standard library
// have no dot in their first element, and the go command downloads no module whose path has none there.
func fromModule(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return strings.Contains(first, ".")
}

// notProvidedError is the error for a package that no module of the session has.
type notProvidedError struct {
	path   string
	module string // that would have to have it, as in "golang.org/x/text v0.14.0"; "" if there is none
}

func (e *notProvidedError) Error() string {
	if e.module != "" {
		return fmt.Sprintf("package %s is not in %s", e.path, e.module)
	}
	return fmt.Sprintf("package %s is not in the standard library, and in no module of this session", e.path)
}

// need compiles packages of modules after the packages that they import, unless that was done before.
func (m *modules) need(ctx context.Context, paths []string) error {
	set := m.current()
	missing := slices.DeleteFunc(slices.Clone(paths), func(path string) bool {
		_, err := os.Stat(set.archive(path))
		return err == nil
	})
	if len(missing) == 0 {
		return nil
	}
	order, standard, err := set.order(missing)
	if err != nil {
		return err
	}
	if err := m.packages.need(ctx, append(standard, runtimePath)); err != nil {
		return err
	}
	for _, n := range order {
		if err := m.compilePackage(ctx, set, n.modulePackage); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return n.refuse(err)
		}
	}
	return nil
}

// needed is a package that a cell imports, or that such a package needs.
type needed struct {
	*modulePackage
	imported string // the path of the package that a cell imports
}

// refuse returns the error for a package that cannot be used.
func (n needed) refuse(reason error) error {
	if n.imported != n.ImportPath {
		return fmt.Errorf("package %s, which %s needs, cannot be used in functions: %w", n.ImportPath, n.imported, reason)
	}
	return fmt.Errorf("package %s cannot be used in functions: %w", n.ImportPath, reason)
}

// order returns packages and what they need: those of modules, each after its imports, and those of the standard
// library.
func (s *moduleSet) order(paths []string) (order []needed, standard []string, err error) {
	seen := map[string]bool{}
	var visit func(path, imported string) error
	visit = func(path, imported string) error {
		if seen[path] {
			return nil
		}
		seen[path] = true
		p, listed := s.packages[path]
		switch {
		case !listed && !fromModule(path):
			standard = append(standard, path)
			return nil
		case !listed:
			return s.notProvided(path)
		}
		n := needed{p, imported}
		if err := p.unusable(); err != nil {
			return n.refuse(err)
		}
		for _, path := range p.Imports {
			if err := visit(path, imported); err != nil {
				return err
			}
		}
		order = append(order, n)
		return nil
	}
	for _, path := range paths {
		if err := visit(path, path); err != nil {
			return nil, nil, err
		}
	}
	return order, standard, nil
}

// notProvided returns the error for a package that the set does not list. Programs of the direct modules are not listed,
// nor are packages of which no file fits this system.
func (s *moduleSet) notProvided(path string) error {
	var longest directModule
	for _, module := range s.direct {
		if (path == module.Path || strings.HasPrefix(path, module.Path+"/")) && len(module.Path) > len(longest.Path) {
			longest = module
		}
	}
	missing := &notProvidedError{path: path}
	if longest.Path == "" {
		return missing
	}
	missing.module = longest.Path + " " + longest.Version
	p := &modulePackage{ImportPath: path, Dir: filepath.Join(longest.Dir, filepath.FromSlash(strings.TrimPrefix(path, longest.Path)))}
	entries, err := os.ReadDir(p.Dir)
	if err != nil {
		return missing
	}
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		p.IgnoredGoFiles = append(p.IgnoredGoFiles, name)
		if file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.PackageClauseOnly); err == nil && file.Name.Name == "main" {
			return fmt.Errorf("package %s is a program, which cannot be imported", path)
		}
	}
	if p.IgnoredGoFiles == nil {
		return missing
	}
	return needed{p, path}.refuse(p.unusable())
}

// hasDirect reports whether a module was added by its name.
func (s *moduleSet) hasDirect(path string) bool {
	return slices.ContainsFunc(s.direct, func(module directModule) bool { return module.Path == path })
}

// all returns the modules of the set, sorted, the direct ones first.
func (s *moduleSet) all() []Module {
	found := map[string]*Module{}
	for _, module := range s.direct {
		found[module.Path] = &Module{Path: module.Path, Version: module.Version, Direct: true}
	}
	for _, p := range s.packages {
		if p.Module == nil {
			continue
		}
		if found[p.Module.Path] == nil {
			found[p.Module.Path] = &Module{Path: p.Module.Path, Version: p.Module.Version}
		}
		found[p.Module.Path].Packages++
	}
	var all []Module
	for _, direct := range []bool{true, false} {
		for _, path := range slices.Sorted(maps.Keys(found)) {
			if found[path].Direct == direct {
				all = append(all, *found[path])
			}
		}
	}
	return all
}

// importable returns the packages of direct modules that cells can import, by name: no programs, and none that are
// internal. Callers must not change it.
func (s *moduleSet) importable() map[string][]string {
	s.namesOnce.Do(func() {
		s.names = map[string][]string{}
		for _, path := range slices.Sorted(maps.Keys(s.packages)) {
			p := s.packages[path]
			if p.Module != nil && s.hasDirect(p.Module.Path) && p.unusable() == nil && p.Name != "main" && allowedImport(path) == nil {
				s.names[p.Name] = append(s.names[p.Name], path)
			}
		}
	})
	return s.names
}

// nameOf returns the name of a package, which need not be the last element of its path.
func (s *moduleSet) nameOf(path string) string {
	if p := s.packages[path]; p != nil {
		return p.Name
	}
	return packageName(path)
}

// archive returns the file of a compiled package, or "".
func (s *moduleSet) archive(path string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.compiled[path].archive
}

// key returns what identifies a compiled package and everything that it was compiled from, or "".
func (s *moduleSet) key(path string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.compiled[path].key
}

// known returns the archives of the packages that are compiled.
func (s *moduleSet) known() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	archives := map[string]string{}
	for path, c := range s.compiled {
		archives[path] = c.archive
	}
	return archives
}

func (s *moduleSet) keep(path string, c compiledPackage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.compiled == nil {
		s.compiled = map[string]compiledPackage{}
	}
	s.compiled[path] = c
}

// forget makes the next need check again.
func (s *moduleSet) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.compiled)
}

// keysOf returns the keys of those packages that belong to modules, with their paths.
func (m *modules) keysOf(paths []string) []string {
	set := m.current()
	var keys []string
	for _, path := range paths {
		if fromModule(path) {
			keys = append(keys, path+" "+set.key(path))
		}
	}
	return keys
}
