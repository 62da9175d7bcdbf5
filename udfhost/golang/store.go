package golang

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"riffle/udfhost/engine"
	"riffle/udfhost/guest"
)

// Options configure a Store.
type Options struct {
	// CacheDir keeps build results for later sessions. "": riffle's folder in the user's cache.
	CacheDir string
	// Go is the go command. "": the one in PATH.
	Go string
	// Limit is the maximum time for checking a program, and also for compiling it. 0: a minute.
	Limit time.Duration
	// Elsewhere says that queries call functions in another process. Programs are started once, to see
	// whether they start.
	Elsewhere bool
	// Guest are the options of guest processes. Output is the engine's: see
	// [engine.Engine.Follow].
	Guest guest.Options
}

// Store keeps a session's declarations and the programs built from them. Its methods may be called by
// several goroutines.
type Store struct {
	options Options
	engine  *engine.Engine

	newest  atomic.Pointer[Program]   // nil before the first cell
	modules atomic.Pointer[moduleSet] // nil before the first module

	mu           sync.Mutex // locked while a Draft exists
	declarations []*declaration
	imports      map[string]importSpec // by name; by "_ " and path if that is "_"
	glues        glues
	settled      settled

	setupMu sync.Mutex
	setup   *setup // nil until Go has been found
}

// setup is what a Store needs from the machine.
type setup struct {
	tools    *toolchain
	packages *packages
	checker  *checker
	builder  *builder
}

// New returns an empty Store. It looks for Go when it first needs it.
func New(options Options) *Store {
	return &Store{
		options: options, engine: engine.New(options.Guest), imports: map[string]importSpec{},
		glues: glues{}, settled: settled{in: map[string]*subpackage{}, most: groupsInMain, packages: maxSubpackages},
	}
}

// Engine returns the engine that runs the Store's programs. It ends with the Store.
func (s *Store) Engine() *engine.Engine { return s.engine }

// Elsewhere reports whether queries call functions in another process, see [Options].
func (s *Store) Elsewhere() bool { return s.options.Elsewhere }

// Confine says whether processes that start from now on are confined, and what they can connect to then. Without
// the jail they may do everything that the user may do. The processes of running queries do not change.
func (s *Store) Confine(jail bool, network guest.Network) { s.engine.Confine(jail, network) }

// Close ends all guest processes that are not in use and removes temporary files. On Linux processes
// in use end, too. It waits until a Draft is kept or discarded. Warm must have returned.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.engine.Close()
	s.setupMu.Lock()
	defer s.setupMu.Unlock()
	if s.setup != nil {
		err = errors.Join(err, os.RemoveAll(s.setup.builder.scratch))
	}
	return err
}

// Program returns the newest program, or nil before the first cell. It does not wait for a Draft.
func (s *Store) Program() *Program { return s.newest.Load() }

// Change says what a cell changed.
type Change struct {
	// Defined are the names that the cell declares: "Grade", "Point.Norm".
	Defined []string
	// Replaced are those of them that were declared before.
	Replaced []string
	// Functions are those of them that are SQL functions.
	Functions []Function
	// Notes are for the user, one line each: declarations that look like a SQL function but are
	// not one.
	Notes []string
	// Modules says what a request for a module changed, one line each: "added golang.org/x/text v0.14.0". Warnings of
	// the go command about the module follow: its author has retracted the version, or advises against the module.
	Modules []string
}

// Admit checks the SQL functions that a cell declares. If it returns an error, the cell is rejected. ctx
// ends if the cell fails for another reason in the meantime.
type Admit func(ctx context.Context, functions []Function) error

// Draft adds the declarations of a cell to the Store's, and builds and starts the program of all of
// them. [Draft.Keep] then makes them the Store's. The error says what does not compile, link or start.
// It is an *Error if the source is wrong, and a *guest.Failure if the program fails while its variables
// are initialized.
//
// admit is called while the compiler runs, so it costs no extra time. Its error is returned by Draft,
// and stops the compiler.
//
// Only one Draft can exist: the next call waits until this one is kept or discarded.
func (s *Store) Draft(ctx context.Context, cell Cell, admit Admit) (*Draft, error) {
	declarations, specs, err := cell.parse()
	if err != nil {
		return nil, err
	}
	return s.draft(ctx, func(m *setup) (*Draft, error) { return s.with(ctx, m, &cell, declarations, specs, admit) })
}

// DraftWithout removes declarations, types with their methods. It fails as Draft does if other
// declarations need them.
func (s *Store) DraftWithout(ctx context.Context, names ...string) (*Draft, error) {
	return s.draft(ctx, func(m *setup) (*Draft, error) { return s.without(ctx, m, names) })
}

// draft creates a Draft, which then holds s.mu.
func (s *Store) draft(ctx context.Context, work func(*setup) (*Draft, error)) (*Draft, error) {
	s.mu.Lock()
	m, err := s.machine(ctx)
	var d *Draft
	if err == nil {
		d, err = work(m)
	}
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	return d, nil
}

func (s *Store) with(
	ctx context.Context, m *setup, cell *Cell, declarations []*declaration, specs []importSpec, admit Admit,
) (*Draft, error) {
	imports, err := s.withImports(ctx, m, specs)
	if err != nil {
		return nil, err
	}
	own := map[string]string{}
	for _, spec := range specs {
		own[spec.name] = spec.path
	}
	for _, d := range declarations {
		d.imports = own
		if err := d.findSelected(m.checker.files); err != nil {
			return nil, err
		}
	}
	all, replaced := merge(s.declarations, declarations)
	before := s.Program()
	change := Change{Defined: namesOf(declarations), Replaced: replaced}
	draft, err := s.build(ctx, m, all, cell, imports, func(ctx context.Context, functions []Function) error {
		for _, f := range functions {
			if slices.Contains(change.Defined, f.Name) {
				change.Functions = append(change.Functions, f)
			}
		}
		return admit(ctx, change.Functions)
	})
	if err != nil {
		return nil, err
	}
	change.Notes = append(draft.Change.Notes, determinismNotes(before, draft.Program, change.Defined)...)
	draft.Change = change
	return draft, nil
}

func (s *Store) without(ctx context.Context, m *setup, names []string) (*Draft, error) {
	dropped := map[string]bool{}
	for _, name := range names {
		dropped[name] = true
	}
	for _, d := range s.declarations {
		if receiver, isMethod := d.receiver(); isMethod && dropped[receiver] {
			dropped[d.title()] = true
		}
	}
	all, removed := remove(s.declarations, dropped)
	for _, name := range names {
		if !slices.Contains(removed, name) {
			return nil, fmt.Errorf("no go declaration has the name %s", name)
		}
	}
	return s.build(ctx, m, all, nil, s.imports, func(context.Context, []Function) error { return nil })
}

// build builds the program of all declarations, and starts it. cell is the cell being defined,
// or nil. admit receives all functions of the program.
func (s *Store) build(
	ctx context.Context, m *setup, all []*declaration, cell *Cell, imports map[string]importSpec, admit Admit,
) (*Draft, error) {
	checked, err := m.checker.check(ctx, all, cell, imports)
	if err != nil {
		return nil, err
	}
	signatures, notes, err := checked.functions(cell)
	if err != nil {
		return nil, err
	}
	network := checked.networkPackages(m.tools.os)
	inMain, groups := s.settled.split(checked, signatures)
	source := program{glue: s.glues.place(signatures), groups: groups}
	effects := slices.Concat(checked.effects, network)
	source.whole = append(checked.sources(checked.units), mainSource(signatures, source.glue, nil, effects))
	source.files = append(checked.sources(inMain), mainSource(signatures, source.glue, groups, effects))
	source.library, source.imports = slices.Concat(libraryOf(signatures), network), checked.imports()
	source.modules = m.packages.modules.keysOf(source.imports)
	built := &Program{Hash: m.builder.hash(source), Imports: map[string]string{}, signatures: signatures}
	built.Declared = membersOf(checked.pkg, func(name string) bool { return name != "_" })
	for _, spec := range imports {
		built.Imports[spec.name] = spec.path
	}
	for _, f := range signatures {
		built.Functions = append(built.Functions, f.Function)
	}
	err = concurrently(ctx,
		func(ctx context.Context) error { return admit(ctx, built.Functions) },
		func(ctx context.Context) (err error) {
			built.Executable, err = m.builder.build(ctx, source, built.Hash)
			return err
		})
	if err != nil {
		return nil, err
	}
	runnable := built.runnable()
	s.engine.Add(runnable)
	process, err := s.engine.Start(ctx, runnable)
	if err != nil {
		return nil, err
	}
	return &Draft{
		Program: built, Change: Change{Notes: notes},
		store: s, declarations: checked.declarations(), imports: imports, runnable: runnable, process: process,
	}, nil
}

// concurrently runs two functions at once. The first error ends the other.
func concurrently(ctx context.Context, background, work func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := background(ctx); err != nil {
			cancel(err)
		}
	}()
	if err := work(ctx); err != nil {
		cancel(err)
	}
	<-done
	return context.Cause(ctx)
}

// withImports returns the Store's imports together with those of a cell, whose packages are
// compiled. It completes specs with the names of packages.
func (s *Store) withImports(ctx context.Context, m *setup, specs []importSpec) (map[string]importSpec, error) {
	imports := maps.Clone(s.imports)
	for i := range specs {
		spec := &specs[i]
		if err := m.packages.need(ctx, []string{spec.path}); err != nil {
			return nil, explainImport(ctx, spec, err)
		}
		if !spec.named && fromModule(spec.path) {
			spec.name = m.packages.modules.current().nameOf(spec.path)
		}
		key := spec.name
		if key == "_" {
			key = "_ " + spec.path
		}
		imports[key] = *spec
	}
	return imports, nil
}

// explainImport turns the failure to find or compile an imported package into a problem of the cell.
func explainImport(ctx context.Context, spec *importSpec, err error) error {
	missing := (*notProvidedError)(nil)
	switch {
	case ctx.Err() != nil:
		return err
	case errors.As(err, &missing) && missing.path == spec.path && missing.module == "":
		return &Error{Problems: []Problem{{
			Cell: spec.at.Filename, Line: spec.at.Line, Column: spec.at.Column, Message: err.Error(), Missing: spec.path,
		}}}
	case fromModule(spec.path):
		return problemAt(spec.at, "%v", err)
	}
	return problemAt(spec.at, "package %s is not in the standard library", spec.path)
}

// namesOf returns the names that declarations declare, in order.
func namesOf(declarations []*declaration) []string {
	var names []string
	for _, d := range declarations {
		for _, n := range d.names {
			if n.text != blankName && n.text != "_" && !slices.Contains(names, n.text) {
				names = append(names, n.text)
			}
		}
	}
	return names
}

// machine finds Go and creates the folders when they are first needed. After an error it tries
// again at the next call, because the user may have installed Go.
func (s *Store) machine(ctx context.Context) (*setup, error) {
	s.setupMu.Lock()
	defer s.setupMu.Unlock()
	if s.setup != nil {
		// Systems delete old files from their temporary folders.
		if err := os.MkdirAll(s.setup.builder.scratch, 0o700); err != nil {
			return nil, fmt.Errorf("make a folder for temporary files: %w", err)
		}
		return s.setup, nil
	}
	tools, err := findToolchain(ctx, s.options.Go)
	if err != nil {
		return nil, err
	}
	cache := s.options.CacheDir
	if cache == "" {
		folder, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("find a folder for compiled functions: %w", err)
		}
		cache = filepath.Join(folder, "riffle", "golang")
	}
	cache = filepath.Join(cache, tools.key)
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return nil, fmt.Errorf("make a folder for compiled functions: %w", err)
	}
	evict(filepath.Dir(cache), time.Now(), keepBytes)
	scratch, err := os.MkdirTemp("", "riffle-golang-*")
	if err != nil {
		return nil, fmt.Errorf("make a folder for temporary files: %w", err)
	}
	tools.temp = scratch
	p := newPackages(tools, cache, scratch)
	limit := cmp.Or(s.options.Limit, defaultLimit)
	b := &builder{tools: tools, packages: p, cache: cache, scratch: scratch, limit: limit}
	s.setup = &setup{tools, p, newChecker(p, limit), b}
	return s.setup, nil
}

// The cache keeps an executable or a package for keepPrograms after its last use. Each version of a function is an
// executable of 2 MB: if there are more than keepBytes, those go first that were used least recently, except in the last
// keepRecent, when a session can still need them for a job that restarts.
const (
	keepPrograms = 30 * 24 * time.Hour
	keepRecent   = 48 * time.Hour
	keepBytes    = 1 << 30
)

// evict removes what the cache does not keep any longer, also of other versions of Go. It ignores errors.
func evict(cache string, now time.Time, most int64) {
	type entry struct {
		path string
		size int64
		used time.Time
	}
	var entries []entry
	for _, folder := range []string{"programs", "modules", "glue", "groups"} {
		files, err := filepath.Glob(filepath.Join(cache, "*", folder, "*"))
		if err != nil {
			return // the folder's own name is a bad pattern
		}
		for _, path := range files {
			if info, err := os.Stat(path); err == nil {
				entries = append(entries, entry{path, info.Size(), info.ModTime()})
			}
		}
	}
	slices.SortFunc(entries, func(a, b entry) int { return b.used.Compare(a.used) })
	var bytes int64
	for _, e := range entries {
		bytes += e.size
		unused := now.Sub(e.used)
		if unused > keepPrograms || bytes > most && unused > keepRecent {
			_ = os.Remove(e.path)
		}
	}
}
