package cluster_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/processes"
)

// killedClient kills riffle and its JVM. The JobManager cancels the query, which has no heartbeat any more, and the
// INSERT continues.
func killedClient(t *testing.T, m *sessiontest.Mortal) {
	riffle := filepath.Join(t.TempDir(), "riffle")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", riffle, "riffle/cmd/riffle").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	before := jobs(t)
	cmd := exec.CommandContext(t.Context(), riffle, "--cluster", address, "--no-config", "--detach", "--format", "csv")
	cmd.Stdin = io.MultiReader(strings.NewReader(endless+";\nINSERT INTO gone SELECT id FROM endless;\nSELECT id FROM endless;\n"), blocked{t})
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines, n := bufio.NewScanner(out), 0; n < 3; n++ { // the header and rows
		if !lines.Scan() {
			t.Fatal("the query has no rows: ", lines.Err())
		}
	}
	var read, written string
	for _, j := range jobs(t) {
		switch {
		case slices.ContainsFunc(before, func(b job) bool { return b.ID == j.ID }):
		case strings.HasPrefix(j.Name, "INSERT"):
			written = j.ID
		default:
			read = j.ID
		}
	}
	_ = cmd.Process.Kill()
	killed := time.Now()
	for stateOf(t, read) != "CANCELED" {
		if time.Since(killed) > 3*time.Minute {
			t.Fatalf("the query is %s after three minutes", stateOf(t, read))
		}
		time.Sleep(time.Second)
	}
	await(t, written, "RUNNING")
	m.Do("STOP JOB '" + written + "'")
	await(t, written, "CANCELED")
}

// blocked is an input without an end.
type blocked struct{ t *testing.T }

func (b blocked) Read([]byte) (int, error) {
	<-b.t.Context().Done()
	return 0, io.EOF
}

// whyStuck describes a job whose checkpoints do not come.
func whyStuck(t *testing.T, job string) string {
	var all [3]json.RawMessage
	for i, path := range []string{"/jobs/" + job, "/jobs/" + job + "/exceptions", "/taskmanagers"} {
		if err := shared.Get(context.WithoutCancel(t.Context()), path, &all[i]); err != nil {
			return err.Error()
		}
	}
	log, err := os.ReadFile(shared.Log("jobmanager"))
	return fmt.Sprintf("%.8s, %s: %.3000s\nexceptions: %.6000s\nTaskManagers: %.3000s\nlog: %s, %v",
		job, stateOf(t, job), all[0], all[1], all[2], log[max(0, len(log)-20_000):], err)
}

// killedTaskManager kills the gateway and then the TaskManager of a job that writes files. Another session finds each
// row once.
func killedTaskManager(t *testing.T, m *sessiontest.Mortal) {
	const rows = 40_000 // 80 seconds: the job outlasts both kills on a busy machine
	table := `CREATE TEMPORARY TABLE once (id BIGINT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'file://` + filepath.ToSlash(t.TempDir()) + "')"
	ada := sessiontest.OpenOn(t, address)
	// The slots of the other TaskManager may be those of other jobs: the job then waits for the new one.
	ada.Do("SET 'restart-strategy.type' = 'fixed-delay'")
	ada.Do("SET 'restart-strategy.fixed-delay.attempts' = '1000'")
	ada.Do("SET 'restart-strategy.fixed-delay.delay' = '1 s'")
	ada.Do(table)
	ada.Do(fmt.Sprintf(`CREATE TEMPORARY TABLE passing (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '500',
		'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '%d')`, rows))
	writer := try(t, ada, "INSERT INTO once SELECT id FROM passing")
	written := writer.Query.Started().Job
	defer func() {
		if t.Failed() {
			t.Log(whyStuck(t, written))
		}
	}()
	checkpoints := func() (n int) {
		if stateOf(t, written) != "RUNNING" { // while the job restarts, the JobManager logs the request as an error
			return 0
		}
		var c struct{ Counts struct{ Completed int } }
		if err := shared.Get(t.Context(), "/jobs/"+written+"/checkpoints", &c); err == nil {
			n = c.Counts.Completed
		}
		return n
	}
	processes.Await(t, "a checkpoint", func() bool { return checkpoints() > 0 })
	ada.Kill()
	for i := range len(shared.TaskManagers) { // the job may run in either
		after := checkpoints()
		shared.TaskManagers[i].Kill()
		if err := shared.StartTaskManager(); err != nil {
			t.Fatal(err)
		}
		// On a busy machine the new TaskManager and the job take long to start.
		processes.AwaitWithin(t, 3*time.Minute, "a checkpoint of the restarted job", func() bool { return checkpoints() > after })
	}
	if got := sessiontest.Drain(t, writer.Events); got.Ended.State != query.Finished {
		t.Fatalf("%v, %v", got.Ended.State, got.Ended.Err)
	}
	m.Do(table)
	want := fmt.Sprintf("%d %d %d", rows, rows, rows*(rows+1)/2)
	m.Do("SET 'execution.runtime-mode' = 'batch'")
	defer m.Do("SET 'execution.runtime-mode' = 'streaming'")
	if got := m.Table("SELECT COUNT(*), COUNT(DISTINCT id), SUM(id) FROM once"); !slices.Equal(got, []string{want}) {
		t.Errorf("%q, want %q", got, want)
	}
}
