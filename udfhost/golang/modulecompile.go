package golang

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"riffle/udfhost/wholefile"
)

// buildTags are the constraints with which modules are compiled. Many use them to leave out their assembly.
const buildTags = "purego,noasm"

// compilePackage compiles a package of a module, after all that it imports, unless the cache has its archive.
func (m *modules) compilePackage(ctx context.Context, set *moduleSet, p *modulePackage) error {
	if _, err := os.Stat(set.archive(p.ImportPath)); err == nil {
		return nil
	}
	files, err := set.read(p)
	if err != nil {
		return err
	}
	id := sha256.New()
	fmt.Fprintln(id, p.place(), p.Name, p.language(), buildTags, m.packages.archive(runtimePath), p.EmbedPatterns)
	for _, f := range files {
		fmt.Fprintln(id, f.name, len(f.text))
		id.Write(f.text)
	}
	for _, imported := range slices.Sorted(slices.Values(p.Imports)) {
		fmt.Fprintln(id, imported, cmp.Or(set.key(imported), m.packages.archive(imported)))
	}
	key := hex.EncodeToString(id.Sum(nil)[:16])
	archive := filepath.Join(m.cache, "modules", key+".a")
	if _, err := os.Stat(archive); err == nil {
		now := time.Now()
		_ = os.Chtimes(archive, now, now) // one in use is not evicted; it is compiled again if it is
	} else if err := m.compile(ctx, p, files, archive); err != nil {
		return err
	}
	set.keep(p.ImportPath, compiledPackage{archive, key})
	return nil
}

// language returns the version of the language that a package is written in.
func (p *modulePackage) language() string {
	if p.Module == nil || p.Module.GoVersion == "" {
		return "go1.16" // the go command's, for a go.mod that does not say it
	}
	return languageVersion("go" + p.Module.GoVersion)
}

// packageFile is a file of a package.
type packageFile struct {
	name string // relative to the package's folder, with slashes
	text []byte
}

// read reads all files that a package is compiled from, and refuses those that reach into other packages. What is
// compiled is what was read, whatever happens to the module cache.
func (s *moduleSet) read(p *modulePackage) ([]packageFile, error) {
	var files []packageFile
	for _, name := range slices.Concat(p.GoFiles, p.SFiles, p.HFiles, p.EmbedFiles) {
		text, err := os.ReadFile(filepath.Join(p.Dir, filepath.FromSlash(name)))
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%s is no longer in Go's module cache: get the module again", path.Join(p.place(), name))
		}
		if err != nil {
			return nil, err
		}
		files = append(files, packageFile{name, text})
	}
	for _, f := range files[:len(p.GoFiles)] {
		if err := s.refuseReaching(p, f.name, f.text); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// compile compiles a package of a module. It adds a file to the package that imports package runtime, so Go
// initializes that one first: the linker orders the initialization of packages by their imports. Without this file,
// the order of packages that do not import each other is that of their paths.
func (m *modules) compile(ctx context.Context, p *modulePackage, files []packageFile, archive string) error {
	folder, err := os.MkdirTemp(m.scratch, "module-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	source := filepath.Join(folder, "source")
	for _, f := range files {
		if err := write(filepath.Join(source, filepath.FromSlash(f.name)), f.text); err != nil {
			return err
		}
	}
	first := filepath.Join(folder, "first", "riffle_runtime.go")
	embedded, err := json.Marshal(p.embedding(source))
	if err := errors.Join(err,
		write(first, fmt.Appendf(nil, "package %s\n\nimport _ %q\n", p.Name, runtimePath)),
		write(filepath.Join(folder, "embedcfg"), embedded),
		write(filepath.Join(folder, "importcfg"), m.packages.importConfig()),
	); err != nil {
		return err
	}
	c := compilation{
		path: p.ImportPath, archive: filepath.Join(folder, "package.a"), config: filepath.Join(folder, "importcfg"),
		language: p.language(), trim: source + "=>" + p.place() + ";" + folder + "=>",
		flags: []string{"-embedcfg", filepath.Join(folder, "embedcfg")},
	}
	for _, name := range p.GoFiles {
		c.files = append(c.files, filepath.Join(source, name))
	}
	c.files = append(c.files, first)
	a := assembly{tools: m.packages.tools, p: p, folder: folder, source: source}
	if len(p.SFiles) == 0 {
		c.flags = append(c.flags, "-complete")
	} else if more, err := a.declare(ctx); err != nil {
		return err
	} else {
		c.flags = append(c.flags, more...)
	}
	if err := m.packages.tools.compile(ctx, folder, c); err != nil {
		return p.explain(source, err)
	}
	if err := a.addTo(ctx, c.archive); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(archive), 0o700); err != nil {
		return err
	}
	return wholefile.Move(c.archive, archive)
}

func write(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

// explain turns an error of the compiler into one line. The compiler names files by the folder in which it reads them.
func (p *modulePackage) explain(source string, err error) error {
	if failed := (*toolError)(nil); errors.As(err, &failed) {
		shown := *failed
		shown.text = strings.ReplaceAll(failed.text, source, p.place())
		err = &shown
	}
	if p.needsC() {
		return fmt.Errorf("it does not compile without cgo, and functions are built without a C compiler: %w", err)
	}
	return fmt.Errorf("it does not compile: %w", err)
}

// embedding is the compiler's configuration of go:embed, as the go command writes it: the files of each pattern, and
// where they are.
type embedding struct {
	Patterns map[string][]string
	Files    map[string]string
}

func (p *modulePackage) embedding(source string) embedding {
	e := embedding{Patterns: map[string][]string{}, Files: map[string]string{}}
	for _, pattern := range p.EmbedPatterns {
		for _, file := range p.EmbedFiles {
			if embeds(pattern, file) {
				e.Patterns[pattern] = append(e.Patterns[pattern], file)
				e.Files[file] = filepath.Join(source, filepath.FromSlash(file))
			}
		}
	}
	return e
}

// embeds reports whether a pattern of go:embed matches a file, which is one that some pattern of the package matches:
// the file itself, or a folder that it is in. Below a folder, hidden files are left out unless the pattern says all.
func embeds(pattern, file string) bool {
	pattern, all := strings.CutPrefix(pattern, "all:")
	if matches, err := path.Match(pattern, file); err == nil && matches {
		return true
	}
	for folder, below := path.Dir(file), path.Base(file); folder != "/"; folder, below = path.Dir(folder), path.Join(path.Base(folder), below) {
		if matches, err := path.Match(pattern, folder); err == nil && matches {
			return all || !slices.ContainsFunc(strings.Split(below, "/"), func(part string) bool { return part[0] == '.' || part[0] == '_' })
		}
		if folder == "." {
			break
		}
	}
	return false
}

// assembly assembles the files of a package that are not Go, as the go command does: first it tells the compiler what
// they declare, and after the compiler has written the constants of the package for them, they are assembled.
type assembly struct {
	tools  *toolchain
	p      *modulePackage
	folder string
	source string // of the package's files
}

// declare returns the flags for the compiler.
func (a assembly) declare(ctx context.Context) ([]string, error) {
	constants, declared := filepath.Join(a.folder, "go_asm.h"), filepath.Join(a.folder, "symabis")
	if err := os.WriteFile(constants, nil, 0o600); err != nil {
		return nil, err
	}
	args := []string{"-gensymabis", "-o", declared}
	for _, name := range a.p.SFiles {
		args = append(args, filepath.Join(a.source, name))
	}
	if _, err := a.run(ctx, args...); err != nil {
		return nil, err
	}
	return []string{"-symabis", declared, "-asmhdr", constants}, nil
}

// addTo assembles the files, and adds them to the package's archive.
func (a assembly) addTo(ctx context.Context, archive string) error {
	for i, name := range a.p.SFiles {
		object := filepath.Join(a.folder, fmt.Sprintf("%d.o", i))
		listing, err := a.run(ctx, "-S", "-o", object, filepath.Join(a.source, name))
		if err != nil {
			return err
		}
		if symbol := foreignSymbol(listing, a.p.ImportPath); symbol != "" {
			return fmt.Errorf("%s: the assembly defines %s, which does not belong to its package", path.Join(a.p.place(), name), symbol)
		}
		if err := appendObject(archive, filepath.Base(object), object); err != nil {
			return err
		}
	}
	return nil
}

func (a assembly) run(ctx context.Context, args ...string) ([]byte, error) {
	flags := []string{
		"-p", a.p.ImportPath, "-trimpath", a.source + "=>" + a.p.place() + ";" + a.folder + "=>",
		"-I", a.folder, "-I", a.source, "-I", filepath.Join(a.tools.root, "pkg", "include"),
		"-D", "GOOS_" + a.tools.os, "-D", "GOARCH_" + a.tools.arch,
	}
	if a.tools.arch == "amd64" {
		flags = append(flags, "-D", "GOAMD64_v1")
	}
	if a.tools.os == "darwin" {
		flags = append(flags, "-shared")
	}
	out, err := output(ctx, a.tools.tool(ctx, a.folder, filepath.Join(a.tools.tools, "asm"), append(flags, args...)...))
	if err != nil {
		return nil, fmt.Errorf("it cannot be assembled: %w", err)
	}
	return out, nil
}

// appendObject appends an object file to an archive, in the format that cmd/internal/archive describes: a header of
// 60 bytes, the file, and a byte if its length is odd.
func appendObject(archive, name, object string) error {
	text, err := os.ReadFile(object)
	if err != nil {
		return err
	}
	var entry bytes.Buffer
	fmt.Fprintf(&entry, "%-16s%-12d%-6d%-6d%-8o%-10d`\n", name, 0, 0, 0, 0o644, len(text))
	entry.Write(text)
	if len(text)%2 != 0 {
		entry.WriteByte(0)
	}
	file, err := os.OpenFile(archive, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = file.Write(entry.Bytes())
	return errors.Join(err, file.Close())
}
