//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// flinkVersion is the version of Flink that the peers and riffle use.
const flinkVersion = "2.3.0"

// peers knows where the measured programs are.
type peers struct {
	folder  string // bench/peers
	root    string // of riffle's module
	riffle  string // the binary
	java    string // the java command
	home    string // of Java
	python  string // the folder of PyFlink's commands
	pyflink string // the wheel, a Flink distribution
	flink   string // the distribution that SQL Client runs from, as shipped
	tuned   string // the same with the planner on the class path
}

// locate finds Java and creates the folder of the peers.
func locate(ctx context.Context) (*peers, error) {
	root, err := command(ctx, nil, "go", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return nil, err
	}
	p := &peers{root: root, folder: filepath.Join(root, "bench", "peers")}
	for _, dir := range []string{"log", "cache", "state", "tmp"} {
		if err := os.MkdirAll(filepath.Join(p.folder, dir), 0o755); err != nil {
			return nil, err
		}
	}
	return p, p.findJava(ctx)
}

// install installs the missing peers into bench/peers and builds riffle.
func (p *peers) install(ctx context.Context, say func(string, ...any)) error {
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"PyFlink (pip: about 900 MB)", p.installPyFlink},
		{"Flink's SQL Client (Maven: its gateway)", p.installSQLClient},
		{"class-data archives for the tuned peers", p.tune},
		{"riffle, and its first start", p.buildRiffle},
	} {
		say("installing %s", step.what)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("install %s: %w", step.what, err)
		}
	}
	return nil
}

// findJava finds JAVA_HOME, which PyFlink's scripts do not find by themselves.
func (p *peers) findJava(ctx context.Context) error {
	p.java = filepath.Join(os.Getenv("JAVA_HOME"), "bin", "java")
	if os.Getenv("JAVA_HOME") == "" {
		var err error
		if p.java, err = exec.LookPath("java"); err != nil {
			return fmt.Errorf("the peers need Java 17: %w", err)
		}
	}
	settings, err := command(ctx, nil, p.java, "-XshowSettings:properties", "-version")
	if err != nil {
		return err
	}
	for line := range strings.Lines(settings) {
		if name, value, _ := strings.Cut(strings.TrimSpace(line), " = "); name == "java.home" {
			p.home = value
			return nil
		}
	}
	return fmt.Errorf("%s does not report java.home", p.java)
}

// installPyFlink creates a virtual environment. The pip package contains a complete
// distribution of Flink.
func (p *peers) installPyFlink(ctx context.Context) error {
	environment := filepath.Join(p.folder, "pyflink")
	p.python = filepath.Join(environment, "bin")
	if !p.installed("pyflink") {
		python := ""
		for _, name := range []string{"python3.11", "python3.12", "python3.10"} { // PyFlink has wheels for these
			if found, err := exec.LookPath(name); err == nil && python == "" {
				python = found
			}
		}
		if python == "" {
			return errors.New("PyFlink needs Python 3.10 to 3.12 as python3.11, python3.12 or python3.10 in PATH")
		}
		if _, err := command(ctx, nil, python, "-m", "venv", "--clear", environment); err != nil {
			return err
		}
		if _, err := command(ctx, nil, filepath.Join(p.python, "pip"), "install", "--no-input", "apache-flink=="+flinkVersion); err != nil {
			return err
		}
		if err := p.setInstalled("pyflink"); err != nil {
			return err
		}
	}
	var err error
	p.pyflink, err = command(ctx, nil, filepath.Join(p.python, "python"), "-c", "import os, pyflink; print(os.path.dirname(pyflink.__file__))")
	return err
}

// installSQLClient creates a distribution from the files of the wheel, which lacks
// one jar that SQL Client needs.
func (p *peers) installSQLClient(ctx context.Context) error {
	p.flink = filepath.Join(p.folder, "flink")
	if p.installed("flink") {
		return nil
	}
	if err := os.RemoveAll(p.flink); err != nil {
		return err
	}
	for _, dir := range []string{"bin", "conf", "lib", "opt", "plugins"} {
		if err := linkTree(filepath.Join(p.pyflink, dir), filepath.Join(p.flink, dir)); err != nil {
			return err
		}
	}
	_, err := command(ctx, nil, "mvn", "-q", "-B", "dependency:copy",
		"-Dartifact=org.apache.flink:flink-sql-gateway:"+flinkVersion,
		"-DoutputDirectory="+filepath.Join(p.flink, "opt"))
	if err != nil {
		return err
	}
	return p.setInstalled("flink")
}

// installed and setInstalled keep a mark for each complete installation.
func (p *peers) installed(what string) bool {
	version, err := os.ReadFile(p.mark(what))
	return err == nil && string(version) == flinkVersion
}

func (p *peers) setInstalled(what string) error {
	return os.WriteFile(p.mark(what), []byte(flinkVersion), 0o644)
}

func (p *peers) mark(what string) string { return filepath.Join(p.folder, what+".installed") }

// linkTree copies a folder as hard links. Flink's scripts look for jars with find,
// which does not follow symbolic links.
func linkTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		return os.Link(path, target)
	})
}

// environment returns the environment of the peers: the user's, without variables that
// would select another Flink or write to other places.
func (p *peers) environment(more ...string) []string {
	environment := slices.DeleteFunc(os.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		switch name {
		case "JVM_ARGS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "NO_COLOR", "TERM", "PYTHONSTARTUP", "PYTHONPATH":
			return true
		}
		return strings.HasPrefix(name, "FLINK_") || strings.HasPrefix(name, "RIFFLE_")
	})
	return append(append(environment,
		"TERM=xterm-256color",
		"JAVA_HOME="+p.home,
		"PATH="+p.python+string(os.PathListSeparator)+os.Getenv("PATH"),
		"FLINK_LOG_DIR="+filepath.Join(p.folder, "log"),
		"PYTHON_HISTORY="+filepath.Join(p.folder, "state", "python"),
	), more...)
}

// riffleEnvironment keeps riffle away from the user's cache, history and
// configuration. Only Go's build cache is the user's.
func (p *peers) riffleEnvironment(ctx context.Context) ([]string, error) {
	builds, err := command(ctx, nil, "go", "env", "GOCACHE")
	if err != nil {
		return nil, err
	}
	return p.environment(
		"XDG_CACHE_HOME="+filepath.Join(p.folder, "cache"),
		"XDG_STATE_HOME="+filepath.Join(p.folder, "state"),
		"XDG_CONFIG_HOME="+filepath.Join(p.folder, "config"),
		"GOCACHE="+builds,
	), nil
}

// buildRiffle builds riffle and starts it until its caches are full: Flink is
// downloaded, the class-data archive exists, the standard library is compiled. This
// happens once on a machine.
func (p *peers) buildRiffle(ctx context.Context) error {
	p.riffle = filepath.Join(p.folder, "riffle")
	if _, err := command(ctx, nil, "go", "build", "-o", p.riffle, filepath.Join(p.root, "cmd", "riffle")); err != nil {
		return err
	}
	s, err := p.riffleShell(ctx)
	if err != nil {
		return err
	}
	for range 3 {
		if err := p.prepare(ctx, s); err != nil {
			return err
		}
		archives, err := filepath.Glob(filepath.Join(p.folder, "cache", "riffle", "*.jsa"))
		if err != nil || len(archives) > 0 {
			return err
		}
	}
	return errors.New("riffle created no class-data archive in three sessions")
}

// prepare runs a session until all its background work is done.
func (p *peers) prepare(ctx context.Context, s shell) error {
	t, _, err := s.open(ctx)
	if err != nil {
		return err
	}
	_, err = t.run(ctx, s.query, s.result)
	if err == nil {
		err = settle(ctx, t.cmd.Process.Pid)
	}
	if leave := t.leave(ctx); err == nil {
		err = leave
	}
	return err
}

// copyFile copies a file that cannot be linked.
func copyFile(to string, from io.Reader) error {
	file, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	return errors.Join(err, file.Close())
}
