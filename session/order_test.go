package session_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

// sortable are expressions of every kind of type that Flink sorts by, each with NULLs and
// with values that occur twice.
var sortable = []string{
	"CAST(n AS TINYINT)", "CAST(n AS SMALLINT)", "n", "CAST(n * 3000000000 AS BIGINT)", "n > 0",
	"CAST(n / 4.0 AS FLOAT)", "CAST(n / 7.0 AS DOUBLE)", "CAST(n AS DECIMAL(38, 10)) * 100000000000", "CAST(n AS DECIMAL(5, 2))",
	"s", "CAST(s AS CHAR(3))", "CAST(s AS BYTES)", "CAST(s AS BINARY(2))",
	"DATE '2024-01-01' + CAST(n AS INTERVAL DAY)", "CAST(ts AS TIME)",
	"ts", "CAST(ts AS TIMESTAMP(0))", "CAST(ts AS TIMESTAMP(9))", "CAST(ts AS TIMESTAMP_LTZ(3))", "CAST(ts AS TIMESTAMP_LTZ(9))",
	"CAST(n AS INTERVAL MONTH)", "CAST(n AS INTERVAL DAY)",
	"ARRAY[n, id]", "ARRAY[s, 'b']", "SPLIT(s, '')", "ROW(s, n)", "ROW(n, ROW(s, id))",
	"id % 3", "-n", "CASE WHEN n > 0 THEN s END",
	"CAST(CASE WHEN id % 5 = 2 THEN 'NaN' WHEN id = 5 THEN 'Infinity' ELSE CAST(n AS STRING) END AS DOUBLE)",
	"CAST(CASE WHEN id % 4 = 1 THEN 'NaN' WHEN id = 6 THEN '-Infinity' ELSE CAST(n AS STRING) END AS FLOAT)",
}

const sortedRows = `CREATE TEMPORARY VIEW unsorted AS SELECT id, n, s, TIMESTAMP '2024-02-29 12:34:56.789' + CAST(n * 77777 AS INTERVAL SECOND) AS ts FROM (VALUES
	(1, 5, 'b'), (2, -5, CAST(NULL AS STRING)), (3, CAST(NULL AS INT), 'B'), (4, 0, ''), (5, 100, 'aa'), (6, -100, 'a'), (7, 5, 'é'),
	(8, 0, '日本'), (9, CAST(NULL AS INT), CAST(NULL AS STRING)), (10, 7, '𝄞'), (11, -5, 'b'), (12, 1, 'Z'), (13, 127, 'ab'), (14, 99, 'abc')
) AS v(id, n, s)`

// sortings creates queries with an ORDER BY, none with ties. A query of all types has a part
// for each type, sorted only by that type's key, because a job costs more than a key.
func sortings(g *rand.Rand) []string {
	var parts, keys []string
	for i, expression := range sortable {
		parts = append(parts, fmt.Sprint(i))
		keys = append(keys, fmt.Sprintf("CASE WHEN part = %d THEN %s END", i, expression))
	}
	all := func(columns string) string {
		query := "SELECT " + columns + " FROM unsorted CROSS JOIN (VALUES " + strings.Join(parts, ", ") + ") AS p(part) ORDER BY part"
		for _, key := range keys {
			query += ", " + key + []string{"", " ASC", " DESC"}[g.IntN(3)] + []string{"", " NULLS FIRST", " NULLS LAST"}[g.IntN(3)]
		}
		return query + ", id"
	}
	return []string{
		all("s, id") + " LIMIT 400 OFFSET 7",
		all("id"),
		"SELECT n, COUNT(*) AS c FROM unsorted GROUP BY n ORDER BY c DESC, MAX(id) LIMIT 4",
		"SELECT n, COUNT(*) AS c FROM unsorted GROUP BY n ORDER BY c DESC, n",
		"SELECT s FROM (SELECT * FROM unsorted ORDER BY n DESC, id LIMIT 9) WHERE id <> 5",
		"SELECT s FROM (SELECT * FROM unsorted ORDER BY n DESC, id LIMIT 9) LIMIT 3 OFFSET 1",
		"SELECT id, s FROM unsorted UNION ALL SELECT id + 10, s FROM unsorted WHERE id > 4 ORDER BY id DESC LIMIT 20",
		"WITH w AS (SELECT id, s FROM unsorted) SELECT s AS riffle_order1 FROM w ORDER BY id DESC LIMIT 5",
		"SELECT s, n FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY n ORDER BY id) AS nth FROM unsorted) WHERE nth = 1 ORDER BY id DESC LIMIT 5",
	}
}

// The table of a streaming query has the order of batch mode.
func TestOrderIsThatOfBatchMode(t *testing.T) {
	queries := sortings(rand.New(rand.NewPCG(*seed, 0)))
	if !sample.Whole {
		// Without queries that differ from another one only in LIMIT or OFFSET.
		queries = append(append(queries[:1:1], queries[3:5]...), queries[6:]...)
	}
	run(t, sortedRows)
	defer run(t, "RESET; DROP TEMPORARY VIEW unsorted")
	var want []string
	for _, mode := range []string{"batch", "streaming"} {
		run(t, "SET 'execution.runtime-mode' = '"+mode+"'")
		for i, query := range queries {
			got := tableInOrder(t, query)
			switch {
			case mode == "batch":
				want = append(want, got)
			case got != want[i]:
				t.Errorf("seed %d: %s\nstreaming:\n%s\nbatch:\n%s", *seed, query, got, want[i])
			}
		}
	}
}

// tableInOrder runs a query to its end and returns its table as CSV without a header.
func tableInOrder(t *testing.T, text string) string {
	t.Helper()
	reply := run(t, text)
	shared.Keep(reply.Query)
	if got := sessiontest.Drain(t, reply.Events); got.Ended.State != query.Finished {
		t.Fatalf("%s: %v", text, got.Ended.Err)
	}
	table, ok := reply.Query.Table()
	if !ok {
		t.Fatalf("%s has no table", text)
	}
	defer table.Release()
	rec, err := table.Record()
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Release()
	rows := make([]string, rec.NumRows())
	for i := range rows {
		var values []string
		for _, column := range rec.Columns() {
			values = append(values, column.ValueStr(i))
		}
		rows[i] = strings.Join(values, ",")
	}
	return strings.Join(rows, "\n")
}

// Keys that are not selected are in no schema that is shown.
func TestKeysThatAreNotSelectedAreNotShown(t *testing.T) {
	reply := run(t, "SELECT s FROM (VALUES (1, 'a'), (2, 'b'), (3, 'c')) AS v(id, s) ORDER BY id DESC LIMIT 2")
	got := sessiontest.Drain(t, reply.Events)
	if fields := got.Started.Schema.Fields(); len(fields) != 2 || fields[0].Name != "s" {
		t.Errorf("schema %v", fields)
	}
	view, err := got.Started.View()
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	if n := view.Schema().NumFields(); n != 1 {
		t.Errorf("the view shows %d columns", n)
	}
}

// A sort of the whole needs an end, which each of its sources must have.
func TestWholeSortNeedsAnEnd(t *testing.T) {
	run(t, "CREATE TEMPORARY TABLE endless (id BIGINT) WITH ('connector' = 'datagen'); "+sessiontest.SequenceTable("ending", 4))
	defer run(t, "DROP TEMPORARY TABLE endless; DROP TEMPORARY TABLE ending")
	for _, text := range []string{
		"SELECT id FROM endless ORDER BY id",
		"EXPLAIN SELECT id FROM endless ORDER BY id",
		"SELECT id FROM ending UNION ALL SELECT id FROM endless ORDER BY id",
		"SELECT id FROM ending WHERE id IN (SELECT id FROM endless) ORDER BY id",
	} {
		if _, err := execute(t, text, query.Lossless); err == nil || !strings.Contains(err.Error(), "a streaming query can only be sorted by its time attribute") {
			t.Errorf("%s: %v", text, err)
		}
	}
	if got := tableInOrder(t, "SELECT id FROM ending UNION ALL SELECT id + 2 FROM ending ORDER BY id DESC"); got != "6\n5\n4\n4\n3\n3\n2\n1" {
		t.Errorf("of sources with an end: %q", got)
	}
}

// Rows behind their watermark are also sorted in a bounded sort.
func TestWholeSortByTimeHasLateRows(t *testing.T) {
	run(t, `CREATE TEMPORARY TABLE late_rows (id BIGINT, ts AS TO_TIMESTAMP_LTZ(CASE WHEN id > 900 THEN id - 900 ELSE id * 1000 END, 3),
		WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen', 'number-of-rows' = '1000', 'rows-per-second' = '1000',
		'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '1000'); SET 'pipeline.auto-watermark-interval' = '10 ms'`)
	defer run(t, "RESET; DROP TEMPORARY TABLE late_rows")
	rows := strings.Split(tableInOrder(t, "SELECT id FROM late_rows ORDER BY ts"), "\n")
	var want []string
	for id := range 1000 {
		want = append(want, fmt.Sprint((id+900)%1000+1))
	}
	if !slices.Equal(rows, want) {
		t.Errorf("%d rows: %.100q", len(rows), rows)
	}
}
