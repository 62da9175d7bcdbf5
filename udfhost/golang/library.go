package golang

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	gobuild "go/build"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"riffle/udfhost/guest"
	"riffle/udfhost/wholefile"
)

// library is the packages of guest.Sources. Each is compiled when a program first needs it and
// kept in the cache, by the hash of its sources and of the archives with which it was compiled,
// because it fits no others.
type library struct {
	packages *packages
	cache    string
	scratch  string

	mu       sync.Mutex
	archives map[string]string // import path → file
}

// need compiles a package, after the packages that it imports, unless that was done before.
func (l *library) need(ctx context.Context, path string) error {
	if _, err := os.Stat(l.archive(path)); err == nil {
		return nil
	}
	name := strings.TrimPrefix(path, guest.ImportPrefix)
	own, standard, err := l.packages.tools.importsOf(name)
	if err != nil {
		return err
	}
	if err := l.packages.need(ctx, append(own, standard...)); err != nil {
		return err
	}
	id := sha256.New()
	fmt.Fprintln(id, name, runtimeHash())
	for _, path := range append(own, standard...) {
		fmt.Fprintln(id, l.packages.archive(path))
	}
	archive := filepath.Join(l.cache, "library", hex.EncodeToString(id.Sum(nil)[:8])+".a")
	if _, err := os.Stat(archive); err != nil {
		if err := l.compile(ctx, name, archive); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.archives[path] = archive
	return nil
}

// compile compiles a package of guest.Sources.
func (l *library) compile(ctx context.Context, name, archive string) error {
	folder, err := os.MkdirTemp(l.scratch, name+"-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	files, err := l.packages.tools.writeSources(name, folder)
	if err != nil {
		return err
	}
	config := filepath.Join(folder, "importcfg")
	if err := os.WriteFile(config, l.packages.importConfig(), 0o600); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(archive), 0o700); err != nil {
		return err
	}
	made := filepath.Join(folder, "package.a")
	if err := l.packages.tools.compile(ctx, folder, compilation{
		path: guest.ImportPrefix + name, archive: made, config: config, language: languageVersion(l.packages.tools.version),
		trim: folder + "=>", flags: []string{"-complete"}, files: files,
	}); err != nil {
		return err
	}
	return wholefile.Move(made, archive)
}

// archive returns the file of a compiled package, or "".
func (l *library) archive(path string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.archives[path]
}

// known returns the packages that are compiled.
func (l *library) known() map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.archives)
}

// forget makes the next need check again.
func (l *library) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.archives)
}

// sourcePackages are the packages of guest.Sources.
var sourcePackages = [...]string{"abi", "async", "columns", "nethooks", "network", "riffle", "roots", "runtime", "scope"}

// importsOf returns the packages that one of guest.Sources imports: those of its own kind, and
// those of the standard library.
func (t *toolchain) importsOf(name string) (own, standard []string, err error) {
	files, err := t.sources(name)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		file, err := parser.ParseFile(token.NewFileSet(), name, files[name], parser.ImportsOnly)
		if err != nil {
			return nil, nil, err
		}
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return nil, nil, err
			}
			if strings.HasPrefix(path, guest.ImportPrefix) {
				own = append(own, path)
			} else {
				standard = append(standard, path)
			}
		}
	}
	slices.Sort(own)
	slices.Sort(standard)
	return slices.Compact(own), slices.Compact(standard), nil
}

// sources returns the files of a package of guest.Sources for this system, by name.
func (t *toolchain) sources(name string) (map[string][]byte, error) {
	system := gobuild.Context{
		GOOS: t.os, GOARCH: t.arch, Compiler: "gc",
		OpenFile: func(path string) (io.ReadCloser, error) { return guest.Sources.Open(filepath.ToSlash(path)) },
	}
	entries, err := guest.Sources.ReadDir(name)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, entry := range entries {
		matches, err := system.MatchFile(name, entry.Name())
		if err != nil {
			return nil, err
		}
		if !matches {
			continue
		}
		if files[entry.Name()], err = guest.Sources.ReadFile(name + "/" + entry.Name()); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// writeSources writes these files into folder and returns their names.
func (t *toolchain) writeSources(name, folder string) ([]string, error) {
	files, err := t.sources(name)
	if err != nil {
		return nil, err
	}
	for file, source := range files {
		if err := os.WriteFile(filepath.Join(folder, file), source, 0o600); err != nil {
			return nil, err
		}
	}
	return slices.Sorted(maps.Keys(files)), nil
}

// runtimeHash returns the hash of guest.Sources.
func runtimeHash() string {
	h := sha256.New()
	for _, name := range sourcePackages {
		entries, err := guest.Sources.ReadDir(name)
		if err != nil {
			panic(err) // they are compiled into this program
		}
		for _, entry := range entries {
			source, err := guest.Sources.ReadFile(name + "/" + entry.Name())
			if err != nil {
				panic(err)
			}
			fmt.Fprintln(h, entry.Name(), len(source))
			h.Write(source)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
