package session_test

import (
	"fmt"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
	"riffle/udfhost/sqltype"
)

// TestValuesThroughFunctions sends the values at the bounds of each type, as constants and as
// columns, through functions that return them, and compares the results with Flink's text of
// the value itself.
func TestValuesThroughFunctions(t *testing.T) {
	var text strings.Builder
	for _, row := range sqltype.All() {
		for _, g := range row.Go {
			if g.Kind != "" {
				fmt.Fprintf(&text, "func Keep%s(x *%s) *%[2]s { return x }\n", g.Kind, g.Type)
			}
		}
	}
	run(t, text.String()+`
type nested struct { At *time.Time; Price *riffle.Decimal; Tags *[]*string; Sizes map[int32]*float64 }
//riffle:result DECIMAL(38, 0)
func KeepWhole(x *riffle.Decimal) *riffle.Decimal { return x }
//riffle:result DECIMAL(38, 38)
func KeepFraction(x *riffle.Decimal) *riffle.Decimal { return x }
func KeepStrings(x *[]*string) *[]*string { return x }
func KeepMap(x *map[string]*int64) *map[string]*int64 { return x }
func KeepRow(x *nested) *nested { return x }`)
	run(t, "SET 'execution.runtime-mode' = 'batch'; SET 'table.local-time-zone' = 'America/New_York'")
	defer run(t, "RESET")
	ltz := func(text string, precision int) string {
		return fmt.Sprintf("CAST(TIMESTAMP '%s' AS TIMESTAMP_LTZ(%d))", text, precision)
	}
	// Flink's planner fails for a constant that is not a number, so it must not know that it is
	// constant.
	unfolded := func(text, sqlType string) string { return "CAST(IF(n = 1, '" + text + "', '') AS " + sqlType + ")" }
	nines := strings.Repeat("9", 38)
	row := "CAST(ROW(%s, CAST(-1.5 AS DECIMAL(38, 18)), %s, MAP[-1, CAST(NULL AS DOUBLE), 1, 1.5e0]) AS " +
		"ROW<a TIMESTAMP_LTZ(9), b DECIMAL(38, 18), c ARRAY<STRING>, d MAP<INT, DOUBLE>>)"
	var labels, columns, got, want []string
	untested := columnTypes()
	for _, test := range []struct{ function, sqlType, value string }{
		{"KeepBool", "BOOLEAN", "TRUE"}, {"KeepBool", "BOOLEAN", "CAST(NULL AS BOOLEAN)"},
		{"KeepInt8", "TINYINT", "CAST(-128 AS TINYINT)"}, {"KeepInt16", "SMALLINT", "CAST(-32768 AS SMALLINT)"}, {"KeepInt32", "INT", "2147483647"},
		{"KeepInt64", "BIGINT", "9223372036854775807"}, {"KeepInt", "BIGINT", "CAST('-9223372036854775808' AS BIGINT)"},
		{"KeepString", "CHAR(5)", "CAST('ab' AS CHAR(5))"}, {"KeepBytes", "BINARY(3)", "x'0000ff'"},
		{"KeepFloat32", "FLOAT", unfolded("NaN", "FLOAT")}, {"KeepFloat32", "FLOAT", "CAST('-0.0' AS FLOAT)"},
		{"KeepFloat64", "DOUBLE", unfolded("-Infinity", "DOUBLE")}, {"KeepFloat64", "DOUBLE", "CAST('-0.0' AS DOUBLE)"},
		{"KeepFloat64", "DOUBLE", unfolded("NaN", "DOUBLE")}, {"KeepFloat64", "DOUBLE", "4.9E-324"},
		{"KeepString", "STRING", "''"}, {"KeepBytes", "BYTES", "x''"}, {"KeepBytes", "BYTES", "x'00ff'"},
		{"KeepDate", "DATE", "DATE '0001-01-01'"}, {"KeepDate", "DATE", "DATE '9999-12-31'"}, {"KeepDate", "DATE", "DATE '1969-12-31'"},
		{"KeepTime", "TIME(3)", "CAST('23:59:59.999' AS TIME(3))"}, {"KeepTime", "TIME(3)", "CAST('00:00:00' AS TIME(3))"},
		{"KeepDateTime", "TIMESTAMP(9)", "TIMESTAMP '0001-01-01 00:00:00'"}, {"KeepDateTime", "TIMESTAMP(9)", "TIMESTAMP '9999-12-31 23:59:59.999999999'"},
		{"KeepDateTime", "TIMESTAMP(9)", "TIMESTAMP '1969-12-31 23:59:59.999999999'"}, {"KeepDateTime", "TIMESTAMP(9)", "TIMESTAMP '2262-04-11 23:47:16.854775808'"},
		{"KeepDateTime", "TIMESTAMP(9)", "TIMESTAMP '2024-03-10 02:30:00.123456789'"},
		{"KeepInstant", "TIMESTAMP_LTZ(9)", ltz("2024-03-10 02:30:00.123456789", 9)}, {"KeepInstant", "TIMESTAMP_LTZ(9)", ltz("2024-11-03 01:30:00.123", 3)},
		{"KeepInstant", "TIMESTAMP_LTZ(9)", ltz("0001-01-02 00:00:00", 3)}, {"KeepInstant", "TIMESTAMP_LTZ(9)", ltz("9999-12-30 00:00:00", 0)},
		{"KeepWhole", "DECIMAL(38, 0)", "CAST('" + nines + "' AS DECIMAL(38, 0))"}, {"KeepWhole", "DECIMAL(38, 0)", "CAST('-" + nines + "' AS DECIMAL(38, 0))"},
		{"KeepFraction", "DECIMAL(38, 38)", "CAST('0." + nines + "' AS DECIMAL(38, 38))"}, {"KeepDecimal", "DECIMAL(38, 18)", "-0.000000000000000001"},
		{"KeepDecimal", "DECIMAL(38, 18)", "CAST(12.50 AS DECIMAL(5, 2))"},
		{"KeepStrings", "ARRAY<STRING>", "ARRAY_REMOVE(ARRAY['a'], 'a')"}, {"KeepStrings", "ARRAY<STRING>", "ARRAY['', CAST(NULL AS STRING), 'ß']"},
		{"KeepMap", "MAP<STRING, BIGINT>", "MAP['', 1, 'b', CAST(NULL AS BIGINT)]"}, {"KeepMap", "MAP<STRING, BIGINT>", "MAP['a', CAST(-1 AS BIGINT)]"},
		{"KeepRow", "ROW<a TIMESTAMP_LTZ(9), b DECIMAL(38, 18), c ARRAY<STRING>, d MAP<INT, DOUBLE>>", fmt.Sprintf(row, ltz("1960-01-01 00:00:00.000000001", 9), "ARRAY['x']")},
		{"KeepRow", "ROW<a TIMESTAMP_LTZ(9), b DECIMAL(38, 18), c ARRAY<STRING>, d MAP<INT, DOUBLE>>", fmt.Sprintf(row, "CAST(NULL AS TIMESTAMP_LTZ(9))", "CAST(NULL AS ARRAY<STRING>)")},
		{"KeepInstant", "TIMESTAMP_LTZ(9)", "CAST(NULL AS TIMESTAMP_LTZ(9))"}, {"KeepMap", "MAP<STRING, BIGINT>", "CAST(NULL AS MAP<STRING, BIGINT>)"},
	} {
		row, _ := rowOf(t, test.sqlType)
		delete(untested, row.Root)
		column := fmt.Sprintf("v%d", len(columns))
		columns = append(columns, fmt.Sprintf("CAST(%s AS %s) AS %s", test.value, test.sqlType, column))
		for _, value := range []string{test.value, column} {
			labels = append(labels, test.function+" of "+test.value)
			got = append(got, fmt.Sprintf("CAST(%s(%s) AS STRING)", test.function, value))
			want = append(want, fmt.Sprintf("CAST(CAST(%s AS %s) AS STRING)", value, test.sqlType))
		}
	}
	for root, row := range untested {
		if len(row.Go) > 0 || row.TakenAs != "" {
			t.Errorf("no value of the type %s goes through a function", root)
		}
	}
	// From rows, so that the planner does not know the columns' values.
	run(t, "CREATE TEMPORARY VIEW bounds AS SELECT "+strings.Join(columns, ", ")+", n FROM (SELECT n + RAND_INTEGER(1) AS n FROM (VALUES 1) AS t(n))")
	defer run(t, "DROP TEMPORARY VIEW bounds")
	compareRows(t, labels, got, want, "bounds")
}

const timesAndWrongValues = `
func ShownInstant(at time.Time) string { return at.Format("2006-01-02 15:04:05.000") }
func ShownCivil(at riffle.DateTime) string { return at.Date.String() + " " + at.Time.String() }
func ToZone(at riffle.DateTime, zone string) (time.Time, error) {
	loc, err := time.LoadLocation(zone)
	return at.In(loc), err
}
func InZone(at time.Time, zone string) (riffle.DateTime, error) {
	loc, err := time.LoadLocation(zone)
	return riffle.DateTimeOf(at.In(loc)), err
}
func LocalZone() string { return time.Now().Location().String() + time.Unix(0, 0).Format(" -0700") }
func Nowhere(at riffle.DateTime) time.Time { return time.Date(at.Date.Year, at.Date.Month, at.Date.Day, 12, 0, 0, 0, time.Local) }
//riffle:result DECIMAL(4, 2)
func Price(x riffle.Decimal) riffle.Decimal { return x }
func Square(x riffle.Decimal) riffle.Decimal { return x.Mul(x) }
func NoDate(n int) riffle.Date { return riffle.Date{Year: n, Month: 2, Day: 30} }
func Late(n int) time.Time { return time.Date(n, 1, 1, 0, 0, 0, 0, time.UTC) }
func Fine(n int) riffle.Time { return riffle.Time{Nanosecond: n} }
func Total(all []int) int { return len(all) }
func Width(all map[string]int) int { return len(all) }
type person struct { Name string; Age int }
func Greet(p person) string { return p.Name }
func Crowd(p []person) int { return len(p) }`

// TestTimeZones compares what Go functions see and make of times with Flink's
// own CAST, in zones with half hours and with clocks that are put forward and
// back.
func TestTimeZones(t *testing.T) {
	declare(t)
	defer run(t, "RESET")
	times := []string{
		"2024-03-10 01:59:59.999", "2024-03-10 02:00:00.000", "2024-03-10 02:30:00.000", "2024-03-10 03:00:00.000", // put forward
		"2024-11-03 00:59:59.000", "2024-11-03 01:00:00.000", "2024-11-03 01:59:59.999", "2024-11-03 02:00:00.000", // put back
		"1969-12-31 23:59:59.999", "1900-01-01 00:00:00.000", "2038-01-19 03:14:08.000",
	}
	for _, zone := range sample.Every(2, []string{"America/New_York", "Asia/Kolkata", "GMT-03:30", "UTC"}) {
		run(t, "SET 'execution.runtime-mode' = 'batch'; SET 'table.local-time-zone' = '"+zone+"'")
		var labels, got, want []string
		compare := func(label, goExpression, sqlExpression string) {
			labels, got, want = append(labels, zone+" "+label), append(got, goExpression), append(want, sqlExpression)
		}
		for _, at := range times {
			civil, instant := "TIMESTAMP '"+at+"'", "CAST(TIMESTAMP '"+at+"' AS TIMESTAMP_LTZ(3))"
			compare("shown "+at, "ShownInstant("+instant+")", "CAST("+instant+" AS STRING)")
			if !strings.HasPrefix(zone, "GMT") { // no name that LoadLocation knows
				compare("to zone "+at, "CAST(ToZone("+civil+", '"+zone+"') AS STRING)", "CAST(CAST("+instant+" AS TIMESTAMP_LTZ(9)) AS STRING)")
				compare("in zone "+at, "CAST(InZone("+instant+", '"+zone+"') AS STRING)", "CAST(CAST(CAST("+instant+" AS TIMESTAMP(3)) AS TIMESTAMP(9)) AS STRING)")
			}
		}
		compare("local", "LocalZone()", "'UTC +0000'")
		compare("noon", "CAST(Nowhere("+"TIMESTAMP '2024-07-01 00:00:00') AS STRING)",
			"CAST(CAST(TO_TIMESTAMP_LTZ(1719835200000, 3) AS TIMESTAMP_LTZ(9)) AS STRING)")
		compareRows(t, labels, got, want, "(VALUES 1) AS t(n)")
	}
}

// TestWrongValues tests results that are not values of their type, and NULLs that a Go type
// cannot represent.
func TestWrongValues(t *testing.T) {
	declare(t)
	for _, wrong := range sample.Every(2, []struct{ sql, want string }{
		{"Price(1.005)", "its result 1.005 has more than the 2 digits after the decimal point of DECIMAL(4, 2): use Round(2)"},
		{"Price(100)", "its result 100 does not fit DECIMAL(4, 2)"},
		{"Square(CAST('12345678901234567890.5' AS DECIMAL(38, 1)))", "panic: the decimal has more than 38 digits"},
		{"Fine(1)", "its result 00:00:00.000000001 has more digits than Flink's TIME, which stores milliseconds: truncate it"},
		{"NoDate(2024)", "there is no date 2024-02-30 in SQL"},
		{"Late(10000)", "there is no timestamp 10000-01-01 00:00:00 in SQL"},
		{"Total(ARRAY[1, CAST(NULL AS BIGINT)])", "NULL as an element of []int: make it a []*int"},
		{"Width(MAP['a', CAST(NULL AS BIGINT)])", "NULL as a value of map[string]int: make it a map[string]*int"},
		{"Crowd(ARRAY[CAST(NULL AS ROW<n STRING, a BIGINT>), CAST(ROW('a', 1) AS ROW<n STRING, a BIGINT>)])", "NULL as an element of []person: make it a []*person"},
		{"Greet(ROW('a', CAST(NULL AS BIGINT)))", "NULL in field Age of person: make it a *int"},
	}) {
		got := sessiontest.Drain(t, run(t, "SELECT "+wrong.sql).Events)
		if got.Ended.Err == nil || !strings.Contains(got.Ended.Err.Error(), wrong.want) {
			t.Errorf("%s: %q, %v, want %s", wrong.sql, got.Table, got.Ended.Err, wrong.want)
		}
	}
	// They are rows that fail, as an error or a panic is.
	for policy, want := range map[string]string{"null": "4,(null) 5,0.50 6,(null)", "skip": "5,0.50"} {
		run(t, "SET 'riffle.functions.on-error' = '"+policy+"'")
		got := sessiontest.Drain(t, run(t, "SELECT CONCAT(CAST(n AS STRING), ',', COALESCE(CAST(Price(d) AS STRING), '(null)')), NoDate(CAST(NULL AS BIGINT)) "+
			"FROM (VALUES (4, 0.005), (5, 0.500), (6, 100.000)) AS t(n, d)").Events)
		var rows []string
		for _, row := range got.Table {
			rows = append(rows, strings.TrimSuffix(row, " (null)"))
		}
		if strings.Join(rows, " ") != want {
			t.Errorf("%s: %q, %v", policy, got.Table, got.Ended.Err)
		}
	}
	run(t, "RESET 'riffle.functions.on-error'")
	for sql, want := range map[string]string{
		"Greet(ROW(1, 'a'))": "argument 1 of Greet is ROW<EXPR$0 INT NOT NULL, EXPR$1 CHAR(1) NOT NULL>",
		"Greet(CAST(ROW(1, 'a') AS ROW<age INT, name STRING>))": "not ROW<Name STRING, Age BIGINT>",
		"Greet(CAST(NULL AS ROW<name STRING>))":                 "argument 1 of Greet is ROW<name STRING>",
		"Total(ARRAY[1, 2])":                                    "write CAST(ARRAY[1, 2] AS ARRAY<BIGINT>)",
		"Total('a')":                                            "there is no CAST from one to the other",
	} {
		if _, err := execute(t, "SELECT "+sql, query.Lossless); err == nil || !strings.Contains(session.Explain(err), want) {
			t.Errorf("%s: %v, want %s", sql, err, want)
		}
	}
}
