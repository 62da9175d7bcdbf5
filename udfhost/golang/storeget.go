package golang

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// DraftGet adds a module, changes the version of one, or removes one. query is a path and a version as go get takes
// them: golang.org/x/text@v0.14.0, @latest, or @none to remove it; without one, the latest. The path can also be that
// of a package. It is the only method that downloads anything; say is called with what it downloads.
//
// If the Store's declarations import packages of modules, the draft has their program with the new modules, and the
// error says what no longer compiles. Otherwise the draft has the Store's own program, and [Draft.Rebuilt] is false.
func (s *Store) DraftGet(ctx context.Context, query string, say func(string)) (*Draft, error) {
	r, err := parseRequest(query)
	if err != nil {
		return nil, err
	}
	return s.draft(ctx, func(m *setup) (*Draft, error) { return s.get(ctx, m, r, say) })
}

func (s *Store) get(ctx context.Context, m *setup, r request, say func(string)) (*Draft, error) {
	before := m.packages.modules.current()
	if r.version == none && !before.hasDirect(r.path) {
		return nil, fmt.Errorf("the session has no module %s", r.path)
	}
	set, err := m.packages.modules.get(ctx, before, r, say)
	if err != nil {
		return nil, err
	}
	m.use(set)
	draft := &Draft{Program: s.Program(), store: s, declarations: s.declarations, imports: s.imports}
	if s.importsModules() {
		say("compiling the session's functions")
		draft, err = s.build(ctx, m, s.declarations, nil, s.imports, func(context.Context, []Function) error { return nil })
		if err != nil {
			m.use(before)
			return nil, s.explainUse(ctx, err)
		}
	}
	draft.undo = func() { m.use(before) }
	draft.commit = func() { s.modules.Store(set) }
	draft.Change.Modules = append(changesOf(before.all(), set.all()), set.warnings...)
	return draft, nil
}

// use makes a set of modules the one that is compiled with.
func (m *setup) use(set *moduleSet) {
	m.packages.modules.use(set)
	m.checker.importer = m.packages.importer(m.checker.files) // the other has read packages of other versions
}

// explainUse turns the failure to build the Store's declarations with other modules into an error that names what no
// longer compiles.
func (s *Store) explainUse(ctx context.Context, err error) error {
	if users := (*Error)(nil); errors.As(err, &users) || ctx.Err() != nil {
		return err
	}
	missing := (*notProvidedError)(nil)
	if errors.As(err, &missing) {
		for _, d := range s.declarations {
			for _, path := range d.imports {
				if path == missing.path {
					return &Error{Problems: []Problem{{
						Cell: d.at.Filename, Line: d.at.Line, Column: d.at.Column, Dependent: d.title(), Message: err.Error(),
					}}}
				}
			}
		}
	}
	return fmt.Errorf("the session's functions no longer compile: %w", err)
}

// importsModules reports whether a declaration imports a package of a module.
func (s *Store) importsModules() bool {
	for _, spec := range s.imports {
		if fromModule(spec.path) {
			return true
		}
	}
	return slices.ContainsFunc(s.declarations, func(d *declaration) bool {
		for _, path := range d.imports {
			if fromModule(path) {
				return true
			}
		}
		return false
	})
}

// changesOf says how two lists of modules differ, one line for each module.
func changesOf(before, after []Module) []string {
	versions := map[string]string{}
	for _, module := range before {
		versions[module.Path] = module.Version
	}
	var changes []string
	for _, module := range after {
		switch was := versions[module.Path]; {
		case was == "" && module.Direct:
			changes = append(changes, fmt.Sprintf("added %s %s", module.Path, module.Version))
		case was == "":
			changes = append(changes, fmt.Sprintf("added %s %s, which it requires", module.Path, module.Version))
		case was != module.Version:
			changes = append(changes, fmt.Sprintf("changed %s from %s to %s", module.Path, was, module.Version))
		}
		delete(versions, module.Path)
	}
	for _, module := range before {
		if versions[module.Path] != "" {
			changes = append(changes, fmt.Sprintf("removed %s %s", module.Path, module.Version))
		}
	}
	return changes
}

// Modules returns the modules that DraftGet has added, and those whose packages they import, sorted, the former first.
// It does not wait for a Draft.
func (s *Store) Modules() []Module {
	if set := s.modules.Load(); set != nil {
		return set.all()
	}
	return nil
}

// Packages maps each name to the packages that it can mean in a cell that does not import it, the likeliest first:
// those of the standard library, then those of the modules. A name that only modules have, and several of them, has to
// be imported.
func (s *Store) Packages() map[string][]string {
	names := candidates()
	if set := s.modules.Load(); set != nil {
		for name, paths := range set.importable() {
			names[name] = slices.Concat(names[name], paths)
		}
	}
	return names
}
