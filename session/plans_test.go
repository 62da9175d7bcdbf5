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
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

// plans are queries whose translation for a sink differs from that for collect(), or whose
// changelog has an unexpected key. Each has one right answer, in all modes and at any
// parallelism. The sample has the marked ones: one of each kind of operator and of changelog.
var plans = []struct {
	name, sql string
	sampled   bool
}{
	{name: "interval join of two rowtimes, all columns", sql: `SELECT * FROM orders o, payments p
		WHERE o.id = p.order_id AND p.paid BETWEEN o.placed AND o.placed + INTERVAL '5' SECOND`, sampled: true},
	{name: "rowtime passed on", sql: "SELECT placed, placed AS again, id FROM orders"},
	{name: "shuffle key is not the upsert key", sql: `SELECT o.id, o.customer, t.n FROM orders o
		JOIN (SELECT customer, COUNT(*) AS n FROM orders GROUP BY customer) t ON o.customer = t.customer`, sampled: true},
	{name: "count of counts", sql: `SELECT n, COUNT(*) FROM
		(SELECT customer, COUNT(*) AS n FROM orders GROUP BY customer) GROUP BY n`, sampled: true},
	{name: "left join", sql: "SELECT o.id, p.amount FROM orders o LEFT JOIN payments p ON o.id = p.order_id"},
	{name: "full join", sql: "SELECT o.id, p.order_id, p.amount FROM orders o FULL JOIN payments p ON o.id = p.order_id + 100", sampled: true},
	{name: "semi and anti join", sql: `SELECT id FROM orders WHERE id IN (SELECT order_id FROM payments)
		AND customer NOT IN (SELECT customer FROM orders WHERE amount > 990)`, sampled: true},
	{name: "join of aggregates", sql: `SELECT a.customer, n, total FROM
		(SELECT customer, COUNT(*) AS n FROM orders GROUP BY customer) a LEFT JOIN
		(SELECT customer, SUM(amount) AS total FROM orders GROUP BY customer HAVING SUM(amount) > 40000) b
		ON a.customer = b.customer`},
	{name: "top 3 of each customer", sql: `SELECT customer, id, amount, place FROM
		(SELECT *, ROW_NUMBER() OVER (PARTITION BY customer ORDER BY amount DESC) AS place FROM orders) WHERE place <= 3`},
	{name: "top 3 without their places", sql: `SELECT customer, id FROM
		(SELECT *, ROW_NUMBER() OVER (PARTITION BY customer ORDER BY amount DESC) AS place FROM orders) WHERE place <= 3`, sampled: true},
	{name: "last of each customer", sql: `SELECT customer, id FROM
		(SELECT *, ROW_NUMBER() OVER (PARTITION BY customer ORDER BY placed DESC) AS nth FROM orders) WHERE nth = 1`, sampled: true},
	{name: "first of each customer", sql: `SELECT customer, id FROM
		(SELECT *, ROW_NUMBER() OVER (PARTITION BY customer ORDER BY placed ASC) AS nth FROM orders) WHERE nth = 1`},
	{name: "view with a rowtime", sql: "SELECT * FROM late JOIN payments ON id = order_id"},
	{name: "distinct", sql: "SELECT DISTINCT customer, MOD(id, 2) FROM orders"},
	{name: "union and except", sql: "SELECT customer FROM orders EXCEPT SELECT customer FROM orders WHERE id > 995", sampled: true},
	{name: "rows that are equal", sql: "SELECT customer FROM orders WHERE id < 60"},
	{name: "limit of an order", sql: "SELECT id, amount FROM orders ORDER BY amount DESC LIMIT 7", sampled: true},
	{name: "tumbling windows", sql: `SELECT window_start, customer, COUNT(*), MAX(amount) FROM
		TUMBLE(TABLE orders, DESCRIPTOR(placed), INTERVAL '2' MINUTE) GROUP BY window_start, window_end, customer`, sampled: true},
	{name: "changelog source", sql: "SELECT k, v FROM changes"},
	{name: "aggregate of a changelog source", sql: "SELECT v, COUNT(*), MIN(k) FROM changes GROUP BY v"},
	{name: "changelog source joined", sql: "SELECT c.k, c.v, o.amount FROM changes c LEFT JOIN orders o ON o.id = c.k", sampled: true},
	{name: "keyed changelog source", sql: "SELECT * FROM keyed", sampled: true},
}

const planTables = `
CREATE TEMPORARY TABLE orders (
	id BIGINT, customer AS CAST(MOD(id * 7919, 13) AS INT), amount AS CAST(MOD(id * 7919, 1009) AS INT),
	placed AS TO_TIMESTAMP_LTZ(id * 1000, 3), WATERMARK FOR placed AS placed - INTERVAL '3' SECOND
) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000', 'number-of-rows' = '1000',
	'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '1000');
CREATE TEMPORARY TABLE payments (
	n BIGINT, order_id AS n * 3, amount AS CAST(MOD(n * 104729, 997) AS INT),
	paid AS TO_TIMESTAMP_LTZ(n * 3000 + MOD(n, 8) * 1000, 3), WATERMARK FOR paid AS paid - INTERVAL '9' SECOND
) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000', 'number-of-rows' = '300',
	'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '300');
CREATE TEMPORARY VIEW late AS SELECT id, placed FROM orders WHERE id > 800;
CREATE TEMPORARY TABLE changes (k BIGINT, v BIGINT) WITH ('connector' = 'filesystem', 'path' = '%[1]s', 'format' = 'debezium-json');
CREATE TEMPORARY TABLE keyed (k BIGINT, v BIGINT, PRIMARY KEY (k) NOT ENFORCED)
	WITH ('connector' = 'filesystem', 'path' = '%[1]s', 'format' = 'debezium-json')`

// changelogFile writes inserts, updates and deletes as Debezium does: of the keys
// 1 to 300 each third is deleted again, and each other second changed.
func changelogFile(t *testing.T) string {
	t.Helper()
	var text []byte
	row := func(k, v int) string { return fmt.Sprintf(`{"k":%d,"v":%d}`, k, v) }
	change := func(op, before, after string) {
		text = fmt.Appendf(text, `{"op":%q,"before":%s,"after":%s}`+"\n", op, before, after)
	}
	for k := 1; k <= 300; k++ {
		change("c", "null", row(k, k%7))
		if k%2 == 0 {
			change("u", row(k, k%7), row(k, k%5))
		}
		if k%3 == 0 {
			last := k % 7
			if k%2 == 0 {
				last = k % 5
			}
			change("d", row(k, last), "null")
		}
	}
	path := filepath.Join(t.TempDir(), "changes.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// comparePlans runs all plans in one setting and compares them with the answers so far. The
// first answer is the reference for the others.
func comparePlans(t *testing.T, setting string, streaming bool, answers map[string][]string, ask func(sql string) (session.Reply, error)) {
	t.Helper()
	for _, p := range plans {
		if !sample.Whole && !p.sampled {
			continue
		}
		if strings.Contains(p.name, "changelog source") && !streaming {
			continue // Flink reads no changelog in batch mode
		}
		reply, err := ask(p.sql)
		if err != nil {
			t.Fatalf("%s, %s: %s", setting, p.name, session.Explain(err))
		}
		got := sessiontest.Drain(t, reply.Events)
		if got.Ended.State != query.Finished {
			t.Errorf("%s, %s: %v", setting, p.name, got.Ended.Err)
			continue
		}
		first, ok := answers[p.name]
		switch {
		case !ok && len(got.Table) == 0:
			t.Errorf("%s: no rows, so the comparison says nothing", p.name)
		case !ok:
			answers[p.name] = got.Table
		case !slices.Equal(first, got.Table):
			t.Errorf("%s, %s: %d rows, first %d", setting, p.name, len(got.Table), len(first))
		}
	}
}

func TestPlansGiveTheSameRows(t *testing.T) {
	tables := fmt.Sprintf(planTables, changelogFile(t))
	answers := map[string][]string{}
	run(t, tables)
	defer run(t, `RESET; DROP TEMPORARY VIEW late; DROP TEMPORARY TABLE orders; DROP TEMPORARY TABLE payments;
		DROP TEMPORARY TABLE changes; DROP TEMPORARY TABLE keyed`)
	for _, mode := range []string{"batch", "streaming"} {
		for _, parallelism := range []string{"1", "2"} {
			if !sample.Whole && (mode == "batch") != (parallelism == "1") {
				continue
			}
			run(t, fmt.Sprintf("SET 'execution.runtime-mode' = '%s'; SET 'parallelism.default' = '%s'", mode, parallelism))
			comparePlans(t, mode+" "+parallelism, mode == "streaming", answers, func(sql string) (session.Reply, error) {
				return execute(t, sql, query.Lossless)
			})
		}
	}
	if !sample.Whole {
		return // another cluster
	}
	adaptive := sessiontest.Open(t, "jobmanager.scheduler", "adaptive")
	adaptive.Do(tables + "; SET 'parallelism.default' = '2'")
	comparePlans(t, "adaptive scheduler", true, answers, adaptive.Try)
}

// A batch query's order is kept, whatever the parallelism.
func TestOrderIsKept(t *testing.T) {
	count := sample.Of(10_000, 50_000)
	run(t, sessiontest.SequenceTable("unordered", count)+"; SET 'execution.runtime-mode' = 'batch'; SET 'parallelism.default' = '2'")
	defer run(t, "RESET; DROP TEMPORARY TABLE unordered")
	got := sessiontest.Drain(t, run(t, "SELECT id FROM unordered ORDER BY MOD(id * 7919, 50021), id").Events)
	want := make([]string, count)
	for i := range want {
		want[i] = fmt.Sprintf("+I %d", i+1)
	}
	key := func(row string) int {
		var id int
		fmt.Sscanf(row, "+I %d", &id)
		return id * 7919 % 50021
	}
	slices.SortFunc(want, func(a, b string) int { return key(a) - key(b) })
	if !slices.Equal(got.Changes, want) {
		t.Errorf("%d rows, not in order; %v", len(got.Changes), got.Ended.Err)
	}
}
