package flink

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"riffle/session/gateway"
	"riffle/udfhost/payload"
)

// Pack returns the file of the archive with which the functions of a program, which is known by its hash,
// travel to a cluster. installed is the path of the worker on the cluster's machines, or "" if they have none.
type Pack func(program, installed string) (archive string, err error)

// shipped says what travels with the jobs that call Go functions.
type shipped struct {
	Program string `json:"program"`
	Archive string `json:"archive"`
	Runtime bool   `json:"runtime"` // Flink's own part, flink-python, travels too
	// Cancellation is the cluster's task.cancellation.timeout, "" for Flink's default. A bundle of rows must
	// not take as long.
	Cancellation string `json:"cancellation"`
}

// errNotPacked is for functions that would run in the cluster's own Python, because nothing of riffle's travels.
var errNotPacked = errors.New("functions cannot run on the cluster: flink.Embedded.Pack is not set")

// ship packs the program of functions for the cluster; nil if there are no functions, or if the cluster is the
// one that riffle starts.
func (g *Gateway) ship(ctx context.Context, functions []gateway.Function) (*shipped, error) {
	if !g.remote || len(functions) == 0 {
		return nil, nil
	}
	if g.pack == nil {
		return nil, errNotPacked
	}
	address, err := g.AwaitCluster(ctx)
	if err != nil {
		return nil, err
	}
	cluster, err := Inspect(ctx, address)
	if err != nil {
		return nil, err
	}
	if err := cluster.checkPlatform(); err != nil {
		return nil, err
	}
	f, err := payload.Parse(functions[0].Payload) // all are of one program
	if err != nil {
		return nil, err
	}
	if !cluster.Python && g.costs != nil {
		g.costs("the cluster has no flink-python in lib: 42 MB are sent with each query or INSERT that calls Go functions, and it starts some seconds later (see docs/clusters.md)")
	}
	archive, err := g.pack(f.Program, cluster.Worker())
	if err != nil {
		return nil, err
	}
	return &shipped{Program: f.Program, Archive: archive, Runtime: !cluster.Python, Cancellation: cluster.Options[cancellationOption]}, nil
}

// checkPlatform returns an error if the cluster's machines cannot run what this one compiles.
func (c ClusterFacts) checkPlatform() error {
	here := runtime.GOOS + "/" + runtime.GOARCH
	if here == c.Platform() {
		return nil
	}
	return &gateway.Fault{Diagnosis: gateway.Diagnosis{
		Message: fmt.Sprintf("Go functions are compiled here for %s, and the cluster runs on %s", here, c.Platform()),
		Hint:    "run riffle on a machine of the cluster's kind, such as a container; SQL without Go functions works from here",
	}}
}
