package session_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/processes"
)

const awaited = `
// Later returns its argument and one, the first rows last.
func Later(ctx context.Context, n int64) (int64, error) {
	select {
	case <-time.After(time.Duration(5-n%5) * time.Millisecond):
		return n + 1, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}
func LaterThanAllowed(ctx context.Context, n int64) (int64, error) { <-ctx.Done(); return n, ctx.Err() }
func LaterText(_ context.Context, s *string) *string {
	time.Sleep(time.Millisecond)
	if s == nil { return nil }
	upper := strings.ToUpper(*s)
	return &upper
}
func LaterEven(_ context.Context, n int64) bool { time.Sleep(time.Millisecond); return n%2 == 0 }
func LaterSpan(_ context.Context, n int32, s string) (spanOf, error) { time.Sleep(time.Millisecond); return spanOf{Word: s, Length: n}, nil }
func LaterSplit(_ context.Context, s string) []string { time.Sleep(time.Millisecond); return strings.Fields(s) }
func LaterNothing(_ context.Context) string { time.Sleep(time.Millisecond); return "nothing" }
func LaterFails(_ context.Context, n int64) (int64, error) {
	time.Sleep(time.Millisecond)
	switch n % 4 {
	case 0:
		return 0, errors.New("a multiple of four")
	case 3:
		panic("three")
	}
	fmt.Println("row", n)
	return n, nil
}
func LaterExits(_ context.Context, n int64) int64 { if n == 150 { os.Exit(3) }; time.Sleep(time.Millisecond); return n }
var laterCalls atomic.Int64
func LaterCalls(_ context.Context, n int64) int64 { return laterCalls.Add(1) }
func LaterCounts(ctx context.Context, c *riffle.Context, n int64) (int64, error) { c.Counter("calls").Inc(1); return Later(ctx, n) }`

var awaitedQueries = []tabledQuery{
	{"SELECT Later(41), LaterNothing()", "42 nothing", false},
	{"SELECT id, Later(id), LaterText(s) FROM lanes", "1 2 A BC,2 3 ,3 4 (null),4 5 D", false},
	{"SELECT id, Later(7), LaterNothing() FROM lanes WHERE id < 3", "1 8 nothing,2 8 nothing", true},
	{"SELECT Later(Twice(id)) + Twice(Later(id)), LaterCounts(id) FROM lanes", "11 3,15 4,19 5,7 2", false},
	{"SELECT Later(Later(Later(id))), Later(id) FROM lanes", "4 2,5 3,6 4,7 5", false},
	{"SELECT id FROM lanes WHERE Later(id) > 3 AND LaterEven(id)", "4", false},
	{"SELECT id, Later(id) FROM lanes WHERE Later(id) < 4 OR Twice(id) = 8", "1 2,2 3,4 5", true},
	{"SELECT CASE WHEN id > 2 THEN Later(id) ELSE 0 END FROM lanes", "0,0,4,5", true},
	{"SELECT a.id, b.id FROM lanes AS a JOIN lanes AS b ON Later(a.id) = b.id", "1 2,2 3,3 4", false},
	{"SELECT a.id, b.id FROM lanes AS a JOIN lanes AS b ON Later(a.id + b.id) = 8", "3 4,4 3", true},
	{"SELECT a.id, b.s FROM lanes AS a LEFT JOIN lanes AS b ON Later(a.id) = b.id WHERE a.id > 2", "3 d,4 (null)", true},
	{"SELECT LaterEven(id), COUNT(*), SUM(Later(id)) FROM lanes GROUP BY LaterEven(id)", "false 2 6,true 2 8", false},
	{"SELECT k, Later(n) FROM (SELECT MOD(id, 2) AS k, COUNT(*) AS n FROM lanes GROUP BY MOD(id, 2))", "0 3,1 3", true},
	{"SELECT id FROM lanes ORDER BY Later(-id) LIMIT 2", "3,4", true},
	{"SELECT id FROM lanes WHERE id IN (SELECT Later(id) FROM lanes)", "2,3,4", true},
	{"SELECT n + 1 FROM awaited WHERE id > 3", "6", true},
	{"SELECT r.word, r.length FROM (SELECT LaterSpan(CAST(id AS INT), s) AS r FROM lanes WHERE id < 2)", "a bc 1", true},
	{"SELECT id, w FROM lanes CROSS JOIN UNNEST(LaterSplit(s)) AS x(w)", "1 a,1 bc,4 d", true},
	{"SELECT id, i FROM lanes, LATERAL TABLE(UpTo(Later(id) - 2)) AS x(i)", "2 0,3 0,3 1,4 0,4 1,4 2", false},
	{"SELECT LaterText(w) FROM lanes, LATERAL TABLE(EachWord(s)) AS x(w)", "A,BC,D", true},
	{"SELECT COUNT(*), SUM(Later(id)), MAX(LaterText(CAST(id AS STRING))) FROM hundreds", "2000 2003000 999", false},
}

// TestAsyncFunctions calls asynchronous functions in every place, in both modes, and with Flink's own operators.
func TestAsyncFunctions(t *testing.T) {
	declare(t)
	run(t, sessiontest.SequenceTable("hundreds", 2000)+`;
		CREATE TEMPORARY VIEW lanes AS SELECT CAST(id AS BIGINT) AS id, s FROM (VALUES (1, 'a bc'), (2, ''), (3, CAST(NULL AS STRING)), (4, 'd')) AS t(id, s);
		CREATE TEMPORARY VIEW awaited AS SELECT id, Later(id) AS n FROM lanes`)
	defer run(t, "RESET; DROP TEMPORARY VIEW awaited; DROP TEMPORARY VIEW lanes; DROP TEMPORARY TABLE hundreds")
	inModes(t, awaitedQueries,
		"RESET; SET 'execution.runtime-mode' = 'streaming'; SET 'parallelism.default' = '2'",
		"RESET; SET 'execution.runtime-mode' = 'batch'; SET 'parallelism.default' = '1'",
		"RESET; SET 'execution.runtime-mode' = 'streaming'; SET 'parallelism.default' = '4'; SET 'pipeline.operator-chaining.enabled' = 'false'",
		"RESET; SET 'riffle.functions.operator' = 'flink'; SET 'execution.runtime-mode' = 'batch'; SET 'table.exec.async-scalar.max-concurrent-operations' = '2'",
	)
}

// An asynchronous function is called for each row when the query runs, never while it is planned, and again for a row
// that is retracted.
func TestHowOftenAsyncFunctionsAreCalled(t *testing.T) {
	declare(t)
	run(t, "SET 'parallelism.default' = '1'; "+sessiontest.SequenceTable("hundreds", 2000))
	defer run(t, "RESET; DROP TEMPORARY TABLE hundreds")
	checkRows(t, "SELECT COUNT(DISTINCT c), MAX(c) FROM (SELECT LaterCalls(1) AS c FROM hundreds)", "2000 2000")
	run(t, "EXPLAIN SELECT LaterCalls(1) FROM hundreds")
	checkRows(t, "SELECT LaterCalls(1)", "1")
	got := sessiontest.Drain(t, run(t, "SELECT n, Later(n) FROM (SELECT COUNT(*) AS n FROM hundreds WHERE id < 3)").Events)
	if want := []string{"+I 1 2", "-U 1 2", "+U 2 3"}; !slices.Equal(got.Changes, want) {
		t.Errorf("changes %q, %v", got.Changes, got.Ended.Err)
	}
	if f, found := shared.Function("later"); !found || f.Kind != "async scalar" || f.Signature != "Later(BIGINT) → BIGINT" || !slices.Equal(f.Parameters, []string{"n BIGINT"}) {
		t.Errorf("%+v", f)
	}
	run(t, "SET 'table.exec.async-scalar.timeout' = '3 ms'")
	if got, err := tryText(t, shared, "LaterThanAllowed(41)"); err == nil || !strings.Contains(err.Error(), "no result within 3ms") {
		t.Errorf("tried: %s, %v", got, err)
	}
	run(t, "SET 'table.exec.async-scalar.timeout' = '3 min'")
	if got, err := tryText(t, shared, "Later(41)"); err != nil || got != "42" {
		t.Errorf("tried: %s, %v", got, err)
	}
}

// What an asynchronous function returns goes into a sink in the order of the rows.
func TestAsyncFunctionsIntoASink(t *testing.T) {
	declare(t)
	folder := t.TempDir()
	run(t, "SET 'parallelism.default' = '1'; "+sessiontest.SequenceTable("hundreds", 2000)+
		"; CREATE TEMPORARY TABLE kept (n BIGINT) WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = 'file://"+folder+"')")
	defer run(t, "RESET; DROP TEMPORARY TABLE kept; DROP TEMPORARY TABLE hundreds")
	if got := sessiontest.Drain(t, run(t, "INSERT INTO kept SELECT Later(id) FROM hundreds WHERE LaterEven(id)").Events); got.Ended.State != query.Finished {
		t.Fatal(got.Ended.Err)
	}
	files, err := filepath.Glob(folder + "/part-*")
	if err != nil {
		t.Fatal(err)
	}
	var lines, want []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, strings.Fields(string(text))...)
	}
	for n := 2; n <= 2000; n += 2 {
		want = append(want, strconv.Itoa(n+1))
	}
	if !slices.Equal(lines, want) {
		t.Errorf("%d rows, %.100q", len(lines), lines)
	}
}

// A row that fails is handled like that of another function, after its last attempt. What ends the process fails the
// query, whatever is set.
func TestAsyncFunctionsThatFail(t *testing.T) {
	declare(t)
	run(t, sessiontest.SequenceTable("upto8", 8)+"; SET 'parallelism.default' = '1'; SET 'table.exec.async-scalar.retry-delay' = '1 ms'; "+sessiontest.SequenceTable("hundreds", 2000))
	defer run(t, "RESET; DROP TEMPORARY TABLE upto8; DROP TEMPORARY TABLE hundreds")
	const sql = "SELECT id, Twice(LaterFails(id)) FROM upto8 WHERE id > 1"
	for policy, want := range map[string]string{"null": "2 4,3 (null),4 (null),5 10,6 12,7 (null),8 (null)", "skip": "2 4,5 10,6 12"} {
		run(t, "SET 'riffle.functions.on-error' = '"+policy+"'")
		got := sessiontest.Drain(t, run(t, sql).Events)
		if strings.Join(got.Table, ",") != want || len(got.Failed) == 0 {
			t.Fatalf("%s: %q, failed %v, %v", policy, got.Table, got.Failed, got.Ended.Err)
		}
		if failed := got.Failed[len(got.Failed)-1].String(); !strings.HasPrefix(failed, "4 calls of LaterFails failed, ") || !strings.Contains(failed, "the first: panic: three at cell") {
			t.Errorf("%s: %s", policy, failed)
		}
		var printed []string
		for _, p := range got.Printed {
			printed = append(printed, p.Function+": "+p.Text)
		}
		slices.Sort(printed)
		if want := []string{"LaterFails: row 2", "LaterFails: row 5", "LaterFails: row 6"}; !slices.Equal(printed, want) {
			t.Errorf("%s: printed %q", policy, printed)
		}
		got = sessiontest.Drain(t, run(t, "SELECT LaterExits(id) FROM hundreds").Events)
		if got.Ended.State != query.Failed || !strings.Contains(got.Ended.Err.Error(), "the process was ended with exit status 3") {
			t.Errorf("%s: %v, %v", policy, got.Ended.State, got.Ended.Err)
		}
	}
	run(t, "RESET 'riffle.functions.on-error'")
	for sql, want := range map[string]string{
		"SELECT LaterFails(id) FROM upto8 WHERE id = 4": "LaterFails(4): a multiple of four (after 4 attempts)",
		"SELECT LaterFails(id) FROM upto8 WHERE id = 3": "panic: three at cell",
	} {
		got := sessiontest.Drain(t, run(t, sql).Events)
		if got.Ended.State != query.Failed || !strings.Contains(got.Ended.Err.Error(), want) {
			t.Errorf("%s: %v, %v", sql, got.Ended.State, got.Ended.Err)
		}
	}
	checkRows(t, "SELECT LaterExits(1)", "1")
}

// Rows that wait do not change which rows are late.
func TestAsyncFunctionsKeepWatermarks(t *testing.T) {
	declare(t)
	run(t, `SET 'parallelism.default' = '1'; CREATE TEMPORARY TABLE timely (id BIGINT,
		ts AS TO_TIMESTAMP_LTZ(CASE WHEN id = 15 THEN 1000 ELSE id * 1000 END, 3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
		WITH ('connector' = 'datagen', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '20');
		CREATE TEMPORARY VIEW later AS SELECT Later(id - 1) AS id, ts FROM timely;
		CREATE TEMPORARY TABLE rate_h (id BIGINT, cur AS 'USD', rate AS id * 10, ts AS TO_TIMESTAMP_LTZ(id * 1000, 3), WATERMARK FOR ts AS ts)
		WITH ('connector' = 'datagen', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '20');
		CREATE TEMPORARY VIEW rates AS SELECT cur, rate, ts FROM (SELECT cur, rate, ts, ROW_NUMBER() OVER (PARTITION BY cur ORDER BY ts DESC) AS rn
		FROM rate_h WHERE MOD(id, 4) = 1) WHERE rn = 1;
		CREATE TEMPORARY TABLE sales (id BIGINT, cur AS 'usd', ts AS TO_TIMESTAMP_LTZ(id * 1000, 3), WATERMARK FOR ts AS ts)
		WITH ('connector' = 'datagen', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '12')`)
	defer run(t, "RESET; DROP TEMPORARY VIEW later; DROP TEMPORARY VIEW rates; DROP TEMPORARY TABLE timely; DROP TEMPORARY TABLE rate_h; DROP TEMPORARY TABLE sales")
	checkRows(t, "SELECT Later(COUNT(*)), MIN(id) FROM TUMBLE(TABLE later, DESCRIPTOR(ts), INTERVAL '5' SECOND) GROUP BY window_start, window_end",
		"2 20,5 1,5 16,6 10,6 5")
	want := deepAnswer(t, "SELECT id, CURRENT_WATERMARK(ts) FROM timely")
	if got := deepAnswer(t, "SELECT id, CURRENT_WATERMARK(ts) FROM later"); !slices.Equal(got, want) {
		t.Errorf("CURRENT_WATERMARK: %s", difference(got, want, "without a function"))
	}
	checkRows(t, "SELECT o.id, Later(r.rate) FROM sales AS o LEFT JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON LaterText(o.cur) = r.cur WHERE MOD(Later(o.id), 3) = 1",
		"12 91,3 11,6 51,9 91")
}

// service is a slow HTTP service. It knows how many requests were open at a time.
type service struct {
	*httptest.Server
	mu         sync.Mutex
	open, most int
	requests   map[string]int
}

func newService(t *testing.T) *service {
	s := &service{requests: map[string]int{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// ServeHTTP answers the first rows last. Each path that ends with 7 fails at its first request.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.open++
	s.most = max(s.most, s.open)
	s.requests[r.URL.Path]++
	fails := strings.HasSuffix(r.URL.Path, "7") && s.requests[r.URL.Path] == 1
	wait := time.Duration(len(s.requests)%5) * 10 * time.Millisecond
	s.mu.Unlock()
	time.Sleep(50*time.Millisecond - wait)
	s.mu.Lock()
	s.open--
	s.mu.Unlock()
	if fails {
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprint(w, "answer to ", r.URL.Path)
}

// mostOpen returns how many requests were open at a time since it was last called.
func (s *service) mostOpen() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.most = 0 }()
	return s.most
}

// requestsOf returns the number of requests for a path.
func (s *service) requestsOf(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[path]
}

const asking = `func Ask(ctx context.Context, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return "", err
	}
	r, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if r.StatusCode != http.StatusOK {
		return "", errors.New(r.Status)
	}
	return string(text), err
}
// Linger waits until its query ends, and tells the service.
func Linger(ctx context.Context, url string) (string, error) {
	always := context.WithoutCancel(ctx)
	if _, err := Ask(always, url + "/begun"); err != nil {
		return "", err
	}
	<-ctx.Done()
	return Ask(always, url + "/ended")
}`

// An asynchronous function asks a service about many rows at a time. The results keep their order, failures are retried,
// and Flink's settings are obeyed.
func TestAsynchronousFunction(t *testing.T) {
	s := newService(t)
	defer run(t, "RESET")
	run(t, "SET 'riffle.functions.network' = '"+strings.TrimPrefix(s.URL, "http://")+"'")
	defer run(t, "DROP TEMPORARY TABLE asked; DROP FUNCTION Linger; DROP FUNCTION Ask")
	if reply := run(t, asking); !strings.HasPrefix(reply.Message, "Ask(STRING) → STRING, asynchronous, not deterministic: it calls ") {
		t.Error(reply.Message)
	}
	if run(t, "EXPLAIN SELECT Ask('"+s.URL+"/planned')"); s.mostOpen() > 0 {
		t.Error("the function was called at planning")
	}
	run(t, sessiontest.SequenceTable("asked", 200))
	ask := func(prefix string) sessiontest.Outcome {
		return sessiontest.Drain(t, run(t, "SELECT Ask('"+s.URL+"/"+prefix+"' || CAST(id AS STRING)) FROM asked").Events)
	}
	var want []string
	for i := range 200 {
		want = append(want, fmt.Sprint("+I answer to /a", i+1))
	}
	got := ask("a")
	if got.Ended.Err != nil || !slices.Equal(got.Changes, want) {
		t.Errorf("%d rows, %.200q, %v", len(got.Changes), got.Changes, got.Ended.Err)
	}
	if n := s.mostOpen(); n < 50 || n > 200 {
		t.Errorf("%d requests were open at a time", n)
	}
	if n := s.requestsOf("/a17"); n != 2 {
		t.Errorf("%d requests for a row that fails once", n)
	}
	run(t, "SET 'table.exec.async-scalar.max-concurrent-operations' = '3'")
	if got, most := ask("x"), s.mostOpen(); got.Ended.Err != nil || len(got.Table) != 200 || most != 3 {
		t.Errorf("three at a time: %d rows, %v, %d requests at a time", len(got.Table), got.Ended.Err, most)
	}
	run(t, "SET 'table.exec.async-scalar.retry-strategy' = 'NO_RETRY'")
	if got := ask("b"); got.Ended.Err == nil || !strings.Contains(session.Explain(got.Ended.Err), "503 Service Unavailable") {
		t.Errorf("without retries: %v", got.Ended.Err)
	}
	if n := s.mostOpen(); n != 3 {
		t.Errorf("%d requests were open at a time around the failure", n)
	}
	for n := 11; n <= 200; n++ { // some of them in a bundle that has begun
		if s.requestsOf(fmt.Sprint("/b", n)) > 0 {
			t.Errorf("row %d was called after row 7 had failed", n)
		}
	}
	run(t, "SET 'riffle.functions.on-error' = 'skip'; SET 'table.exec.async-scalar.max-concurrent-operations' = '100'")
	if got := ask("c"); got.Ended.Err != nil || len(got.Table) != 180 {
		t.Errorf("with skip: %d rows, %v", len(got.Table), got.Ended.Err)
	}
	run(t, "SET 'table.exec.async-scalar.timeout' = '5 ms'; SET 'riffle.functions.on-error' = 'fail'")
	if got := ask("d"); got.Ended.Err == nil || !strings.Contains(session.Explain(got.Ended.Err), "no result within 5ms") {
		t.Errorf("with a timeout: %v", got.Ended.Err)
	}
}

// If a query ends whose rows wait, their contexts are cancelled, and then its process ends.
func TestAsyncFunctionsEndWithTheQuery(t *testing.T) {
	s := newService(t)
	run(t, "SET 'riffle.functions.network' = '"+strings.TrimPrefix(s.URL, "http://")+"'; SET 'parallelism.default' = '2'; SET 'table.exec.async-scalar.timeout' = '1 h'")
	run(t, asking)
	defer run(t, "RESET; DROP FUNCTION Linger; DROP FUNCTION Ask")
	reply := run(t, "SELECT Linger(url) FROM (VALUES ('"+s.URL+"/1'), ('"+s.URL+"/2'), ('"+s.URL+"/3')) AS v(url)")
	processes.Await(t, "the rows wait", func() bool {
		return s.requestsOf("/1/begun") > 0 && s.requestsOf("/2/begun") > 0 && s.requestsOf("/3/begun") > 0
	})
	if err := reply.Query.Cancel(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := sessiontest.Drain(t, reply.Events); got.Ended.State != query.Cancelled {
		t.Errorf("%v, %v", got.Ended.State, got.Ended.Err)
	}
	processes.Await(t, "their contexts are cancelled", func() bool {
		return s.requestsOf("/1/ended") > 0 && s.requestsOf("/2/ended") > 0 && s.requestsOf("/3/ended") > 0
	})
}
