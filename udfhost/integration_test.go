package udfhost_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/session/flink"
	"riffle/session/gateway"
	"riffle/session/sessiontest/sample"
	"riffle/udfhost"
	"riffle/udfhost/enginetest"
	"riffle/udfhost/payload"
)

// The tests in this file run the harness under a real Flink: the embedded
// gateway plans SQL, and Flink's own Python runtime calls the tests' functions.

// flinkEnv is the Flink of these tests, started by the first that needs it.
type flinkEnv struct {
	gateway *flink.Gateway
	host    *udfhost.Host
	names   atomic.Int64
	dir     string

	seen      sightings // of the operations from outside
	functions sync.Once // of testdata/kinds
}

var startFlink = sync.OnceValues(func() (*flinkEnv, error) {
	dir, err := os.MkdirTemp("", "riffle-udfhost-test-")
	if err != nil {
		return nil, err
	}
	e := &flinkEnv{dir: dir}
	running.Store(e)
	if e.host, err = udfhost.Listen(context.Background(), udfhost.Options{Dir: dir, Engine: enginetest.Functions(), Registry: outside(&e.seen)}); err != nil {
		return nil, err
	}
	e.host.ReadState()
	e.gateway, err = flink.Embedded{Dir: dir, Flink: e.host.FlinkOptions(), Log: slog.New(slog.DiscardHandler)}.Start(context.Background())
	if err != nil {
		return nil, err
	}
	return e, e.gateway.Register(context.Background(), registrations())
})

var running atomic.Pointer[flinkEnv]

// closeFlink ends what startFlink started.
func closeFlink() {
	e := running.Load()
	if e == nil {
		return
	}
	if e.gateway != nil {
		e.gateway.Close()
	}
	if e.host != nil {
		if err := e.host.Close(); err != nil {
			panic(err)
		}
	}
	os.RemoveAll(e.dir)
}

// registrations returns the tests' functions as they are registered in Flink; same_… are one
// function with several signatures.
func registrations() []gateway.Function {
	var all []gateway.Function
	add := func(name, function, result string, arguments ...string) {
		registered := payload.Payload{Kind: payload.Scalar, Function: function}
		f := gateway.Function{Name: name, Payload: registered.Bytes(), Result: result}
		for _, argument := range arguments {
			f.Parameters = append(f.Parameters, gateway.Parameter{Type: argument})
		}
		all = append(all, f)
	}
	for _, name := range []string{"inc", "fail", "panic", "short", "wrong", "nulls", "forever"} {
		add(name, name, "BIGINT", "BIGINT")
	}
	add("f_add", "add", "BIGINT", "BIGINT", "BIGINT")
	add("f_upper", "upper", "STRING", "STRING")
	for name, sql := range sameTypes {
		add("same_"+name, "same", sql, sql)
	}
	return all
}

// sameTypes are the types that values are sent through Go and back as.
var sameTypes = map[string]string{
	"tinyint": "TINYINT", "smallint": "SMALLINT", "int": "INT", "boolean": "BOOLEAN", "float": "FLOAT", "double": "DOUBLE",
	"string": "STRING", "bytes": "BYTES", "binary": "BINARY(3)", "decimal": "DECIMAL(10, 3)", "wide": "DECIMAL(38, 18)",
	"date": "DATE", "time0": "TIME(0)", "time3": "TIME(3)",
	"ts0": "TIMESTAMP(0)", "ts3": "TIMESTAMP(3)", "ts6": "TIMESTAMP(6)", "ts9": "TIMESTAMP(9)", "ltz": "TIMESTAMP_LTZ(3)",
	"array": "ARRAY<INT>", "row": "ROW<x INT, y STRING>",
}

func flinkOf(t *testing.T) *flinkEnv {
	t.Helper()
	e, err := startFlink()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// configure sets Flink's options for this test.
func (e *flinkEnv) configure(t *testing.T, options map[string]string) {
	t.Helper()
	if err := e.gateway.Configure(t.Context(), options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.gateway.Configure(context.Background(), nil); err != nil {
			t.Error(err)
		}
	})
}

// named is a query and the name that the harness knows it by.
type named struct {
	gateway.Query
	name string
	job  string
}

func (e *flinkEnv) start(t *testing.T, sql string) (named, error) {
	t.Helper()
	name := fmt.Sprintf("udfhost%d", e.names.Add(1))
	a, err := e.gateway.Execute(t.Context(), sql, name)
	return named{a.Query, name, a.Job}, err
}

func (e *flinkEnv) run(t *testing.T, sql string) {
	t.Helper()
	if _, err := e.start(t, sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// rows runs a query and returns its rows, sorted: the values without the row
// kind, joined by a blank.
func (e *flinkEnv) rows(t *testing.T, sql string) ([]string, error) {
	t.Helper()
	var out []string
	err := e.deliveries(t, sql, func(d gateway.Delivery) { out = append(out, texts(d.Record)...) })
	slices.Sort(out)
	return out, err
}

// deliveries runs a query to its end.
func (e *flinkEnv) deliveries(t *testing.T, sql string, take func(gateway.Delivery)) error {
	t.Helper()
	q, err := e.start(t, sql)
	if err != nil {
		return err
	}
	for {
		d, err := q.Next(t.Context())
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		take(d)
		if d.Record != nil {
			d.Record.Release()
		}
	}
}

// texts returns a batch's rows without their kinds.
func texts(batch arrow.Record) []string {
	var out []string
	columns := batch.Columns()
	for i := range int(batch.NumRows()) {
		var values []string
		for _, c := range columns[:len(columns)-1] {
			values = append(values, c.ValueStr(i))
		}
		out = append(out, strings.Join(values, " "))
	}
	return out
}

// sequence makes a table of the ids from 1 to n.
func (e *flinkEnv) sequence(t *testing.T, n int) string {
	t.Helper()
	name := fmt.Sprintf("seq%d", e.names.Add(1))
	e.run(t, fmt.Sprintf(`CREATE TEMPORARY TABLE %s (id BIGINT, word AS CONCAT('w', CAST(id AS STRING)), gap AS NULLIF(id, 2))
		WITH ('connector' = 'datagen', 'rows-per-second' = '1000000000',
		'number-of-rows' = '%d', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '%d')`, name, n, n))
	return name
}

func TestFlinkScalar(t *testing.T) {
	e := flinkOf(t)
	seq := e.sequence(t, 3)
	for sql, want := range map[string]string{
		"SELECT inc(id) FROM %s": "2|3|4",
		"SELECT id, inc(gap), f_upper(word), f_add(inc(id), inc(inc(id))), f_add(id, 10), f_add(id, 10000000000), inc(41), " +
			"f_add(id, CAST(NULL AS BIGINT)) FROM %s": "1 2 W1 5 11 10000000001 42 (null)|2 (null) W2 7 12 10000000002 42 (null)|3 4 W3 9 13 10000000003 42 (null)",
		// Batches without columns.
		"SELECT inc(41), f_upper('é') FROM %s": "42 É|42 É|42 É",
		"SELECT id FROM %s WHERE inc(id) > 2":  "2|3",
	} {
		got, err := e.rows(t, fmt.Sprintf(sql, seq))
		if err != nil || strings.Join(got, "|") != want {
			t.Errorf("%s: got %q, %v; want %q", sql, got, err, want)
		}
	}
}

// TestFlinkUnknownKind: a function of a kind that the planner does not know is rejected with
// the name of the kind, and the earlier functions are still registered.
func TestFlinkUnknownKind(t *testing.T) {
	e := flinkOf(t)
	const want = "functions of kind 'moving' are not supported"
	moving := gateway.Function{Name: "moved", Payload: payload.Payload{Kind: "moving", Function: "inc"}.Bytes(), Parameters: []gateway.Parameter{{Type: "BIGINT"}}, Result: "BIGINT"}
	if err := e.gateway.Register(t.Context(), append(registrations(), moving)); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("registered: %v, want %q", err, want)
	}
	if _, err := e.gateway.Judge(t.Context(), []gateway.Named{{Name: "moved", Kind: "moving", Arguments: []string{"BIGINT"}}}); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("judged: %v, want %q", err, want)
	}
	other := gateway.Function{Name: "other", Payload: []byte("riffle:1:none:F"), Parameters: []gateway.Parameter{{Type: "BIGINT"}}, Result: "BIGINT"}
	if err := e.gateway.Register(t.Context(), []gateway.Function{other}); err == nil || !strings.Contains(err.Error(), "not a payload of this version") {
		t.Errorf("another version: %v", err)
	}
	if got, err := e.rows(t, "SELECT inc(41)"); err != nil || strings.Join(got, "|") != "42" {
		t.Errorf("afterwards: %q, %v", got, err)
	}
}

// TestFlinkTypes sends each type through Go and back, and NULL.
func TestFlinkTypes(t *testing.T) {
	e := flinkOf(t)
	seq := e.sequence(t, 3)
	values := map[string]string{
		"tinyint": "CAST(id AS TINYINT)", "smallint": "CAST(-id AS SMALLINT)", "int": "CAST(id AS INT)", "boolean": "id > 1",
		"float": "CAST(id AS FLOAT) / 3", "double": "CAST(id AS DOUBLE) / 3", "string": "word", "bytes": "CAST(word AS BYTES)",
		"binary": "CAST(CAST(100 + id AS STRING) AS BINARY(3))", "decimal": "CAST(id * 1.234 AS DECIMAL(10, 3))",
		"wide": "CAST(id * -1e10 AS DECIMAL(38, 18))", "date": "TIMESTAMPADD(DAY, CAST(id AS INT), DATE '1969-12-30')",
		"time0": "TIME '10:11:12'", "time3": "CAST('10:11:12.345' AS TIME(3))",
		"ts0": "CAST('1969-12-31 23:59:58' AS TIMESTAMP(0))", "ts3": "CAST('1969-12-31 23:59:58.123' AS TIMESTAMP(3))",
		"ts6": "CAST('2020-02-29 23:59:58.123456' AS TIMESTAMP(6))", "ts9": "CAST('2020-02-29 23:59:58.123456789' AS TIMESTAMP(9))",
		"ltz": "TO_TIMESTAMP_LTZ(id * 1001, 3)", "array": "ARRAY[CAST(id AS INT), CAST(NULL AS INT)]",
		"row": "CAST(ROW(CAST(id AS INT), word) AS ROW<x INT, y STRING>)",
	}
	var through, plain []string
	for name := range sameTypes {
		// NULL where id is 2.
		value := fmt.Sprintf("CASE WHEN id <> 2 THEN %s END", values[name])
		through = append(through, fmt.Sprintf("same_%s(%s)", name, value))
		plain = append(plain, value)
	}
	want, err := e.rows(t, fmt.Sprintf("SELECT %s FROM %s", strings.Join(plain, ", "), seq))
	if err != nil {
		t.Fatal(err)
	}
	got, err := e.rows(t, fmt.Sprintf("SELECT %s FROM %s", strings.Join(through, ", "), seq))
	if err != nil || len(got) != 3 || !slices.Equal(got, want) {
		t.Errorf("got  %q, %v\nwant %q", got, err, want)
	}
}

// TestFlinkConstantTypes: a literal arrives as a value of the parameter's type, whether Flink
// sends it separately from the data or as a column.
func TestFlinkConstantTypes(t *testing.T) {
	e := flinkOf(t)
	seq := e.sequence(t, 1)
	got, err := e.rows(t, fmt.Sprintf(`SELECT same_tinyint(CAST(-5 AS TINYINT)), same_int(70000), same_float(CAST(1.1 AS FLOAT)),
		same_double(2.5E0), same_boolean(TRUE), same_string('it''s é'), same_decimal(CAST(1.5 AS DECIMAL(10, 3))), same_date(DATE '2020-02-29'),
		same_time0(TIME '10:11:12'), same_ts3(TIMESTAMP '2020-02-29 10:11:12.123'), id, inc(id) FROM %s`, seq))
	want := "-5 70000 1.1 2.5 true it's é 1.5 2020-02-29 10:11:12 2020-02-29 10:11:12.123Z 1 2"
	if err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

// TestFlinkErrors: an error reaches the job's end in one line, and harms no
// other query.
func TestFlinkErrors(t *testing.T) {
	e := flinkOf(t)
	seq := e.sequence(t, 3)
	for function, want := range map[string]string{
		"fail":  "fail: no luck; at cell[3]:7",
		"panic": "internal error of the harness: boom",
		"short": "short returned",
		"wrong": "wrong returned utf8 instead of int64",
	} {
		started := time.Now()
		_, err := e.rows(t, fmt.Sprintf("SELECT %s(id) FROM %s", function, seq))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", function, err, want)
		}
		// Flink would look at the error only after minutes if there were no data
		// stream.
		if took := time.Since(started); took > time.Minute {
			t.Errorf("%s: the error took %s", function, took)
		}
	}
	if got, err := e.rows(t, fmt.Sprintf("SELECT inc(id) FROM %s", seq)); err != nil || len(got) != 3 {
		t.Errorf("afterwards: %q, %v", got, err)
	}
	log, err := os.ReadFile(e.gateway.Log())
	if err != nil || !strings.Contains(string(log), "bundle failed") {
		t.Errorf("Flink's log has no line of the harness, %v", err)
	}
}

// TestFlinkParallel compares 200,000 rows with SQL's own arithmetic, in many
// bundles, streaming and batch, at several parallelisms. The sample has 20,000, in batch
// mode alone and streaming in four subtasks.
func TestFlinkParallel(t *testing.T) {
	e := flinkOf(t)
	n := sample.Of(20_000, 200_000)
	seq := e.sequence(t, n)
	const wrong = "SELECT id, inc(id) FROM %s WHERE inc(id) <> id + 1 OR f_upper(word) <> CONCAT('W', CAST(id AS STRING))"
	const sums = "SELECT COUNT(*), SUM(inc(id)), COUNT(DISTINCT f_upper(word)) FROM %s"
	want := fmt.Sprint(n, n*(n+3)/2, n)
	for _, c := range sample.Every(5, []struct{ mode, parallelism string }{
		{"batch", "1"}, {"batch", "2"}, {"batch", "4"}, {"streaming", "1"}, {"streaming", "2"}, {"streaming", "4"},
	}) {
		e.configure(t, map[string]string{"execution.runtime-mode": c.mode, "parallelism.default": c.parallelism})
		if got, err := e.rows(t, fmt.Sprintf(wrong, seq)); err != nil || len(got) != 0 {
			t.Errorf("%s, parallelism %s: wrong rows %q, %v", c.mode, c.parallelism, got[:min(len(got), 5)], err)
		}
		got, err := e.rows(t, fmt.Sprintf(sums, seq))
		if err != nil || !slices.Contains(got, want) {
			t.Errorf("%s, parallelism %s: got %q, %v; want %q", c.mode, c.parallelism, got[max(0, len(got)-3):], err, want)
		}
	}
}

// TestFlinkForever: a function that never returns stops neither another query
// nor its own cancelling.
func TestFlinkForever(t *testing.T) {
	e := flinkOf(t)
	e.configure(t, map[string]string{"parallelism.default": "2"})
	seq := e.sequence(t, 1000)
	stuck, err := e.start(t, fmt.Sprintf("SELECT forever(id) FROM %s", seq))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := e.rows(t, fmt.Sprintf("SELECT inc(id) FROM %s", seq)); err != nil || len(got) != 1000 {
		t.Errorf("beside it: %d rows, %v", len(got), err)
	}
	e.endStuck(t, stuck)
	// The end of a stopped bundle races with that of its worker.
	for range sample.Of(1, 3) {
		if stuck, err = e.start(t, fmt.Sprintf("SELECT forever(id) FROM %s", seq)); err != nil {
			t.Fatal(err)
		}
		e.awaitWorkers(t, func(n int) bool { return n > 0 })
		e.endStuck(t, stuck)
	}
	log, err := os.ReadFile(e.gateway.Log())
	if err != nil || bytes.Contains(log, []byte("has lost its TaskManager")) {
		at := max(0, bytes.Index(log, []byte("FATAL")))
		t.Errorf("the end of a stuck query has cost the cluster its TaskManager (%v): %.3000s", err, log[at:])
	}
}

// endStuck cancels a query whose function does not return.
func (e *flinkEnv) endStuck(t *testing.T, stuck named) {
	t.Helper()
	started := time.Now()
	if err := stuck.Cancel(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.host.StopQuery(stuck.name)
	if _, err := stuck.Next(t.Context()); !errors.Is(err, gateway.ErrCancelled) {
		t.Errorf("after Cancel: %v", err)
	}
	e.awaitWorkers(t, func(n int) bool { return n == 0 }) // Flink has ended them
	// Without StopQuery, Flink interrupts its task every half minute, without effect.
	if took := time.Since(started); took > 20*time.Second {
		t.Errorf("the end took %s", took)
	}
}

// awaitWorkers waits until the number of workers is right.
func (e *flinkEnv) awaitWorkers(t *testing.T, right func(n int) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		n := e.host.Workers()
		if right(n) {
			return
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("%d workers", n)
		}
	}
}

// TestFlinkMetric: the rows of a function show among the metrics of its task.
func TestFlinkMetric(t *testing.T) {
	e := flinkOf(t)
	e.configure(t, map[string]string{"parallelism.default": "1", "metrics.fetcher.update-interval": "100"})
	rest, err := e.gateway.AwaitCluster(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// Endless, for metrics go with their job.
	e.run(t, "CREATE TEMPORARY TABLE endless (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100')")
	q, err := e.start(t, "SELECT inc(id) FROM endless")
	if err != nil {
		t.Fatal(err)
	}
	defer q.Cancel(context.Background())
	d, err := q.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d.Record.Release()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		if rows := e.metric(ctx, t, rest, q.job); rows > 0 {
			return
		}
	}
	t.Error("no metric riffle.rows")
}

// metric reads the value of riffle.rows of any task of a job from Flink's REST endpoint.
func (e *flinkEnv) metric(ctx context.Context, t *testing.T, rest, job string) int {
	t.Helper()
	var detail struct{ Vertices []struct{ ID string } }
	e.get(ctx, t, rest+"/jobs/"+job, &detail)
	for _, v := range detail.Vertices {
		var metrics []struct{ ID, Value string }
		path := fmt.Sprintf("%s/jobs/%s/vertices/%s/metrics", rest, job, v.ID)
		e.get(ctx, t, path, &metrics)
		for _, m := range metrics {
			if !strings.HasSuffix(m.ID, ".riffle.rows") {
				continue
			}
			var values []struct{ Value string }
			e.get(ctx, t, path+"?get="+m.ID, &values)
			var n int
			if len(values) == 1 {
				fmt.Sscan(values[0].Value, &n)
			}
			return n
		}
	}
	return 0
}

func (e *flinkEnv) get(ctx context.Context, t *testing.T, url string, into any) {
	t.Helper()
	if !strings.Contains(url, "://") {
		url = "http://" + url
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
}
