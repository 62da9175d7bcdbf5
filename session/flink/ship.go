package flink

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"riffle/session/gateway"
	"riffle/udfhost/payload"
)

// Pack returns the file of the archive with which the functions of a program, which is known by its hash,
// travel to a cluster. installed is the path of the worker on the cluster's machines, or "" if they have none.
type Pack func(program, installed string) (archive string, err error)

// workerOption is the option in a cluster's configuration that says where its machines have riffle's worker.
const workerOption = "riffle.functions.worker"

// shipped says what travels with the jobs that call Go functions.
type shipped struct {
	Program string `json:"program"`
	Archive string `json:"archive"`
	Runtime bool   `json:"runtime"` // Flink's own part, flink-python, travels too
	// Cancellation is the cluster's task.cancellation.timeout, "" for Flink's default. A bundle of rows must
	// not take as long.
	Cancellation string `json:"cancellation"`
}

// ship packs the program of functions for the cluster; nil if there are no functions, or if the cluster is the
// one that riffle starts.
func (g *Gateway) ship(ctx context.Context, functions []gateway.Function) (*shipped, error) {
	if !g.remote || g.pack == nil || len(functions) == 0 {
		return nil, nil
	}
	host, err := g.askHost(ctx)
	if err != nil {
		return nil, err
	}
	if err := host.check(); err != nil {
		return nil, err
	}
	f, err := payload.Parse(functions[0].Payload) // all are of one program
	if err != nil {
		return nil, err
	}
	if !host.hasRuntime && g.costs != nil {
		g.costs("the cluster has no flink-python in lib: 42 MB are sent with each query or INSERT that calls Go functions, and it starts some seconds later (see docs/clusters.md)")
	}
	archive, err := g.pack(f.Program, host.worker)
	if err != nil {
		return nil, err
	}
	return &shipped{Program: f.Program, Archive: archive, Runtime: !host.hasRuntime, Cancellation: host.cancellation}, nil
}

// clusterHost is what matters for Go functions of a cluster's machines. The JobManager's counts for all.
type clusterHost struct {
	arch       string // as Java names it: amd64, aarch64
	hasRuntime bool   // flink-python is in lib
	worker     string // the path of riffle's worker in the image, or ""
	// cancellation is the time after which Flink ends a TaskManager with a task that is not cancelled.
	// It is "" for Flink's default.
	cancellation string
}

// askHost asks the cluster's REST endpoint.
func (g *Gateway) askHost(ctx context.Context) (clusterHost, error) {
	base, err := g.AwaitCluster(ctx)
	if err != nil {
		return clusterHost{}, err
	}
	var environment struct {
		JVM struct {
			Arch string `json:"arch"`
		} `json:"jvm"`
		ClassPath []string `json:"classpath"`
	}
	if err := (rest{base}).get(ctx, "/jobmanager/environment", &environment); err != nil {
		return clusterHost{}, err
	}
	var options []struct{ Key, Value string }
	if err := (rest{base}).get(ctx, "/jobmanager/config", &options); err != nil {
		return clusterHost{}, err
	}
	host := clusterHost{arch: environment.JVM.Arch, hasRuntime: slices.ContainsFunc(environment.ClassPath, isRuntime)}
	for _, o := range options {
		switch o.Key {
		case workerOption:
			host.worker = o.Value
		case cancellationOption:
			host.cancellation = o.Value
		}
	}
	return host, nil
}

// cancellationOption is Flink's option for clusterHost.cancellation.
const cancellationOption = "task.cancellation.timeout"

// isRuntime reports whether a jar is flink-python.
func isRuntime(jar string) bool { return strings.HasPrefix(filepath.Base(jar), "flink-python") }

// check returns an error if the cluster's machines cannot run what this one compiles.
func (h clusterHost) check() error {
	here, there := runtime.GOOS+"/"+runtime.GOARCH, "linux/"+goArch(h.arch)
	if here == there {
		return nil
	}
	return &gateway.Fault{Diagnosis: gateway.Diagnosis{
		Message: fmt.Sprintf("Go functions are compiled here for %s, and the cluster runs on %s", here, there),
		Hint:    "run riffle on a machine of the cluster's kind, such as a container; SQL without Go functions works from here",
	}}
}

// goArch returns Go's name of a processor for Java's.
func goArch(java string) string {
	switch java {
	case "x86_64":
		return "amd64"
	case "aarch64":
		return "arm64"
	}
	return java
}
