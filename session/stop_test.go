package session_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
)

// A statement continues where its job was stopped: no row is lost, and none comes twice. Functions with
// arguments of each kind of type are called. One of them takes longer than the source, which emits the rows of a second
// at once, so bundles are in progress when the job stops.
func TestStopAndGoOn(t *testing.T) {
	const functions = `func StoppedNumber(n int64) int64 { return n }
		func StoppedSigns(n int64) iter.Seq[int64] { time.Sleep(time.Millisecond); return slices.Values([]int64{n, -n}) }
		func StoppedText(s string) string { return s }
		func StoppedTime(t time.Time) time.Time { return t }
		func StoppedArray(a []int64) []int64 { return a }
		func StoppedMap(m map[string]int64) map[string]int64 { return m }
		type StoppedPair struct { A int64; B *string }
		func StoppedRow(p StoppedPair) StoppedPair { return p }`
	run(t, functions)
	defer run(t, "RESET; DROP TEMPORARY TABLE stopping; DROP TEMPORARY TABLE stopped_files")
	run(t, `CREATE TEMPORARY TABLE stopping (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000',
		'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '4000')`)
	run(t, "CREATE TEMPORARY TABLE stopped_files (n BIGINT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'file://"+filepath.ToSlash(t.TempDir())+"')")
	run(t, "SET 'execution.checkpointing.interval' = '200ms'")
	const insert, totals = `INSERT INTO stopped_files SELECT m FROM stopping, LATERAL TABLE(StoppedSigns(StoppedNumber(n))) AS x(m)
		WHERE StoppedText(CONCAT('n', CAST(n AS STRING))) = CONCAT('n', CAST(n AS STRING)) AND StoppedTime(TO_TIMESTAMP_LTZ(n, 3)) = TO_TIMESTAMP_LTZ(n, 3)
		AND StoppedArray(ARRAY[n, 0])[1] = n AND StoppedMap(MAP['n', n])['n'] = n AND StoppedRow(CAST(ROW(n, 'b') AS ROW<A BIGINT, B STRING>)).A = n`, "SELECT COUNT(*), SUM(ABS(n)), COUNT(DISTINCT n) FROM stopped_files"
	first := run(t, insert)
	for h := (query.Health{}); h.RowsIn < 500; time.Sleep(10 * time.Millisecond) {
		h, _ = first.Query.Health(t.Context()) // it may not run yet
	}
	before := shared.Settings()
	job := first.Query.Started().Job
	if _, err := shared.Stop(t.Context(), job, ""); err == nil || err.Error() != "a savepoint needs a folder: name one, or SET 'execution.checkpointing.savepoint-dir' = 'file:///…'" {
		t.Errorf("without a folder: %v", err)
	}
	path, err := shared.Stop(t.Context(), job, filepath.Join(t.TempDir(), "of savepoints"))
	if err != nil || !strings.Contains(path, "of savepoints/savepoint-") {
		t.Fatalf("savepoint %q, %v", path, err)
	}
	sessiontest.Drain(t, first.Events)
	if got := shared.Settings(); !maps.Equal(got, before) {
		t.Errorf("leaves settings %v", got)
	}
	part := sessiontest.Drain(t, run(t, totals).Events).Table
	run(t, "SET 'execution.state-recovery.path' = '"+path+"'")
	if second := sessiontest.Drain(t, run(t, insert).Events); second.Ended.State != query.Finished {
		t.Fatal(second.Ended.Err)
	}
	got := shown(t, run(t, totals).Events)
	if len(got.rows) != 1 || strings.Join(got.rows[0], " ") != "8000 16004000 8000" || part[0] == "8000 16004000 8000" {
		t.Errorf("%q goes on to %q", part, got.rows)
	}
	if want := []string{"starts from the beginning: only INSERT resumes from the savepoint of execution.state-recovery.path"}; !slices.Equal(got.notices, want) {
		t.Errorf("says %q", got.notices)
	}
	run(t, "CREATE TEMPORARY TABLE stopped_sums (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole')")
	defer run(t, "DROP TEMPORARY TABLE stopped_sums")
	for _, test := range []struct{ from, insert, want string }{
		{path, "INSERT INTO stopped_sums SELECT n, COUNT(*) FROM stopping GROUP BY n", "the savepoint belongs to another statement"},
		{"/nowhere", insert, "there is no savepoint /nowhere"},
	} {
		run(t, "SET 'execution.state-recovery.path' = '"+test.from+"'")
		if got := sessiontest.Drain(t, run(t, test.insert).Events); got.Ended.Err == nil || !strings.Contains(session.Explain(got.Ended.Err), test.want) {
			t.Errorf("%s from %s: %v, want %s", test.insert, test.from, got.Ended.Err, test.want)
		}
	}
}

func TestWhatCannotBeStopped(t *testing.T) {
	defer run(t, "RESET; DROP TEMPORARY TABLE batch_of; DROP TEMPORARY TABLE batch_into")
	run(t, "CREATE TEMPORARY TABLE batch_of (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100', 'number-of-rows' = '100000')")
	run(t, "CREATE TEMPORARY TABLE batch_into (n BIGINT) WITH ('connector' = 'blackhole')")
	run(t, "SET 'execution.runtime-mode' = 'batch'")
	batch := run(t, "INSERT INTO batch_into SELECT n FROM batch_of")
	for h := (query.Health{}); h.State != "RUNNING"; time.Sleep(10 * time.Millisecond) {
		h, _ = batch.Query.Health(t.Context()) // it may not be known yet
	}
	folder := t.TempDir()
	for job, want := range map[string]string{
		batch.Query.Started().Job:          "a batch job has no savepoints",
		"00000000000000000000000000000000": "there is no job 00000000000000000000000000000000",
	} {
		if path, err := shared.Stop(t.Context(), job, folder); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("savepoint %q, %v, want %s", path, err, want)
		}
	}
	if err := batch.Query.Cancel(t.Context()); err != nil {
		t.Error(err)
	}
	sessiontest.Drain(t, batch.Events)
}

// A job can be stopped at once: its tasks are waited for.
func TestStopWhileTasksDeploy(t *testing.T) {
	defer run(t, "RESET; DROP TEMPORARY TABLE deploying; DROP TEMPORARY TABLE deployed")
	run(t, "CREATE TEMPORARY TABLE deploying (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10')")
	run(t, "CREATE TEMPORARY TABLE deployed (n BIGINT) WITH ('connector' = 'blackhole')")
	run(t, "SET 'parallelism.default' = '4'; SET 'execution.checkpointing.savepoint-dir' = 'file://"+filepath.ToSlash(t.TempDir())+"'")
	const insert = "INSERT INTO deployed SELECT n FROM deploying GROUP BY n"
	first := run(t, insert)
	if path, err := shared.Stop(t.Context(), first.Query.Started().Job, ""); err != nil || path == "" {
		t.Errorf("savepoint %q, %v", path, err)
	}
	sessiontest.Drain(t, first.Events)
	second := run(t, insert)
	run(t, "STOP JOB '"+second.Query.Started().Job+"' WITH SAVEPOINT")
	sessiontest.Drain(t, second.Events)
}

// Rows that a job writes are counted, and a source without rows is reported.
func TestRowsWrittenAndUnread(t *testing.T) {
	defer run(t, "RESET; DROP TEMPORARY TABLE counting; DROP TEMPORARY TABLE written; DROP TEMPORARY TABLE written_files")
	run(t, "CREATE TEMPORARY TABLE counting (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '200')")
	run(t, "CREATE TEMPORARY TABLE written (n BIGINT) WITH ('connector' = 'blackhole')")
	run(t, "CREATE TEMPORARY TABLE written_files (n BIGINT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'file://"+filepath.ToSlash(t.TempDir())+"')")
	for _, insert := range []string{
		"INSERT INTO written SELECT n FROM counting", "INSERT INTO written_files SELECT n FROM counting",
	} {
		reply := run(t, insert)
		if end, err := reply.Query.Await(t.Context(), 100); end != nil || err != nil || reply.Query.Count(t.Context()) < 100 {
			t.Errorf("%s: %v, %v, %d rows", insert, end, err, reply.Query.Count(t.Context()))
		}
		if unread := reply.Query.Unread(t.Context()); unread != nil {
			t.Errorf("%s: %+v", insert, unread)
		}
		if err := reply.Query.Cancel(t.Context()); err != nil {
			t.Error(err)
		}
		sessiontest.Drain(t, reply.Events)
	}
	// It reads, and no row comes of it.
	none := run(t, "SELECT n FROM counting WHERE n IS NULL")
	for h := (query.Health{}); !h.Deployed; time.Sleep(10 * time.Millisecond) {
		h, _ = none.Query.Health(t.Context())
	}
	if unread := none.Query.Unread(t.Context()); unread != nil {
		t.Errorf("a filter that drops all: %+v", unread)
	}
	if err := none.Query.Cancel(t.Context()); err != nil {
		t.Error(err)
	}
	sessiontest.Drain(t, none.Events)
	empty := t.TempDir()
	run(t, "CREATE TEMPORARY TABLE awaited (n BIGINT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'source.monitor-interval' = '1s', 'path' = 'file://"+filepath.ToSlash(empty)+"')")
	defer run(t, "DROP TEMPORARY TABLE awaited")
	late := run(t, "SELECT n FROM awaited")
	for h := (query.Health{}); h.RowsIn < 0 || !h.Deployed; time.Sleep(100 * time.Millisecond) {
		h, _ = late.Query.Health(t.Context())
	}
	if unread := late.Query.Unread(t.Context()); unread == nil || unread.Failed || unread.Reason != "no rows were read: the sources have not produced any yet" {
		t.Errorf("a folder without files: %+v", unread)
	}
	if err := late.Query.Cancel(t.Context()); err != nil {
		t.Error(err)
	}
	sessiontest.Drain(t, late.Events)
}
