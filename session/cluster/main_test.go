package cluster_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"riffle/session/sessiontest"
	"riffle/session/sessiontest/clustertest"
	"riffle/udfhost"
	"riffle/udfhost/worker"
)

// shared is the cluster of all tests. In the process that onlyREST starts it is nil, and address is that
// of a forwarder to the cluster.
var (
	shared  *clustertest.Cluster
	address string
)

// The shared cluster's options. Those for jobs differ from those of an embedded cluster. On a busy machine a process
// may not run for a while.
var clusterOptions = []string{
	"heartbeat.timeout", "5 min",
	"heartbeat.interval", "1 s",
	"pekko.ask.timeout", "5 min",
	"parallelism.default", "2",
	"restart-strategy.type", "fixed-delay",
	"restart-strategy.fixed-delay.attempts", "7",
	"restart-strategy.fixed-delay.delay", "100 ms",
	"execution.checkpointing.interval", "1 s",
}

func TestMain(m *testing.M) {
	if udfhost.ShimName(os.Args[0]) { // this very binary travels with jobs as the worker
		os.Exit(worker.Main(os.Args, os.Environ()))
	}
	sessiontest.QuickJava()
	os.Exit(testAll(m))
}

func testAll(m *testing.M) int {
	if socket := os.Getenv(socketVariable); socket != "" {
		var err error
		if address, err = forwardFromLoopback(socket); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "riffle-cluster-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	savepoints := []string{"state.savepoints.dir", "file://" + dir + "/savepoints"}
	if shared, err = clustertest.Start(context.Background(), dir, append(savepoints, clusterOptions...)...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer shared.Close()
	address = shared.Address
	return m.Run()
}
