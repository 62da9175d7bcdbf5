package flink_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow/array"

	"riffle/session/flink"
	"riffle/session/flink/frame"
	"riffle/session/flink/frame/frametest"
	"riffle/session/gateway"
	"riffle/session/py4j"
	"riffle/session/sessiontest"
)

// shared is the one gateway of this package's tests.
var shared *flink.Gateway

func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.fuzz").Value.String() != "" {
		os.Exit(m.Run()) // decoders need no Flink, and fuzzing runs several processes
	}
	sessiontest.QuickJava()
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "riffle-flink-test-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		// See TestHadoopClassPath.
		if err := os.Setenv("HADOOP_CLASSPATH", filepath.Join("..", "testdata", "raw", "*")); err != nil {
			panic(err)
		}
		shared, err = flink.Embedded{Dir: dir, Log: slog.New(slog.DiscardHandler)}.Start(context.Background())
		if err != nil {
			panic(err)
		}
		defer shared.Close()
		return m.Run()
	}())
}

var names atomic.Int64

func execute(t *testing.T, sql string) (gateway.Answer, error) {
	t.Helper()
	return shared.Execute(t.Context(), sql, fmt.Sprintf("t%d", names.Add(1)))
}

// running is a query and what the test has received of it.
type running struct {
	*flink.Query
	gateway.Answer
}

func query(t *testing.T, sql string) running {
	t.Helper()
	a, err := execute(t, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if a.Query == nil {
		t.Fatalf("%s: no query but %+v", sql, a)
	}
	return running{a.Query.(*flink.Query), a}
}

func run(t *testing.T, sql string) {
	t.Helper()
	if _, err := execute(t, sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// rows reads a query to its end, each row as its values joined by a blank.
func rows(t *testing.T, q gateway.Query) ([]string, error) {
	t.Helper()
	var out []string
	for {
		d, err := q.Next(t.Context())
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		for i := range int(d.Record.NumRows()) {
			var values []string
			for _, column := range d.Record.Columns() {
				values = append(values, column.ValueStr(i))
			}
			out = append(out, strings.Join(values, " "))
		}
		d.Record.Release()
	}
}

func wantRows(t *testing.T, sql string, want ...string) running {
	t.Helper()
	q := query(t, sql)
	got, err := rows(t, q)
	if err != nil || strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%s: got %q, %v; want %q", sql, got, err, want)
	}
	return q
}

func TestSelect(t *testing.T) {
	q := wantRows(t, "SELECT 1, 'two', CAST(NULL AS DOUBLE)", "1 two (null) 0")
	if !q.Bounded || strings.Join(q.Result.Kinds, "") != "+I" || len(q.Result.Keys) != 0 {
		t.Errorf("a row of constants: %+v", q)
	}
	if got := q.Result.Schema.Field(1).Metadata.ToMap()["flink.type"]; got != "CHAR(3) NOT NULL" {
		t.Errorf("type of a literal is %q", got)
	}
}

func TestChangelogAndItsKey(t *testing.T) {
	q := wantRows(t, "SELECT k, COUNT(*) FROM (VALUES ('a'), ('b'), ('a')) AS t(k) GROUP BY k",
		"a 1 0", "b 1 0", "a 1 1", "a 2 2")
	if fmt.Sprint(q.Result.Keys) != "[[0]]" || strings.Join(q.Result.Kinds, " ") != "+I -U +U" {
		t.Errorf("keys %v, kinds %v", q.Result.Keys, q.Result.Kinds)
	}
	keyless := query(t, "SELECT COUNT(*) FROM (VALUES ('a'), ('b'), ('a')) AS t(k) GROUP BY k")
	if _, err := rows(t, keyless); err != nil || len(keyless.Result.Keys) != 0 {
		t.Errorf("without the key in the result: keys %v, %v", keyless.Result.Keys, err)
	}
}

func TestStatementsOtherThanQueries(t *testing.T) {
	run(t, "CREATE TEMPORARY TABLE others (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '10')")
	run(t, "CREATE TEMPORARY TABLE hole (id BIGINT) WITH ('connector' = 'blackhole')")
	shown, err := execute(t, "SHOW TABLES")
	if err != nil || shown.Result == nil {
		t.Fatalf("SHOW TABLES: %+v, %v", shown, err)
	}
	var tables []string
	for _, r := range shown.Records {
		for i := range int(r.NumRows()) {
			tables = append(tables, r.Column(0).(*array.String).Value(i))
		}
		r.Release()
	}
	if got := strings.Join(tables, " "); !strings.Contains(got, "hole others") {
		t.Errorf("tables are %q", got)
	}
	insert, err := execute(t, "INSERT INTO hole SELECT id FROM others")
	if err != nil || insert.Job == "" || !insert.Bounded {
		t.Fatalf("INSERT: %+v, %v", insert, err)
	}
	if err := shared.AwaitJob(t.Context(), insert.Job); err != nil {
		t.Errorf("the job: %v", err)
	}
}

func TestFaults(t *testing.T) {
	for _, test := range []struct {
		sql, message string
		position     *gateway.Place
	}{
		{"SELECT nope FROM (VALUES 1) AS t(a)", "there is no column nope", &gateway.Place{Line: 1, Column: 8, EndLine: 1, EndColumn: 11}},
		{"SELECT *\nFROM nowhere", "there is no table or view nowhere", &gateway.Place{Line: 2, Column: 6, EndLine: 2, EndColumn: 12}},
		{"SELECT 1 FORM t WHERE", "unexpected t", &gateway.Place{Line: 1, Column: 15, EndLine: 1, EndColumn: 15}},
		{"SELECT nofun(1)", "there is no function nofun", &gateway.Place{Line: 1, Column: 8, EndLine: 1, EndColumn: 15}},
	} {
		_, err := execute(t, test.sql)
		var fault *gateway.Fault
		if !errors.As(err, &fault) {
			t.Errorf("%s: %v is no fault", test.sql, err)
			continue
		}
		if !strings.HasPrefix(fault.Error(), test.message) || strings.Contains(fault.Error(), "\n") {
			t.Errorf("%s: says %q, want %q", test.sql, fault, test.message)
		}
		if test.position != nil && (fault.Place == nil || *fault.Place != *test.position) {
			t.Errorf("%s: at %+v, want %+v", test.sql, fault.Place, test.position)
		}
		if !strings.Contains(fault.Trace, "\tat ") {
			t.Errorf("%s: no trace", test.sql)
		}
	}
}

func TestJobThatFails(t *testing.T) {
	run(t, "CREATE TEMPORARY TABLE zeros (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '5', "+
		"'fields.id.kind' = 'sequence', 'fields.id.start' = '-2', 'fields.id.end' = '2')")
	got, err := rows(t, query(t, "SELECT 10 / id FROM zeros"))
	var fault *gateway.Fault
	if !errors.As(err, &fault) || !strings.HasPrefix(fault.Error(), "division by zero") {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestCancelOfAQueryThatNobodyReads(t *testing.T) {
	run(t, "CREATE TEMPORARY TABLE endless (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000')")
	q := query(t, "SELECT id, id AS b, id AS c FROM endless")
	if q.Bounded {
		t.Error("an endless query is said to be bounded")
	}
	d, err := q.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := d.Record.NumRows(); n != 1 {
		t.Errorf("the first batch holds %d rows back", n)
	}
	d.Record.Release()
	time.Sleep(300 * time.Millisecond) // the sockets fill up and the sink blocks
	if err := q.Cancel(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := rows(t, q); !errors.Is(err, gateway.ErrCancelled) {
		t.Errorf("ended with %v", err)
	}
}

func TestParallelResultIsWhole(t *testing.T) {
	run(t, "CREATE TEMPORARY TABLE many (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '100000', "+
		"'rows-per-second' = '100000000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '100000')")
	for _, options := range []map[string]string{
		{"parallelism.default": "4"},
		{"parallelism.default": "2", "execution.runtime-mode": "batch"},
	} {
		if err := shared.Configure(t.Context(), options); err != nil {
			t.Fatal(err)
		}
		q := query(t, "SELECT id FROM many")
		seen := map[string]bool{}
		got, err := rows(t, q)
		for _, row := range got {
			seen[row] = true
		}
		if err != nil || len(got) != 100_000 || len(seen) != len(got) {
			t.Errorf("%v: %d rows, %d different, %v", options, len(got), len(seen), err)
		}
	}
	if err := shared.Configure(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	wantRows(t, "SELECT COUNT(*) FROM (VALUES 1, 2) AS t(a)", "1 0", "1 1", "2 2")
}

func TestTwoRowtimeColumns(t *testing.T) {
	for _, name := range []string{"l", "r"} {
		run(t, "CREATE TEMPORARY TABLE "+name+" (id BIGINT, ts AS TO_TIMESTAMP_LTZ(id, 3), WATERMARK FOR ts AS ts) WITH ("+
			"'connector' = 'datagen', 'number-of-rows' = '3', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '3')")
	}
	got, err := rows(t, query(t, "SELECT * FROM l JOIN r ON l.id = r.id AND l.ts BETWEEN r.ts - INTERVAL '1' SECOND AND r.ts"))
	if err != nil || len(got) != 3 {
		t.Errorf("got %q, %v", got, err)
	}
}

// Whoever does not know the tokens gets no answer, and does not disturb a query that runs.
func TestStrangersAreRefused(t *testing.T) {
	if _, err := py4j.Dial(t.Context(), shared.Addr(), "wrong"); err == nil {
		t.Error("the gateway accepted a wrong token")
	}
	run(t, "CREATE TEMPORARY TABLE undisturbed (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100')")
	q := query(t, "SELECT id FROM undisturbed")
	next := func() {
		d, err := q.Next(t.Context())
		if err != nil || d.Restarted {
			t.Fatalf("the query was disturbed: %+v, %v", d, err)
		}
		d.Record.Release()
	}
	next()
	conn, err := net.Dial("tcp", shared.RowsAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// With the token, this would be the first task of a restarted job, whose rows replace those before.
	hello := frame.Hello{Direction: frame.RowsToClient, Token: "wrong", Query: q.Name(), Parallelism: 1, Attempt: 1}
	if _, err := conn.Write(frametest.Hello(nil, hello)); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := conn.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("a connection with a wrong token is not closed: %v", err)
	}
	for range 20 {
		next()
	}
	if err := q.Cancel(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestGivenUpStatementLeavesNoJob(t *testing.T) {
	run(t, "CREATE TEMPORARY TABLE slow (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := shared.Execute(ctx, "SELECT id FROM slow", fmt.Sprintf("t%d", names.Add(1))); !errors.Is(err, context.Canceled) {
		t.Fatalf("given up with %v", err)
	}
	deadline := time.Now().Add(20 * time.Second)
	for {
		jobs, err := shared.RunningJobs(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(jobs) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still running: %v", jobs)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
