package session_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"riffle/session"
	"riffle/session/sessiontest"
)

// A statement goes on from where its job was stopped: no row is lost, none comes
// twice.
func TestStopAndGoOn(t *testing.T) {
	defer run(t, "RESET; DROP TEMPORARY TABLE stopping; DROP TEMPORARY TABLE stopped_files")
	run(t, `CREATE TEMPORARY TABLE stopping (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000',
		'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '4000')`)
	run(t, "CREATE TEMPORARY TABLE stopped_files (n BIGINT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'file://"+filepath.ToSlash(t.TempDir())+"')")
	run(t, "SET 'execution.checkpointing.interval' = '200ms'")
	const insert, totals = "INSERT INTO stopped_files SELECT n FROM stopping", "SELECT COUNT(*), SUM(n), COUNT(DISTINCT n) FROM stopped_files"
	first := run(t, insert)
	for h := (session.Health{}); h.RowsIn < 500; time.Sleep(10 * time.Millisecond) {
		h, _ = first.Query.Health(t.Context()) // it may not run yet
	}
	before := shared.Settings()
	job := first.Query.Started().Job
	if _, err := shared.Stop(t.Context(), job, ""); err == nil || err.Error() != "where to? name a folder, or SET 'execution.checkpointing.savepoint-dir' = 'file:///…'" {
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
	if second := sessiontest.Drain(t, run(t, insert).Events); second.Ended.State != session.Finished {
		t.Fatal(second.Ended.Err)
	}
	got := shown(t, run(t, totals).Events)
	if len(got.rows) != 1 || strings.Join(got.rows[0], " ") != "4000 8002000 4000" || part[0] == "4000 8002000 4000" {
		t.Errorf("%q goes on to %q", part, got.rows)
	}
	if want := []string{"begins anew: only INSERT goes on from the savepoint that execution.state-recovery.path names"}; !slices.Equal(got.notices, want) {
		t.Errorf("says %q", got.notices)
	}
	run(t, "CREATE TEMPORARY TABLE stopped_sums (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole')")
	defer run(t, "DROP TEMPORARY TABLE stopped_sums")
	for _, test := range []struct{ from, insert, want string }{
		{path, "INSERT INTO stopped_sums SELECT n, COUNT(*) FROM stopping GROUP BY n", "the savepoint is of another statement"},
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
	for h := (session.Health{}); h.State != "RUNNING"; time.Sleep(10 * time.Millisecond) {
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
