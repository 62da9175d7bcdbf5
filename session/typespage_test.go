package session_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/render"
	"riffle/session/query"
	"riffle/udfhost/sqltype"
)

var updatePage = flag.Bool("update", false, "write the table of docs/types.md anew")

// documented are the values that docs/types.md shows, one of each type. f is NaN.
var documented = []string{
	"TRUE",
	"CAST(-7 AS TINYINT)",
	"CAST(-7 AS SMALLINT)",
	"-7",
	"9223372036854775807",
	"CAST(1.5 AS FLOAT)",
	"1E10",
	"CAST(f AS DOUBLE)",
	"CAST(-1.5 AS DECIMAL(38, 10))",
	"CAST('ab' AS CHAR(4))",
	"CAST('it''s' AS VARCHAR(9))",
	"CAST('a \"b\"' AS STRING)",
	"X'6869'",
	"CAST(X'ff00' AS BYTES)",
	"DATE '0001-01-01'",
	"CAST('12:34:56' AS TIME)",
	"CAST('12:34:56.700' AS TIME(3))",
	"CAST('9999-12-31 23:59:59' AS TIMESTAMP(0))",
	"CAST('2024-02-29 12:34:56.1' AS TIMESTAMP(3))",
	"CAST('2024-02-29 12:34:56.1' AS TIMESTAMP(6))",
	"CAST('9999-12-31 23:59:59.999999999' AS TIMESTAMP(9))",
	"TO_TIMESTAMP_LTZ(1709210096100, 3)",
	"CAST(TO_TIMESTAMP_LTZ(1709210096100, 3) AS TIMESTAMP_LTZ(9))",
	"INTERVAL '-1-2' YEAR TO MONTH",
	"INTERVAL '3 04:05:06.789' DAY TO SECOND(3)",
	"ARRAY[1, CAST(NULL AS INT)]",
	"MAP['k', 1.5]",
	"MAP[CAST(NULL AS STRING), 1]",
	"bag",
	"CAST(ROW(1, ROW('x', CAST(NULL AS DATE))) AS ROW<a INT, b ROW<c STRING, d DATE>>)",
	"OBJECT_OF('com.example.User', 'name', 'Bob', 'age', 42)",
	"PARSE_JSON(CONCAT('{\"a\": [1, 2.5, \"', f, '\"]}'))",
	"BITMAP_BUILD(ARRAY[1, 2])",
}

// The table of docs/types.md is the result of a query of these values.
func TestTypesPageIsTrue(t *testing.T) {
	defer run(t, "RESET")
	run(t, "SET 'table.local-time-zone' = 'Asia/Kolkata'; SET 'execution.runtime-mode' = 'batch'")
	var columns []string
	for i, value := range documented {
		columns = append(columns, fmt.Sprintf("%s AS c%d", value, i))
	}
	text := "SELECT " + strings.Join(columns, ", ") + " FROM (SELECT MAX(f) AS f, COLLECT(x) AS bag FROM (VALUES ('NaN', 'a'), ('NaN', 'b'), ('NaN', 'a')) AS v(f, x))"
	got := shown(t, run(t, text).Events)
	if got.ended.State != query.Finished || len(got.rows) != 1 {
		t.Fatalf("%d rows, %v", len(got.rows), got.ended.Err)
	}
	table := "| SQL type | Arrow | text | JSON | Go |\n|---|---|---|---|---|\n"
	values := jsonOf(t, got)
	undocumented := columnTypes()
	delete(undocumented, "RAW") // only a function of Java's makes one: TestRawIsItsObjectsText
	for i, text := range got.rows[0] {
		field := got.schema.Field(i)
		flink, _ := field.Metadata.GetValue(sqltype.MetadataKey)
		flink = strings.TrimSuffix(flink, " NOT NULL")
		row, params := rowOf(t, flink)
		delete(undocumented, row.Root)
		checkForm(t, row, params, field)
		table += fmt.Sprintf("| %s | %s | %s | %s | %s |\n", code(flink), code(field.Type.String()), code(text), code(values[field.Name]), goTypes(row))
	}
	for root := range undocumented {
		t.Errorf("no value of the type %s is documented", root)
	}

	path := filepath.Join("..", "docs", "types.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- types -->\n", "<!-- /types -->"
	head, rest, ok := strings.Cut(string(page), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s has no place for the table", path)
	}
	want := head + begin + table + end + tail
	if *updatePage {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(page) != want {
		t.Errorf("%s is not what Flink and riffle give: go test ./session -run TypesPage -update\n%s", path, table)
	}
}

// columnTypes returns the types that a column can have, by their roots.
func columnTypes() map[string]sqltype.Type {
	types := map[string]sqltype.Type{}
	for _, row := range sqltype.All() {
		if row.Absent == "" {
			types[row.Root] = row
		}
	}
	return types
}

var typeText = regexp.MustCompile(`^([A-Z_]+(?: [A-Z]+)?)(?:\((\d+)(?:, (\d+))?\))?`)

// rowOf returns the row of a type's text in the table of types, and the numbers after its name.
func rowOf(t *testing.T, flink string) (sqltype.Type, sqltype.Params) {
	t.Helper()
	parts := typeText.FindStringSubmatch(flink)
	if parts == nil || sqltype.OfName(parts[1]) == nil {
		t.Fatalf("the table of types has no row for %s", flink)
	}
	first, _ := strconv.Atoi(parts[2])
	second, _ := strconv.Atoi(parts[3])
	return *sqltype.OfName(parts[1]), sqltype.Params{Length: int32(first), Precision: int32(first), Scale: int32(second)}
}

// checkForm compares the Arrow type of a column that Flink sent with that of the table of
// types.
func checkForm(t *testing.T, row sqltype.Type, params sqltype.Params, field arrow.Field) {
	t.Helper()
	if row.Class == sqltype.Nested {
		if _, nested := field.Type.(arrow.NestedType); !nested {
			t.Errorf("%s is sent as %v", row.Root, field.Type)
		}
		return
	}
	if form, err := row.Sent(params); err != nil || !arrow.TypeEqual(form, field.Type) {
		t.Errorf("%s is sent as %v, and by the table of types as %v, %v", row.Text(params), field.Type, form, err)
	}
}

// goTypes returns those with which a function takes values.
func goTypes(row sqltype.Type) string {
	if row.TakenAs != "" {
		row = columnTypes()[row.TakenAs]
	}
	var names []string
	for _, g := range row.Go {
		names = append(names, code(g.Type))
	}
	return cmp.Or(strings.Join(names, ", "), "–")
}

// jsonOf returns the JSON of the only row's columns, as riffle writes it.
func jsonOf(t *testing.T, d display) map[string]string {
	t.Helper()
	var out bytes.Buffer
	w, err := render.New("jsonl", &out, d.schema, render.Options{Location: d.location, DataOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(d.record); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(out.Bytes(), &values); err != nil {
		t.Fatalf("%s is no JSON: %v", out.String(), err)
	}
	texts := map[string]string{}
	for name, value := range values {
		texts[name] = string(value)
	}
	return texts
}

// code quotes a text for a table of Markdown.
func code(text string) string {
	text = strings.ReplaceAll(text, "|", `\|`)
	if strings.Contains(text, "`") || text != strings.TrimSpace(text) {
		return "`` " + text + " ``"
	}
	return "`" + text + "`"
}
