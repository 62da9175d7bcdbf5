package golang

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"riffle/udfhost/wholefile"
)

// subpackage is a package of a program besides package main. It is compiled once and kept in the cache.
type subpackage struct {
	folder string // of the cache
	path   string // its import path, which is made from its files
	files  []string
	// imports are the packages that it imports.
	imports []string
}

// newSubpackage returns a subpackage whose import path begins with a prefix.
func newSubpackage(folder, prefix string, files, imports []string) *subpackage {
	id := sha256.New()
	for _, file := range files {
		fmt.Fprintln(id, len(file))
		id.Write([]byte(file))
	}
	return &subpackage{folder, prefix + hex.EncodeToString(id.Sum(nil)[:8]), files, imports}
}

// compileSubpackages compiles those whose archives are not in the cache, all at once. It returns the lines that tell the
// compiler and the linker where the archives are. The packages that they import are compiled.
func (b *builder) compileSubpackages(ctx context.Context, packages []*subpackage) (config []byte, err error) {
	archives, errs := make([]string, len(packages)), make([]error, len(packages))
	var all sync.WaitGroup
	for i, p := range packages {
		all.Go(func() { archives[i], errs[i] = b.compileSubpackage(ctx, p) })
	}
	all.Wait()
	for i, p := range packages {
		if errs[i] != nil {
			return nil, errs[i]
		}
		config = fmt.Appendf(config, "packagefile %s=%s\n", p.path, archives[i])
	}
	return config, nil
}

// compileSubpackage returns the archive of a subpackage, which it compiles unless the cache has it.
func (b *builder) compileSubpackage(ctx context.Context, p *subpackage) (string, error) {
	id := sha256.New()
	fmt.Fprintln(id, p.path)
	for _, path := range p.imports {
		fmt.Fprintln(id, b.packages.archive(path))
	}
	archive := filepath.Join(b.cache, p.folder, hex.EncodeToString(id.Sum(nil)[:16])+".a")
	if _, err := os.Stat(archive); err == nil {
		now := time.Now()
		_ = os.Chtimes(archive, now, now) // one in use is not evicted; it is compiled again if it is
		return archive, nil
	}
	folder, err := os.MkdirTemp(b.scratch, "package-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	made := filepath.Join(folder, "package.a")
	if err := b.compileFiles(ctx, folder, p.path, p.files, made, b.packages.importConfig()); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(archive), 0o700); err != nil {
		return "", err
	}
	return archive, wholefile.Move(made, archive)
}

// compileFiles compiles the files of a package in a folder, where it leaves its importcfg.
func (b *builder) compileFiles(ctx context.Context, folder, path string, files []string, archive string, imports []byte) error {
	config := filepath.Join(folder, "importcfg")
	if err := os.WriteFile(config, imports, 0o600); err != nil {
		return err
	}
	var names []string
	for i, file := range files {
		name := fmt.Sprintf("riffle_%d.go", i)
		if err := os.WriteFile(filepath.Join(folder, name), []byte(file), 0o600); err != nil {
			return err
		}
		names = append(names, name)
	}
	return compileErrors(b.tools.compile(ctx, folder, compilation{
		path: path, archive: archive, config: config, language: languageVersion(b.tools.version),
		trim: folder + "=>", flags: []string{"-complete"}, files: names,
	}))
}
