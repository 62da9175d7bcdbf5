package session_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"riffle/session"
)

// stuck is a query that gives a row and then cannot be cancelled: Java's regular
// expressions do not listen to interrupts, and the second takes for ever.
const stuck = `SELECT REGEXP_REPLACE(REPEAT('a', 60 * CAST(id - 1 AS INT)), '(a|aa)+b\1', '') FROM pair`

// A task that cannot be cancelled costs Flink its TaskManager. Queries that ran
// there fail and say so, those with a restart strategy begin anew, and the next
// statement finds a cluster.
func TestLostTaskManager(t *testing.T) {
	m := newMortal(t)
	if _, err := m.try(sequenceTable("pair", 2) + `;
		CREATE TEMPORARY TABLE clock (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '50',
			'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '100000');
		SET 'task.cancellation.timeout' = '1000'`); err != nil {
		t.Fatal(err)
	}
	start := func(sql string) session.Reply {
		t.Helper()
		reply, err := m.try(sql)
		if err != nil {
			t.Fatal(session.Explain(err))
		}
		return reply
	}
	failing := start("SELECT id FROM clock")
	start("SET 'restart-strategy.type' = 'fixed-delay'; SET 'restart-strategy.fixed-delay.delay' = '100 ms'; SET 'execution.checkpointing.interval' = '100 ms'")
	lasting := start("SELECT COUNT(*) AS n, MIN(id) AS least, MAX(id) AS most FROM clock")
	start("RESET 'restart-strategy.type'")
	awaitRows(t, lasting.Query)
	awaitRows(t, failing.Query)
	victim := start(stuck)
	awaitRows(t, victim.Query)
	if err := victim.Query.Cancel(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := drain(t, failing.Events); got.ended.State != session.Failed || !strings.Contains(session.Explain(got.ended.Err), "TaskManager") {
		t.Errorf("a query without restarts: %v, %s", got.ended.State, session.Explain(got.ended.Err))
	}
	if got := m.table("SELECT 1"); len(got) != 1 {
		t.Errorf("SELECT 1: %q", got)
	}
	awaitEvent(t, lasting.Events, func(e session.Event) bool { _, ok := e.(session.Restarted); return ok })
}

// With no slot left the message says who has them.
func TestNoSlots(t *testing.T) {
	m := newMortal(t, "taskmanager.numberOfTaskSlots", "2", "slot.request.timeout", "2 s")
	m.do("CREATE TEMPORARY TABLE clock (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '5')")
	for range 2 {
		reply, err := m.try("SELECT id FROM clock")
		if err != nil {
			t.Fatal(session.Explain(err))
		}
		awaitRows(t, reply.Query)
	}
	reply, err := m.try("SELECT id FROM clock WHERE id > 0")
	if err != nil {
		t.Fatal(session.Explain(err))
	}
	got := drain(t, reply.Events)
	if text := session.Explain(got.ended.Err); !strings.Contains(text, "slots") || !strings.Contains(text, `q2, q3 hold them: \cancel one`) {
		t.Errorf("%v: %s", got.ended.State, text)
	}
}

// A restarted job begins its result anew, in all of its subtasks: every row is
// there once. RAND() fails it now and then.
func TestRestartedJob(t *testing.T) {
	run(t, sequenceTable("dozens", 36)+`; SET 'restart-strategy.type' = 'fixed-delay'; SET 'restart-strategy.fixed-delay.delay' = '1 ms';
		SET 'restart-strategy.fixed-delay.attempts' = '10000'; SET 'parallelism.default' = '2'; SET 'execution.checkpointing.interval' = '20 ms'`)
	defer run(t, "RESET; DROP TEMPORARY TABLE dozens")
	var want []string
	for i := range 36 {
		want = append(want, strconv.Itoa(i+1))
	}
	slices.Sort(want)
	for _, mode := range []string{"streaming", "batch"} {
		run(t, "SET 'execution.runtime-mode' = '"+mode+"'")
		for anew := 0; anew == 0; {
			got := drain(t, run(t, "SELECT id FROM dozens WHERE 10 / CAST(RAND() * 40 AS INT) >= 0").Events)
			if got.ended.State != session.Finished || !slices.Equal(got.table, want) {
				t.Fatalf("%s: %v, %q", mode, got.ended, got.table)
			}
			anew = got.anew
		}
	}
}

// Whoever deletes the session's folder is told of it at what needs the folder.
func TestDeletedFolder(t *testing.T) {
	m := newMortal(t)
	m.do(sequenceTable("dozen", 12) + "; func Inc(n int) int { return n + 1 }")
	dir := m.folder()
	err := os.RemoveAll(dir)
	for errors.Is(err, syscall.ENOTEMPTY) { // Flink has just made a file in it
		err = os.RemoveAll(dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := m.table("SELECT COUNT(*) FROM (VALUES 1, 2)"); len(got) != 1 {
		t.Errorf("a query that needs no folder: %q", got)
	}
	reply, err := m.try("SELECT Inc(id) FROM dozen")
	if err != nil {
		t.Fatal(session.Explain(err))
	}
	got := drain(t, reply.Events)
	if got.ended.State != session.Failed {
		t.Fatalf("a query with a function: %+v", got)
	}
	if text := session.Explain(got.ended.Err); !strings.Contains(text, "folder "+dir+" has been deleted") || !strings.Contains(text, "start riffle anew") {
		t.Error(text)
	}
}

// awaitRows waits until a query has rows, and takes nothing from its first
// subscriber.
func awaitRows(t *testing.T, q *session.Query) {
	t.Helper()
	events := q.Subscribe(session.Folded)
	defer events.Close()
	awaitEvent(t, events, func(e session.Event) bool { _, ok := e.(session.Batch); return ok })
}

// awaitEvent reads events up to one that is wanted.
func awaitEvent(t *testing.T, events *session.Subscription, wanted func(session.Event) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		e, err := events.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		switch e := e.(type) {
		case session.Batch:
			e.Record.Release()
		case session.Ended:
			t.Fatalf("ended: %v, %v", e.State, e.Err)
		}
		if wanted(e) {
			return
		}
	}
}

// Ten unbounded queries at the default parallelism, one of them with a function,
// a batch hash join and a query with its state in RocksDB leave room for the next
// statement.
func TestFullCluster(t *testing.T) {
	m := newMortal(t)
	m.do(`CREATE TEMPORARY TABLE clock (id BIGINT, k AS MOD(id, 7)) WITH ('connector' = 'datagen', 'rows-per-second' = '20');
		func Inc(n int64) int64 { return n + 1 }`)
	m.do(sequenceTable("lefts", 30_000) + ";" + sequenceTable("rights", 20_000))
	queries := []string{"SELECT Inc(id) FROM clock"}
	for i := range 9 {
		queries = append(queries, "SELECT k, COUNT(*), MAX(id) FROM clock WHERE k <> "+strconv.Itoa(i)+" GROUP BY k")
	}
	queries = append(queries, "SET 'state.backend.type' = 'rocksdb'; SELECT k, MIN(id) FROM clock GROUP BY k")
	var running []session.Reply
	for _, text := range queries {
		reply, err := m.try(text)
		if err != nil {
			t.Fatal(session.Explain(err))
		}
		awaitRows(t, reply.Query)
		reply.Events.Close()
		running = append(running, reply)
	}
	m.do("RESET 'state.backend.type'; SET 'execution.runtime-mode' = 'batch'")
	if got := m.table("SELECT COUNT(*) FROM lefts JOIN rights ON lefts.id = rights.id"); !slices.Equal(got, []string{"20000"}) {
		t.Errorf("the join gives %q", got)
	}
	m.do("RESET 'execution.runtime-mode'")
	began := time.Now()
	if got := m.table("SELECT 1"); !slices.Equal(got, []string{"1"}) {
		t.Errorf("SELECT 1 gives %q", got)
	}
	t.Logf("SELECT 1 after %s", time.Since(began))
	for _, reply := range running {
		select {
		case <-reply.Query.Done():
			t.Errorf("%s has ended", reply.Query.ID())
		default:
		}
	}
}
