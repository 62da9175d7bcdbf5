package session_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

const tabled = `
type spanOf struct {
	Word   string  "sql:\"word\""
	Length int32   "sql:\"length\""
	Upper  *string "sql:\"upper\""
}
func EachWord(s string) iter.Seq[string] { return strings.FieldsSeq(s) }
func Letters(s string) iter.Seq2[int32, string] {
	return func(yield func(int32, string) bool) {
		for i, r := range s {
			if !yield(int32(i), string(r)) { return }
		}
	}
}
func Spans(s string) iter.Seq[spanOf] {
	return func(yield func(spanOf) bool) {
		for w := range strings.FieldsSeq(s) {
			span := spanOf{Word: w, Length: int32(len(w))}
			if upper := strings.ToUpper(w); upper != w { span.Upper = &upper }
			if !yield(span) { return }
		}
	}
}
func UpTo(n int64) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for i := range n {
			if !yield(i) { return }
		}
	}
}
func Halves(n *int64) (iter.Seq[*int64], error) {
	if n == nil { return slices.Values([]*int64{nil}), nil }
	if *n < 0 { return nil, errors.New("negative") }
	half := *n / 2
	return slices.Values([]*int64{&half, nil}), nil
}
func Dated(at time.Time, d riffle.Decimal, b []byte, l []int64) iter.Seq2[time.Time, riffle.Decimal] {
	return func(yield func(time.Time, riffle.Decimal) bool) {
		for _, n := range l {
			if !yield(at.Add(time.Duration(n)*time.Second), d.Add(riffle.NewDecimal(int64(len(b)), 0))) { return }
		}
	}
}
func Breaking(n int64) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range n {
			if i == 2 && n == 3 { panic("at two") }
			text := strconv.FormatInt(i, 10)
			if i == 1 && n == 4 { text = "\xff" }
			if !yield(text) { return }
		}
	}
}
func Pouring(n int64) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		defer fmt.Println("poured", n)
		for i := int64(0); ; i++ {
			if !yield(i) { return }
		}
	}
}
func Pausing(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			time.Sleep(25 * time.Millisecond)
			if !yield(i) { return }
		}
	}
}
func Tossing(n int64) iter.Seq[int64] { return slices.Values([]int64{rand.Int64N(1000), n}) }
func Loud(s string) string { return strings.ToUpper(s) }`

// tabledQuery is a query with a table function.
type tabledQuery struct {
	sql  string
	want string // rows, sorted, with a comma between two
	like bool   // another of its kind: in whole runs only
}

var tabledQueries = []tabledQuery{
	{"SELECT id, w FROM phrases, LATERAL TABLE(EachWord(s)) AS x(w)", "1 a,1 bc,4 d", false},
	{"SELECT id, w FROM phrases LEFT JOIN LATERAL TABLE(EachWord(s)) AS x(w) ON TRUE", "1 a,1 bc,2 (null),3 (null),4 d", false},
	{"SELECT * FROM TABLE(EachWord('x y'))", "x,y", false},
	{"SELECT EachWord FROM LATERAL TABLE(EachWord('x y')) WHERE EachWord > 'x'", "y", true},
	{"SELECT id, w FROM phrases, LATERAL TABLE(EachWord('x y')) AS x(w) WHERE id > 2", "3 x,3 y,4 x,4 y", true},
	{"SELECT id, w FROM phrases LEFT JOIN LATERAL TABLE(EachWord(' ')) AS x(w) ON TRUE WHERE id > 2", "3 (null),4 (null)", true},
	{"SELECT f0, f1 FROM TABLE(Letters('añb'))", "0 a,1 ñ,3 b", true},
	{"SELECT id, l FROM phrases, LATERAL TABLE(Letters(s)) AS x(i, l) WHERE i > 0 AND id < i + 1 AND l <> ' '", "1 b,1 c", false},
	{"SELECT id, length FROM phrases, LATERAL TABLE(Spans(s))", "1 1,1 2,4 1", true},
	{"SELECT id, l + 1, w || '!' FROM phrases JOIN LATERAL TABLE(Spans(s)) AS x(w, l, u) ON l > 1", "1 3 bc!", true},
	{"SELECT id, word, `upper` FROM phrases LEFT JOIN LATERAL TABLE(Spans(Loud(s))) ON TRUE WHERE id <> 4", "1 A (null),1 BC (null),2 (null) (null),3 (null) (null)", false},
	{"SELECT id, w || '!', y FROM phrases LEFT JOIN LATERAL (SELECT word AS w, length * 2 AS y FROM TABLE(Spans(s))) ON TRUE", "1 a! 2,1 bc! 4,2 (null) (null),3 (null) (null),4 d! 2", false},
	{"SELECT id, y FROM phrases, LATERAL (SELECT UPPER(w) AS y FROM TABLE(EachWord(s)) AS x(w) WHERE CHAR_LENGTH(w) > 1)", "1 BC", true},
	{"SELECT id, w, l FROM phrases, LATERAL TABLE(EachWord(s)) AS x(w), LATERAL TABLE(Letters(w)) AS y(i, l)", "1 a a,1 bc b,1 bc c,4 d d", false},
	{"SELECT w, i FROM phrases, LATERAL TABLE(EachWord(s || ' ' || s)) AS x(w) LEFT JOIN LATERAL TABLE(UpTo(CHAR_LENGTH(w) - 1)) AS y(i) ON TRUE WHERE id < 4",
		"a (null),a (null),bc 0,bc 0", true},
	{"SELECT n, h FROM (VALUES (CAST(7 AS BIGINT)), (CAST(NULL AS BIGINT))) AS v(n), LATERAL TABLE(Halves(n)) AS x(h)", "(null) (null),7 (null),7 3", false},
	{"SELECT Loud(w) FROM phrases, LATERAL TABLE(EachWord(Loud(s))) AS x(w) WHERE Loud(w) <> 'A'", "BC,D", false},
	{"SELECT w, COUNT(*) FROM phrases, LATERAL TABLE(EachWord(s || ' d')) AS x(w) GROUP BY w", "a 1,bc 1,d 4", true},
	{"SELECT id FROM phrases WHERE s IN (SELECT w FROM TABLE(EachWord('d e')) AS x(w))", "4", true},
	{"SELECT t, d FROM TABLE(Dated(TO_TIMESTAMP_LTZ(1, 0), CAST(1.25 AS DECIMAL(10, 2)), x'00ff', CAST(ARRAY[0, 2] AS ARRAY<BIGINT>))) AS x(t, d)",
		"1 3.25,3 3.25", false},
	{"SELECT r.b, i FROM (SELECT CAST(ROW(2, 'q') AS ROW<a BIGINT, b STRING>) AS r) AS t, LATERAL TABLE(UpTo(t.r.a)) AS x(i)", "q 0,q 1", true},
	{"SELECT k, i FROM (SELECT MOD(id, 2) AS k, COUNT(*) AS n FROM phrases GROUP BY MOD(id, 2)) AS c, LATERAL TABLE(UpTo(c.n)) AS x(i)", "0 0,0 1,1 0,1 1", false},
	{"SELECT k, i FROM (SELECT MOD(id, 2) AS k, COUNT(*) AS n FROM phrases GROUP BY MOD(id, 2)) AS c LEFT JOIN LATERAL TABLE(UpTo(c.n - 2)) AS x(i) ON TRUE", "0 (null),1 (null)", true},
	{"SELECT a.w FROM TABLE(EachWord('a b')) AS a(w) JOIN TABLE(EachWord('b c')) AS b(w) ON a.w = b.w", "b", true},
	{"SELECT w FROM worded WHERE id = 1", "a,bc", true},
	{"SELECT id, i FROM phrases, LATERAL TABLE(Pausing(id)) AS x(i)", "1 0,2 0,2 1,3 0,3 1,3 2,4 0,4 1,4 2,4 3", false},
	{"SELECT COUNT(*), SUM(i), MAX(i) FROM TABLE(UpTo(1000000)) AS x(i)", "1000000 499999500000 999999", false},
	{"SELECT COUNT(*), SUM(i), SUM(j) FROM TABLE(UpTo(1000000)) AS x(i), LATERAL TABLE(UpTo(i - i + 2)) AS y(j)", "2000000 999999000000 1000000", true},
}

// TestTableFunctions joins table functions in every place that they have, in both modes.
func TestTableFunctions(t *testing.T) {
	declare(t)
	run(t, "CREATE TEMPORARY VIEW phrases AS SELECT * FROM (VALUES (1, 'a bc'), (2, ''), (3, CAST(NULL AS STRING)), (4, 'd')) AS t(id, s);"+
		"CREATE TEMPORARY VIEW worded AS SELECT id, w FROM phrases, LATERAL TABLE(EachWord(s)) AS x(w)")
	defer run(t, "RESET; DROP TEMPORARY VIEW worded; DROP TEMPORARY VIEW phrases")
	inModes(t, tabledQueries,
		"RESET; SET 'execution.runtime-mode' = 'streaming'; SET 'parallelism.default' = '2'",
		"RESET; SET 'execution.runtime-mode' = 'batch'; SET 'parallelism.default' = '1'",
		"RESET; SET 'execution.runtime-mode' = 'streaming'; SET 'parallelism.default' = '4'; SET 'pipeline.operator-chaining.enabled' = 'false'",
	)
}

// inModes runs queries after the statements of each mode. In the sample, queries that have another one like them are left
// out, and all modes but the first run every fourth query.
func inModes(t *testing.T, queries []tabledQuery, modes ...string) {
	t.Helper()
	queries = slices.DeleteFunc(slices.Clone(queries), func(q tabledQuery) bool { return q.like && !sample.Whole })
	for i, mode := range modes {
		run(t, mode)
		if i == 1 {
			queries = sample.Every(4, queries)
		}
		for _, q := range queries {
			checkRows(t, q.sql, q.want)
		}
	}
}

// Results have the kind of their row: a retracted row retracts them.
func TestTableFunctionsOfUpdates(t *testing.T) {
	declare(t)
	run(t, "SET 'parallelism.default' = '1'; "+sessiontest.SequenceTable("four", 4))
	defer run(t, "RESET; DROP TEMPORARY TABLE four")
	got := sessiontest.Drain(t, run(t, "SELECT n, i FROM (SELECT COUNT(*) AS n FROM four WHERE id < 3) AS c LEFT JOIN LATERAL TABLE(UpTo(n - 1)) AS x(i) ON TRUE").Events)
	if want := []string{"+I 1 (null)", "-U 1 (null)", "+U 2 0"}; !slices.Equal(got.Changes, want) {
		t.Errorf("changes %q, %v", got.Changes, got.Ended.Err)
	}
	got = sessiontest.Drain(t, run(t, "SELECT n, i FROM (SELECT COUNT(*) AS n FROM four) AS c, LATERAL TABLE(Tossing(n)) AS x(i)").Events)
	if !slices.ContainsFunc(got.Notices, func(text string) bool { return strings.HasPrefix(text, "Tossing is not deterministic: ") }) {
		t.Errorf("said %q", got.Notices)
	}
}

// A query that has enough rows ends, and so does the iterator of a row that never ends. Its deferred calls are made.
func TestTableFunctionStopsWithTheQuery(t *testing.T) {
	declare(t)
	got := sessiontest.Drain(t, run(t, "SELECT i FROM TABLE(Pouring(7)) AS x(i) LIMIT 3").Events)
	if want := []string{"0", "1", "2"}; got.Ended.State != query.Finished || !slices.Equal(got.Table, want) {
		t.Errorf("LIMIT: %v, %q, %v", got.Ended.State, got.Table, got.Ended.Err)
	}
	reply := run(t, "SELECT MAX(i) FROM TABLE(Pouring(8)) AS x(i)")
	sessiontest.AwaitRows(t, reply.Query)
	if err := reply.Query.Cancel(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := sessiontest.Drain(t, reply.Events); got.Ended.State != query.Cancelled {
		t.Errorf("cancelled: %v, %v", got.Ended.State, got.Ended.Err)
	}
}

// In batch mode, a join can follow a table function without an exchange between them.
func TestTableFunctionsBelowAJoin(t *testing.T) {
	declare(t)
	run(t, `CREATE TEMPORARY TABLE belowjoin (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '100',
		'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '100'); SET 'execution.runtime-mode' = 'batch'`)
	defer run(t, "RESET; DROP TEMPORARY TABLE belowjoin")
	const join = `SELECT a.i, b.i FROM (SELECT id, i FROM belowjoin, LATERAL TABLE(UpTo(MOD(id, 3))) AS x(i) WHERE id < 5) AS a
		JOIN (SELECT id, i FROM belowjoin, LATERAL TABLE(UpTo(MOD(id, 4))) AS x(i)) AS b ON a.id = b.id`
	checkRows(t, join, "0 0,0 0,0 1,1 0,1 1")
}

// The results of a row come soon, even if no other row follows it for a while.
func TestTableFunctionOfSingleRows(t *testing.T) {
	declare(t)
	run(t, "CREATE TEMPORARY TABLE drops (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')")
	defer run(t, "DROP TEMPORARY TABLE drops")
	reply := run(t, "SELECT id, i FROM drops, LATERAL TABLE(UpTo(2)) AS x(i)")
	sessiontest.AwaitRows(t, reply.Query) // waits a minute, in which a bundle is not full
	if err := reply.Query.Cancel(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := sessiontest.Drain(t, reply.Events); got.Ended.State != query.Cancelled {
		t.Errorf("%q, %v, %v", got.Table, got.Ended.State, got.Ended.Err)
	}
}

// A row that fails keeps the results that it had, unless it fails the query.
func TestTableFunctionsThatFail(t *testing.T) {
	declare(t)
	run(t, sessiontest.SequenceTable("upto5", 5)+"; SET 'parallelism.default' = '1'")
	defer run(t, "RESET; DROP TEMPORARY TABLE upto5")
	const left = "SELECT id, w FROM upto5 LEFT JOIN LATERAL TABLE(Breaking(id)) AS x(w) ON TRUE WHERE id BETWEEN 2 AND 4"
	const none = "SELECT id, h FROM upto5 LEFT JOIN LATERAL TABLE(Halves(id - 2)) AS x(h) ON TRUE WHERE id < 3"
	for _, test := range []struct{ policy, sql, want, failed string }{
		{"null", left, "2 0,2 1,3 0,3 1,4 0", "2 calls of Breaking failed, they have no further results, the first: panic: at two at cell"},
		{"null", none, "1 (null),2 (null),2 0", "1 call of Halves failed, it has no further results: Halves(-1): negative"},
		{"skip", none, "2 (null),2 0", "1 call of Halves failed, it has no further results: Halves(-1): negative"},
	} {
		run(t, "SET 'riffle.functions.on-error' = '"+test.policy+"'")
		got := sessiontest.Drain(t, run(t, test.sql).Events)
		if strings.Join(got.Table, ",") != test.want || len(got.Failed) != 1 || !strings.HasPrefix(got.Failed[0].String(), test.failed) {
			t.Errorf("%s, %s: %q, failed %v, %v", test.policy, test.sql, got.Table, got.Failed, got.Ended.Err)
		}
	}
	run(t, "RESET 'riffle.functions.on-error'")
	for sql, want := range map[string]string{left: "panic: at two at cell", none: "Halves(-1): negative"} {
		got := sessiontest.Drain(t, run(t, sql).Events)
		if got.Ended.State != query.Failed || !strings.Contains(got.Ended.Err.Error(), want) {
			t.Errorf("%s: %v, %v", sql, got.Ended.State, got.Ended.Err)
		}
	}
}

// A function of the wrong kind in a place, and joins that cannot be planned, say what to write.
func TestTableFunctionsInTheWrongPlace(t *testing.T) {
	declare(t)
	for sql, want := range map[string]string{
		"SELECT EachWord('a')":                                                                           "EachWord returns rows, not one value",
		"SELECT * FROM TABLE(Loud('a'))":                                                                 "Loud returns one value, not a table",
		"SELECT * FROM TABLE(EachWord(1))":                                                               "EachWord",
		"SELECT * FROM TABLE(EachWord('a b')) AS x(a, b)":                                                "the table has 1 column (EachWord), but its alias has 2",
		"SELECT * FROM TABLE(Letters('a b')) AS x(a)":                                                    "the table has 2 columns (f0, f1), but its alias has 1",
		"SELECT s FROM (VALUES ('a')) AS t(s), TABLE(EachWord(s))":                                       "there is no column s",
		"SELECT s FROM (VALUES ('a')) AS t(s) FULL JOIN LATERAL TABLE(EachWord(s)) ON TRUE":              "LATERAL does not work in a FULL JOIN",
		"SELECT * FROM TABLE(EachWord('a')) AS a(w) LEFT JOIN TABLE(EachWord('a')) AS b(w) ON a.w = b.w": "a LEFT JOIN with a table function does not accept a condition other than ON TRUE",
		"SELECT i FROM (VALUES ('a')) AS t(s), LATERAL TABLE(UpTo((SELECT MAX(n) FROM (VALUES (CAST(1 AS BIGINT))) AS v(n)))) AS x(i)":  "a subquery cannot be an argument of a table function",
		"SELECT w FROM (VALUES ('a')) AS t(s) LEFT JOIN LATERAL TABLE(EachWord(s)) AS x(w) ON w <> 'a'":                                 "EachWord cannot be called in a LEFT JOIN with a condition other than ON TRUE",
		"SELECT y FROM (VALUES ('a')) AS t(s) LEFT JOIN LATERAL (SELECT COALESCE(w, 'b') AS y FROM TABLE(EachWord(s)) AS x(w)) ON TRUE": "EachWord cannot be called in a LEFT JOIN whose right side computes a column",
	} {
		_, err := execute(t, sql, query.Lossless)
		if err == nil || !strings.Contains(session.Explain(err), want) {
			t.Errorf("%s: %v, want %q", sql, err, want)
			continue
		}
		t.Log(session.Explain(err))
	}
}

// Rows that a table function adds do not change which rows are late.
func TestTableFunctionsKeepWatermarks(t *testing.T) {
	declare(t)
	run(t, `SET 'parallelism.default' = '1'; CREATE TEMPORARY TABLE timely (id BIGINT,
		ts AS TO_TIMESTAMP_LTZ(CASE WHEN id = 15 THEN 1000 ELSE id * 1000 END, 3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
		WITH ('connector' = 'datagen', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '20');
		CREATE TEMPORARY VIEW thrice AS SELECT id, ts, i FROM timely, LATERAL TABLE(UpTo(3)) AS x(i);
		CREATE TEMPORARY VIEW often AS SELECT id, ts, i FROM timely, LATERAL TABLE(UpTo(20000)) AS x(i);
		CREATE TEMPORARY VIEW held AS SELECT id, ts, i FROM timely LEFT JOIN LATERAL TABLE(UpTo(MOD(id, 2))) AS x(i) ON TRUE`)
	defer run(t, "RESET; DROP TEMPORARY VIEW held; DROP TEMPORARY VIEW often; DROP TEMPORARY VIEW thrice; DROP TEMPORARY TABLE timely")
	const windows = "SELECT COUNT(*), MIN(id) FROM TUMBLE(TABLE %s, DESCRIPTOR(ts), INTERVAL '5' SECOND) GROUP BY window_start, window_end"
	for table, times := range map[string]int{"timely": 1, "thrice": 3, "held": 1} {
		var want []string
		for i, n := range []int{4, 5, 5, 4, 1} {
			want = append(want, fmt.Sprint(n*times, " ", []int{1, 5, 10, 16, 20}[i]))
		}
		slices.Sort(want)
		checkRows(t, fmt.Sprintf(windows, table), strings.Join(want, ","))
	}
	straight := deepAnswer(t, "SELECT id, CURRENT_WATERMARK(ts) FROM timely")
	var want []string
	for _, row := range straight {
		for i := range 3 {
			want = append(want, row+" "+strconv.Itoa(i))
		}
	}
	slices.Sort(want)
	if got := deepAnswer(t, "SELECT id, CURRENT_WATERMARK(ts), i FROM thrice"); !slices.Equal(got, want) {
		t.Errorf("CURRENT_WATERMARK: %s", difference(got, want, "without a function"))
	}
	// The results of a row come in several elements, and the watermark behind the row follows the last one.
	want = nil
	for _, row := range straight {
		want = append(want, row+" 20000")
	}
	slices.Sort(want)
	if got := sessiontest.Drain(t, run(t, "SELECT id, w, COUNT(*) FROM (SELECT id, CURRENT_WATERMARK(ts) AS w FROM often) GROUP BY id, w").Events).Table; !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("CURRENT_WATERMARK behind many results: %s", difference(got, want, "without a function"))
	}
}
