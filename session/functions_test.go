package session_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

func TestFunctionIsCallableAtOnce(t *testing.T) {
	reply := run(t, `// Grade sorts amounts.
func Grade(amount float64) string {
	if amount > limit { return "gold" }
	return strings.ToLower("PLAIN")
}
const limit = 900`)
	if want := "Grade(DOUBLE) → STRING\nfor use in functions: limit"; reply.Message != want {
		t.Errorf("says %q, want %q", reply.Message, want)
	}
	got := sessiontest.Drain(t, run(t, "SELECT Grade(a) FROM (VALUES CAST(950.5 AS DOUBLE), 10, CAST(NULL AS DOUBLE)) AS t(a)").Events)
	if want := []string{"(null)", "gold", "plain"}; !slices.Equal(got.Table, want) {
		t.Errorf("table %q", got.Table)
	}
	run(t, `func Grade(amount float64) string { return "new" }`)
	got = sessiontest.Drain(t, run(t, "SELECT Grade(1.0e0), UPPER(Grade(2.0e0))").Events)
	if want := []string{"new NEW"}; !slices.Equal(got.Table, want) {
		t.Errorf("after a new definition: %q", got.Table)
	}
}

const plainFunctions = `
func Neg(b bool) bool { return !b }
func Add8(a int8, b int16, c int32, d int64) int64 { return int64(a) + int64(b) + int64(c) + d }
func Half(a float32, b float64) float64 { return (float64(a) + b) / 2 }
func Rev(b []byte) []byte { b = bytes.Clone(b); slices.Reverse(b); return b }
func OrElse(s *string, other string) string { if s == nil { return other }; return *s }
func Positive(n int) (*int, error) {
	if n < 0 { return nil, nil }
	return &n, nil
}
func MixWord(id int, word string) int { return id*31 + len(word) }
func Shout(word string) string { return strings.ToUpper(word) }
func Spin(id, stop int) int { for id == stop { }; return id }
func Contents(path string) (string, error) { text, err := os.ReadFile(path); return string(text), err }`

func TestKindsOfArguments(t *testing.T) {
	declare(t)
	var columns, want []string
	for _, test := range []struct{ columns, want string }{
		{"Neg(true), Neg(CAST(NULL AS BOOLEAN))", "false (null)"},
		{"Add8(CAST(1 AS TINYINT), CAST(2 AS SMALLINT), 3, 4)", "10"},
		{"Add8(CAST(-128 AS TINYINT), CAST(-32768 AS SMALLINT), -2147483648, -9223372036854)", "-9225519553398"},
		{"Half(CAST(1.5 AS FLOAT), 2.5e0)", "2"},
		{"CAST(Rev(CAST(w AS BYTES)) AS STRING)", "cba"},
		{"OrElse(CAST(NULL AS STRING), 'x'), OrElse('', 'x'), OrElse('ключ 🙂', 'x')", "x  ключ 🙂"},
		{"Positive(7), Positive(-7), Positive(CAST(NULL AS BIGINT))", "7 (null) (null)"},
		{"Positive(Positive(Add8(CAST(1 AS TINYINT), CAST(2 AS SMALLINT), 3, 4))), Positive(11)", "10 11"},
	} {
		columns, want = append(columns, test.columns), append(want, test.want)
	}
	// In one query, which costs more than a call, and one that has no table: a whole run has
	// each in a query of its own.
	const from = " FROM (VALUES ('abc')) AS t(w)"
	wantRow(t, "SELECT "+strings.Join(columns, ", ")+from, strings.Join(want, " "))
	for i, text := range columns {
		if !sample.Whole && i != 1 {
			continue
		}
		if strings.Contains(text, "(w ") {
			text += from
		}
		wantRow(t, "SELECT "+text, want[i])
	}
}

// TestMillionRows compares functions with the same expressions in SQL, alone and in
// four subtasks, in both modes. The sample has rows for several batches and bundles.
func TestMillionRows(t *testing.T) {
	count := sample.Of(30_000, 1_000_000)
	declare(t)
	run(t, sessiontest.SequenceTable("million", count)+`;
		CREATE TEMPORARY VIEW texts AS SELECT id, CONCAT('key-', CAST(MOD(id, 1000) AS STRING)) AS word FROM million`)
	defer run(t, "RESET")
	const goSums = "SELECT COUNT(*), SUM(MixWord(id, word)), COUNT(DISTINCT Shout(word)), MAX(Shout(word)) FROM texts"
	const sqlSums = "SELECT COUNT(*), SUM(id * 31 + CHAR_LENGTH(word)), COUNT(DISTINCT UPPER(word)), MAX(UPPER(word)) FROM texts"
	var want sessiontest.Outcome
	for _, mode := range []string{"batch", "streaming"} {
		for _, parallelism := range []int{1, 4} {
			if !sample.Whole && (mode == "batch") != (parallelism == 1) {
				continue
			}
			run(t, fmt.Sprintf("SET 'execution.runtime-mode' = '%s'; SET 'parallelism.default' = '%d';"+
				"SET 'table.exec.mini-batch.enabled' = 'true'; SET 'table.exec.mini-batch.allow-latency' = '1 s'; SET 'table.exec.mini-batch.size' = '100000'",
				mode, parallelism))
			got := sessiontest.Drain(t, run(t, goSums).Events)
			if want.Table == nil || sample.Whole {
				want = sessiontest.Drain(t, run(t, sqlSums).Events)
			}
			if !slices.Equal(got.Table, want.Table) || len(got.Table) != 1 || !strings.HasPrefix(got.Table[0], fmt.Sprint(count, " ")) {
				t.Errorf("%s at parallelism %d: Go gives %q (%v), SQL %q", mode, parallelism, got.Table, got.Ended.Err, want.Table)
			}
		}
	}
}

func TestFailingFunctionsEndTheirQueryAlone(t *testing.T) {
	run(t, sessiontest.SequenceTable("ten", 10))
	// ProgressOnly, because nobody reads its events: a lossless subscriber would delay it.
	steady, err := execute(t, "CREATE TEMPORARY TABLE beat (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '200'); SELECT id FROM beat", query.ProgressOnly)
	if err != nil {
		t.Fatal(session.Explain(err))
	}
	cell := shared.Cell(`
func Crash(n int) int { var a [3]int; return a[n] }
func Refuse(n int) (int, error) { if n == 5 { return 0, errors.New("five is right out") }; return n, nil }
func Leave(n int) int { if n == 7 { os.Exit(3) }; return n }
`)
	for _, st := range cell.Statements() {
		if _, err := shared.Execute(t.Context(), st, query.Lossless); err != nil {
			t.Fatal(session.Explain(err))
		}
	}
	for sql, want := range map[string][]string{
		"SELECT Crash(id) FROM ten":  {"index out of range [3] with length 3", cell.Name + ":2", "Crash"},
		"SELECT Refuse(id) FROM ten": {"five is right out", "Refuse"},
		"SELECT Leave(id) FROM ten":  {"exit", "3", "Leave"},
	} {
		got := sessiontest.Drain(t, run(t, sql).Events)
		if got.Ended.State != query.Failed {
			t.Errorf("%s: ended %+v", sql, got.Ended)
			continue
		}
		for _, part := range want {
			if !strings.Contains(got.Ended.Err.Error(), part) {
				t.Errorf("%s: says %q, which lacks %q", sql, got.Ended.Err, part)
			}
		}
	}
	before := steady.Query.Rows()
	for deadline := time.Now().Add(20 * time.Second); steady.Query.Rows() == before; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) { // datagen sends once a second
			t.Fatal("the other query stands still")
		}
	}
	if err := steady.Query.Cancel(t.Context()); err != nil {
		t.Error(err)
	}
	sessiontest.Drain(t, steady.Events)
}

// TestEndlessLoop runs one function in two queries at parallelism 2. In one of
// them it loops for ever in one subtask; the other's answer must be whole, and a
// cancel must end the loop.
func TestEndlessLoop(t *testing.T) {
	run(t, sessiontest.SequenceTable("hundred", 100)+"; SET 'parallelism.default' = '2'")
	defer run(t, "RESET")
	declare(t)
	looping := run(t, "SELECT Spin(id, 50) FROM hundred")
	got := sessiontest.Drain(t, run(t, "SELECT COUNT(*), SUM(Spin(id, -1)) FROM hundred").Events)
	if want := []string{"100 5050"}; !slices.Equal(got.Table, want) {
		t.Errorf("beside the loop: %q, %v", got.Table, got.Ended.Err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := looping.Query.Cancel(ctx); err != nil {
		t.Fatal(err)
	}
	select {
	case <-looping.Query.Done():
	case <-ctx.Done():
		t.Fatal("the looping query does not end")
	}
	if got := sessiontest.Drain(t, looping.Events); got.Ended.State != query.Cancelled {
		t.Errorf("ended %+v", got.Ended)
	}
}

func TestGoErrorsPointIntoTheCell(t *testing.T) {
	_, err := execute(t, "func Bad(n int) int {\n\treturn n + \"one\"\n}", query.Lossless)
	var e *session.Error
	if !errors.As(err, &e) || !strings.Contains(e.Position, ":2:") || !strings.Contains(e.Excerpt, "return n +") {
		t.Errorf("got %v\n%s", err, session.Explain(err))
	}
	if _, err := execute(t, "func Same(n int) int { return n }; func SAME(n int) int { return n }", query.Lossless); err == nil {
		t.Error("two functions with one SQL name were taken")
	}
	if got := sessiontest.Drain(t, run(t, "SELECT 1").Events); len(got.Table) != 1 {
		t.Errorf("after the errors: %+v", got)
	}
}

// A function has no files until the session allows them, and none again when the setting is
// reset. The setting applies to queries that start later, because each query has its own
// process.
func TestJail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte("open"), 0o600); err != nil {
		t.Fatal(err)
	}
	defer run(t, "RESET 'riffle.functions.jail'")
	declare(t)
	contents := func() string {
		got := sessiontest.Drain(t, run(t, "SELECT Contents('"+path+"')").Events)
		if got.Ended.Err != nil {
			return session.Explain(got.Ended.Err)
		}
		return strings.Join(got.Table, ",")
	}
	const hint = "operation not permitted (functions run without files, network and other programs; SET 'riffle.functions.jail' = 'off' allows them)"
	for _, step := range []struct{ set, says, want string }{
		{"", "", hint},
		{"SET 'riffle.functions.jail' = 'off'", "OK: functions of queries that start from now on can do all that you can do", "open"},
		{"SET 'riffle.functions.jail' = 'on'", "OK", hint},
		{"SET riffle.functions.jail = off", "OK: functions of queries that start from now on can do all that you can do", "open"},
		{"RESET", "OK", hint},
	} {
		if step.set != "" {
			if reply := run(t, step.set); reply.Message != step.says {
				t.Errorf("%s says %q", step.set, reply.Message)
			}
		}
		if got := contents(); got != step.want && !strings.Contains(got, step.want) {
			t.Errorf("after %q: %s", step.set, got)
		}
	}
	_, err := execute(t, "func init() { if _, err := os.ReadFile(`"+path+"`); err != nil { panic(err) } }", query.Lossless)
	if err == nil || !strings.Contains(session.Explain(err), hint) {
		t.Errorf("an init function: %v", err)
	}
	for set, want := range map[string]string{
		"SET 'riffle.functions.jail' = 'maybe'": `riffle.functions.jail: "maybe" is not on or off`,
		"SET 'riffle.functions.jial' = 'off'":   "there is no setting riffle.functions.jial",
	} {
		if _, err := execute(t, set, query.Lossless); err == nil || !strings.Contains(session.Explain(err), want) {
			t.Errorf("%s: %v", set, err)
		}
	}
}
