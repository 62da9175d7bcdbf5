//go:build long

package cluster_test

import (
	"slices"
	"testing"

	"riffle/session/sessiontest"
	"riffle/session/sessiontest/clustertest"
	"riffle/session/sessiontest/processes"
)

// A query knows that its TaskManager is gone before Flink does. This cluster notices it after the heartbeat's timeout
// only, as others do whose machines are lost.
func TestDisconnected(t *testing.T) {
	cluster, err := clustertest.Start(t.Context(), t.TempDir(), append(slices.Clone(clusterOptions), "heartbeat.rpc-failure-threshold", "-1")...)
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	m := sessiontest.OpenOn(t, cluster.Address)
	m.Do(endless)
	reply := try(t, m, "SELECT id FROM endless")
	defer reply.Events.Close()
	sessiontest.AwaitRows(t, reply.Query)
	if h, err := reply.Query.Health(t.Context()); err != nil || h.State != "RUNNING" || h.Disconnected {
		t.Errorf("%+v, %v", h, err)
	}
	for _, p := range cluster.TaskManagers {
		p.Kill()
	}
	processes.Await(t, "the query is disconnected", func() bool {
		h, err := reply.Query.Health(t.Context())
		return err == nil && h.State == "RUNNING" && h.Disconnected
	})
}
