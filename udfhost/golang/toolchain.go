package golang

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"go/version"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// minimumGo is the oldest version of Go whose compiler and export data are
// understood.
const minimumGo = "go1.26"

// toolchain is the Go installation of the machine.
type toolchain struct {
	command string // path of the go command
	root    string
	version string // as in "go1.26.8"
	os      string
	arch    string
	tools   string // folder of compile and link
	temp    string // folder for the tools' temporary files; "": the system's
	// key identifies everything that a compiled package depends on besides its source.
	key string
}

// findToolchain looks for Go: command if it is given, otherwise go in PATH.
func findToolchain(ctx context.Context, command string) (*toolchain, error) {
	if command == "" {
		command = "go"
	}
	path, err := exec.LookPath(command)
	if err != nil {
		return nil, errors.New("go functions need Go 1.26 or newer: install it and put the go command into PATH (SQL works without it)")
	}
	t := &toolchain{command: path}
	out, err := output(ctx, t.tool(ctx, "", path, "env", "-json", "GOROOT", "GOVERSION", "GOOS", "GOARCH", "GOTOOLDIR"))
	if err != nil {
		return nil, fmt.Errorf("ask %s for its version: %w", path, err)
	}
	var env struct{ GOROOT, GOVERSION, GOOS, GOARCH, GOTOOLDIR string }
	if err := json.Unmarshal(out, &env); err != nil {
		return nil, fmt.Errorf("ask %s for its version: %w", path, err)
	}
	t.root, t.version, t.os, t.arch, t.tools = env.GOROOT, env.GOVERSION, env.GOOS, env.GOARCH, env.GOTOOLDIR
	// A development version has no number and is assumed to be new.
	if version.IsValid(t.version) && version.Compare(t.version, minimumGo) < 0 {
		return nil, fmt.Errorf("go functions need Go 1.26 or newer; %s is %s", path, strings.TrimPrefix(t.version, "go"))
	}
	if t.arch != "amd64" && t.arch != "arm64" {
		return nil, fmt.Errorf("go functions need a processor of amd64 or arm64, not %s", t.arch)
	}
	compiler, err := os.Stat(filepath.Join(t.tools, "compile"))
	if err != nil {
		return nil, fmt.Errorf("the Go installation in %s has no compiler: %w", t.root, err)
	}
	id := sha256.Sum256(fmt.Appendln(nil, t.root, t.version, t.os, t.arch, compiler.Size(), compiler.ModTime().UnixNano()))
	t.key = hex.EncodeToString(id[:8])
	return t, nil
}

// Installed returns the Go with which functions would be compiled, as "1.26.8, /usr/local/go". command
// is as in Options.Go. The error says what to do.
func Installed(ctx context.Context, command string) (string, error) {
	t, err := findToolchain(ctx, command)
	if err != nil {
		return "", err
	}
	return strings.TrimPrefix(t.version, "go") + ", " + t.root, nil
}

// environment returns the environment of the go command and its tools. Of the user's variables
// it contains only those for locations: the user's flags, settings, workspace or
// cross-compilation would change what a function is.
func (t *toolchain) environment() []string {
	environment := []string{
		"CGO_ENABLED=0", "GOENV=off", "GOFLAGS=", "GOWORK=off", "GO111MODULE=on", "GOTOOLCHAIN=local",
		"GOPROXY=off", "GOTELEMETRY=off", "LC_ALL=C",
		// The compiler and the linker end before garbage collection pays off. Without it,
		// compiling package runtime takes 700 MB; with it, it takes a fifth longer.
		"GOGC=off", "GOMEMLIMIT=768MiB",
	}
	if t.temp != "" {
		environment = append(environment, "GOTMPDIR="+t.temp)
	}
	for _, name := range []string{
		"PATH", "HOME", "GOROOT", "GOCACHE", "XDG_CACHE_HOME", "TMPDIR",
		"USERPROFILE", "LOCALAPPDATA", "SYSTEMROOT", "TEMP",
	} {
		if value, ok := os.LookupEnv(name); ok {
			environment = append(environment, name+"="+value)
		}
	}
	return environment
}

// tool returns a command that runs in folder, where no go.mod of the user has an effect.
func (t *toolchain) tool(ctx context.Context, folder, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = folder, t.environment()
	if folder == "" {
		cmd.Dir = os.TempDir()
	}
	separate(cmd)
	bindLife(cmd)
	return cmd
}

// compilation is a package to compile.
type compilation struct {
	path     string // its import path
	archive  string // the file to write
	config   string // the file that says where the archives of its imports are
	language string // the version of its language; "" for the newest
	trim     string // how the compiler shortens the names of files
	flags    []string
	files    []string
}

// compile compiles a package in a folder.
func (t *toolchain) compile(ctx context.Context, folder string, c compilation) error {
	args := []string{
		"-o", c.archive, "-p", c.path, "-importcfg", c.config, "-pack", "-nolocalimports", "-dwarf=false",
		"-c", strconv.Itoa(min(runtime.NumCPU(), 4)), "-trimpath", c.trim,
	}
	if c.language != "" {
		args = append(args, "-lang="+c.language)
	}
	args = append(args, c.flags...)
	if t.os == "darwin" {
		args = append(args, "-shared") // all executables are position independent there
	}
	compile := filepath.Join(t.tools, "compile")
	_, err := output(ctx, t.tool(ctx, folder, compile, append(args, c.files...)...))
	return err
}

// output runs cmd and returns what it printed. If cmd has a Stderr, what it prints there goes there,
// too. The started functions are called with the process id of cmd.
func output(ctx context.Context, cmd *exec.Cmd, started ...func(pid int) error) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	if cmd.Stdout = &stdout; cmd.Stderr == nil {
		cmd.Stderr = &stderr
	} else {
		cmd.Stderr = io.MultiWriter(&stderr, cmd.Stderr)
	}
	// The go command's own children may hold its output open. On a loaded machine reading it takes more than a second.
	cmd.WaitDelay = 10 * time.Second
	err := cmd.Start()
	if err == nil {
		restrict(cmd.Process.Pid)
		for _, f := range started {
			err = errors.Join(err, f(cmd.Process.Pid))
		}
		err = errors.Join(err, cmd.Wait())
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, &toolError{tool: filepath.Base(cmd.Path), text: stdout.String() + stderr.String(), cause: err}
	}
	return stdout.Bytes(), nil
}

// toolError is a tool that failed.
type toolError struct {
	tool  string
	text  string // what it printed
	cause error
}

// Error returns one line: the first that the tool printed.
func (e *toolError) Error() string {
	for line := range strings.Lines(e.text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return fmt.Sprintf("%s: %s", e.tool, line)
		}
	}
	return fmt.Sprintf("%s: %v", e.tool, e.cause)
}

func (e *toolError) Unwrap() error { return e.cause }

// outOfMemory reports whether a tool ended because it ran out of memory, according to the
// messages of Go's runtime.
func (e *toolError) outOfMemory() bool {
	return strings.Contains(e.text, "out of memory") || strings.Contains(e.text, "cannot allocate memory")
}
