//go:build jupyter

package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"riffle/kernel/internal/pyenv"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

func TestMain(m *testing.M) {
	sessiontest.QuickJava()
	os.Exit(m.Run())
}

// environment is a Python environment of the test's own, which has Jupyter's clients
// but nothing of riffle.
type environment struct {
	t             *testing.T
	folder, tools string // the environment, and the Python that has pip
}

func newEnvironment(t *testing.T) environment {
	t.Helper()
	tools, err := pyenv.Python(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e := environment{t, filepath.Join(t.TempDir(), "venv"), tools}
	e.run(tools, "-m", "venv", "--without-pip", e.folder)
	packages := strings.TrimSpace(e.run(tools, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"))
	own := strings.TrimSpace(e.run(e.python(), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"))
	if err := os.WriteFile(filepath.Join(own, "clients.pth"), []byte(packages+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e environment) python() string { return filepath.Join(e.folder, "bin", "python") }

// state returns the folder where programs store their state and look for their configuration.
func (e environment) state() string { return filepath.Dir(e.folder) }

// write writes a file below state.
func (e environment) write(name, text string) {
	e.t.Helper()
	path := filepath.Join(e.state(), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		e.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		e.t.Fatal(err)
	}
}

// run runs a program that finds the environment only by its own location: PATH does not lead
// there.
func (e environment) run(program string, args ...string) string {
	e.t.Helper()
	cmd := exec.CommandContext(e.t.Context(), program, args...)
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+e.state(), "XDG_CONFIG_HOME="+e.state(), "XDG_DATA_HOME="+e.state(),
		"JUPYTER_RUNTIME_DIR="+e.state(), "PYTHONDONTWRITEBYTECODE=1", "PYTHONWARNINGS=ignore")
	out, err := cmd.CombinedOutput()
	if err != nil {
		e.t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (e environment) pip(args ...string) string {
	e.t.Helper()
	return e.run(e.tools, append([]string{"-m", "pip", "--disable-pip-version-check", "--python", e.python()}, args...)...)
}

// files returns the files of the environment.
func (e environment) files() []string {
	e.t.Helper()
	var all []string
	err := filepath.WalkDir(e.folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return all
}

// pip installs everything that Jupyter and papermill need, and removes all of it.
func TestInstalled(t *testing.T) {
	here, _ := find(runtime.GOOS + "/" + runtime.GOARCH)
	path, err := pack(t.Context(), t.TempDir(), "1.2.3", here)
	if err != nil {
		t.Fatal(err)
	}
	e := newEnvironment(t)
	before := e.files()
	e.pip("install", "--no-deps", "--no-index", path)
	e.pip("check")
	if out := e.run(filepath.Join(e.folder, "bin", "riffle"), "version"); !strings.HasPrefix(out, "riffle ") {
		t.Errorf("riffle says %s", out)
	}
	if out := e.run(filepath.Join(e.folder, "bin", "riffle"), "kernel", "list"); strings.Contains(out, e.folder) {
		t.Errorf("an environment that is not active is listed: %s", out)
	}
	if out := e.run(e.python(), "-m", "jupyter_client.kernelspecapp", "list"); !strings.Contains(out, filepath.Join(e.folder, "share", "jupyter", "kernels", "riffle")) {
		t.Errorf("Jupyter finds %s", out)
	}
	for program, tests := range map[string][]string{
		"translator.py": nil,
		"kernel.py":     nil,
		"notebooks.py":  sample.Of([]string{"Parameters.test_they_win", "Engines.test_a_job_that_fails"}, nil),
	} {
		t.Run(program, func(t *testing.T) {
			in := e
			in.t = t
			t.Log(in.run(e.python(), append([]string{filepath.Join("testdata", program), "-v"}, tests...)...))
		})
	}
	t.Run("profile", func(t *testing.T) {
		in := e
		in.t = t
		in.write(filepath.Join("riffle", "config.toml"), "[var]\nday = 'any'\n[profiles.nightly]\nrows = 20\nvar.day = '2026-11-25'\n")
		riffle := filepath.Join(e.folder, "bin", "riffle")
		in.run(riffle, "kernel", "install", "--profile", "nightly", "--prefix", e.folder)
		defer in.run(riffle, "kernel", "uninstall", "--profile", "nightly", "--prefix", e.folder)
		t.Log(in.run(e.python(), filepath.Join("testdata", "profile.py")))
	})
	t.Run("command line", func(t *testing.T) {
		in := e
		in.t = t
		out := filepath.Join(t.TempDir(), "out.ipynb")
		in.run(e.python(), "-m", "papermill", "--no-progress-bar", filepath.Join("..", "..", "examples", "quickstart.ipynb"), out)
		if text, err := os.ReadFile(out); err != nil || !strings.Contains(string(text), `"status": "completed"`) {
			t.Errorf("%s %v", text, err)
		}
		if help := in.run(e.python(), "-m", "papermill", "--help-notebook", filepath.Join("testdata", "parameters.ipynb")); !strings.Contains(help, "limit: int (default 3)") {
			t.Errorf("%s", help)
		}
	})
	e.pip("uninstall", "-y", "riffle")
	if after := e.files(); !slices.Equal(after, before) {
		t.Errorf("%d files were there, and %d are left: %s", len(before), len(after), strings.Join(after, "\n"))
	}
}
