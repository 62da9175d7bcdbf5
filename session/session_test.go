package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"riffle/session"
	"riffle/session/flink"
	"riffle/session/gateway"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
	"riffle/udfhost"
	"riffle/udfhost/golang"
)

// shared is the session of this package's tests: one JVM for all.
var shared *session.Session

// embedded is its gateway.
var embedded *flink.Gateway

// flinkLog is the path of its JVM's log.
var flinkLog string

func TestMain(m *testing.M) {
	// Flink starts this very binary as its Python.
	if udfhost.ShimName(os.Args[0]) {
		os.Exit(udfhost.Shim(os.Args, os.Environ()))
	}
	sessiontest.QuickJava()
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "riffle-session-test-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		flinkLog = filepath.Join(dir, "flink.log")
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
			Boot: func(ctx context.Context) (gateway.Gateway, error) {
				var err error
				embedded, err = flink.Embedded{Dir: dir, Flink: host.FlinkOptions(), Log: log}.Start(ctx)
				return embedded, err
			},
		})
		defer shared.Close()
		code := m.Run()
		if log, err := os.ReadFile(flinkLog); code != 0 && err == nil {
			if at := bytes.Index(log, []byte("FATAL")); at >= 0 { // the cluster has lost its TaskManager
				fmt.Fprintf(os.Stderr, "in Flink's log: %.3000s\n", log[at:])
			}
		}
		return code
	}())
}

// execute runs all statements of a text and returns the last one's reply.
func execute(t *testing.T, text string, mode query.Mode) (session.Reply, error) {
	t.Helper()
	var reply session.Reply
	for _, st := range shared.Cell(text).Statements() {
		if reply.Events != nil {
			sessiontest.Drain(t, reply.Events)
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
	reply, err := execute(t, text, query.Lossless)
	if err != nil {
		t.Fatalf("%s: %s", text, session.Explain(err))
	}
	return reply
}

// functions are the functions that tests call but do not declare themselves.
const functions = plainFunctions + timesAndWrongValues + deepFunctions + nondeterministic + printing + failing +
	strandedFunctions + togetherFunctions + unnested + triedFunctions + tabled + awaited + calledByName + wholeFunctions

const togetherFunctions = `
func Add(a, b int) int { return a + b }
func Tag(n int) string { return "tag " + strconv.Itoa(n%7) }
func Broad(n int) string { return strings.Repeat(string(rune('a'+n%26)), 8<<20) }
func Never(n int) (int, error) { return 0, errors.New("never") }`

var declared bool

// declare makes the functions, for the first test that needs some. They are one cell,
// since each cell builds all functions of the session, which takes half a second.
func declare(t *testing.T) {
	t.Helper()
	if !declared {
		run(t, functions)
		declared = true
	}
}

func TestStatementsAndTheirReplies(t *testing.T) {
	if reply := run(t, sessiontest.SequenceTable("five", 5)); reply.Message != "OK" || reply.Query != nil {
		t.Errorf("CREATE TABLE: %+v", reply)
	}
	got := sessiontest.Drain(t, run(t, "SELECT id * 2 AS twice FROM five").Events)
	if want := []string{"+I 2", "+I 4", "+I 6", "+I 8", "+I 10"}; !slices.Equal(got.Changes, want) {
		t.Errorf("changes %q", got.Changes)
	}
	if got.Ended.State != query.Finished || got.Ended.Rows != 5 || got.Ended.Err != nil {
		t.Errorf("ended %+v", got.Ended)
	}
	if s := got.Started; !s.Bounded || s.Updating() || s.Job == "" {
		t.Errorf("started %+v", s)
	}
	shown := sessiontest.Drain(t, run(t, "SHOW TABLES").Events)
	if !slices.Contains(shown.Table, "five") || shown.Started.Job != "" {
		t.Errorf("SHOW TABLES: %+v", shown)
	}
	explained := sessiontest.Drain(t, run(t, "EXPLAIN SELECT * FROM five").Events)
	if len(explained.Table) != 1 || !strings.Contains(explained.Table[0], "Optimized Execution Plan") {
		t.Errorf("EXPLAIN: %q", explained.Table)
	}
	run(t, "CREATE TEMPORARY TABLE nowhere (id BIGINT) WITH ('connector' = 'blackhole')")
	insert := sessiontest.Drain(t, run(t, "INSERT INTO nowhere SELECT id FROM five").Events)
	if insert.Ended.State != query.Finished || insert.Started.Schema != nil || insert.Started.Job == "" {
		t.Errorf("INSERT: %+v", insert)
	}
	run(t, "CREATE DATABASE shop; USE shop")
	if got := sessiontest.Drain(t, run(t, "SHOW CURRENT DATABASE").Events); !slices.Equal(got.Table, []string{"shop"}) {
		t.Errorf("USE: %q", got.Table)
	}
	run(t, "USE `default_database`; DROP DATABASE shop")
}

func TestUpdatingQueryFoldsToItsTable(t *testing.T) {
	got := sessiontest.Drain(t, run(t, "SELECT k, COUNT(*) AS n FROM (VALUES ('a'), ('b'), ('a')) AS t(k) GROUP BY k").Events)
	if want := []string{"+I a 1", "+I b 1", "-U a 1", "+U a 2"}; !slices.Equal(got.Changes, want) {
		t.Errorf("changes %q", got.Changes)
	}
	if want := []string{"a 2", "b 1"}; !slices.Equal(got.Table, want) {
		t.Errorf("table %q", got.Table)
	}
}

func TestSettings(t *testing.T) {
	run(t, "SET 'parallelism.default' = '2'; SET 'execution.runtime-mode' = 'batch'")
	got := sessiontest.Drain(t, run(t, "SELECT COUNT(*) FROM (VALUES 1, 2, 3) AS t(a)").Events)
	if want := []string{"+I 3"}; !slices.Equal(got.Changes, want) {
		t.Errorf("batch mode gave %q", got.Changes)
	}
	listed := sessiontest.Drain(t, run(t, "SET").Events)
	if want := []string{"execution.runtime-mode batch", "parallelism.default 2"}; !slices.Equal(listed.Table, want) {
		t.Errorf("SET lists %q", listed.Table)
	}
	_, err := execute(t, "SET 'execution.runtime-mode' = 'sideways'", query.Lossless)
	if err == nil || shared.Settings()["execution.runtime-mode"] != "batch" {
		t.Errorf("a bad mode: %v, now %v", err, shared.Settings())
	}
	for set, want := range map[string]string{
		"SET 'python.executable' = 'python3'":     "riffle sets python.executable itself\n  SET 'python.executable' = 'python3'\n      ^^^^^^^^^^^^^^^^^^^\nremove this statement: Go functions run without it",
		"SET python.execution-mode = thread":      "riffle sets python.execution-mode itself",
		"SET 'python.requirements' = 'file:///r'": "python.requirements has no effect on Go functions\n",
	} {
		if _, err := execute(t, set, query.Lossless); err == nil || !strings.Contains(session.Explain(err), want) {
			t.Errorf("%s: %v", set, session.Explain(err))
		}
	}
	run(t, "SET 'python.fn-execution.bundle.size' = '7'")
	run(t, "RESET 'execution.runtime-mode'; RESET")
	if len(shared.Settings()) != 0 {
		t.Errorf("after RESET: %v", shared.Settings())
	}
	got = sessiontest.Drain(t, run(t, "SELECT COUNT(*) FROM (VALUES 1, 2) AS t(a)").Events)
	if want := []string{"+I 1", "-U 1", "+U 2"}; !slices.Equal(got.Changes, want) {
		t.Errorf("streaming again gave %q", got.Changes)
	}
}

func TestStatementSet(t *testing.T) {
	run(t, sessiontest.SequenceTable("input", 10)+`;
		CREATE TEMPORARY TABLE left_hole (id BIGINT) WITH ('connector' = 'blackhole');
		CREATE TEMPORARY TABLE right_hole (id BIGINT) WITH ('connector' = 'blackhole')`)
	got := sessiontest.Drain(t, run(t, `BEGIN STATEMENT SET;
		INSERT INTO left_hole SELECT id FROM input;
		INSERT INTO right_hole SELECT id FROM input;
		END`).Events)
	if got.Ended.State != query.Finished || got.Started.Job == "" {
		t.Errorf("the set: %+v", got)
	}
	_, err := execute(t, "BEGIN STATEMENT SET; INSERT INTO left_hole SELECT id FROM input;\nINSERT INTO right_hole SELECT nope FROM input; END", query.Lossless)
	var e *session.Error
	if !errors.As(err, &e) || !strings.HasSuffix(e.Position, ":2:31") {
		t.Errorf("an error in a set: %v", err)
	}
	// The mistake was found where the INSERT was typed, and the INSERT is not part of the set.
	if got = sessiontest.Drain(t, run(t, "END").Events); got.Ended.State != query.Finished {
		t.Errorf("the set without it: %+v", got)
	}
	for _, text := range []string{"END", "BEGIN STATEMENT SET; SELECT 1"} {
		if _, err := execute(t, text, query.Lossless); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
	_, _ = execute(t, "END", query.Lossless) // leave the set that SELECT did not end
}

// docs/errors.md has all of them; it is run in cmd/riffle.
func TestErrorsSayWhereAndWhatNext(t *testing.T) {
	run(t, sessiontest.SequenceTable("orders", 1))
	for _, test := range []struct{ text, want string }{
		{"SELECT\n  nope FROM orders", `:2:3: there is no column nope
    nope FROM orders
    ^^^^
available: id`},
		{"SELECT id FROM oders", `:1:16: there is no table or view oders
  SELECT id FROM oders
                 ^^^^^
did you mean orders?`},
		{"SELECT 'open", `:1:8: `},
		{"SELECT * FROM (VALUES (CAST('-Infinity' AS FLOAT))) AS t(x)", `:1:1: Flink cannot plan a query with a constant FLOAT that is NaN or Infinity
  SELECT * FROM (VALUES (CAST('-Infinity' AS FLOAT))) AS t(x)
  ^^^^^^
use DOUBLE instead of FLOAT`},
	} {
		_, err := execute(t, test.text, query.Lossless)
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
	if got := sessiontest.Drain(t, reply.Events); got.Ended.State != query.Cancelled || got.Ended.Err != nil {
		t.Errorf("ended %+v", got.Ended)
	}
	<-reply.Query.Done()
	if got := sessiontest.Drain(t, run(t, "SELECT 1").Events); len(got.Table) != 1 {
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
		shown := sessiontest.Drain(t, run(t, text).Events).Table
		if !slices.ContainsFunc(shown, func(row string) bool {
			return strings.HasPrefix(row, job+" riffle "+reply.Query.ID()+" RUNNING ")
		}) {
			t.Errorf("%s: %q", text, shown)
		}
	}
	if _, err := execute(t, "STOP JOB '"+job+"' WITH SAVEPOINT", query.Lossless); err == nil || !strings.Contains(err.Error(), "execution.checkpointing.savepoint-dir") {
		t.Errorf("a savepoint without a folder: %v", err)
	}
	run(t, "SET 'execution.checkpointing.savepoint-dir' = 'file://"+t.TempDir()+"'")
	saved := sessiontest.Drain(t, run(t, "STOP JOB '"+job+"' WITH SAVEPOINT").Events).Table
	if len(saved) != 1 || !strings.Contains(saved[0], "savepoint-") {
		t.Errorf("STOP JOB WITH SAVEPOINT: %q", saved)
	}
	if got := sessiontest.Drain(t, reply.Events); got.Ended.State != query.Cancelled {
		t.Errorf("the stopped query: %+v", got.Ended)
	}
	run(t, "RESET")
	reply = run(t, "SELECT id FROM clock")
	run(t, "STOP JOB '"+reply.Query.Started().Job+"'")
	if got := sessiontest.Drain(t, reply.Events); got.Ended.State != query.Cancelled {
		t.Errorf("a cancelled query: %+v", got.Ended)
	}
	for text, want := range map[string]string{
		"DESCRIBE JOB '00000000000000000000000000000000'": "there is no job 00000000000000000000000000000000: SHOW JOBS lists them",
		"STOP JOB 'mine'": "'mine' is no job's id: SHOW JOBS lists them",
	} {
		if _, err := execute(t, text, query.Lossless); err == nil || !strings.Contains(session.Explain(err), want) {
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
		_, err := execute(t, text, query.Lossless)
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
	run(t, sessiontest.SequenceTable("few", 3))
	got := sessiontest.Drain(t, run(t, "SELECT 1 / (id - 3) FROM few").Events)
	var e *session.Error
	if got.Ended.State != query.Failed || !errors.As(got.Ended.Err, &e) || !strings.HasPrefix(e.Message, "division by zero") || e.Trace == "" {
		t.Errorf("ended %+v", got.Ended)
	}
}

// ProgressOnly subscribers that do not read delay nobody, and the table is right.
func TestSlowSubscribersAreTold(t *testing.T) {
	count := sample.Of(200_000, 2_000_000) // more than may wait for a subscriber
	run(t, sessiontest.SequenceTable("numbers", count))
	reply, err := execute(t, "SELECT MOD(id, 7) AS k, COUNT(*) AS n FROM numbers GROUP BY MOD(id, 7)", query.ProgressOnly)
	if err != nil {
		t.Fatal(err)
	}
	shared.Keep(reply.Query)
	second := reply.Query.Subscribe(query.ProgressOnly)
	<-reply.Query.Done() // no event was read
	var want []string
	for k := range 7 {
		want = append(want, fmt.Sprint(k, " ", (count-k)/7+min(k, 1)))
	}
	for name, events := range map[string]*query.Subscription{"first": reply.Events, "second": second} {
		if got := sessiontest.Drain(t, events); got.Ended.State != query.Finished || len(got.Changes) > 0 {
			t.Errorf("%s: %d changes, ended %+v", name, len(got.Changes), got.Ended)
		}
	}
	if got := sessiontest.Table(t, reply.Query); !slices.Equal(got, want) {
		t.Errorf("table %q", got)
	}
}

func TestLosslessSubscriberSeesEveryChange(t *testing.T) {
	count := sample.Of(200_000, 300_000) // more than may wait for a subscriber
	run(t, sessiontest.SequenceTable("lots", count))
	reply := run(t, "SELECT MOD(id, 3) AS k, COUNT(*) AS n FROM lots GROUP BY MOD(id, 3)")
	got := sessiontest.Drain(t, reply.Events)
	if len(got.Changes) != 2*count-3 || got.Anew != 0 {
		t.Errorf("%d changes, began anew %d times", len(got.Changes), got.Anew)
	}
}
