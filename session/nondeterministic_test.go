package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

// contradictions are queries that count the rows in which one call of a nondeterministic
// function has two different results: none, whatever the plan.
var contradictions = []struct{ name, sql string }{
	{"columns", `SELECT SUM(IF(b <> a + 1 OR c <> a + 2 OR u <> 2 * a OR v <> 4 * a OR (w = 'low') <> (a < 500), 1, 0)) FROM
		(SELECT r AS a, r + 1 AS b, r + 2 AS c, Twice(r) AS u, Twice(Twice(r)) AS v, CASE WHEN r < 500 THEN 'low' ELSE 'high' END AS w FROM tossed)`},
	{"filter of a view of a view", "SELECT SUM(IF(s <> r + 1 OR u <> 2 * r OR u >= 1000, 1, 0)) FROM doubled WHERE u < 1000 AND id > 10"},
	{"WITH used twice", "WITH c AS (SELECT id, Coin(id) AS r FROM many) SELECT SUM(IF(a.r <> b.r, 1, 0)) FROM c AS a JOIN c AS b ON a.id = b.id"},
	{"groups", "SELECT SUM(IF(r > 100, 1, 0)) FROM (SELECT r, COUNT(*) AS n FROM tossed GROUP BY r) WHERE r <= 100"},
	{"one call compared", `SELECT SUM(IF(n = 5 OR w = 'c', 1, 0)) FROM (SELECT NULLIF(Coin(id) / 100, 5) AS n,
		CASE Coin(id) / 500 WHEN 0 THEN 'a' WHEN 1 THEN 'b' ELSE 'c' END AS w FROM many WHERE Coin(id) BETWEEN 0 AND 999)`},
	{"several calls", `SELECT IF(COUNT(*) BETWEEN 170 AND 330, SUM(IF(r = q, 1, 0)) / 100, COUNT(*)) FROM
		(SELECT Coin(id) AS r, Coin(id) AS q FROM many WHERE Coin(id) < 500) WHERE r < 500`},
	{"several calls compared", "SELECT SUM(IF(Coin(id) = Coin(id), 1, 0)) / 100 FROM many"},
	{"constant argument", "SELECT IF(COUNT(DISTINCT r) > 100, 0, 1) FROM (SELECT Coin(1) AS r FROM many)"},
}

const nondeterministic = `
func Coin(id int64) int64 { return rand.Int64N(1000) }
func Twice(x int64) int64 { return 2 * x }
var calls int64
func Calls(id int64) int64 { calls++; return calls }
//riffle:deterministic
func Counted(id int64) int64 { calls++; return calls }
func Itself(x int64) int64 { return x }`

func TestNondeterministicFunctions(t *testing.T) {
	declare(t)
	run(t, sessiontest.SequenceTable("many", 1000)+`;
CREATE TEMPORARY VIEW tossed AS SELECT id, Coin(id) AS r FROM many;
CREATE TEMPORARY VIEW doubled AS SELECT id, r, r + 1 AS s, Twice(r) AS u FROM tossed`)
	defer run(t, "RESET; DROP TEMPORARY VIEW doubled; DROP TEMPORARY VIEW tossed; DROP TEMPORARY TABLE many")
	for mode, parallelism := range map[string]string{"batch": "1", "streaming": "2"} {
		some := contradictions
		if mode == "batch" {
			some = sample.Every(2, some)
		}
		var parts, want []string
		for _, c := range some {
			parts = append(parts, fmt.Sprintf("SELECT * FROM (%s) AS t(x)", c.sql))
			want = append(want, "0")
		}
		run(t, fmt.Sprintf("SET 'execution.runtime-mode' = '%s'; SET 'parallelism.default' = '%s'", mode, parallelism))
		got := sessiontest.Drain(t, run(t, strings.Join(parts, " UNION ALL ")).Events)
		if slices.Equal(got.Table, want) {
			continue
		}
		t.Errorf("%s at parallelism %s: %q (%v)", mode, parallelism, got.Table, got.Ended.Err)
		for _, c := range some {
			if got := sessiontest.Drain(t, run(t, c.sql).Events); !slices.Equal(got.Table, want[:1]) {
				t.Errorf("%s: %q (%v)", c.name, got.Table, got.Ended.Err)
			}
		}
	}
}

// A function is called as often as the text says, and equal calls of a deterministic one are
// made once.
func TestHowOftenFunctionsAreCalled(t *testing.T) {
	declare(t)
	run(t, sessiontest.SequenceTable("many", 1000)+"; SET 'parallelism.default' = '1'")
	defer run(t, "RESET; DROP TEMPORARY TABLE many")
	for sql, want := range map[string]string{
		"SELECT MAX(a) FROM (SELECT Calls(id) AS a FROM many)":                                                               "1000",
		"SELECT MAX(b) FROM (SELECT r AS a, r + 1 AS c, r + 0 AS b FROM (SELECT Calls(id) AS r FROM many) WHERE r > 0)":      "1000",
		"SELECT MAX(GREATEST(a, b)) FROM (SELECT Calls(id) AS a, Calls(id) AS b FROM many)":                                  "2000",
		"SELECT MAX(GREATEST(a, b, c)) FROM (SELECT Counted(id) AS a, Counted(id) AS b, Itself(Counted(id)) AS c FROM many)": "1000",
		"SELECT MAX(GREATEST(a, b)) FROM (SELECT Counted(id) AS a, Counted(id + 1) AS b FROM many WHERE id < 2000)":          "2000",
	} {
		if got := sessiontest.Drain(t, run(t, sql).Events); !slices.Equal(got.Table, []string{want}) {
			t.Errorf("%s: %q (%v), want %s", sql, got.Table, got.Ended.Err, want)
		}
	}
}

// The result of a function for a row that is retracted may differ from that when the row was
// added. A query reports that once.
func TestNondeterministicFunctionOfUpdates(t *testing.T) {
	declare(t)
	run(t, sessiontest.SequenceTable("many", 1000))
	defer run(t, "DROP TEMPORARY TABLE many")
	counts := "(SELECT MOD(id, 10) AS k, COUNT(*) AS n FROM many GROUP BY MOD(id, 10))"
	for sql, want := range map[string]bool{
		"SELECT k, Coin(n) AS r, Coin(k) AS s FROM " + counts + " LIMIT 2":            true,
		"SELECT k, COUNT(*) FROM (SELECT Coin(id) AS k FROM many) GROUP BY k LIMIT 2": false,
	} {
		var said []string
		for _, text := range sessiontest.Drain(t, run(t, sql).Events).Notices {
			if strings.HasPrefix(text, "Coin is not deterministic: ") {
				said = append(said, text)
			}
		}
		if (len(said) == 1) != want || len(said) > 1 {
			t.Errorf("%s: said %q", sql, said)
		}
	}
}
