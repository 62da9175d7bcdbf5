//go:build long

package cluster_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/clustertest"
	"riffle/session/sessiontest/processes"
)

// The kills and limits have a cluster of their own, which loses a TaskManager. Flink gives its tasks less time to be
// cancelled than by default.
func TestFunctionsAreLost(t *testing.T) {
	cluster, err := clustertest.Start(t.Context(), t.TempDir(), append(slices.Clone(clusterOptions), "task.cancellation.timeout", "15 s")...)
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	m := sessiontest.OpenOn(t, cluster.Address)
	t.Run("bundle limit", func(t *testing.T) { bundleLimit(t, m, cluster) })
	t.Run("kills", func(t *testing.T) { kills(t, m, cluster) })
}

// bundleLimit calls a function that makes progress, but so slowly that its bundle would take 100 seconds. Flink could
// not cancel the job in this time.
func bundleLimit(t *testing.T, m *sessiontest.Mortal, cluster *clustertest.Cluster) {
	m.Do("func Slow(x int64) int64 { time.Sleep(time.Second); return x }; " + sessiontest.SequenceTable("hundred", 100))
	reply, err := m.Try("SELECT Slow(id) FROM hundred")
	if err != nil {
		t.Fatal(session.Explain(err))
	}
	out := sessiontest.Drain(t, reply.Events)
	const want = "functions have taken more than 10s for one bundle of rows"
	if out.Ended.State != query.Failed || !strings.Contains(session.Explain(out.Ended.Err), want) {
		t.Errorf("%v: %v", out.Ended.State, out.Ended.Err)
	}
	for i, p := range cluster.TaskManagers {
		if !p.Running() {
			t.Errorf("TaskManager %d has ended", i+1)
		}
	}
}

// kills ends a worker, the gateway and a TaskManager while an INSERT writes files. Each id is in the files once, with
// the function's value. The functions come from the archive that travels with the job, as nobody else has them.
func kills(t *testing.T, m *sessiontest.Mortal, cluster *clustertest.Cluster) {
	const rows = 30_000
	folder := t.TempDir()
	m.Do(fmt.Sprintf(`func Twice(x int64) int64 { return 2 * x }
CREATE TEMPORARY TABLE numbers (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '500',
	'number-of-rows' = '%[1]d', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '%[1]d');
CREATE TEMPORARY TABLE files (id BIGINT, twice BIGINT) WITH ('connector' = 'filesystem', 'path' = '%[2]s', 'format' = 'csv')`, rows, folder))
	reply, err := m.Try("INSERT INTO files SELECT id, Twice(id) FROM numbers")
	if err != nil {
		t.Fatal(session.Explain(err))
	}
	job := reply.Query.Started().Job
	reply.Events.Close()

	awaitCheckpoints(t, cluster, job, 2)
	kill(t, workers(t, cluster)[0])
	awaitCheckpoints(t, cluster, job, 5)
	m.Kill()
	awaitCheckpoints(t, cluster, job, 7)
	i := taskManagerOf(t, cluster, workers(t, cluster)[0])
	beside := childrenOf(t, cluster, i)
	cluster.TaskManagers[i].Kill()
	processes.Await(t, "workers and guests end with their TaskManager", func() bool { return !slices.ContainsFunc(beside, exists) })
	awaitFinished(t, cluster, job)

	seen := map[int]bool{}
	for id, twice := range written(t, folder) {
		if twice != 2*id || seen[id] {
			t.Errorf("row %d, %d", id, twice)
		}
		seen[id] = true
	}
	if len(seen) != rows {
		t.Errorf("%d different ids, want %d", len(seen), rows)
	}
}

// workers returns the processes that run functions for a cluster, at least one.
func workers(t *testing.T, cluster *clustertest.Cluster) []int {
	t.Helper()
	var found []int
	processes.Await(t, "a worker runs", func() bool {
		paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			line, _ := os.ReadFile(path) // or the process has just ended
			if !strings.Contains(string(line), "/python-archives/riffle/pyflink-udf-runner.sh") {
				continue
			}
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			if err != nil {
				t.Fatal(err)
			}
			if taskManagerOf(t, cluster, pid) >= 0 {
				found = append(found, pid)
			}
		}
		return len(found) > 0
	})
	return found
}

// taskManagerOf returns the index of a worker's TaskManager, or -1 if it is of another cluster.
func taskManagerOf(t *testing.T, cluster *clustertest.Cluster, worker int) int {
	t.Helper()
	above := parent(t, worker)
	return slices.IndexFunc(cluster.TaskManagers, func(p *clustertest.Process) bool { return p.PID() == above })
}

// childrenOf returns the workers of a TaskManager and their guests.
func childrenOf(t *testing.T, cluster *clustertest.Cluster, taskManager int) []int {
	t.Helper()
	var found []int
	for _, worker := range workers(t, cluster) {
		if taskManagerOf(t, cluster, worker) != taskManager {
			continue
		}
		found = append(found, worker)
		guests, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", worker))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range guests {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for child := range strings.FieldsSeq(string(text)) {
				pid, err := strconv.Atoi(child)
				if err != nil {
					t.Fatal(err)
				}
				found = append(found, pid)
			}
		}
	}
	if len(found) < 2 {
		t.Fatalf("only %v: a guest is missing", found)
	}
	return found
}

func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// awaitCheckpoints waits until a job that goes on has completed a number of checkpoints.
func awaitCheckpoints(t *testing.T, cluster *clustertest.Cluster, job string, n int) {
	t.Helper()
	for completed := 0; completed < n; time.Sleep(50 * time.Millisecond) {
		if state := jobState(t, cluster, job); slices.Contains(ended, state) {
			t.Fatalf("the job is %s after %d checkpoints", state, completed)
		}
		var checkpoints struct {
			Counts struct{ Completed int }
		}
		if cluster.Get(t.Context(), "/jobs/"+job+"/checkpoints", &checkpoints) == nil { // or it does not run yet
			completed = checkpoints.Counts.Completed
		}
	}
}

// ended are the states of a job that has ended.
var ended = []string{"FINISHED", "FAILED", "CANCELED"}

func jobState(t *testing.T, cluster *clustertest.Cluster, job string) string {
	t.Helper()
	var details struct{ State string }
	if err := cluster.Get(t.Context(), "/jobs/"+job, &details); err != nil {
		t.Fatal(err)
	}
	return details.State
}

// awaitFinished waits until a job, which takes minutes, has finished.
func awaitFinished(t *testing.T, cluster *clustertest.Cluster, job string) {
	t.Helper()
	for {
		switch state := jobState(t, cluster, job); {
		case state == "FINISHED":
			return
		case slices.Contains(ended, state):
			t.Fatalf("the job is %s", state)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// written returns the rows of all files that are committed.
func written(t *testing.T, folder string) func(yield func(int, int) bool) {
	t.Helper()
	return func(yield func(int, int) bool) {
		files, err := filepath.Glob(filepath.Join(folder, "part-*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(text)) {
				var id, twice int
				if _, err := fmt.Sscanf(line, "%d,%d", &id, &twice); err != nil {
					t.Fatalf("%s: %q", path, line)
				}
				if !yield(id, twice) {
					return
				}
			}
		}
	}
}
