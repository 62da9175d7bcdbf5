package golang

import (
	"context"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"riffle/udfhost/guest"
	"riffle/udfhost/wholefile"
)

// basePackages are the imports of the guest's runtime. Together with their own imports, they
// are all that a program without imports is linked from.
var basePackages = []string{"runtime", "syscall"}

// packages keeps track of the compiled packages of the standard library, of riffle's own
// library and of modules: the paths of their archives. Archives of the standard library are in Go's build
// cache. They are compiled when they are first needed, or earlier in the background, and the
// paths are written to a file for the next session.
type packages struct {
	tools *toolchain
	path  string // of that file
	// library are riffle's own packages.
	library *library
	modules *modules

	// base holds a token while nobody compiles the base packages: on a machine that has never
	// compiled them this takes seconds, and two at once take twice as long.
	base chan struct{}

	mu       sync.Mutex
	archives map[string]string // import path → file
}

func newPackages(t *toolchain, folder, scratch string) *packages {
	p := &packages{
		tools: t, path: filepath.Join(folder, "packages"),
		base: make(chan struct{}, 1), archives: map[string]string{},
	}
	p.library = &library{packages: p, cache: folder, scratch: scratch, archives: map[string]string{}}
	p.modules = newModules(p, folder, scratch)
	p.base <- struct{}{}
	p.load()
	return p
}

// load reads the paths that an earlier session has written. If the build cache has dropped an
// archive since, all are forgotten, because an archive only fits those that it was compiled
// with.
func (p *packages) load() {
	text, err := os.ReadFile(p.path)
	if err != nil {
		return // the first session
	}
	archives := parseArchives(text)
	for _, file := range archives {
		if _, err := os.Stat(file); err != nil {
			return
		}
	}
	p.archives = archives
}

// parseArchives reads lines "path=file".
func parseArchives(text []byte) map[string]string {
	archives := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if path, file, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			archives[path] = file
		}
	}
	return archives
}

// forget drops all known paths, here and for later sessions.
func (p *packages) forget() {
	p.library.forget()
	p.modules.current().forget()
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.archives)
	_ = os.Remove(p.path) // not being there is just as well
}

// missing returns those of paths that are unknown. If the build cache has dropped a known one,
// it returns all of them.
func (p *packages) missing(paths []string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, path := range paths {
		if file := p.archives[path]; file != "" {
			if _, err := os.Stat(file); err != nil {
				clear(p.archives)
				break
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(paths), func(path string) bool {
		return path == "unsafe" || p.archives[path] != ""
	})
}

// need finds the packages and their imports, and compiles those that were not compiled before.
func (p *packages) need(ctx context.Context, paths []string) error {
	var standard, own, ofModules []string
	for _, path := range paths {
		switch {
		case strings.HasPrefix(path, guest.ImportPrefix):
			own = append(own, path)
		case fromModule(path):
			ofModules = append(ofModules, path)
		default:
			standard = append(standard, path)
		}
	}
	err := p.list(ctx, standard, func(ctx context.Context, cmd *exec.Cmd) ([]byte, error) { return output(ctx, cmd) })
	for _, path := range own {
		if err == nil {
			err = p.library.need(ctx, path)
		}
	}
	if err == nil && len(ofModules) > 0 {
		err = p.modules.need(ctx, ofModules)
	}
	return err
}

// list is need with a function that runs the go command.
func (p *packages) list(
	ctx context.Context, paths []string, run func(context.Context, *exec.Cmd) ([]byte, error),
) error {
	if len(p.missing(basePackages)) > 0 {
		select {
		case <-p.base:
			defer func() { p.base <- struct{}{} }()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	missing := p.missing(append(slices.Clone(basePackages), paths...))
	if len(missing) == 0 {
		return nil
	}
	args := append([]string{"list", "-export", "-deps", "-f", "{{with .Export}}{{$.ImportPath}}={{.}}{{end}}", "--"}, missing...)
	out, err := run(ctx, p.tools.tool(ctx, p.tools.temp, p.tools.command, args...))
	if err != nil {
		return fmt.Errorf("compile %s of the standard library: %w", strings.Join(missing, ", "), err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.Copy(p.archives, parseArchives(out))
	for _, path := range missing {
		if p.archives[path] == "" && path != "unsafe" {
			return fmt.Errorf("compile %s of the standard library: no archive", path)
		}
	}
	return p.save()
}

// save writes the known paths for the next session.
func (p *packages) save() error {
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(p.archives)) {
		fmt.Fprintf(&b, "%s=%s\n", path, p.archives[path])
	}
	err := os.MkdirAll(filepath.Dir(p.path), 0o700)
	if err == nil {
		err = wholefile.Write(p.path, 0o600, strings.NewReader(b.String()))
	}
	if err != nil {
		return fmt.Errorf("note compiled packages: %w", err)
	}
	return nil
}

// importConfig returns the text that tells the compiler and the linker where archives are.
func (p *packages) importConfig() []byte {
	library, modules := p.library.known(), p.modules.current().known()
	p.mu.Lock()
	defer p.mu.Unlock()
	var b strings.Builder
	for _, archives := range []map[string]string{p.archives, library, modules} {
		for path, file := range archives {
			fmt.Fprintf(&b, "packagefile %s=%s\n", path, file)
		}
	}
	return []byte(b.String())
}

// archive returns the file of a known package, or "".
func (p *packages) archive(path string) string {
	if strings.HasPrefix(path, guest.ImportPrefix) {
		return p.library.archive(path)
	}
	if fromModule(path) {
		return p.modules.current().archive(path)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.archives[path]
}

// importer returns an importer for the type checker, which keeps the packages that it has read.
func (p *packages) importer(files *token.FileSet) types.Importer {
	return importer.ForCompiler(files, "gc", func(path string) (io.ReadCloser, error) {
		archive := p.archive(path)
		if archive == "" {
			return nil, fmt.Errorf("package %s is not compiled", path)
		}
		return os.Open(archive)
	})
}
