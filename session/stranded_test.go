package session_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

// stranded are queries that call a function where Flink cannot call it, with the message, the
// text that the caret is below, and the suggestion of the hint.
var stranded = []struct {
	name, sql, message, at, hint string
	instead                      string
	want                         []string
}{
	{"LEFT JOIN, left side", "SELECT a, Dbl(d) FROM lhs LEFT JOIN rhs ON a = c AND Dbl(b) > 2",
		"Dbl cannot be called in the condition of a LEFT JOIN that uses columns of one table only", "Dbl(b)", "FROM (SELECT *, Dbl(…) AS k FROM …) AS t",
		"SELECT a, d FROM (SELECT *, Dbl(b) AS k FROM lhs) AS t LEFT JOIN rhs ON a = c AND t.k > 2",
		[]string{"1 (null)", "2 20", "3 (null)"}},
	{"FULL JOIN, right side", "SELECT a, d FROM lhs FULL JOIN rhs ON a = c AND IsOdd(d)",
		"IsOdd cannot be called in the condition of a FULL JOIN that uses columns of one table only", "IsOdd(d)", "FROM (SELECT *, IsOdd(…) AS k FROM …) AS t",
		"SELECT a, d FROM lhs FULL JOIN (SELECT *, IsOdd(d) AS k FROM rhs) AS t ON a = c AND t.k",
		[]string{"(null) 10", "(null) 20", "(null) 50", "1 11", "2 (null)", "3 (null)"}},
	{"LEFT JOIN, both sides", "SELECT a, d FROM lhs LEFT JOIN rhs ON a = c AND Dbl(b + d) > 23",
		"Dbl cannot be called in the condition of a LEFT JOIN that gives it columns of both tables", "Dbl(b + d)", "AND Dbl(…)) AS m ON l.id = m.id",
		"SELECT l.a, m.d FROM lhs AS l LEFT JOIN (SELECT l.a, r.d FROM lhs AS l JOIN rhs AS r ON l.a = r.c AND Dbl(l.b + r.d) > 23) AS m ON l.a = m.a",
		[]string{"1 11", "2 20", "3 (null)"}},
	{"RIGHT JOIN, right side", "SELECT a, d FROM lhs RIGHT JOIN rhs ON a = c AND IsOdd(d)",
		"IsOdd cannot be called in the condition of a RIGHT JOIN that uses columns of one table only", "IsOdd(d)", "FROM (SELECT *, IsOdd(…) AS k FROM …) AS t",
		"SELECT a, d FROM lhs RIGHT JOIN (SELECT *, IsOdd(d) AS k FROM rhs) AS t ON a = c AND t.k",
		[]string{"(null) 10", "(null) 20", "(null) 50", "1 11"}},
	{"RIGHT JOIN, both sides", "SELECT lhs.a, d FROM lhs JOIN lhs AS o ON Dbl(lhs.a) = Dbl(o.a) RIGHT JOIN rhs ON lhs.a = c AND Dbl(lhs.b + d) > 23",
		"Dbl cannot be called in the condition of a RIGHT JOIN that gives it columns of both tables", "Dbl(lhs.b + d)", "AS m RIGHT JOIN r ON m.id = r.id",
		"SELECT m.a, r.d FROM (SELECT l.a, r.d FROM lhs AS l JOIN rhs AS r ON l.a = r.c AND Dbl(l.b + r.d) > 23) AS m RIGHT JOIN rhs AS r ON m.d = r.d",
		[]string{"(null) 10", "(null) 50", "1 11", "2 20"}},
	{"FULL JOIN, both sides", "SELECT a, d FROM lhs FULL JOIN rhs ON a = c AND Dbl(b + d) > 23",
		"Dbl cannot be called in the condition of a FULL JOIN that gives it columns of both tables", "Dbl(b + d)", "AS m ON l.id = m.a FULL JOIN r ON m.b = r.id",
		"SELECT l.a, r.d FROM lhs AS l LEFT JOIN (SELECT l.a, r.d FROM lhs AS l JOIN rhs AS r ON l.a = r.c AND Dbl(l.b + r.d) > 23) AS m ON l.a = m.a FULL JOIN rhs AS r ON m.d = r.d",
		[]string{"(null) 10", "(null) 50", "1 11", "2 20", "3 (null)"}},
	{"FULL JOIN that is planned as another", "SELECT a, d FROM lhs FULL JOIN rhs ON a = c AND IsOdd(b) WHERE a > 0",
		"IsOdd cannot be called in the condition of a FULL JOIN that uses columns of one table only", "IsOdd(b)", "FROM (SELECT *, IsOdd(…) AS k FROM …) AS t",
		"SELECT a, d FROM (SELECT *, IsOdd(b) AS k FROM lhs) AS t FULL JOIN rhs ON a = c AND t.k WHERE a > 0",
		[]string{"1 10", "1 11", "2 (null)", "3 (null)"}},
	{"EXISTS with columns of both", "SELECT id FROM steps AS e WHERE EXISTS (SELECT 1 FROM steps AS o WHERE e.id = o.id AND Mix(e.price + o.price) > 2)",
		"Mix cannot be called in a subquery of EXISTS or IN with columns of both queries", "Mix(e.price + o.price)", "l.id IN (SELECT l.id FROM l JOIN r ON … AND Mix(…))",
		"SELECT id FROM steps AS e WHERE e.id IN (SELECT l.id FROM steps AS l JOIN steps AS o ON l.id = o.id AND Mix(l.price + o.price) > 2)",
		[]string{"1", "2", "6", "7"}},
	{"DEFINE", `SELECT * FROM steps MATCH_RECOGNIZE (ORDER BY ts MEASURES A.id AS x, LAST(B.id) AS y ONE ROW PER MATCH
			AFTER MATCH SKIP PAST LAST ROW PATTERN (A B) DEFINE B AS Mix(B.price) < Mix(A.price))`,
		"Mix cannot be called in DEFINE of MATCH_RECOGNIZE", "Mix(B.price)", "FROM (SELECT *, Mix(…) AS k FROM …) MATCH_RECOGNIZE",
		`SELECT * FROM (SELECT *, Mix(price) AS k FROM steps) MATCH_RECOGNIZE (ORDER BY ts MEASURES A.id AS x, LAST(B.id) AS y ONE ROW PER MATCH
			AFTER MATCH SKIP PAST LAST ROW PATTERN (A B) DEFINE B AS B.k < A.k)`,
		[]string{"2 3", "4 5", "7 8"}},
	{"MEASURES", `SELECT * FROM steps MATCH_RECOGNIZE (ORDER BY ts MEASURES Mix(A.price) AS x ONE ROW PER MATCH
			AFTER MATCH SKIP PAST LAST ROW PATTERN (A B C D E) DEFINE B AS B.price > A.price)`,
		"Mix cannot be called in MEASURES of MATCH_RECOGNIZE", "Mix(A.price)", "and use k instead of the call",
		`SELECT * FROM (SELECT *, Mix(price) AS k FROM steps) MATCH_RECOGNIZE (ORDER BY ts MEASURES A.k AS x ONE ROW PER MATCH
			AFTER MATCH SKIP PAST LAST ROW PATTERN (A B C D E) DEFINE B AS B.price > A.price)`,
		[]string{"2"}},
	{"temporal join", "SELECT e.id, v.id FROM steps AS e LEFT JOIN versions FOR SYSTEM_TIME AS OF e.ts AS v ON e.id = v.z AND Mix(e.id) > 2",
		"Mix cannot be called in the condition of a LEFT JOIN FOR SYSTEM_TIME AS OF that uses columns of one table only", "Mix(e.id)", "FROM (SELECT *, Mix(…) AS k FROM …) AS t",
		"SELECT t.id, v.id FROM (SELECT *, Mix(id) AS k FROM steps) AS t LEFT JOIN versions FOR SYSTEM_TIME AS OF t.ts AS v ON t.id = v.z AND t.k > 2 WHERE t.id < 5",
		[]string{"1 (null)", "2 1", "3 (null)", "4 2"}},
	{"watermark", "SELECT window_start, COUNT(*) FROM TUMBLE(TABLE marked, DESCRIPTOR(ts), INTERVAL '2' SECOND) GROUP BY window_start, window_end",
		"Mix cannot be called in the watermark of a table", "SELECT", "add a column to the table, k AS Mix(…), and use k in WATERMARK FOR",
		"SELECT COUNT(*) FROM TUMBLE(TABLE marked2, DESCRIPTOR(ts), INTERVAL '20' SECOND) GROUP BY window_start, window_end",
		[]string{"8"}},
}

const strandedFunctions = `
func Dbl(a int32) int32 { return 2*a }
func IsOdd(a int32) bool { return a % 2 == 1 }
func Mix(p int64) int64 { return (p * 7) % 5 }`

func TestFunctionsWhereNothingCallsThem(t *testing.T) {
	marked := func(name, columns, watermark string) string {
		return "CREATE TEMPORARY TABLE " + name + " (id BIGINT, " + columns + "ts AS TO_TIMESTAMP_LTZ(id * 1000, 3), WATERMARK FOR ts AS " + watermark +
			") WITH ('connector' = 'datagen', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '8');"
	}
	declare(t)
	run(t, `CREATE TEMPORARY VIEW lhs AS SELECT * FROM (VALUES (1, 1), (2, 2), (3, 9)) AS t(a, b);
CREATE TEMPORARY VIEW rhs AS SELECT * FROM (VALUES (1, 10), (1, 11), (2, 20), (5, 50)) AS t(c, d);`+
		marked("steps", "price AS id, ", "ts")+marked("marked", "", "TO_TIMESTAMP_LTZ(Mix(id) * 1000, 3)")+
		marked("marked2", "k AS Mix(id), ", "TO_TIMESTAMP_LTZ(k * 1000, 3)")+`
CREATE TEMPORARY VIEW versions AS SELECT z, id, ts FROM
	(SELECT Mix(id) AS z, id, ts, ROW_NUMBER() OVER (PARTITION BY Mix(id) ORDER BY ts DESC) AS rn FROM steps) WHERE rn = 1`)
	defer run(t, `RESET; DROP TEMPORARY VIEW versions; DROP TEMPORARY TABLE marked2; DROP TEMPORARY TABLE marked;
DROP TEMPORARY TABLE steps; DROP TEMPORARY VIEW rhs; DROP TEMPORARY VIEW lhs`)
	for i, c := range stranded {
		t.Run(c.name, func(t *testing.T) {
			_, err := execute(t, c.sql, query.Lossless)
			var e *session.Error
			if !errors.As(err, &e) || e.Message != c.message || !strings.Contains(e.Hint, c.hint) {
				t.Fatalf("%v", session.Explain(err))
			}
			if got := underCaret(e.Excerpt); got != c.at {
				t.Errorf("the caret is at %q: %s", got, session.Explain(err))
			}
			if !sample.Whole && i%3 > 0 {
				return // the statement that the hint suggests returns the right rows
			}
			got := sessiontest.Drain(t, run(t, c.instead).Events)
			slices.Sort(got.Table)
			if !slices.Equal(got.Table, c.want) {
				t.Errorf("%s: %q (%v)", c.instead, got.Table, got.Ended.Err)
			}
		})
	}
}

// underCaret returns the part of an error's line that is above the carets.
func underCaret(excerpt string) string {
	line, carets, _ := strings.Cut(excerpt, "\n")
	from := strings.Index(carets, "^")
	return string([]rune(line)[from:min(len([]rune(line)), from+strings.Count(carets, "^"))])
}

// deep returns a query of one column, nested n levels deep.
func deep(form string, n int) string {
	switch form {
	case "parentheses":
		return "SELECT " + strings.Repeat("(", n) + "id" + strings.Repeat(")", n) + " AS x FROM shallow"
	case "OR":
		return "SELECT id FROM shallow WHERE " + strings.TrimSuffix(strings.Repeat("id * id = 1 OR ", n), " OR ")
	}
	return "SELECT " + strings.TrimSuffix(strings.Repeat("id + ", n), " + ") + " AS x FROM shallow"
}

func TestDeepStatements(t *testing.T) {
	run(t, sessiontest.SequenceTable("shallow", 1))
	defer run(t, "DROP TEMPORARY TABLE shallow")
	for form, n := range map[string]int{"sum": sample.Of(600, 1500), "parentheses": 4000, "OR": 1200} {
		if _, err := execute(t, "EXPLAIN "+deep(form, n), query.Lossless); err != nil { // code for all of it takes seconds
			t.Errorf("%d levels of %s: %.500s", n, form, session.Explain(err))
		}
	}
	for form, n := range map[string]int{"sum": 100_000, "parentheses": 100_000, "OR": 30_000} {
		_, err := execute(t, deep(form, n), query.Lossless)
		var e *session.Error
		if !errors.As(err, &e) || !strings.HasPrefix(e.Message, "the statement is nested too deeply: ") || e.Hint == "" {
			t.Errorf("%d levels of %s: %.500s", n, form, session.Explain(err))
		}
	}
	if got := sessiontest.Drain(t, run(t, deep("parentheses", 1000)).Events); !slices.Equal(got.Table, []string{"1"}) {
		t.Errorf("afterwards: %q (%v)", got.Table, got.Ended.Err)
	}
}
