package cluster_test

import (
	"testing"

	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

// The subtests share a cluster and a session, because each start of a JVM takes seconds. The last one replaces the
// JobManager.
func TestCluster(t *testing.T) {
	m := sessiontest.OpenOn(t, address)
	t.Run("results", func(t *testing.T) { results(t, m) })
	if shared == nil {
		return // the process that onlyREST has started
	}
	t.Run("only REST", onlyREST)
	t.Run("finished", func(t *testing.T) { finished(t, m) })
	t.Run("jobs and queries", func(t *testing.T) { jobsAndQueries(t, m) })
	t.Run("direct rows", directRows)
	t.Run("slow reader", func(t *testing.T) { slowReader(t, m) })
	t.Run("functions", func(t *testing.T) { functions(t, m) })
	if sample.Whole {
		t.Run("killed client", func(t *testing.T) { killedClient(t, m) })
		t.Run("killed TaskManager", func(t *testing.T) { killedTaskManager(t, m) })
	}
	t.Run("logs", logs)
	t.Run("replaced JobManager", func(t *testing.T) { replaced(t, m) })
}
