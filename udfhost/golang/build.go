package golang

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"riffle/udfhost/guest/abi"
	"riffle/udfhost/wholefile"
)

// builder builds executables. It keeps them in a cache that later sessions share, under the
// hash of all inputs.
type builder struct {
	tools    *toolchain
	packages *packages
	cache    string // folder of the cache
	scratch  string // folder of this session's files
	limit    time.Duration
	// failures counts builds that failed the direct way and succeeded with the go command.
	failures int
}

// program is the source of a program.
type program struct {
	// whole are the files of package main if it has all declarations: their sources, then the one with func main. files
	// are those if it has only what is not in subpackages.
	whole, files []string
	// glue says where the glue of each function is, and groups which of them are in subpackages.
	glue   []gluePlace
	groups map[string]*subpackage
	// library are the packages of guest.Sources that the program needs.
	library []string
	// imports are the packages that the declarations import, and modules the keys of those that belong to modules.
	imports, modules []string
}

// hash names the executable that the builder makes of p.
func (b *builder) hash(p program) string {
	h := sha256.New()
	fmt.Fprintln(h, abi.Version, b.tools.key, runtimeHash(), p.library, p.imports)
	for _, file := range p.whole[:len(p.whole)-1] { // the last follows from the others and the glue
		fmt.Fprintln(h, len(file))
		h.Write([]byte(file))
	}
	for _, place := range p.glue { // which subpackage it is in depends on what the session has declared before
		fmt.Fprintln(h, len(place.key))
		h.Write([]byte(place.key))
	}
	for _, key := range p.modules {
		fmt.Fprintln(h, key)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// build returns the path of the executable of p, and builds it if necessary. If the compiler
// rejects the program, the error is an *Error.
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
	if err := wholefile.Move(filepath.Join(folder, "program"), executable); err != nil {
		return "", fmt.Errorf("keep functions: %w", err)
	}
	return executable, nil
}

// make writes the executable of p as "program" into folder. If the compiler and the linker
// cannot be called directly, the go command builds it, but only a program without modules: the go
// command would not let each of their packages import package runtime, on which the jail relies.
func (b *builder) make(ctx context.Context, p program, folder string) error {
	if b.failures == maxFailures && len(p.modules) == 0 {
		return b.makeWithGo(ctx, p, folder)
	}
	direct := b.makeDirectly(ctx, p, folder)
	if users := (*Error)(nil); direct == nil || errors.As(direct, &users) || errors.Is(direct, errTooMuch) || ctx.Err() != nil {
		return direct
	}
	if len(p.modules) > 0 { // the archives may no longer fit together
		b.packages.forget()
		return b.makeDirectly(ctx, p, folder)
	}
	if err := b.makeWithGo(ctx, p, folder); err != nil {
		return errors.Join(err, direct)
	}
	// The archives may no longer fit together, so it is worth another try. If the tools have
	// changed their flags, that try fails too.
	b.failures++
	b.packages.forget()
	return nil
}

// errTooMuch is the error of a build that would take too long or too much memory. Neither the
// compiler nor the type checker has limits of its own.
var errTooMuch = errors.New("compiling takes too much time or memory, probably for a type or an expression that is very large or deeply nested: make it smaller")

// defaultLimit limits the time for checking a program, and the time for compiling it. Most
// programs take a tenth of a second.
const defaultLimit = time.Minute

// maxFailures is the number of failures after which the direct way is no longer tried.
const maxFailures = 2

// makeDirectly runs the compiler and the linker.
func (b *builder) makeDirectly(ctx context.Context, p program, folder string) error {
	if err := b.packages.need(ctx, slices.Concat(p.library, p.imports)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, b.limit, errTooMuch)
	defer cancel()
	archives, err := b.compileSubpackages(ctx, subpackagesOf(p.glue, p.groups))
	if err != nil {
		return err
	}
	archive := filepath.Join(folder, "main.a")
	if err := b.compileFiles(ctx, folder, "main", p.files, archive, append(b.packages.importConfig(), archives...)); err != nil {
		return err
	}
	args := append(p.linkFlags(), "-importcfg", filepath.Join(folder, "importcfg"), "-buildid=", "-o", filepath.Join(folder, "program"))
	if b.tools.os == "darwin" {
		args = append(args, "-buildmode=pie")
	}
	link := filepath.Join(b.tools.tools, "link")
	_, err = output(ctx, b.tools.tool(ctx, folder, link, append(args, archive)...))
	return err
}

// compilerLine matches an error of the compiler: "cell[3]:5:2: message".
var compilerLine = regexp.MustCompile(`^(.+?):(\d+):(\d+): (.+)$`)

// compileErrors turns the compiler's errors about the user's code into an *Error. They are
// rare, because the type checker has accepted the code.
func compileErrors(err error) error {
	failed := (*toolError)(nil)
	if !errors.As(err, &failed) {
		return err
	}
	if failed.outOfMemory() {
		return errTooMuch
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
