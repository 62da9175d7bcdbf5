package jvm

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// OldestJDK is the minimum version of the JDK that compiles the sources.
const OldestJDK = 17

// Compiler turns a folder of sources into a jar.
type Compiler struct {
	Javac     string   // path of a javac of OldestJDK or later
	Release   int      // the oldest Java that the classes run on
	ClassPath []string // jars that the sources are compiled against
	// Foreign are packages to which no class of the jar may refer.
	Foreign []string
}

// FindJavac returns the javac of JAVA_HOME, or the one in PATH. The error wraps exec.ErrNotFound if there
// is no JDK.
func FindJavac() (string, error) {
	if home := os.Getenv("JAVA_HOME"); home != "" {
		if path, err := exec.LookPath(filepath.Join(home, "bin", "javac")); err == nil {
			return path, nil
		}
	}
	path, err := exec.LookPath("javac")
	if err != nil {
		return "", fmt.Errorf("no javac in JAVA_HOME or on PATH, install a JDK %d: %w", OldestJDK, err)
	}
	return path, nil
}

// Version returns javac's major version.
func (c Compiler) Version(ctx context.Context) (int, error) {
	out, err := exec.CommandContext(ctx, c.Javac, "-version").CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%s -version: %w: %s", c.Javac, err, bytes.TrimSpace(out))
	}
	version, _ := strings.CutPrefix(strings.TrimSpace(string(out)), "javac ")
	digits := version
	if end := strings.IndexFunc(version, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		digits = version[:end]
	}
	major, err := strconv.Atoi(digits)
	if err != nil {
		return 0, fmt.Errorf("%s -version: cannot read a version in %q", c.Javac, out)
	}
	if major < OldestJDK {
		return 0, fmt.Errorf("%s is version %s, building riffle's jars needs a JDK %d or later", c.Javac, version, OldestJDK)
	}
	return major, nil
}

// Build compiles root/src and packs the classes with root/resources. Any warning of javac about them is an
// error. Two builds of the same sources with the same major version of javac give the same bytes.
func (c Compiler) Build(ctx context.Context, root string) ([]byte, error) {
	tree := os.DirFS(root)
	// The hash is computed before and after: if the sources change while javac reads them, they
	// must not be recorded as the sources of the classes.
	sources, err := SourcesHash(tree)
	if err != nil {
		return nil, err
	}
	major, err := c.Version(ctx)
	if err != nil {
		return nil, err
	}
	classes, err := os.MkdirTemp("", "riffle-classes-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(classes)
	if err := c.compile(ctx, filepath.Join(root, "src"), classes); err != nil {
		return nil, err
	}
	if err := checkForeign(os.DirFS(classes), c.Foreign); err != nil {
		return nil, err
	}
	trees := []fs.FS{os.DirFS(classes)}
	if resources := filepath.Join(root, "resources"); isDir(resources) {
		trees = append(trees, os.DirFS(resources))
	}
	var jar bytes.Buffer
	if err := Pack(&jar, Manifest{JDK: major, Sources: sources}, trees...); err != nil {
		return nil, err
	}
	after, err := SourcesHash(tree)
	if err != nil {
		return nil, err
	}
	if after != sources {
		return nil, errors.New("build a jar: the sources changed meanwhile, build it again")
	}
	return jar.Bytes(), nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// compile runs javac on every .java file below src.
func (c Compiler) compile(ctx context.Context, src, classes string) error {
	args := []string{
		"-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC", // it ends before the optimising compiler pays
		"--release", strconv.Itoa(c.Release), "-encoding", "UTF-8",
		"-g:source,lines", "-proc:none", "-implicit:none",
		// Flink's jars refer to absent jars and annotations, which does not concern riffle's
		// sources.
		"-Xlint:all,-classfile,-path,-processing,-serial,-options",
		"-Xmaxerrs", "20", "-classpath", strings.Join(c.ClassPath, string(filepath.ListSeparator)), "-d", classes,
	}
	names, err := regularFiles(os.DirFS(src))
	if err != nil {
		return err
	}
	flags := len(args)
	for _, name := range names {
		if strings.HasSuffix(name, ".java") {
			args = append(args, filepath.Join(src, filepath.FromSlash(name)))
		}
	}
	if len(args) == flags {
		return fmt.Errorf("compile: no .java file below %s", src)
	}
	out, err := exec.CommandContext(ctx, c.Javac, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("javac: %w\n%s", err, bytes.TrimSpace(out))
	}
	// Not -Werror: javac also warns about annotations in Flink's jars whose classes are absent,
	// which cannot be turned off. Those lines name no source file.
	if sourceWarning.Match(out) {
		return fmt.Errorf("javac: a warning counts as an error\n%s", bytes.TrimSpace(out))
	}
	return nil
}

var sourceWarning = regexp.MustCompile(`(?m)\.java:\d+: warning: `)

// checkForeign searches class files for the names of packages, which appear in them as plain
// text: with slashes, or with dots in strings from which a class may be loaded.
func checkForeign(classes fs.FS, packages []string) error {
	names, err := regularFiles(classes)
	if err != nil {
		return err
	}
	for _, name := range names {
		data, err := fs.ReadFile(classes, name)
		if err != nil {
			return err
		}
		for _, foreign := range packages {
			dotted := []byte(foreign + ".")
			if bytes.Contains(data, dotted) || bytes.Contains(data, bytes.ReplaceAll(dotted, []byte("."), []byte("/"))) {
				return fmt.Errorf("%s uses package %s, which is not where this jar goes", name, foreign)
			}
		}
	}
	return nil
}

// SourcesHash identifies the state of a tree's src and resources folders. It returns "sha256:" and the hash
// of a listing of all their files by sorted path, one line "<sha256 of the contents>  <path>" each, as
// sha256sum prints it.
func SourcesHash(tree fs.FS) (string, error) {
	listing, count := sha256.New(), 0
	for _, folder := range []string{"resources", "src"} {
		if _, err := fs.Stat(tree, folder); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		sub, err := fs.Sub(tree, folder)
		if err != nil {
			return "", err
		}
		names, err := regularFiles(sub)
		if err != nil {
			return "", fmt.Errorf("hash the sources: %w", err)
		}
		for _, name := range names {
			data, err := fs.ReadFile(sub, name)
			if err != nil {
				return "", fmt.Errorf("hash the sources: %w", err)
			}
			fmt.Fprintf(listing, "%x  %s/%s\n", sha256.Sum256(data), folder, name)
			count++
		}
	}
	if count == 0 {
		return "", errors.New("hash the sources: no files in src and resources")
	}
	return fmt.Sprintf("sha256:%x", listing.Sum(nil)), nil
}
