package dist

import (
	"testing"

	"riffle/session/sessiontest/processes"
)

// TestKilledWithMaven kills a riffle that fetches as no process can defend
// itself against, and looks for its mvn.
func TestKilledWithMaven(t *testing.T) {
	need(t, "mvn")
	t.Parallel()
	cache := t.TempDir()
	child := startChild(t, cache)
	child.expect(t, string(Fetching))
	processes.Await(t, "mvn runs", func() bool { return len(processes.Naming(t, cache)) > 0 })
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	child.Wait()
	processes.Await(t, "mvn has ended", func() bool { return len(processes.Naming(t, cache)) == 0 })
}
