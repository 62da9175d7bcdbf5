package session_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/render"
	"riffle/session/changelog"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

// null stands for NULL among texts. With a NULL in it, VALUES would be folded, and the planner
// cannot fold a NaN.
const null = "∅"

// scalar is a type and texts that CAST turns into values of it.
type scalar struct {
	sqlType string
	texts   []string
}

var scalars = []scalar{
	{"BOOLEAN", []string{"true", "false"}},
	{"TINYINT", []string{"-128", "127", "0"}},
	{"SMALLINT", []string{"-32768", "32767"}},
	{"INT", []string{"-2147483648", "2147483647"}},
	{"BIGINT", []string{"-9223372036854775808", "9223372036854775807"}},
	{"FLOAT", []string{"NaN", "Infinity", "-Infinity", "-0.0", "0.0", "1.4E-45", "3.4028235E38", "1.0E10", "0.1", "16777216", "0.001"}},
	{"DOUBLE", []string{"NaN", "Infinity", "-Infinity", "-0.0", "0.0", "4.9E-324", "2.2250738585072014E-308", "1.7976931348623157E308", "1.0E10", "9999999", "1.0E7", "0.001"}},
	{"DECIMAL(1, 0)", []string{"9", "-9", "0"}},
	{"DECIMAL(10, 3)", []string{"1.5", "-0.005", "9999999.999"}},
	{"DECIMAL(19, 0)", []string{"9999999999999999999", "-9999999999999999999"}},
	{"DECIMAL(38, 0)", []string{"99999999999999999999999999999999999999", "-99999999999999999999999999999999999999", "0"}},
	{"DECIMAL(38, 38)", []string{"0.99999999999999999999999999999999999999", "-0.00000000000000000000000000000000000001", "0"}},
	{"DECIMAL(38, 18)", []string{"99999999999999999999.999999999999999999", "-1.5"}},
	{"CHAR(5)", []string{"", "ab", "äöü€x", "it's \"", "a\nb\tc"}},
	{"VARCHAR(3)", []string{"", "abc", "x y", "😀"}},
	{"STRING", []string{"", "NULL", "null", "a,b", "[x]", "\\", "日本語", "e\u0301", "a\nb"}},
	{"BINARY(4)", []string{"", "ab", "abcd"}},
	{"VARBINARY(3)", []string{"", "abc", "é"}},
	{"BYTES", []string{"", "plain", "é€"}},
	{"DATE", []string{"0001-01-01", "9999-12-31", "1969-12-31", "1970-01-01", "2024-02-29", "1582-10-10"}},
	{"TIME(0)", []string{"00:00:00", "23:59:59"}},
	{"TIME(1)", []string{"00:00:00.1", "23:59:59.9"}},
	{"TIME(3)", []string{"00:00:00", "23:59:59.999", "12:00:00.700", "12:00:00.07"}},
	{"TIME(6)", []string{"23:59:59.999999", "12:00:00"}},
	{"TIME(9)", []string{"23:59:59.999999999", "12:00:00.5"}},
	{"TIMESTAMP(0)", []string{"0001-01-01 00:00:00", "9999-12-31 23:59:59", "1969-12-31 23:59:59"}},
	{"TIMESTAMP(1)", []string{"0001-01-01 00:00:00.1", "1969-12-31 23:59:59.9"}},
	{"TIMESTAMP(3)", []string{"0001-01-01 00:00:00.001", "9999-12-31 23:59:59.999"}},
	{"TIMESTAMP(4)", []string{"0001-01-01 00:00:00.0001", "1969-12-31 23:59:59.9999"}},
	{"TIMESTAMP(6)", []string{"0001-01-01 00:00:00.000001", "9999-12-31 23:59:59.999999", "1969-12-31 23:59:59.999999"}},
	{"TIMESTAMP(7)", []string{"0001-01-01 00:00:00.0000001", "2024-02-29 12:34:56.1234567"}},
	{"TIMESTAMP(9)", []string{"0001-01-01 00:00:00.000000001", "9999-12-31 23:59:59.999999999", "1677-09-21 00:12:43.145224192", "2262-04-11 23:47:16.854775808", "1969-12-31 23:59:59.999999999"}},
	{"TIMESTAMP_LTZ(0)", []string{"0001-01-02 00:00:00", "9999-12-31 23:59:59", "1901-01-01 00:00:00"}},
	{"TIMESTAMP_LTZ(3)", []string{"1969-12-31 23:59:59.999", "2024-07-01 00:00:00", "2100-07-01 00:00:00"}},
	{"TIMESTAMP_LTZ(9)", []string{"0001-01-02 00:00:00.000000001", "9999-12-31 23:59:59.999999999"}},
}

// expressions are values of types that no text is cast to. They may use the
// columns of the scalars' row: s is STRING, d DOUBLE, i INT, z TIMESTAMP_LTZ(9),
// n TIMESTAMP(9), b BYTES.
var expressions = []string{
	"INTERVAL '1-2' YEAR TO MONTH",
	"INTERVAL '-9999-11' YEAR(4) TO MONTH",
	"INTERVAL '3 04:05:06.789' DAY TO SECOND(3)",
	"INTERVAL '-0.001' SECOND(1, 3)",
	"CAST(NULL AS INTERVAL DAY TO SECOND)",
	"CAST(NULL AS INTERVAL YEAR TO MONTH)",
	"ARRAY[i, CAST(NULL AS INT), 3]",
	"ARRAY[s, 'it''s', '', CAST(NULL AS STRING), 'a, b', 'ü\n\"']",
	"ARRAY[d, 1.5E0]",
	"ARRAY[CAST(NULL AS INT)]",
	"ARRAY_EXCEPT(ARRAY[1], ARRAY[1])",
	"CAST(NULL AS ARRAY<INT>)",
	"ARRAY[ARRAY[z], ARRAY[CAST(NULL AS TIMESTAMP_LTZ(9))], CAST(NULL AS ARRAY<TIMESTAMP_LTZ(9)>)]",
	"ARRAY[n, CAST('1500-01-01 00:00:00.000000001' AS TIMESTAMP(9))]",
	"ARRAY[INTERVAL '1' DAY, INTERVAL '-2' DAY]",
	"ARRAY[CAST(1.5 AS DECIMAL(38, 20)), NULL]",
	"ARRAY[b, CAST(NULL AS BYTES)]",
	"MAP['a', 1, 'b', 2]",
	"MAP[CAST(NULL AS STRING), 1, 'b', CAST(NULL AS INT)]",
	"MAP[s, d]",
	"MAP[i, ARRAY[s], 7, CAST(NULL AS ARRAY<STRING>)]",
	"MAP[ROW(i, s), MAP[s, i]]",
	"MAP_FROM_ARRAYS(ARRAY_EXCEPT(ARRAY[1], ARRAY[1]), ARRAY_EXCEPT(ARRAY['a'], ARRAY['a']))",
	"CAST(NULL AS MAP<STRING, INT>)",
	"CAST(MAP['k', 1] AS MAP<STRING, BIGINT NOT NULL>)",
	"MAP['x', INTERVAL '1-1' YEAR TO MONTH]",
	"ROW(i, s, d, z, n)",
	"ROW(1, CAST(NULL AS STRING), ROW(CAST(NULL AS INT)))",
	"CAST(NULL AS ROW<a INT, b ROW<c STRING>>)",
	"CAST(ROW(1, ROW(s)) AS ROW<`a b` INT, `c``d` ROW<`,` STRING>>)",
	"ROW(ARRAY[ROW(s, MAP[s, z])], INTERVAL '1' MINUTE)",
	"OBJECT_OF('com.example.User', 'name', s, 'score', d)",
	"ARRAY[OBJECT_OF('com.example.Point', 'at', z, 'n', CAST(NULL AS INT))]",
	"BITMAP_BUILD(ARRAY[3, 1, 2])",
	"ROW(BITMAP_BUILD(ARRAY[CAST(i AS INT)]), i)",
	"ROW(TRY_PARSE_JSON(s), PARSE_JSON(CONCAT('{\"a\": [', CAST(COALESCE(i, 0) AS STRING), ', 2.5, null, \"ü\", {}]}')))",
	"CAST('2024-02-29' AS DATE) - INTERVAL '1' YEAR",
}

// typedRows returns the number of rows of the view typed, the last one all NULL.
func typedRows() int {
	rows := 0
	for _, s := range scalars {
		rows = max(rows, len(s.texts)+1)
	}
	return rows
}

// viewOfTypes makes the view typed: id, the columns s, d, … of expressions, c0, c1,
// … of the scalars, and e0, … of the expressions.
func viewOfTypes() string {
	values := make([]string, typedRows())
	for r := range values {
		cells := []string{fmt.Sprint(r)}
		for _, s := range scalars {
			text := null
			if r < len(s.texts) {
				text = s.texts[r]
			}
			cells = append(cells, "'"+strings.ReplaceAll(text, "'", "''")+"'")
		}
		values[r] = "(" + strings.Join(cells, ", ") + ")"
	}
	columns, names := []string{"id"}, []string{"id"}
	short := map[string]string{"STRING": "s", "DOUBLE": "d", "INT": "i", "TIMESTAMP_LTZ(9)": "z", "TIMESTAMP(9)": "n", "BYTES": "b"}
	for k, s := range scalars {
		names = append(names, fmt.Sprintf("r%d", k))
		cast := fmt.Sprintf("CAST(NULLIF(r%d, '%s') AS %s)", k, null, s.sqlType)
		columns = append(columns, fmt.Sprintf("%s AS c%d", cast, k))
		if name, ok := short[s.sqlType]; ok {
			columns = append(columns, cast+" AS "+name)
		}
	}
	view := fmt.Sprintf("SELECT %s FROM (VALUES %s) AS v(%s)", strings.Join(columns, ", "), strings.Join(values, ", "), strings.Join(names, ", "))
	all := []string{"*"}
	for k, e := range expressions {
		all = append(all, fmt.Sprintf("%s AS e%d", e, k))
	}
	return fmt.Sprintf("CREATE TEMPORARY VIEW typed AS SELECT %s FROM (%s)", strings.Join(all, ", "), view)
}

// The text of every value is that of Flink's CAST, which is computed in the same query. The
// same holds in a changelog, where a retraction must find its row by its values.
func TestTextIsThatOfCast(t *testing.T) {
	run(t, viewOfTypes())
	defer run(t, "RESET; DROP TEMPORARY VIEW typed")
	var what, columns, pairs []string
	for k, s := range scalars {
		what, columns = append(what, s.sqlType), append(columns, fmt.Sprintf("c%d", k))
	}
	for k, e := range expressions {
		what, columns = append(what, e), append(columns, fmt.Sprintf("e%d", k))
	}
	for _, c := range columns {
		pairs = append(pairs, fmt.Sprintf("%s, CAST(%[1]s AS STRING)", c))
	}
	plain := "SELECT " + strings.Join(pairs, ", ") + " FROM typed"
	copies := "SELECT " + strings.Join(pairs, ", ") + " FROM (" +
		"SELECT *, ROW_NUMBER() OVER (PARTITION BY id ORDER BY copy DESC) AS place FROM typed CROSS JOIN (VALUES 1, 2, 3, 4) AS c(copy)" +
		") WHERE place <= 2"
	for _, test := range sample.Every(2, []struct {
		settings, query string
		copies          int
	}{
		{"SET 'execution.runtime-mode' = 'streaming'; SET 'table.local-time-zone' = 'America/New_York'", copies, 2},
		{"SET 'execution.runtime-mode' = 'batch'; SET 'table.local-time-zone' = 'Asia/Kolkata'", plain, 1},
	}) {
		run(t, test.settings)
		got := shown(t, run(t, test.query).Events)
		if got.ended.State != query.Finished || len(got.rows) != test.copies*typedRows() {
			t.Fatalf("%s: %d rows, %v", test.settings, len(got.rows), got.ended.Err)
		}
		if test.copies > 1 && got.changes <= len(got.rows) {
			t.Errorf("%d changes for %d rows", got.changes, len(got.rows))
		}
		for r, row := range got.rows {
			for i := range columns {
				if text, cast := row[2*i], row[2*i+1]; text != cast {
					t.Errorf("%s: row %d: %s is shown as %q, CAST gives %q", test.settings, r, what[i], text, cast)
				}
			}
		}
	}
}

// A row is found again by a key of any type that can be one. The count is a
// distinct one, or the planner would count the copies before the join.
func TestEveryTypeIsAKey(t *testing.T) {
	run(t, viewOfTypes())
	defer run(t, "DROP TEMPORARY VIEW typed")
	var columns []string
	for k := range scalars {
		columns = append(columns, fmt.Sprintf("c%d", k))
	}
	key := strings.Join(columns, ", ")
	got := shown(t, run(t, "SELECT "+key+", COUNT(DISTINCT copy) FROM typed CROSS JOIN (VALUES 1, 2, 3, 4) AS c(copy) GROUP BY "+key).Events)
	if got.ended.State != query.Finished || len(got.rows) != typedRows() || got.changes <= typedRows() {
		t.Fatalf("%d rows, %d changes, %v", len(got.rows), got.changes, got.ended.Err)
	}
	for _, row := range got.rows {
		if row[len(columns)] != "4" {
			t.Errorf("counts %q", row)
		}
	}
}

// Nested values stay right from batch to batch, and large ones fill a batch soon.
func TestNestedValuesInManyBatches(t *testing.T) {
	run(t, sessiontest.SequenceTable("twenty_thousand", 20_000))
	defer run(t, "DROP TEMPORARY TABLE twenty_thousand")
	got := shown(t, run(t, `SELECT m, CAST(m AS STRING), a, CAST(a AS STRING), r, CAST(r AS STRING) FROM (
		SELECT MAP[CAST(id AS STRING), ARRAY[id], 'k', CAST(NULL AS ARRAY<BIGINT>)] AS m,
			ARRAY[ROW(id, INTERVAL '1' DAY), ROW(CAST(NULL AS BIGINT), INTERVAL '2' DAY)] AS a,
			ROW(CAST(id AS STRING), MAP[id, id]) AS r FROM twenty_thousand)`).Events)
	if got.ended.State != query.Finished || len(got.rows) != 20_000 || got.batches < 3 {
		t.Fatalf("%d rows in %d batches, %v", len(got.rows), got.batches, got.ended.Err)
	}
	for i, row := range got.rows {
		if row[0] != row[1] || row[2] != row[3] || row[4] != row[5] {
			t.Fatalf("row %d: shown and cast are %q", i, row)
		}
	}
	large := shown(t, run(t, "SELECT ARRAY[REPEAT(CAST(id AS STRING), 500000)] FROM twenty_thousand WHERE id < 41").Events)
	if large.ended.State != query.Finished || len(large.rows) != 40 || large.batches < 6 {
		t.Errorf("%d rows in %d batches, %v", len(large.rows), large.batches, large.ended.Err)
	}
}

// A type without an Arrow form is shown as text, and a notice says so.
func TestTextsAreSaid(t *testing.T) {
	reply := run(t, `SELECT PARSE_JSON('[1]') AS v, MAP[1, ROW(BITMAP_BUILD(ARRAY[1]), PARSE_JSON('1'))] AS m, INTERVAL '1' DAY AS i`)
	got := shown(t, reply.Events)
	want := []string{"column m: BITMAP, VARIANT is shown as text", "column v: VARIANT is shown as text"}
	if !slices.Equal(got.notices, want) {
		t.Errorf("says %q, want %q", got.notices, want)
	}
	if want := []string{"[1]", "{1=({1}, 1)}", "+1 00:00:00.000"}; len(got.rows) != 1 || !slices.Equal(got.rows[0], want) {
		t.Errorf("shows %q", got.rows)
	}
}

// Keys are distinguished as Flink does: 0.0 from −0.0, but not one NaN from another.
func TestKeysOfEveryKind(t *testing.T) {
	const source = " FROM (SELECT CAST(NULLIF(s, '∅') AS DOUBLE) AS d, CAST(NULLIF(s, '∅') AS FLOAT) AS f FROM (VALUES ('NaN'), ('0.0'), ('-0.0'), ('NaN'), ('0.0'), ('∅')) AS v(s))"
	for _, test := range []struct {
		keys  string
		table []string
	}{
		{"d, f", []string{"-0.0 -0.0 1", "0.0 0.0 2", "NULL NULL 1", "NaN NaN 2"}},
		{"ARRAY[d], ROW(f, 'x')", []string{"[-0.0] (-0.0, x) 1", "[0.0] (0.0, x) 2", "[NULL] (NULL, x) 1", "[NaN] (NaN, x) 2"}},
		{"OBJECT_OF('com.example.F', 'd', d)", []string{"(d=-0.0) 1", "(d=0.0) 2", "(d=NULL) 1", "(d=NaN) 2"}},
	} {
		got := shown(t, run(t, "SELECT "+test.keys+", COUNT(*)"+source+" GROUP BY "+test.keys).Events)
		var table []string
		for _, row := range got.rows {
			table = append(table, strings.Join(row, " "))
		}
		slices.Sort(table)
		if !slices.Equal(table, test.table) || got.ended.State != query.Finished {
			t.Errorf("GROUP BY %s: %q (%v)", test.keys, table, got.ended.Err)
		}
	}
}

// A TIMESTAMP_LTZ is shown in the zone that the session had when its query began,
// as CAST shows it: on both sides of a change of the clock, within the hour that
// is skipped or comes twice, and before there were zones.
func TestTimeZoneIsThatOfTheQuery(t *testing.T) {
	defer run(t, "RESET")
	const text = `SELECT a, CAST(a AS STRING), b, CAST(b AS STRING), c, CAST(c AS STRING) FROM (
		SELECT TO_TIMESTAMP_LTZ(m, 3) AS a, CAST(l AS TIMESTAMP_LTZ(6)) AS b, ARRAY[CAST(l AS TIMESTAMP_LTZ(9))] AS c FROM (VALUES
			(1710053999999, '2024-03-10 01:59:59.999999'), (1710054000000, '2024-03-10 02:30:00'), (1710054000001, '2024-03-10 03:00:00'),
			(1730611799999, '2024-11-03 00:59:59.999999'), (1730613600000, '2024-11-03 01:30:00'), (1730617200000, '2024-11-03 02:00:00'),
			(-62135510400000, '0001-01-02 00:00:00'), (-2717650800001, '1883-11-18 12:00:00'), (4099680000000, '2100-07-01 00:00:00')) AS v(m, l))`
	for _, zone := range []string{"America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "GMT+05:45", "default"} {
		run(t, "SET 'table.local-time-zone' = '"+zone+"'")
		reply := run(t, text)
		run(t, "SET 'table.local-time-zone' = 'Pacific/Kiritimati'")
		got := shown(t, reply.Events)
		if len(got.rows) != 9 || got.ended.State != query.Finished {
			t.Fatalf("%s: %d rows, %v", zone, len(got.rows), got.ended.Err)
		}
		for _, row := range got.rows {
			if row[0] != row[1] || row[2] != row[3] || row[4] != row[5] {
				t.Errorf("%s: shown and cast are %q", zone, row)
			}
		}
	}
}

func TestColumnsOfOneNameAndNoRows(t *testing.T) {
	got := shown(t, run(t, "SELECT k AS a, 'x' AS a, INTERVAL '1' DAY AS a FROM (VALUES 1, 2) AS v(k) WHERE k > 2").Events)
	if names := got.names; len(names) != 3 || names[0] != "a" || len(got.rows) != 0 || got.ended.State != query.Finished {
		t.Errorf("columns %q, %d rows, %v", names, len(got.rows), got.ended.Err)
	}
}

// display is what a user sees of a query.
type display struct {
	names   []string
	rows    [][]string // the table at the end, as texts
	changes int
	batches int
	notices []string
	ended   query.Ended

	schema   *arrow.Schema
	record   arrow.Record // of the table
	location *time.Location
}

// shown reads a query to its end, folds it and renders its table. Each batch is also passed to the functions.
func shown(t *testing.T, events *query.Subscription, batch ...func(query.Started, arrow.Record)) display {
	t.Helper()
	defer events.Close()
	var d display
	var started query.Started
	var view *changelog.View
	for {
		e, err := events.Next(t.Context())
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := e.(type) {
		case query.Started:
			started = e
			if view, err = started.View(); err != nil {
				t.Fatal(err)
			}
			defer view.Close()
		case query.Notice:
			d.notices = append(d.notices, e.Text)
		case query.Batch:
			d.changes += int(e.Record.NumRows())
			d.batches++
			for _, f := range batch {
				f(started, e.Record)
			}
			err := view.Apply(e.Record)
			e.Record.Release()
			if err != nil {
				t.Fatal(err)
			}
		case query.Ended:
			d.ended = e
		}
	}
	table := view.Snapshot()
	defer table.Release()
	record, err := table.Record()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(record.Release)
	d.schema, d.record, d.location = record.Schema(), record, started.Location
	d.rows = make([][]string, record.NumRows())
	for i, field := range record.Schema().Fields() {
		d.names = append(d.names, field.Name)
		for r, text := range cellsOf(t, field, record.Column(i), started) {
			d.rows[r] = append(d.rows[r], text)
		}
	}
	return d
}

func cellsOf(t *testing.T, field arrow.Field, column arrow.Array, started query.Started) []string {
	t.Helper()
	cell, err := render.CellOf(field, started.Location)
	if err != nil {
		t.Fatal(err)
	}
	texts := make([]string, column.Len())
	for r := range texts {
		texts[r] = string(cell(nil, column, r))
	}
	return texts
}
