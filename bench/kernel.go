//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// notebookPackages are the packages that kernel.py and ipykernel need.
var notebookPackages = []string{"ipykernel==7.4.0", "jupyter_client==8.10.0", "psutil==7.2.2", "pyzmq==27.3.0"}

// notebookTable is a stream, for cells that stay busy.
const notebookTable = "CREATE TEMPORARY TABLE ticks (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000')"

// plan is the work that kernel.py does with a kernel.
type plan struct {
	Rounds    int      `json:"rounds"`
	Ready     string   `json:"ready"`
	Prepare   []string `json:"prepare"`
	Statement string   `json:"statement"`
	Complete  string   `json:"complete"`
	Print     string   `json:"print"`
	Busy      string   `json:"busy"`
	BusyShows string   `json:"busy shows"` // the message that shows that Busy is running
	Message   bool     `json:"message"`    // interrupts are sent as messages
	Jobs      []string `json:"jobs"`       // still running at the shutdown
	Skip      []string `json:"skip"`       // figures that the kernel does not support
}

// notebookKernel is a kernel to measure.
type notebookKernel struct {
	name        string
	command     []string // the connection file is appended
	environment []string
	plan        plan
	optional    bool // a failure does not end the measurement of the others
}

// measureKernel compares riffle's Jupyter kernel with ipykernel and with the Go
// kernels that can be built here.
func measureKernel(ctx context.Context, b *bench) error {
	python, err := b.installJupyter(ctx)
	if err != nil {
		return err
	}
	if err := b.buildRiffle(ctx); err != nil {
		return err
	}
	environment, err := b.riffleEnvironment(ctx)
	if err != nil {
		return err
	}
	kernels := []notebookKernel{
		{name: "riffle", command: []string{b.riffle, "kernel", "run"}, environment: environment, plan: plan{
			Ready: "SELECT 1", Prepare: []string{notebookTable},
			Statement: "%echo x", Complete: "SELECT CHAR", Print: strings.Repeat("%echo a line of text\n", 20_000),
			Busy: "SELECT * FROM ticks", BusyShows: "update_display_data", Message: true,
			Jobs: []string{"SELECT * FROM ticks &", "SELECT COUNT(*) AS n FROM ticks &"},
		}},
		{name: "ipykernel", command: []string{python, "-m", "ipykernel_launcher", "-f"}, environment: environment, plan: plan{
			Ready: "1", Prepare: []string{"import time"},
			Statement: "print('x')", Complete: "impor", Print: "for i in range(20_000): print('a line of text')",
			Busy: "time.sleep(600)", BusyShows: "execute_input",
		}},
	}
	figures := map[string]map[string][]float64{}
	for _, k := range append(kernels, b.goKernels(ctx)...) {
		b.say("kernel: %s", k.name)
		found, err := b.kernelFigures(ctx, python, k)
		if err != nil && k.optional {
			b.report.note("%s could not be measured: %.300v", k.name, err)
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
		figures[k.name] = found
	}
	b.report.add(kernelRows(figures)...)
	return nil
}

// kernelRows returns the lines of the table, from the figures of each kernel.
func kernelRows(figures map[string]map[string][]float64) []row {
	line := func(id, what string, u unit, name string, pick func([]float64) []float64) row {
		r := row{ID: "kernel/" + id, What: what, Unit: u}
		for _, kernel := range slices.Sorted(maps.Keys(figures)) {
			found := series{Name: kernel, Settings: "raw ZeroMQ sockets of pyzmq", Values: pick(figures[kernel][name])}
			switch {
			case kernel == "riffle":
				r.Riffle = found
			case len(found.Values) > 0:
				r.Peers = append(r.Peers, found)
			}
		}
		return r
	}
	return []row{
		line("start", "notebooks: start of the kernel to its kernel_info_reply", milliseconds, "start", all),
		line("statement", "notebooks: a statement without Flink to its reply, median", milliseconds, "execute", all),
		line("statement p99", "the same, p99", milliseconds, "execute", percentile99),
		line("completion", "notebooks: a completion, median", milliseconds, "complete", all),
		line("print", "notebooks: 20,000 printed lines", milliseconds, "printed", all),
		line("print messages", "the same, messages", messages, "printed messages", all),
		line("control", "notebooks: kernel_info on control while a cell runs", milliseconds, "control", all),
		line("interrupt", "notebooks: interrupt to the cell's reply; riffle's with the cancellation of its Flink job", milliseconds, "interrupt", all),
		line("memory", "notebooks: memory of the idle kernel's own process (RSS)", megabytes, "memory", all),
		line("shutdown", "notebooks: shutdown_request to the end of the process, idle", milliseconds, "shutdown", all),
		line("shutdown with jobs", "the same with two running jobs", milliseconds, "shutdown with jobs", all),
	}
}

// messages is the unit of counted messages.
const messages unit = "messages"

func all(values []float64) []float64 { return values }

func percentile99(values []float64) []float64 {
	if len(values) == 0 {
		return nil
	}
	sorted := slices.Sorted(slices.Values(values))
	return []float64{sorted[len(sorted)*99/100]}
}

// installJupyter creates a virtual environment and returns its python.
func (p *peers) installJupyter(ctx context.Context) (string, error) {
	environment := filepath.Join(p.folder, "jupyter")
	python := filepath.Join(environment, "bin", "python")
	if p.installed("jupyter") {
		return python, nil
	}
	found, err := exec.LookPath("python3")
	if err != nil {
		return "", err
	}
	if _, err := command(ctx, nil, found, "-m", "venv", "--clear", environment); err != nil {
		return "", err
	}
	if _, err := command(ctx, nil, python, append([]string{"-m", "pip", "install", "--no-input"}, notebookPackages...)...); err != nil {
		return "", err
	}
	return python, p.setInstalled("jupyter")
}

// kernelFigures runs kernel.py with a kernel.
func (b *bench) kernelFigures(ctx context.Context, python string, k notebookKernel) (map[string][]float64, error) {
	plan := k.plan
	plan.Rounds = b.repetitions(7)
	text, err := json.Marshal(plan)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(b.folder, "tmp", "kernel-plan.json")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return nil, err
	}
	program := filepath.Join(b.root, "bench", "kernel.py")
	out, err := command(ctx, k.environment, python, append([]string{program, file}, k.command...)...)
	if err != nil {
		return nil, err
	}
	var figures map[string][]float64
	if err := json.Unmarshal([]byte(out), &figures); err != nil {
		return nil, fmt.Errorf("%.200s: %w", out, err)
	}
	return figures, nil
}
