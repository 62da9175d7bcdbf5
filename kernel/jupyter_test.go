//go:build jupyter

package kernel_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"riffle/kernel/internal/pyenv"
	"riffle/session/sessiontest/sample"
)

var update = flag.Bool("update", false, "save the outputs of the example notebooks")

// installed builds riffle and installs its kernel, once. It returns the folder of both.
var installed = sync.OnceValues(func() (string, error) {
	prefix := filepath.Join(scratch, "installed")
	riffle := filepath.Join(prefix, "riffle")
	for _, command := range [][]string{
		{"go", "build", "-o", riffle, "riffle/cmd/riffle"},
		{riffle, "kernel", "install", "--prefix", prefix},
	} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w\n%s", command, err, out)
		}
	}
	return prefix, nil
})

// jupyter runs a Python program of testdata in an environment where Jupyter finds riffle, and
// returns the output.
func jupyter(t *testing.T, program string, args ...string) string {
	t.Helper()
	python, err := pyenv.Python(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	prefix, err := installed()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), python, append([]string{filepath.Join("testdata", program)}, args...)...)
	cmd.Env = append(os.Environ(), "JUPYTER_PATH="+filepath.Join(prefix, "share", "jupyter"), "JUPYTER_RUNTIME_DIR="+dir,
		"XDG_STATE_HOME="+filepath.Join(dir, "state"), "XDG_CONFIG_HOME="+filepath.Join(dir, "config"), "PYTHONWARNINGS=ignore", "RIFFLE="+filepath.Join(prefix, "riffle"),
		"EXAMPLES="+filepath.Join("..", "examples"), "RECORDED="+filepath.Join("..", "repl", "testdata", "converted.ipynb"))
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
	return string(out)
}

func TestConformance(t *testing.T) { jupyter(t, "conformance.py", "-v") }

func TestProtocol(t *testing.T) { jupyter(t, "protocol.py", "-v") }

func TestShared(t *testing.T) { jupyter(t, "shared.py", "-v") }

func TestLifetime(t *testing.T) {
	jupyter(t, "lifetime.py", append([]string{"-v"}, sample.Of([]string{
		"Lifetime.test_restart_and_shutdown_leave_nothing", "Lifetime.test_killed_parent", "Lifetime.test_sigint",
	}, nil)...)...)
}

// A background query that changes as fast as Flink delivers floods no client, and fills no
// memory. The bench measures how long other cells wait.
func TestFlood(t *testing.T) {
	var figures struct {
		Messages float64   `json:"messages a second"`
		Memory   []float64 // MB: after a quarter of the time, at its end, and the most
	}
	out := jupyter(t, "flood.py", sample.Of("12", "60"))
	if err := json.Unmarshal([]byte(out), &figures); err != nil {
		t.Fatal(err)
	}
	if figures.Messages == 0 || figures.Messages >= 20 {
		t.Errorf("%.1f messages a second", figures.Messages)
	}
	if grown := figures.Memory[1] - figures.Memory[0]; grown > 20 {
		t.Errorf("the kernel has grown by %.0f MB", grown)
	}
}

// The example notebooks produce the outputs that they were saved with.
func TestNotebooks(t *testing.T) {
	notebooks, err := filepath.Glob(filepath.Join("..", "examples", "*.ipynb"))
	if err != nil || len(notebooks) == 0 {
		t.Fatalf("no notebooks: %v", err)
	}
	for _, path := range sample.Every(2, notebooks) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			args := []string{path}
			if *update {
				args = append(args, "--update")
			}
			jupyter(t, "notebook.py", args...)
		})
	}
}
