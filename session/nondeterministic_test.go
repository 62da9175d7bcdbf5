package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"riffle/session/sessiontest"
)

// contradictions are queries that count the rows which say two things of one call
// of a function that is not deterministic: none, whatever the plan.
var contradictions = []struct{ name, sql string }{
	{"columns", "SELECT SUM(IF(b <> a + 1 OR c <> a + 2, 1, 0)) FROM (SELECT r AS a, r + 1 AS b, r + 2 AS c FROM (SELECT Coin(id) AS r FROM many))"},
	{"case", "SELECT SUM(IF(c = 'low' AND r >= 500 OR c = 'high' AND r < 500, 1, 0)) FROM (SELECT r, CASE WHEN r < 500 THEN 'low' ELSE 'high' END AS c FROM tossed)"},
	{"filter of a view", "SELECT SUM(IF(r >= 500, 1, 0)) FROM (SELECT * FROM tossed WHERE r < 500 AND id > 10)"},
	{"view of a view", "SELECT SUM(IF(s <> r + 1 OR u <> 2 * r OR u >= 1000, 1, 0)) FROM doubled WHERE u < 1000"},
	{"function of it", "SELECT SUM(IF(u <> 2 * r OR v <> 4 * r, 1, 0)) FROM (SELECT r, Twice(r) AS u, Twice(Twice(r)) AS v FROM tossed WHERE Twice(r) < 1500)"},
	{"union of a view", "SELECT SUM(IF(s <> r + 1, 1, 0)) FROM (SELECT r, s FROM doubled UNION ALL SELECT r, r + 1 FROM tossed)"},
	{"join on it", "SELECT SUM(IF(a.s <> b.r + 1, 1, 0)) FROM doubled a JOIN tossed b ON a.id = b.id AND a.r = b.r"},
	{"in a CTE used twice", "WITH c AS (SELECT id, Coin(id) AS r FROM many) SELECT SUM(IF(a.r <> b.r, 1, 0)) FROM c AS a JOIN c AS b ON a.id = b.id"},
	{"groups", "SELECT SUM(IF(r > 100, 1, 0)) FROM (SELECT r, COUNT(*) AS n FROM tossed GROUP BY r) WHERE r <= 100"},
	{"text", "SELECT SUM(IF(UPPER(t) <> CAST(r AS STRING), 1, 0)) FROM (SELECT r, CAST(r AS STRING) AS t FROM tossed) WHERE t LIKE '1%'"},
	{"constant argument", "SELECT IF(COUNT(DISTINCT r) > 100, 0, 1) FROM (SELECT Coin(1) AS r FROM many)"},
}

func TestNondeterministicFunctions(t *testing.T) {
	run(t, sessiontest.SequenceTable("many", 1000)+`;
func Coin(id int64) int64 { return rand.Int64N(1000) }
func Twice(x int64) int64 { return 2 * x };
CREATE TEMPORARY VIEW tossed AS SELECT id, Coin(id) AS r FROM many;
CREATE TEMPORARY VIEW doubled AS SELECT id, r, r + 1 AS s, Twice(r) AS u FROM tossed`)
	defer run(t, "RESET; DROP TEMPORARY VIEW doubled; DROP TEMPORARY VIEW tossed; DROP TEMPORARY TABLE many")
	var parts, want []string
	for _, c := range contradictions {
		parts = append(parts, fmt.Sprintf("SELECT * FROM (%s) AS t(x)", c.sql))
		want = append(want, "0")
	}
	all := strings.Join(parts, " UNION ALL ")
	for mode, parallelism := range map[string]string{"batch": "1", "streaming": "2"} {
		run(t, fmt.Sprintf("SET 'execution.runtime-mode' = '%s'; SET 'parallelism.default' = '%s'", mode, parallelism))
		got := sessiontest.Drain(t, run(t, all).Events)
		if slices.Equal(got.Table, want) {
			continue
		}
		t.Errorf("%s at parallelism %s: %q (%v)", mode, parallelism, got.Table, got.Ended.Err)
		for _, c := range contradictions {
			if got := sessiontest.Drain(t, run(t, c.sql).Events); !slices.Equal(got.Table, want[:1]) {
				t.Errorf("%s: %q (%v)", c.name, got.Table, got.Ended.Err)
			}
		}
	}
}
