package golang

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	gobuild "go/build"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"riffle/udfhost/guest"
	"riffle/udfhost/guest/abi"
)

// builder makes executables. It keeps what it has made in a cache that later
// sessions share, by the hash of all that goes into it.
type builder struct {
	tools    *toolchain
	packages *packages
	cache    string // folder of what is kept
	scratch  string // folder of this session's files
	// library are the archives of the guest's runtime, once compiled.
	library map[string]string
	// failures counts builds that the direct way could not do and the go
	// command could.
	failures int
}

// program is the source of one.
type program struct {
	files []string // the declarations' sources, then the glue
}

// hash names the executable that the builder makes of p.
func (b *builder) hash(p program) string {
	h := sha256.New()
	fmt.Fprintln(h, abi.Version, b.tools.key, runtimeHash())
	for _, file := range p.files {
		fmt.Fprintln(h, len(file))
		h.Write([]byte(file))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// build makes the executable of p, or finds it, and returns its path. The error
// of a program that the compiler does not accept is an *Error.
func (b *builder) build(ctx context.Context, p program, hash string) (string, error) {
	executable := filepath.Join(b.cache, "programs", hash)
	if _, err := os.Stat(executable); err == nil {
		now := time.Now()
		_ = os.Chtimes(executable, now, now) // a program in use is not evicted; the next build makes it again if it is
		return executable, nil
	}
	folder, err := os.MkdirTemp(b.scratch, "build-*")
	if err != nil {
		return "", fmt.Errorf("build functions: %w", err)
	}
	defer os.RemoveAll(folder)
	if err := b.make(ctx, p, folder); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(executable), 0o700); err != nil {
		return "", fmt.Errorf("keep functions: %w", err)
	}
	if err := moveFile(filepath.Join(folder, "program"), executable); err != nil {
		return "", fmt.Errorf("keep functions: %w", err)
	}
	return executable, nil
}

// make leaves the executable of p as "program" in folder. Where the compiler
// and the linker cannot be driven directly, the go command does it.
func (b *builder) make(ctx context.Context, p program, folder string) error {
	if b.failures == maxFailures {
		return b.makeWithGo(ctx, p, folder)
	}
	direct := b.makeDirectly(ctx, p, folder)
	if users := (*Error)(nil); direct == nil || errors.As(direct, &users) || ctx.Err() != nil {
		return direct
	}
	if err := b.makeWithGo(ctx, p, folder); err != nil {
		return errors.Join(err, direct)
	}
	// Archives may not fit together any more, which is worth a new try, or the
	// tools take other flags, which shows when that fails, too.
	b.failures++
	b.packages.forget()
	b.library = nil
	return nil
}

// maxFailures is how often the direct way may fail before it is given up.
const maxFailures = 2

// makeDirectly runs the compiler and the linker.
func (b *builder) makeDirectly(ctx context.Context, p program, folder string) error {
	if err := b.compileLibrary(ctx); err != nil {
		return err
	}
	config := filepath.Join(folder, "importcfg")
	if err := os.WriteFile(config, b.packages.importConfig(b.library), 0o600); err != nil {
		return err
	}
	var names []string
	for i, file := range p.files {
		name := fmt.Sprintf("riffle_%d.go", i)
		if err := os.WriteFile(filepath.Join(folder, name), []byte(file), 0o600); err != nil {
			return err
		}
		names = append(names, name)
	}
	archive := filepath.Join(folder, "main.a")
	if err := b.compile(ctx, folder, "main", archive, config, names...); err != nil {
		return compileErrors(err)
	}
	args := []string{"-importcfg", config, "-s", "-w", "-buildid=", "-o", filepath.Join(folder, "program")}
	if b.tools.os == "darwin" {
		args = append(args, "-buildmode=pie")
	}
	link := filepath.Join(b.tools.tools, "link")
	_, err := output(ctx, b.tools.tool(ctx, folder, link, append(args, archive)...))
	return err
}

// compile makes an archive of the files of a package in folder.
func (b *builder) compile(ctx context.Context, folder, path, archive, config string, files ...string) error {
	args := []string{
		"-o", archive, "-p", path, "-importcfg", config, "-complete", "-pack", "-nolocalimports", "-dwarf=false",
		"-c", strconv.Itoa(min(runtime.NumCPU(), 4)), "-trimpath", folder + "=>",
	}
	if v := languageVersion(b.tools.version); v != "" {
		args = append(args, "-lang="+v)
	}
	if b.tools.os == "darwin" {
		args = append(args, "-shared") // all executables are position independent there
	}
	compile := filepath.Join(b.tools.tools, "compile")
	_, err := output(ctx, b.tools.tool(ctx, folder, compile, append(args, files...)...))
	return err
}

// runtimePackages are the packages of guest.Sources, each after those that it
// imports.
var runtimePackages = [...]string{"abi", "runtime"}

// compileLibrary compiles the guest's runtime, or finds it in the cache.
func (b *builder) compileLibrary(ctx context.Context) error {
	if _, err := os.Stat(b.library[guest.ImportPrefix+"runtime"]); err == nil {
		return nil
	}
	// Archives fit to those that they were compiled with.
	id := sha256.New()
	fmt.Fprintln(id, runtimeHash())
	for _, path := range basePackages {
		fmt.Fprintln(id, b.packages.archive(path))
	}
	folder := filepath.Join(b.cache, "runtime-"+hex.EncodeToString(id.Sum(nil)[:8]))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	library := map[string]string{}
	for _, name := range runtimePackages {
		archive := filepath.Join(folder, name+".a")
		if _, err := os.Stat(archive); err != nil {
			if err := b.compileRuntime(ctx, name, archive, library); err != nil {
				return err
			}
		}
		library[guest.ImportPrefix+name] = archive
	}
	b.library = library
	return nil
}

// compileRuntime compiles one package of guest.Sources.
func (b *builder) compileRuntime(ctx context.Context, name, archive string, library map[string]string) error {
	folder, err := os.MkdirTemp(b.scratch, name+"-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	files, err := b.tools.writeSources(name, folder)
	if err != nil {
		return err
	}
	config := filepath.Join(folder, "importcfg")
	if err := os.WriteFile(config, b.packages.importConfig(library), 0o600); err != nil {
		return err
	}
	made := filepath.Join(folder, "package.a")
	if err := b.compile(ctx, folder, guest.ImportPrefix+name, made, config, files...); err != nil {
		return err
	}
	return moveFile(made, archive)
}

// writeSources writes the files of a package of guest.Sources that are for this
// system into folder.
func (t *toolchain) writeSources(name, folder string) (files []string, err error) {
	system := gobuild.Context{GOOS: t.os, GOARCH: t.arch, Compiler: "gc"}
	entries, err := guest.Sources.ReadDir(name)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		source, err := guest.Sources.ReadFile(name + "/" + entry.Name())
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(folder, entry.Name()), source, 0o600); err != nil {
			return nil, err
		}
		matches, err := system.MatchFile(folder, entry.Name())
		if err != nil {
			return nil, err
		}
		if matches {
			files = append(files, entry.Name())
		}
	}
	return files, nil
}

// runtimeHash is the hash of guest.Sources.
func runtimeHash() string {
	h := sha256.New()
	for _, name := range runtimePackages {
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

// moveFile moves a file so that others see all of it or nothing, also to
// another file system.
func moveFile(from, to string) error {
	if err := os.Rename(from, to); err == nil {
		return nil
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if err := writeFile(to, data); err != nil {
		return err
	}
	return os.Chmod(to, info.Mode().Perm())
}

// compilerLine is an error of the compiler: "cell[3]:5:2: message".
var compilerLine = regexp.MustCompile(`^(.+?):(\d+):(\d+): (.+)$`)

// compileErrors makes an *Error of what the compiler says about the user's
// code, which is rare: the type checker has accepted it.
func compileErrors(err error) error {
	failed := (*toolError)(nil)
	if !errors.As(err, &failed) {
		return err
	}
	problems := &Error{}
	for line := range strings.Lines(failed.text) {
		m := compilerLine.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil || strings.HasPrefix(m[1], gluePrefix) {
			continue
		}
		at, _ := strconv.Atoi(m[2]) // digits, by the expression
		column, _ := strconv.Atoi(m[3])
		problems.Problems = append(problems.Problems, Problem{Cell: m[1], Line: at, Column: column, Message: m[4]})
	}
	if len(problems.Problems) == 0 {
		return err
	}
	return problems
}
