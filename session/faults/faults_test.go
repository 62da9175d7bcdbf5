package faults_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"riffle/session"
	"riffle/session/gateway"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

// One fault after the other happens to the same session: a Flink for each would cost more than
// the tests.
func TestFaults(t *testing.T) {
	var boots atomic.Int64
	raw, err := filepath.Abs("../testdata/raw/raw.jar")
	if err != nil {
		t.Fatal(err)
	}
	m := sessiontest.OpenWith(t, func(c *session.Config) {
		boot := c.Boot
		c.Boot = func(ctx context.Context) (gateway.Gateway, error) {
			boots.Add(1)
			return boot(ctx)
		}
		c.Jars = func(_ context.Context, artifact string, _ func(string)) ([]string, error) {
			if artifact != "example:raw:1" {
				return nil, errors.New("there is no " + artifact)
			}
			return []string{filepath.ToSlash(raw)}, nil
		}
	}, "taskmanager.numberOfTaskSlots", "4", "slot.request.timeout", "5 s")
	jar := filepath.ToSlash(filepath.Join(t.TempDir(), "empty.jar"))
	t.Run("artifact", func(t *testing.T) { addArtifact(t, m) }) // has the class example.ToURI
	t.Run("no slots", func(t *testing.T) { noSlots(t, m) })
	t.Run("changes are whole", func(t *testing.T) { changesAreWhole(t, m) })
	m.SetCluster() // for the next JVM
	t.Run("lost JVM", func(t *testing.T) { lostJVM(t, m, &boots, jar) })
	if sample.Whole { // two JVMs have been lost
		t.Run("lost JVM at any moment", func(t *testing.T) { lostAtAnyMoment(t, m) })
	}
	// Faults of the cluster while its JVM lives.
	m.Do("RESET")
	t.Run("full", func(t *testing.T) { fullCluster(t, m) })
	t.Run("lost TaskManager", func(t *testing.T) { lostTaskManager(t, m) })
	t.Run("exactly once", func(t *testing.T) { exactlyOnce(t, m) })
	t.Run("deleted folder", func(t *testing.T) { deletedFolder(t, m) })
}

func addArtifact(t *testing.T, m *sessiontest.Mortal) {
	silent := func(string) {}
	if _, err := m.AddArtifact(t.Context(), "example:raw:2", silent); err == nil || err.Error() != "there is no example:raw:2" {
		t.Errorf("says %v", err)
	}
	for range 2 { // a second time does no harm
		if n, err := m.AddArtifact(t.Context(), "example:raw:1", silent); n != 1 || err != nil {
			t.Fatalf("%d jars, %v", n, err)
		}
	}
}

// Flink gives up its TaskManager because of a task that cannot be cancelled. Queries that ran
// there fail and say so, those with a restart strategy restart, and the next statement finds a
// cluster.
func lostTaskManager(t *testing.T, m *sessiontest.Mortal) {
	if _, err := m.Try(sessiontest.SequenceTable("pair", 2) + `;
		CREATE TEMPORARY TABLE watch (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '50',
			'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '100000');
		SET 'task.cancellation.timeout' = '1000'`); err != nil {
		t.Fatal(err)
	}
	start := func(sql string) session.Reply {
		t.Helper()
		reply, err := m.Try(sql)
		if err != nil {
			t.Fatal(session.Explain(err))
		}
		return reply
	}
	failing := start("SELECT id FROM watch")
	start("SET 'restart-strategy.type' = 'fixed-delay'; SET 'restart-strategy.fixed-delay.delay' = '100 ms'; SET 'execution.checkpointing.interval' = '100 ms'")
	lasting := start("SELECT COUNT(*) AS n, MIN(id) AS least, MAX(id) AS most FROM watch")
	start("RESET 'restart-strategy.type'")
	sessiontest.AwaitRows(t, lasting.Query)
	sessiontest.AwaitRows(t, failing.Query)
	loseTaskManager(t, m)
	if got := sessiontest.Drain(t, failing.Events); got.Ended.State != query.Failed || !strings.Contains(session.Explain(got.Ended.Err), "TaskManager") {
		t.Errorf("a query without restarts: %v, %s", got.Ended.State, session.Explain(got.Ended.Err))
	}
	if got := m.Table("SELECT 1"); len(got) != 1 {
		t.Errorf("SELECT 1: %q", got)
	}
	sessiontest.AwaitEvent(t, lasting.Events, func(e query.Event) bool { _, ok := e.(query.Restarted); return ok })
}

// If no slot is left, the message names the queries that use them.
func noSlots(t *testing.T, m *sessiontest.Mortal) {
	m.Do("CREATE TEMPORARY TABLE clock (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '5')")
	start := func(sql string) session.Reply {
		t.Helper()
		reply, err := m.Try(sql)
		if err != nil {
			t.Fatal(session.Explain(err))
		}
		return reply
	}
	var running []session.Reply
	for _, slots := range []int{3, 1} {
		reply := start(fmt.Sprintf("SET 'parallelism.default' = '%d'; SELECT id FROM clock", slots))
		sessiontest.AwaitRows(t, reply.Query)
		running = append(running, reply)
	}
	got := sessiontest.Drain(t, start("SELECT id FROM clock WHERE id > 0").Events)
	want := fmt.Sprintf(`%s, %s use them: \cancel one`, running[0].Query.ID(), running[1].Query.ID())
	if text := session.Explain(got.Ended.Err); !strings.Contains(text, "slots") || !strings.Contains(text, want) {
		t.Errorf("%v: %s", got.Ended.State, text)
	}
	for _, reply := range running {
		if err := reply.Query.Cancel(t.Context()); err != nil {
			t.Error(err)
		}
		sessiontest.Drain(t, reply.Events)
	}
	m.Do("RESET; DROP TEMPORARY TABLE clock")
}

// If the session's folder was deleted, whatever needs it reports that.
func deletedFolder(t *testing.T, m *sessiontest.Mortal) {
	m.Do(sessiontest.SequenceTable("dozen", 12) + "; func Inc(n int) int { return n + 1 }")
	dir := m.Folder()
	err := os.RemoveAll(dir)
	for errors.Is(err, syscall.ENOTEMPTY) { // Flink has just made a file in it
		err = os.RemoveAll(dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Table("SELECT COUNT(*) FROM (VALUES 1, 2)"); len(got) != 1 {
		t.Errorf("a query that needs no folder: %q", got)
	}
	reply, err := m.Try("SELECT Inc(id) FROM dozen")
	if err != nil {
		t.Fatal(session.Explain(err))
	}
	got := sessiontest.Drain(t, reply.Events)
	if got.Ended.State != query.Failed {
		t.Fatalf("a query with a function: %+v", got)
	}
	if text := session.Explain(got.Ended.Err); !strings.Contains(text, "folder "+dir+" has been deleted") || !strings.Contains(text, "restart riffle") {
		t.Error(text)
	}
}

// Ten unbounded queries at the default parallelism, one of them with a function,
// a batch hash join and a query with its state in RocksDB leave room for the next
// statement.
func fullCluster(t *testing.T, m *sessiontest.Mortal) {
	m.Do(`CREATE TEMPORARY TABLE clock (id BIGINT, k AS MOD(id, 7)) WITH ('connector' = 'datagen', 'rows-per-second' = '20');
		func Inc(n int64) int64 { return n + 1 }`)
	m.Do(sessiontest.SequenceTable("lefts", 30_000) + ";" + sessiontest.SequenceTable("rights", 20_000))
	queries := []string{"SELECT Inc(id) FROM clock"}
	for i := range 9 {
		queries = append(queries, "SELECT k, COUNT(*), MAX(id) FROM clock WHERE k <> "+strconv.Itoa(i)+" GROUP BY k")
	}
	queries = append(queries, "SET 'state.backend.type' = 'rocksdb'; SELECT k, MIN(id) FROM clock GROUP BY k")
	var running []session.Reply
	for _, text := range queries {
		reply, err := m.Try(text)
		if err != nil {
			t.Fatal(session.Explain(err))
		}
		sessiontest.AwaitRows(t, reply.Query)
		reply.Events.Close()
		running = append(running, reply)
	}
	m.Do("RESET 'state.backend.type'; SET 'execution.runtime-mode' = 'batch'")
	if got := m.Table("SELECT COUNT(*) FROM lefts JOIN rights ON lefts.id = rights.id"); !slices.Equal(got, []string{"20000"}) {
		t.Errorf("the join gives %q", got)
	}
	m.Do("RESET 'execution.runtime-mode'")
	began := time.Now()
	if got := m.Table("SELECT 1"); !slices.Equal(got, []string{"1"}) {
		t.Errorf("SELECT 1 gives %q", got)
	}
	t.Logf("SELECT 1 after %s", time.Since(began))
	for _, reply := range running {
		select {
		case <-reply.Query.Done():
			t.Errorf("%s has ended", reply.Query.ID())
		default:
		}
		if err := reply.Query.Cancel(t.Context()); err != nil {
			t.Error(err)
		}
		<-reply.Query.Done()
	}
}
