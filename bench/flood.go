//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
)

// floodSeconds is how long a query floods the kernel.
const floodSeconds = 600

// measureFlood runs a background query in a notebook that changes as fast as Flink
// delivers, and measures the kernel and other cells meanwhile.
func measureFlood(ctx context.Context, b *bench) error {
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
	prefix := filepath.Join(b.folder, "tmp", "prefix")
	if _, err := command(ctx, environment, b.riffle, "kernel", "install", "--prefix", prefix); err != nil {
		return err
	}
	length := floodSeconds
	if b.quick {
		length = 20
	}
	environment = append(environment, "JUPYTER_PATH="+filepath.Join(prefix, "share", "jupyter"))
	out, err := command(ctx, environment, python, filepath.Join(b.root, "kernel", "testdata", "flood.py"), fmt.Sprint(length))
	if err != nil {
		return err
	}
	var figures struct {
		Changes  float64   `json:"changes a second"`
		Messages float64   `json:"messages a second"`
		Memory   []float64 // after a quarter of the time, at the end, and the most
		Echo     []float64
		Query    []float64
		Client   []float64
	}
	if err := json.Unmarshal([]byte(out), &figures); err != nil {
		return fmt.Errorf("%.200s: %w", out, err)
	}
	line := func(id, what string, u unit, values []float64) row {
		return row{"flood/" + id, what, u, series{Name: "riffle", Settings: "jupyter_client", Values: values}, nil}
	}
	b.report.add(
		line("changes", fmt.Sprintf("changes that a notebook's background query folds in %d s", length), rowsPerSecond, []float64{figures.Changes}),
		line("messages", "the same, messages a second on iopub", messages, []float64{figures.Messages}),
		line("memory", "the same, memory of the kernel after a quarter of the time", megabytes, figures.Memory[:1]),
		line("memory at the end", "the same, memory of the kernel at the end", megabytes, figures.Memory[1:2]),
		line("statement", "the same, a statement without Flink in another cell", milliseconds, figures.Echo),
		line("query", "the same, SELECT 1 in another cell", milliseconds, figures.Query),
		line("client", "the same, until another client is ready", milliseconds, figures.Client),
	)
	return nil
}
