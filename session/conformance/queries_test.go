package conformance_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// valueType is a type of the functions' arguments and results.
type valueType struct {
	name     string // the end of the functions' names
	sql      string
	constant string // an expression; "": PyFlink has no constants of the type
	text     string // the format of a value as text; "": CAST(%s AS STRING)
	values   [6]any // in the format JSON of Flink; nil is NULL
}

// There are no fractions of seconds before 1970: PyFlink's general functions fail for them.

var valueTypes = []valueType{
	{"Boolean", "BOOLEAN", "TRUE", "", [6]any{true, false, nil, true, nil, false}},
	{"Tinyint", "TINYINT", "CAST(12 AS TINYINT)", "", [6]any{1, -128, nil, 127, nil, 0}},
	{"Smallint", "SMALLINT", "CAST(-12 AS SMALLINT)", "", [6]any{1, -32768, nil, 32767, nil, 0}},
	{"Int", "INT", "123", "", [6]any{1, -2147483648, nil, 2147483647, nil, 1}},
	{"Bigint", "BIGINT", "CAST(1234567890123 AS BIGINT)", "", [6]any{1, -9007199254740991, nil, 9007199254740991, nil, 4}},
	{"Float", "FLOAT", "CAST(1.5 AS FLOAT)", "", [6]any{1.5, -0.25, nil, 1e30, nil, 0}},
	{"Double", "DOUBLE", "CAST(10 AS DOUBLE)", "", [6]any{1, -0.1, nil, 1e300, nil, 0}},
	{"String", "STRING", "'tea 1'", "", [6]any{"tea", "", nil, "ö1 ☕", nil, "tea"}},
	{"Bytes", "BYTES", "", "", [6]any{"YQ==", "", nil, "MTIz", nil, "YQ=="}},
	{"Decimal", "DECIMAL(38, 18)", "CAST(1.25 AS DECIMAL(38, 18))", "", [6]any{1.5, -0.000001, nil, 123456789.125, nil, 0}},
	{"Date", "DATE", "DATE '2024-02-28'", "", [6]any{"2024-12-31", "1969-12-31", nil, "2000-02-28", nil, "2024-12-31"}},
	{"Time", "TIME(0)", "TIME '23:10:00'", "CAST(CAST(%s AS TIME(0)) AS STRING)", [6]any{"00:00:00", "23:59:59", nil, "12:30:01", nil, "11:00:00"}},
	{"Timestamp", "TIMESTAMP(3)", "TIMESTAMP '2024-12-31 23:00:00.125'", "CAST(CAST(%s AS TIMESTAMP(3)) AS STRING)",
		[6]any{"2024-01-01 00:00:00", "1969-12-31 23:59:59", nil, "2024-03-31 01:30:00.5", nil, "2024-01-01 00:00:00"}},
	{"Instant", "TIMESTAMP_LTZ(3)", "TO_TIMESTAMP_LTZ(1700000000123, 3)", "CAST(CAST(%s AS TIMESTAMP_LTZ(3)) AS STRING)",
		[6]any{"2024-01-01 00:00:00Z", "1969-12-31 23:59:59Z", nil, "2024-03-31 01:30:00.5Z", nil, "2024-01-01 00:00:00Z"}},
	{"Row", "ROW<a INT, b STRING>", "CAST(ROW(1, 'x') AS ROW<a INT, b STRING>)", "",
		[6]any{object{"a": 1, "b": "x"}, object{"a": -1, "b": ""}, nil, object{"a": 10, "b": "é"}, nil, object{"a": 1, "b": "x"}}},
	{"Array", "ARRAY<INT>", "ARRAY[1, 2]", "", [6]any{[]any{1, 2}, []any{}, nil, []any{nil, 10}, nil, []any{1, 2}}},
	{"Map", "MAP<STRING, INT>", "MAP['k', 1]", "", [6]any{object{"k": 1}, object{}, nil, object{"é": 10}, nil, object{"k": 1}}},
	{"Nullable", "BIGINT", "CAST(NULL AS BIGINT)", "", [6]any{1, -1, nil, 10, nil, 1}},
}

type object map[string]any

func (v valueType) column() string { return "c_" + strings.ToLower(v.name) }

// asText returns the expression for the text of a value.
func (v valueType) asText(value string) string {
	if v.text != "" {
		return fmt.Sprintf(v.text, value)
	}
	return "CAST(" + value + " AS STRING)"
}

// places are where a query calls a scalar, a vectorized or an asynchronous function. In their texts, [x] is the text of the value x, F
// the function, c the column and C the constant.
var places = []struct{ name, text string }{
	{"projection and filter", "SELECT id, [F(c)] FROM t WHERE [F(c)] <> [c]"},
	{"filter", "SELECT id FROM t WHERE [F(c)] LIKE '%1%' OR [F(c)] IS NULL"},
	{"join", "SELECT a.id, b.id FROM t AS a JOIN t AS b ON [F(a.c)] = [F(b.c)]"},
	{"group key", "SELECT [F(c)], COUNT(*) FROM t GROUP BY [F(c)]"},
	{"aggregate", "SELECT g, COUNT(F(c)), MAX([F(c)]) FROM t GROUP BY g"},
	{"updating input", "SELECT id, x.n, [F(c)] FROM t JOIN (SELECT g, COUNT(*) AS n FROM t GROUP BY g) AS x ON t.g = x.g"},
	{"order", "SELECT id, [F(c)] FROM t ORDER BY [F(c)], id LIMIT 4"},
	{"case", "SELECT id, CASE WHEN id > 3 THEN [F(c)] ELSE 'no' END FROM t"},
	{"nested", "SELECT id, [F(v)], [F(F(c))] FROM (SELECT id, c, F(c) AS v FROM t)"},
	{constant, "SELECT id, [F(C)] FROM t"},
	{"union", "SELECT id, [F(c)] FROM t WHERE id < 4 UNION ALL SELECT id, [c] FROM t WHERE id >= 4"},
	{"window", "SELECT CAST(window_start AS STRING), COUNT(F(c)), MAX([F(c)]) FROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR)) GROUP BY window_start, window_end"},
}

// tablePlaces are those of a table function.
var tablePlaces = []struct{ name, text string }{
	{"lateral", "SELECT id, [v] FROM t, LATERAL TABLE(F(c)) AS x(v)"},
	{"left lateral", "SELECT id, [v] FROM t LEFT JOIN LATERAL TABLE(F(c)) AS x(v) ON TRUE"},
	{"counted lateral", "SELECT g, COUNT(*) FROM t, LATERAL TABLE(F(c)) AS x(v) WHERE [v] LIKE '%1%' OR [v] LIKE '%E%' GROUP BY g"},
	{constantLateral, "SELECT id, [v] FROM t, LATERAL TABLE(F(C)) AS x(v)"},
}

// The places of constants.
const constant, constantLateral = "constant", "constant lateral"

// conformanceQuery is a query, and what it covers. PyFlink may be asked otherwise, where it fails: its answer has the
// same rows.
type conformanceQuery struct {
	name, mode, text string
	asked            question
	cover            [4]string
}

// question is a query as PyFlink is asked.
type question struct {
	Name string `json:"name"`
	Mode string `json:"mode"`
	Text string `json:"text"`
}

// queries returns the queries of all types and places. The kinds and modes take turns, so that each occurs with each
// type and place.
func queries() []conformanceQuery {
	var all []conformanceQuery
	modes := [2]string{"batch", "streaming"}
	for i, v := range valueTypes {
		for j, p := range places {
			if p.name == constant && v.constant == "" {
				continue
			}
			kind := [4]string{"F", "V", "A", "V"}[(i+j)%4]
			q := newQuery(v, kind, p.name, modes[(i+j/2)%2], p.text)
			// A pandas function without a column fails, and an asynchronous function gets the arguments of later rows.
			if kind == "A" || p.name == constant {
				q.asked.Text = fill(v, "F", p.text)
			}
			all = append(all, q)
		}
		for j, p := range tablePlaces {
			if p.name == constantLateral && v.constant == "" {
				continue
			}
			q := newQuery(v, "T", p.name, modes[(i+j)%2], p.text)
			if p.name == constantLateral { // fails in batch mode
				q.asked.Mode = "streaming"
			}
			all = append(all, q)
		}
	}
	return all
}

func newQuery(v valueType, kind, place, mode, text string) conformanceQuery {
	q := conformanceQuery{
		name: kind + v.name + ", " + place + ", " + mode, mode: mode, text: fill(v, kind, text),
		cover: [4]string{kind, v.name, place, mode},
	}
	q.asked = question{q.name, q.mode, q.text}
	return q
}

// fill returns the text of a place for a kind of function and a type.
func fill(v valueType, kind, text string) string {
	if v.name == "Row" { // a table function that returns rows has their columns
		text = strings.NewReplacer("[v]", "[ROW(v, w)]", "x(v)", "x(v, w)").Replace(text)
	}
	for before, rest, found := strings.Cut(text, "["); found; before, rest, found = strings.Cut(text, "[") {
		value, after, _ := strings.Cut(rest, "]")
		text = before + v.asText(value) + after
	}
	text = placeholders.Replace(text)
	return strings.NewReplacer("‹F›", kind+v.name, "‹c›", v.column(), "‹C›", v.constant).Replace(text)
}

// placeholders marks what stands for a function, a column or a constant.
var placeholders = strings.NewReplacer("F(C)", "‹F›(‹C›)", "F(F(c))", "‹F›(‹F›(‹c›))", "F(c)", "‹F›(‹c›)", "F(a.c)", "‹F›(a.‹c›)", "F(b.c)", "‹F›(b.‹c›)",
	"F(v)", "‹F›(v)", "(c ", "(‹c› ", " c,", " ‹c›,")

// setup returns the statements that create the table of all values in a folder.
func setup(t *testing.T, folder string) []string {
	t.Helper()
	columns := []string{"id INT", "g INT", "ts TIMESTAMP(3)"}
	for _, v := range valueTypes {
		columns = append(columns, v.column()+" "+v.sql)
	}
	var lines []string
	for i := range valueTypes[0].values {
		row := object{"id": i + 1, "g": i % 3, "ts": fmt.Sprintf("2024-05-01 %02d:15:00", i/2)}
		for _, v := range valueTypes {
			row[v.column()] = v.values[i]
		}
		line, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(line)+"\n")
	}
	path := filepath.Join(folder, "values.json")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{
		"SET 'table.local-time-zone' = 'Asia/Kolkata'",
		"SET 'parallelism.default' = '1'",
		fmt.Sprintf(`CREATE TEMPORARY TABLE t (%s, WATERMARK FOR ts AS ts) WITH ('connector' = 'filesystem', 'path' = 'file://%s',
			'format' = 'json', 'json.timestamp-format.standard' = 'SQL')`, strings.Join(columns, ", "), filepath.ToSlash(path)),
	}
}

// Each pair of a kind, a type, a place and a mode is in a query, as far as the place is one for the kind.
func TestEachPairIsCovered(t *testing.T) {
	seen := map[string]bool{}
	all := queries()
	for _, q := range all {
		for i := range q.cover {
			for j := range i {
				seen[q.cover[i]+" "+q.cover[j]] = true
			}
		}
	}
	scalarPlaces, laterals := make([]string, 0, len(places)), make([]string, 0, len(tablePlaces))
	for _, p := range places {
		scalarPlaces = append(scalarPlaces, p.name)
	}
	for _, p := range tablePlaces {
		laterals = append(laterals, p.name)
	}
	modes := []string{"batch", "streaming"}
	require := func(first, second []string) {
		for _, a := range first {
			for _, b := range second {
				if !seen[a+" "+b] && !seen[b+" "+a] && !(a == "Bytes" && strings.HasPrefix(b, constant)) {
					t.Errorf("no query has both %s and %s", a, b)
				}
			}
		}
	}
	var types []string
	for _, v := range valueTypes {
		types = append(types, v.name)
	}
	require(types, modes)
	require(types, []string{"F", "V", "A", "T"})
	require(types, append(scalarPlaces, laterals...))
	require(modes, append(scalarPlaces, laterals...))
	require([]string{"F", "V", "A"}, scalarPlaces)
	require([]string{"T"}, laterals)
	require([]string{"F", "V", "A", "T"}, modes)
	if len(all) > 300 {
		t.Errorf("%d queries take too long", len(all))
	}
}
