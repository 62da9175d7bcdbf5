package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"riffle/session"
	"riffle/session/changelog"
	"riffle/session/flink"
	"riffle/udfhost"
	"riffle/udfhost/golang"
)

// shared is the session of this package's tests: one JVM for all.
var shared *session.Session

func TestMain(m *testing.M) {
	// Flink starts this very binary as its Python.
	if udfhost.ShimName(os.Args[0]) {
		os.Exit(udfhost.Shim(os.Args, os.Environ()))
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "riffle-session-test-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		log := slog.New(slog.DiscardHandler)
		store := golang.New(golang.Options{})
		defer store.Close()
		host, err := udfhost.Listen(context.Background(), udfhost.Options{Dir: dir, Engine: store.Engine(), Logger: log})
		if err != nil {
			panic(err)
		}
		defer host.Close()
		shared = session.New(context.Background(), session.Config{
			Log:       log,
			Functions: store,
			Harness:   host,
			Boot: func(ctx context.Context) (session.Gateway, error) {
				return flink.Embedded{Dir: dir, Flink: host.FlinkOptions(), Log: log}.Start(ctx)
			},
		})
		defer shared.Close()
		code := m.Run()
		if log, err := os.ReadFile(filepath.Join(dir, "flink.log")); code != 0 && err == nil {
			if at := bytes.Index(log, []byte("FATAL")); at >= 0 { // the cluster has lost its TaskManager
				fmt.Fprintf(os.Stderr, "in Flink's log: %.3000s\n", log[at:])
			}
		}
		return code
	}())
}

// execute runs all statements of a text and returns the last one's reply.
func execute(t *testing.T, text string, mode session.SubscribeMode) (session.Reply, error) {
	t.Helper()
	var reply session.Reply
	for _, st := range shared.Cell(text).Statements() {
		if reply.Events != nil {
			drain(t, reply.Events)
		}
		var err error
		if reply, err = shared.Execute(t.Context(), st, mode); err != nil {
			return reply, err
		}
	}
	return reply, nil
}

func run(t *testing.T, text string) session.Reply {
	t.Helper()
	reply, err := execute(t, text, session.Lossless)
	if err != nil {
		t.Fatalf("%s: %s", text, session.Explain(err))
	}
	return reply
}

// outcome is what a subscriber saw.
type outcome struct {
	started session.Started
	changes []string // "+I a 1"
	table   []string // the folded rows, sorted
	anew    int      // how often the table began anew
	printed []session.Printed
	failed  []session.FailedRows
	ended   session.Ended
}

func drain(t *testing.T, events *session.Subscription) outcome {
	t.Helper()
	defer events.Close()
	var out outcome
	var view *changelog.View
	for {
		e, err := events.Next(t.Context())
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := e.(type) {
		case session.Started:
			out.started = e
		case session.Restarted:
			out.anew++
			out.changes = nil
			if view != nil {
				view.Close()
				view = nil
			}
		case session.Batch:
			if view == nil {
				if view, err = out.started.View(0); err != nil {
					t.Fatal(err)
				}
			}
			out.changes = append(out.changes, changes(t, e)...)
			if err := view.Apply(e.Record); err != nil {
				t.Fatal(err)
			}
			e.Record.Release()
		case session.Printed:
			out.printed = append(out.printed, e)
		case session.FailedRows:
			out.failed = append(out.failed, e)
		case session.Ended:
			out.ended = e
		}
	}
	if view != nil {
		out.table = tableOf(t, view)
		view.Close()
	}
	return out
}

func changes(t *testing.T, b session.Batch) []string {
	t.Helper()
	kinds, err := changelog.Kinds(b.Record)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(kinds))
	for i, kind := range kinds {
		out[i] = kind.String()
		for _, column := range b.Record.Columns()[:b.Record.NumCols()-1] {
			out[i] += " " + column.ValueStr(i)
		}
	}
	return out
}

func tableOf(t *testing.T, view *changelog.View) []string {
	t.Helper()
	snapshot := view.Snapshot()
	defer snapshot.Release()
	record, err := snapshot.Record()
	if err != nil {
		t.Fatal(err)
	}
	defer record.Release()
	rows := make([]string, record.NumRows())
	for i := range rows {
		var values []string
		for _, column := range record.Columns() {
			values = append(values, column.ValueStr(i))
		}
		rows[i] = strings.Join(values, " ")
	}
	slices.Sort(rows)
	return rows
}

func sequenceTable(name string, rows int) string {
	return fmt.Sprintf("CREATE TEMPORARY TABLE %s (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000', "+
		"'number-of-rows' = '%d', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '%d')", name, rows, rows)
}

func TestStatementsAndTheirReplies(t *testing.T) {
	if reply := run(t, sequenceTable("five", 5)); reply.Message != "OK" || reply.Query != nil {
		t.Errorf("CREATE TABLE: %+v", reply)
	}
	got := drain(t, run(t, "SELECT id * 2 AS twice FROM five").Events)
	if want := []string{"+I 2", "+I 4", "+I 6", "+I 8", "+I 10"}; !slices.Equal(got.changes, want) {
		t.Errorf("changes %q", got.changes)
	}
	if got.ended.State != session.Finished || got.ended.Rows != 5 || got.ended.Err != nil {
		t.Errorf("ended %+v", got.ended)
	}
	if s := got.started; !s.Bounded || s.Updating() || s.Job == "" {
		t.Errorf("started %+v", s)
	}
	shown := drain(t, run(t, "SHOW TABLES").Events)
	if !slices.Contains(shown.table, "five") || shown.started.Job != "" {
		t.Errorf("SHOW TABLES: %+v", shown)
	}
	explained := drain(t, run(t, "EXPLAIN SELECT * FROM five").Events)
	if len(explained.table) != 1 || !strings.Contains(explained.table[0], "Optimized Execution Plan") {
		t.Errorf("EXPLAIN: %q", explained.table)
	}
	run(t, "CREATE TEMPORARY TABLE nowhere (id BIGINT) WITH ('connector' = 'blackhole')")
	insert := drain(t, run(t, "INSERT INTO nowhere SELECT id FROM five").Events)
	if insert.ended.State != session.Finished || insert.started.Schema != nil || insert.started.Job == "" {
		t.Errorf("INSERT: %+v", insert)
	}
	run(t, "CREATE DATABASE shop; USE shop")
	if got := drain(t, run(t, "SHOW CURRENT DATABASE").Events); !slices.Equal(got.table, []string{"shop"}) {
		t.Errorf("USE: %q", got.table)
	}
	run(t, "USE `default_database`; DROP DATABASE shop")
}

func TestUpdatingQueryFoldsToItsTable(t *testing.T) {
	got := drain(t, run(t, "SELECT k, COUNT(*) AS n FROM (VALUES ('a'), ('b'), ('a')) AS t(k) GROUP BY k").Events)
	if want := []string{"+I a 1", "+I b 1", "-U a 1", "+U a 2"}; !slices.Equal(got.changes, want) {
		t.Errorf("changes %q", got.changes)
	}
	if want := []string{"a 2", "b 1"}; !slices.Equal(got.table, want) {
		t.Errorf("table %q", got.table)
	}
}

func TestSettings(t *testing.T) {
	run(t, "SET 'parallelism.default' = '2'; SET 'execution.runtime-mode' = 'batch'")
	got := drain(t, run(t, "SELECT COUNT(*) FROM (VALUES 1, 2, 3) AS t(a)").Events)
	if want := []string{"+I 3"}; !slices.Equal(got.changes, want) {
		t.Errorf("batch mode gave %q", got.changes)
	}
	listed := drain(t, run(t, "SET").Events)
	if want := []string{"execution.runtime-mode batch", "parallelism.default 2"}; !slices.Equal(listed.table, want) {
		t.Errorf("SET lists %q", listed.table)
	}
	_, err := execute(t, "SET 'execution.runtime-mode' = 'sideways'", session.Lossless)
	if err == nil || shared.Settings()["execution.runtime-mode"] != "batch" {
		t.Errorf("a bad mode: %v, now %v", err, shared.Settings())
	}
	run(t, "RESET 'execution.runtime-mode'; RESET")
	if len(shared.Settings()) != 0 {
		t.Errorf("after RESET: %v", shared.Settings())
	}
	got = drain(t, run(t, "SELECT COUNT(*) FROM (VALUES 1, 2) AS t(a)").Events)
	if want := []string{"+I 1", "-U 1", "+U 2"}; !slices.Equal(got.changes, want) {
		t.Errorf("streaming again gave %q", got.changes)
	}
}

func TestStatementSet(t *testing.T) {
	run(t, sequenceTable("input", 10)+`;
		CREATE TEMPORARY TABLE left_hole (id BIGINT) WITH ('connector' = 'blackhole');
		CREATE TEMPORARY TABLE right_hole (id BIGINT) WITH ('connector' = 'blackhole')`)
	got := drain(t, run(t, `BEGIN STATEMENT SET;
		INSERT INTO left_hole SELECT id FROM input;
		INSERT INTO right_hole SELECT id FROM input;
		END`).Events)
	if got.ended.State != session.Finished || got.started.Job == "" {
		t.Errorf("the set: %+v", got)
	}
	_, err := execute(t, "BEGIN STATEMENT SET; INSERT INTO left_hole SELECT id FROM input;\nINSERT INTO right_hole SELECT nope FROM input; END", session.Lossless)
	var e *session.Error
	if !errors.As(err, &e) || !strings.HasSuffix(e.Position, ":2:31") {
		t.Errorf("an error in a set: %v", err)
	}
	// It was found where it stands, and is no part of the set.
	if got = drain(t, run(t, "END").Events); got.ended.State != session.Finished {
		t.Errorf("the set without it: %+v", got)
	}
	for _, text := range []string{"END", "BEGIN STATEMENT SET; SELECT 1"} {
		if _, err := execute(t, text, session.Lossless); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
	_, _ = execute(t, "END", session.Lossless) // leave the set that SELECT did not end
}

// docs/errors.md has all of them; it is run in cmd/riffle.
func TestErrorsSayWhereAndWhatNext(t *testing.T) {
	run(t, sequenceTable("orders", 1))
	for _, test := range []struct{ text, want string }{
		{"SELECT\n  nope FROM orders", `:2:3: there is no column nope
    nope FROM orders
    ^^^^
there is id`},
		{"SELECT id FROM oders", `:1:16: there is no table or view oders
  SELECT id FROM oders
                 ^^^^^
did you mean orders?`},
		{"SELECT 'open", `:1:8: `},
	} {
		_, err := execute(t, test.text, session.Lossless)
		if err == nil {
			t.Errorf("%s: no error", test.text)
			continue
		}
		if got := session.Explain(err); !strings.Contains(got, test.want) || strings.Contains(got, "Exception") {
			t.Errorf("%s:\n%s\nwant\n%s", test.text, got, test.want)
		}
	}
}

func TestCancel(t *testing.T) {
	run(t, "CREATE TEMPORARY TABLE ticks (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000')")
	reply := run(t, "SELECT id FROM ticks")
	if _, ok := shared.Query(reply.Query.ID()); !ok || reply.Query.Started().Bounded {
		t.Errorf("a running query: %+v", reply.Query.Started())
	}
	go func() {
		time.Sleep(200 * time.Millisecond)
		_ = reply.Query.Cancel(context.Background())
	}()
	if got := drain(t, reply.Events); got.ended.State != session.Cancelled || got.ended.Err != nil {
		t.Errorf("ended %+v", got.ended)
	}
	<-reply.Query.Done()
	if got := drain(t, run(t, "SELECT 1").Events); len(got.table) != 1 {
		t.Errorf("after a cancel: %+v", got)
	}
}

// What Flink leaves to its clients: jobs are listed, described, stopped.
func TestJobStatements(t *testing.T) {
	run(t, "CREATE TEMPORARY TABLE clock (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100')")
	reply := run(t, "SELECT id FROM clock")
	job := reply.Query.Started().Job
	for reply.Query.Rows() == 0 { // a savepoint needs tasks that run
		time.Sleep(10 * time.Millisecond)
	}
	for _, text := range []string{"SHOW JOBS", "DESCRIBE JOB '" + job + "'"} {
		shown := drain(t, run(t, text).Events).table
		if !slices.ContainsFunc(shown, func(row string) bool {
			return strings.HasPrefix(row, job+" riffle "+reply.Query.ID()+" RUNNING ")
		}) {
			t.Errorf("%s: %q", text, shown)
		}
	}
	if _, err := execute(t, "STOP JOB '"+job+"' WITH SAVEPOINT", session.Lossless); err == nil || !strings.Contains(err.Error(), "execution.checkpointing.savepoint-dir") {
		t.Errorf("a savepoint without a folder: %v", err)
	}
	run(t, "SET 'execution.checkpointing.savepoint-dir' = 'file://"+t.TempDir()+"'")
	saved := drain(t, run(t, "STOP JOB '"+job+"' WITH SAVEPOINT").Events).table
	if len(saved) != 1 || !strings.Contains(saved[0], "savepoint-") {
		t.Errorf("STOP JOB WITH SAVEPOINT: %q", saved)
	}
	if got := drain(t, reply.Events); got.ended.State != session.Cancelled {
		t.Errorf("the stopped query: %+v", got.ended)
	}
	run(t, "RESET")
	reply = run(t, "SELECT id FROM clock")
	run(t, "STOP JOB '"+reply.Query.Started().Job+"'")
	if got := drain(t, reply.Events); got.ended.State != session.Cancelled {
		t.Errorf("a cancelled query: %+v", got.ended)
	}
	for text, want := range map[string]string{
		"DESCRIBE JOB '00000000000000000000000000000000'": "there is no job 00000000000000000000000000000000: SHOW JOBS lists them",
		"STOP JOB 'mine'": "'mine' is no job's id: SHOW JOBS lists them",
	} {
		if _, err := execute(t, text, session.Lossless); err == nil || !strings.Contains(session.Explain(err), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestErrorsHideSecrets(t *testing.T) {
	for _, text := range []string{
		"CREATE CATALOG c WITH ('type' = 'jdbc', 'password' = 'hunter-22')",
		"CREATE CATALOG c WITH ('password' = 'hunter-22', 'type' = 'jdbc' x)",
		"CREATE CATALOG c WITH ('secret.password' = 'hunter-22')",
		"SET 'fs.s3a.secret.key' = 'hunter-22' x",
	} {
		_, err := execute(t, text, session.Lossless)
		var e *session.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if strings.Contains(session.Explain(err)+e.Trace, "hunter-22") || !strings.Contains(e.Excerpt, "'******'") {
			t.Errorf("%s: shows\n%s\n%s", text, session.Explain(err), e.Trace)
		}
	}
}

func TestFailingJob(t *testing.T) {
	run(t, sequenceTable("few", 3))
	got := drain(t, run(t, "SELECT 1 / (id - 3) FROM few").Events)
	var e *session.Error
	if got.ended.State != session.Failed || !errors.As(got.ended.Err, &e) || !strings.HasPrefix(e.Message, "division by zero") || e.Trace == "" {
		t.Errorf("ended %+v", got.ended)
	}
}

// A subscriber that does not read must not stall the others, and must still end
// up with the right table.
func TestSlowSubscriberIsFolded(t *testing.T) {
	run(t, sequenceTable("numbers", 2_000_000))
	reply, err := execute(t, "SELECT MOD(id, 7) AS k, COUNT(*) AS n FROM numbers GROUP BY MOD(id, 7)", session.Folded)
	if err != nil {
		t.Fatal(err)
	}
	quick := reply.Query.Subscribe(session.Folded)
	<-reply.Query.Done() // nobody has read an event
	want := []string{"0 285714", "1 285715", "2 285715", "3 285714", "4 285714", "5 285714", "6 285714"}
	for name, events := range map[string]*session.Subscription{"slow": reply.Events, "second": quick} {
		got := drain(t, events)
		if got.anew != 1 || got.ended.State != session.Finished {
			t.Errorf("%s: began anew %d times, ended %+v", name, got.anew, got.ended)
		}
		slices.Sort(want)
		if !slices.Equal(got.table, want) {
			t.Errorf("%s: table %q", name, got.table)
		}
	}
}

func TestLosslessSubscriberSeesEveryChange(t *testing.T) {
	run(t, sequenceTable("lots", 300_000))
	reply := run(t, "SELECT MOD(id, 3) AS k, COUNT(*) AS n FROM lots GROUP BY MOD(id, 3)")
	got := drain(t, reply.Events)
	if len(got.changes) != 2*300_000-3 || got.anew != 0 {
		t.Errorf("%d changes, began anew %d times", len(got.changes), got.anew)
	}
}

// roundedRows rewrites the numbers in rows to two decimals: sums of doubles
// differ in the last digits with the order of the summands.
func roundedRows(rows []string) []string {
	out := make([]string, len(rows))
	for i, row := range rows {
		fields := strings.Fields(row)
		for k, field := range fields {
			if n, err := strconv.ParseFloat(field, 64); err == nil {
				fields[k] = strconv.FormatFloat(n, 'f', 2, 64)
			}
		}
		out[i] = strings.Join(fields, " ")
	}
	slices.Sort(out)
	return out
}
