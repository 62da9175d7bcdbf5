package session_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest/sample"
)

const unnested = `
type pairOf struct { A int64; B string }
type listOf struct { L []pairOf }
func Ups(n int64) []int64 { return []int64{n, n * 10} }
func Next1(n int64) int64 { return n + 1 }
func Words(s string) []string { return strings.Fields(s) }
func Pairs(n int64) []pairOf { return []pairOf{{n, "x"}, {n + 1, "y"}} }
func Keyed(n int64) map[string]int64 { return map[string]int64{"a": n} }
func Odd(n int64) *listOf { if n % 2 == 0 { return nil }; return &listOf{[]pairOf{{n + 5, "l"}}} }
type zOf struct { Z int32 }
func Said(n *int32) string { if n == nil { return "nil" }; return fmt.Sprint(*n) }
func SaidWide(n *int64) string { if n == nil { return "nil" }; return fmt.Sprint(*n) }
func InnerZ(z *zOf) string { if z == nil { return "nil" }; return fmt.Sprint(z.Z) }
type ofZ struct { Y zOf }
func Doubled(n int32) ofZ { return ofZ{zOf{n * 2}} }
func Clocked(at time.Time) string { return at.Format("05") }`

// TestUnnestedFunctions takes apart what functions return, with arguments of a
// narrower type, of constants alone and in the places where Flink has a table
// function to call.
func TestUnnestedFunctions(t *testing.T) {
	declare(t)
	run(t, "CREATE TEMPORARY VIEW three AS SELECT * FROM (VALUES (1), (2), (3)) AS t(n);"+
		"CREATE TEMPORARY VIEW apart AS SELECT n, x FROM three CROSS JOIN UNNEST(Ups(n)) AS u(x)")
	defer run(t, "RESET; DROP TEMPORARY VIEW apart; DROP TEMPORARY VIEW three")
	tests := []struct {
		sql  string
		want string // rows, sorted, with a comma between two
		like bool   // another of its kind: in whole runs only
	}{
		{"SELECT n, x FROM three CROSS JOIN UNNEST(Ups(n)) AS u(x)", "1 1,1 10,2 2,2 20,3 3,3 30", false},
		{"SELECT n, x FROM three, UNNEST(ARRAY[Next1(n), Next1(n + 1)]) AS u(x)", "1 2,1 3,2 3,2 4,3 4,3 5", true},
		{"SELECT n, x, o FROM three, UNNEST(Ups(n)) WITH ORDINALITY AS u(x, o) WHERE n < 3", "1 1 1,1 10 2,2 2 1,2 20 2", false},
		{"SELECT n, x FROM three LEFT JOIN UNNEST(Ups(n)) AS u(x) ON x > 2", "1 10,2 20,3 3,3 30", false},
		{"SELECT n, Next1(x) FROM three, UNNEST(Ups(n)) AS u(x) WHERE Next1(x) > 4 AND n < 3", "1 11,2 21", true},
		{"SELECT n, x FROM three, UNNEST(Ups(Ups(n)[2])) AS u(x)", "1 10,1 100,2 20,2 200,3 30,3 300", true},
		{"SELECT n, b FROM three, UNNEST(Pairs(n)) AS u(a, b) WHERE a = 2", "1 y,2 x", true},
		{"SELECT n, a, b FROM three LEFT JOIN UNNEST(Odd(n).L) AS u(a, b) ON TRUE", "1 6 l,2 (null) (null),3 8 l", false},
		{"SELECT k, v FROM three, UNNEST(Keyed(n)) AS u(k, v)", "a 1,a 2,a 3", false},
		{"SELECT x, y FROM three, UNNEST(Ups(n)) AS u(x), UNNEST(Ups(x)) AS v(y) WHERE n = 1", "1 1,1 10,10 10,10 100", true},
		{"SELECT x, COUNT(*) FROM apart WHERE x < 15 GROUP BY x", "1 1,10 1,2 1,3 1", true},
		{"SELECT * FROM UNNEST(Words('a b c')) AS t(w)", "a,b,c", false},
		{"SELECT w, o FROM UNNEST(Words('a b c')) WITH ORDINALITY AS t(w, o) WHERE w <> 'b'", "a 1,c 3", true},
		{"SELECT * FROM UNNEST(Pairs(1)) AS t(a, b)", "1 x,2 y", true},
		{"SELECT * FROM UNNEST(ARRAY[Next1(1), 7]) AS t(w)", "2,7", false},
		{"SELECT n, w FROM three, UNNEST(Words('a b')) AS u(w) WHERE n < 3", "1 a,1 b,2 a,2 b", true},
		{"SELECT a.w FROM UNNEST(Words('a b')) AS a(w) JOIN UNNEST(Words('b c')) AS b(w) ON a.w = b.w", "b", false},
		{"SELECT n FROM three WHERE n IN (SELECT CAST(x AS INT) FROM UNNEST(Ups(2)) AS u(x))", "2", false},
		{"SELECT * FROM (VALUES (Next1(1), 'a'), (5, 'b')) AS v(a, b)", "2 a,5 b", false},
	}
	for i, test := range tests {
		if i == 2 { // each in one of the modes, the first two in both, of which the sample has one
			run(t, "SET 'execution.runtime-mode' = 'batch'; SET 'parallelism.default' = '2'")
			for _, test := range tests[:sample.Of(1, 2)] {
				checkRows(t, test.sql, test.want)
			}
		}
		if i == len(tests)/2 {
			run(t, "RESET")
		}
		if test.like && !sample.Whole {
			continue
		}
		checkRows(t, test.sql, test.want)
	}
}

func checkRows(t *testing.T, sql, want string) {
	t.Helper()
	if got := deepAnswer(t, sql); !slices.Equal(got, strings.Split(want, ",")) {
		t.Errorf("%s gives %q, not %q", sql, got, want)
	}
}

// TestArgumentsThatAreNoColumns passes arguments that must be computed before a function gets
// them: fields that Flink considers NOT NULL although their row is NULL, and time attributes.
// Parts of a condition without functions are applied first.
func TestArgumentsThatAreNoColumns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.json")
	if err := os.WriteFile(path, []byte(`{"id":1,"r":{"y":{"z":5},"q":9}}`+"\n"+`{"id":2,"r":null}`), 0o600); err != nil {
		t.Fatal(err)
	}
	declare(t)
	run(t, fmt.Sprintf(`
CREATE TEMPORARY TABLE strict (id INT, r ROW<y ROW<z INT NOT NULL> NOT NULL, q INT NOT NULL>)
	WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '%s');
CREATE TEMPORARY TABLE timed (id INT, seen AS TO_TIMESTAMP_LTZ(id * 1000, 3), now AS PROCTIME(), WATERMARK FOR seen AS seen)
	WITH ('connector' = 'datagen', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '2')`, path))
	defer run(t, "DROP TEMPORARY TABLE strict; DROP TEMPORARY TABLE timed")
	checkRows(t, "SELECT id, Said(r.y.z), Said(r.q), SaidWide(r.q), Said(r.q + 1), InnerZ(r.y) FROM strict",
		"1 5 9 9 10 5,2 nil nil nil nil nil")
	checkRows(t, "SELECT id FROM strict WHERE Said(r.y.z) = 'nil'", "2")
	checkRows(t, "SELECT id, Clocked(seen), Clocked(now) <> '' FROM timed", "1 01 true,2 02 true")
	// Without riffle, Flink would offer id > 3 to the source here.
	checkRows(t, "SELECT id FROM strict WHERE Doubled(id).Y.Z > 3", "2")
	checkRows(t, "SELECT id FROM strict WHERE MAP['k', CAST(ROW(ROW(id * 2)) AS ROW<y ROW<z INT>>)]['k'].y.z > 3", "2")
	checkRows(t, "SELECT id FROM timed WHERE id <> 1 AND Said(10 / (id - 1)) = '10'", "2")
	_, err := execute(t, "SELECT x FROM strict, UNNEST(ARRAY[r.q]) AS u(x)", query.Lossless)
	if err == nil || !strings.Contains(session.Explain(err), "write strict.r, then the field") {
		t.Errorf("a field without its table in UNNEST: %v", err)
	}
}
