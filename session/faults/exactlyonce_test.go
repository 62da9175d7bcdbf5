package faults_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/processes"
	"riffle/session/sessiontest/sample"
)

// A job that restarts writes each row to its files once, although its TaskManager is lost and the processes
// of its functions are killed with bundles in progress.
func exactlyOnce(t *testing.T, m *sessiontest.Mortal) {
	lost := sample.Of(1, 5)
	rows := sample.Of(3_000, 60_000) // the job outlasts the losses on a busy machine
	start := func(sql string) session.Reply {
		t.Helper()
		reply, err := m.Try(sql)
		if err != nil {
			t.Fatal(session.Explain(err))
		}
		return reply
	}
	m.Do("func Kept(n int64) int64 { return n }")
	m.Do(fmt.Sprintf(`CREATE TEMPORARY TABLE passing (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000',
		'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '%d')`, rows))
	m.Do("CREATE TEMPORARY TABLE once (id BIGINT, kept BIGINT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'file://" + filepath.ToSlash(t.TempDir()) + "')")
	start("SET 'restart-strategy.type' = 'fixed-delay'; SET 'restart-strategy.fixed-delay.delay' = '100 ms'; SET 'restart-strategy.fixed-delay.attempts' = '1000000'")
	start("SET 'execution.checkpointing.interval' = '100 ms'; SET 'task.cancellation.timeout' = '1000'")
	job := start("INSERT INTO once SELECT id, Kept(id) FROM passing")
	start("RESET")
	start("SET 'task.cancellation.timeout' = '1000'")
	killed := 0
	for range lost {
		for range 3 {
			time.Sleep(rand.N(500 * time.Millisecond))
			killed += killFunctions(t)
		}
		loseTaskManager(t, m)
	}
	if got := sessiontest.Drain(t, job.Events); got.Ended.State != query.Finished {
		t.Fatalf("%v, %s", got.Ended.State, session.Explain(got.Ended.Err))
	}
	want := fmt.Sprintf("%d %d %d true", rows, rows, rows*(rows+1)/2)
	if got := m.Table("SELECT COUNT(*), COUNT(DISTINCT id), SUM(id), SUM(id) = SUM(kept) FROM once"); len(got) != 1 || got[0] != want {
		t.Errorf("%d processes were killed: %q, want %q", killed, got, want)
	}
}

// killFunctions kills the processes of functions, for which it waits, and returns their number.
func killFunctions(t *testing.T) int {
	t.Helper()
	if runtime.GOOS != "linux" {
		return 0 // there is no /proc
	}
	var running []int
	processes.Await(t, "a function runs", func() bool {
		running = processes.Children(t)
		return len(running) > 0
	})
	for _, pid := range running {
		if process, err := os.FindProcess(pid); err == nil {
			_ = process.Kill() // it may have ended
		}
	}
	return len(running)
}
