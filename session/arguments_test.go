package session_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
	"riffle/udfhost/sqltype"
)

// parameterType is a Go type of parameters, with the SQL types of a parameter and of a result.
type parameterType struct{ name, goType, parameter, result string }

// parameterTypes returns the types of the table of types, and one of each composed type.
func parameterTypes(t *testing.T) []parameterType {
	nested := map[string]parameterType{
		"ARRAY": {"List", "[]int64", "ARRAY<BIGINT>", "ARRAY<BIGINT>"},
		"MAP":   {"Dict", "map[string]int64", "MAP<STRING, BIGINT>", "MAP<STRING NOT NULL, BIGINT>"},
		"ROW":   {"Pair", "pair", "ROW<`A` BIGINT, `B` STRING>", "ROW<`A` BIGINT, `B` STRING>"},
	}
	var all []parameterType
	for _, row := range sqltype.All() {
		made, ok := nested[row.Root]
		switch {
		case len(row.Go) == 0:
		case row.Takes != sqltype.Parts:
			all = append(all, parameterType{row.Go[0].Kind, row.Go[0].Type, row.Name, row.Text(row.Returned)})
		case ok:
			all = append(all, made)
		default:
			t.Errorf("no parameter of the type %s is tested", row.Root)
		}
	}
	return all
}

// argumentType is an SQL type of arguments, with a value.
type argumentType struct{ sqlType, value string }

var argumentTypes = []argumentType{
	{"BOOLEAN", "TRUE"},
	{"TINYINT", "-128"},
	{"SMALLINT", "-32768"},
	{"INT", "2147483647"},
	{"BIGINT", "9007199254740993"},
	{"FLOAT", "CAST(1.5 AS FLOAT)"},
	{"DOUBLE", "2.25e0"},
	{"DECIMAL(10, 2)", "12345678.91"},
	{"CHAR(5)", "'12345'"},
	{"VARCHAR(20)", "'2024-02-29 01:02:03'"},
	{"STRING", "'ключ 🙂'"},
	{"BINARY(3)", "x'0000ff'"},
	{"BYTES", "x'ff00'"},
	{"DATE", "DATE '2024-02-29'"},
	{"TIME(0)", "TIME '23:59:59'"},
	{"TIMESTAMP(3)", "TIMESTAMP '2024-03-10 02:30:00.123'"},
	{"TIMESTAMP(9)", "TIMESTAMP '9999-12-31 23:59:59.999999999'"},
	{"TIMESTAMP_LTZ(3)", "CAST(TIMESTAMP '2024-11-03 01:30:00.5' AS TIMESTAMP_LTZ(3))"},
	{"ARRAY<INT>", "ARRAY[1, 2]"},
	{"ARRAY<STRING>", "ARRAY['1', '2']"},
	{"MAP<STRING, INT>", "MAP['a', 1]"},
	{"ROW<a INT, b STRING>", "ROW(1, 'b')"},
	{"INTERVAL DAY TO SECOND(3)", "INTERVAL '1' DAY"},
	{"INTERVAL YEAR TO MONTH", "INTERVAL '1-2' YEAR TO MONTH"},
}

// uncastTypes are those to which nothing can be CAST.
var uncastTypes = []argumentType{
	{"MULTISET<INT>", "COLLECT(1)"},
	{"STRUCTURED<'com.example.User', `age` INT>", "OBJECT_OF('com.example.User', 'age', CAST(42 AS INT))"},
	{"VARIANT", "PARSE_JSON('{\"a\": 1}')"},
	{"BITMAP", "BITMAP_BUILD(ARRAY[1, 2])"},
}

// TestArguments compares what each type of parameter accepts with the same expression in SQL,
// and the whole with the table in docs/functions.md. It also tries the CAST that an error
// suggests. The sample has every sixteenth pair, at least one of each row and column of the
// table.
func TestArguments(t *testing.T) {
	text := "type pair struct { A int64; B string }\n"
	parameterTypes := parameterTypes(t)
	for _, p := range parameterTypes {
		text += fmt.Sprintf("func Take%s(x %s) %[2]s { return x }\n", p.name, p.goType)
	}
	run(t, text+"func TakeAll(x int64) int64 { return x }")
	run(t, "SET 'execution.runtime-mode' = 'batch'; SET 'table.local-time-zone' = 'Asia/Kolkata'")
	defer run(t, "RESET")
	var values, nulls, uncast []string
	for i, a := range uncastTypes {
		uncast = append(uncast, fmt.Sprintf("%s AS a%d", a.value, len(argumentTypes)+i))
	}
	for i, a := range argumentTypes {
		values = append(values, fmt.Sprintf("CAST(%s AS %s) AS a%d", a.value, a.sqlType, i))
		nulls = append(nulls, fmt.Sprintf("CAST(NULL AS %s)", a.sqlType))
	}
	run(t, "CREATE TEMPORARY VIEW arguments AS SELECT * FROM (SELECT "+strings.Join(values, ", ")+" UNION ALL SELECT "+strings.Join(nulls, ", ")+
		") CROSS JOIN (SELECT "+strings.Join(uncast, ", ")+")")
	defer run(t, "DROP TEMPORARY VIEW arguments")

	arguments := slices.Concat(argumentTypes, uncastTypes)
	var documented [][]string
	if !sample.Whole {
		documented = documentedCells(t, len(arguments), len(parameterTypes))
	}
	var table strings.Builder
	table.WriteString("| argument |")
	for _, p := range parameterTypes {
		fmt.Fprintf(&table, " `%s` |", p.goType)
	}
	table.WriteString("\n|" + strings.Repeat("---|", len(parameterTypes)+1) + "\n")
	var got, want, labels []string
	compare := func(label, goExpression, sqlExpression string) {
		labels = append(labels, label)
		got = append(got, "CAST("+goExpression+" AS STRING)")
		want = append(want, "CAST("+sqlExpression+" AS STRING)")
	}
	for _, p := range parameterTypes {
		compare("NULL for "+p.goType, fmt.Sprintf("Take%s(NULL)", p.name), "CAST(NULL AS STRING)")
	}
	for i, a := range arguments {
		fmt.Fprintf(&table, "| %s |", a.sqlType)
		for k, p := range parameterTypes {
			if !sample.Whole && (i+k)%16 != 0 {
				fmt.Fprintf(&table, " %s |", documented[i+2][k+2])
				continue
			}
			call := fmt.Sprintf("Take%s(a%d)", p.name, i)
			_, err := execute(t, "CREATE TEMPORARY VIEW pair AS SELECT "+call+" AS v FROM arguments", query.Lossless)
			label, mark := a.sqlType+" for "+p.goType, "="
			var e *session.Error
			var cast []string
			if errors.As(err, &e) {
				cast = castToWrite.FindStringSubmatch(e.Hint)
			}
			switch {
			case err == nil:
				run(t, "DROP TEMPORARY VIEW pair")
				compare(label, call, fmt.Sprintf("CAST(a%d AS %s)", i, p.result))
				if plainType(a.sqlType) != plainType(p.parameter) {
					mark = "wider"
				}
			case cast != nil:
				checkRefusal(t, e, a.sqlType, p.parameter, fmt.Sprintf("a%d", i))
				try := "TRY_" + cast[1] // not every text is a number
				compare(label+" cast", fmt.Sprintf("Take%s(%s)", p.name, try), fmt.Sprintf("CAST(%s AS %s)", try, p.result))
				mark = "cast"
			case e != nil && e.Hint == "there is no CAST from one to the other":
				checkRefusal(t, e, a.sqlType, p.parameter, fmt.Sprintf("a%d", i))
				mark = "–"
			default:
				t.Errorf("%s: %v", label, err)
			}
			fmt.Fprintf(&table, " %s |", mark)
		}
		table.WriteString("\n")
	}
	untested := columnTypes()
	delete(untested, "RAW") // only a function of Java's makes one
	for _, a := range arguments {
		row, _ := rowOf(t, a.sqlType)
		delete(untested, row.Root)
	}
	for root := range untested {
		t.Errorf("no argument of the type %s is tested", root)
	}
	compareRows(t, labels, got, want, "arguments")
	compareDocs(t, table.String())
}

var castToWrite = regexp.MustCompile(`^write (CAST\(.* AS .*\))$`)

// plainType returns a type without precision, and without names of fields.
func plainType(sqlType string) string {
	for _, drop := range []string{`\(.*?\)`, "`?[aAbB]`? "} {
		sqlType = regexp.MustCompile(drop).ReplaceAllString(sqlType, "")
	}
	return sqlType
}

// checkRefusal checks that an error names the argument and its type, and points to it.
func checkRefusal(t *testing.T, e *session.Error, argument, parameter, text string) {
	t.Helper()
	if !strings.HasPrefix(e.Message, "argument 1 of Take") || !strings.HasSuffix(e.Message, ", not "+strings.ReplaceAll(parameter, "`", "")) ||
		!strings.HasSuffix(e.Excerpt, " "+strings.Repeat("^", len(text))) {
		t.Errorf("%s for %s: %s", argument, parameter, session.Explain(e))
	}
}

// compareRows runs expressions in one query and others in another, and compares
// their results, which are texts, one by one.
func compareRows(t *testing.T, labels, got, want []string, from string) {
	t.Helper()
	rows := func(expressions []string) [][]string {
		for i := range expressions {
			expressions[i] = "COALESCE(" + expressions[i] + ", 'NULL')"
		}
		reply, err := execute(t, "SELECT CONCAT_WS('¦', "+strings.Join(expressions, ", ")+") FROM "+from, query.Lossless)
		if err != nil {
			t.Fatal(session.Explain(err))
		}
		outcome := sessiontest.Drain(t, reply.Events)
		if outcome.Ended.Err != nil {
			t.Fatal(outcome.Ended.Err)
		}
		var all [][]string
		for _, row := range outcome.Table {
			all = append(all, strings.Split(row, "¦"))
		}
		return all
	}
	ours, theirs := rows(got), rows(want)
	if len(ours) != len(theirs) || len(ours) == 0 {
		t.Fatalf("%d rows, and %d from SQL", len(ours), len(theirs))
	}
	for i, label := range labels {
		for row := range ours {
			if ours[row][i] != theirs[row][i] {
				t.Errorf("%s: %s gives %q, SQL %q", label, got[i], ours[row][i], theirs[row][i])
			}
		}
	}
}

const functionsPage = "../docs/functions.md"

// documentedTable returns the table in docs/functions.md, with the text before and after it.
func documentedTable(t *testing.T) (before, table, after string) {
	t.Helper()
	const begin, end = "<!-- TestArguments writes this -->\n", "<!-- to here -->\n"
	docs, err := os.ReadFile(functionsPage)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(docs), begin)
	table, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no place for the table", functionsPage)
	}
	return before + begin, table, end + after
}

// documentedCells returns the cells of that table's lines, starting after the first bar.
func documentedCells(t *testing.T, arguments, parameters int) [][]string {
	t.Helper()
	_, table, _ := documentedTable(t)
	var cells [][]string
	for line := range strings.Lines(table) {
		line := strings.Split(line, "|")
		for i := range line {
			line[i] = strings.TrimSpace(line[i])
		}
		cells = append(cells, line)
	}
	if len(cells) != arguments+2 || len(cells[0]) != parameters+3 {
		t.Fatalf("the table in %s lacks a type: go test -tags long ./session -run TestArguments -update", functionsPage)
	}
	return cells
}

// compareDocs compares the table with the one in docs/functions.md.
func compareDocs(t *testing.T, table string) {
	t.Helper()
	before, there, after := documentedTable(t)
	if there == table {
		return
	}
	if !*updatePage || !sample.Whole {
		t.Errorf("the table in %s is another: go test -tags long ./session -run TestArguments -update\n%s", functionsPage, table)
		return
	}
	if err := os.WriteFile(functionsPage, []byte(before+table+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
