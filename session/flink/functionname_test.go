package flink_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"riffle/session/gateway"
	"riffle/session/sessiontest/sample"
	"riffle/session/sqltext"
	"riffle/udfhost/payload"
)

// builtIns are statements with functions that no Go function can replace. Their plans do not
// depend on what else is registered.
var builtIns = []string{
	"SELECT COUNT(*), COUNT(v), COUNT(DISTINCT v), SUM(v), AVG(v), MIN(v), MAX(v), LISTAGG(s), FIRST_VALUE(v), LAST_VALUE(v), COLLECT(v), ARRAY_AGG(s) FROM named",
	"SELECT k, GROUPING(k), GROUP_ID(), STDDEV_POP(v), VAR_SAMP(v) FROM named GROUP BY GROUPING SETS ((k), ())",
	"SELECT v FROM (SELECT v, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS n FROM named) WHERE n <= 2",
	"SELECT v, LAG(v) OVER (PARTITION BY k ORDER BY ts) AS l FROM named",
	"SELECT window_start, COUNT(*) FROM TABLE(TUMBLE(TABLE named, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end",
	"SELECT COUNT(*) FROM TABLE(CUMULATE(TABLE named, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '1' HOUR)) GROUP BY window_start, window_end",
	"SELECT TUMBLE_START(ts, INTERVAL '1' MINUTE), SUM(v) FROM named GROUP BY TUMBLE(ts, INTERVAL '1' MINUTE)",
	"SELECT HOP_END(ts, INTERVAL '1' MINUTE, INTERVAL '1' HOUR) FROM named GROUP BY HOP(ts, INTERVAL '1' MINUTE, INTERVAL '1' HOUR)",
	"SELECT * FROM named MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES FIRST(A.v, 0) AS f, LAST(A.v, 0) AS l, MATCH_ROWTIME() AS m PATTERN (A+ B) DEFINE A AS LAST(A.v, 1) IS NULL OR A.v > LAST(A.v, 1)) AS t",
	"SELECT TRIM(BOTH 'x' FROM s), TRIM(s), FLOOR(v), CEIL(v), FLOOR(ts TO DAY), EXTRACT(YEAR FROM ts), POSITION('x' IN s), OVERLAY(s PLACING 'x' FROM 1) FROM named",
	"SELECT CAST(s AS INT), TRY_CAST(s AS INT), TIMESTAMPADD(DAY, 1, ts), TIMESTAMPDIFF(DAY, ts, ts), CURRENT_DATE, LOCALTIME, CURRENT_TIMESTAMP FROM named",
	"SELECT JSON_OBJECT('a' VALUE v), JSON_ARRAY(v, s), JSON_QUERY(s, '$.a'), ROW(v, s), ARRAY[v], MAP['k', v], NOT (v > 1), TRANSLATE(s, 'a', 'b') FROM named",
	"SELECT k, a.v, b.v FROM named AS a FULL JOIN named AS b USING (k)",
	"SELECT DISTINCT k FROM named WHERE EXISTS (SELECT 1 FROM named)",
}

// Names that no function may have, and names that it may, whatever its arguments.
var (
	takenNames = strings.Fields("Count Trim Floor Cast Row Not All Rank Tumble Exists Next Coalesce Current_date Period Plus Concat Mod Translate3 Some")
	freeNames  = strings.Fields("Grade Go Größe Abs Year Upper")
)

// TestNamesOfFunctions tries functions with no, one, two and three arguments under every name
// that has a meaning in Flink. If such a function is accepted, plain calls of the name call it,
// in any spelling. The built-in functions that cannot be replaced are planned as before. The
// sample has one name in twelve, those above, and every second statement with built-in
// functions.
func TestNamesOfFunctions(t *testing.T) {
	ctx := t.Context()
	run(t, "CREATE TEMPORARY TABLE named (k STRING, v BIGINT, s STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen')")
	all := slices.Collect(sqltext.Keywords())
	listed, err := execute(t, "SHOW FUNCTIONS") // the Table API's names are among them
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range listed.Records {
		for i := range int(r.NumRows()) {
			all = append(all, r.Column(0).ValueStr(i))
		}
	}
	all = append(all, strings.Fields("First Last Prev Next Final Running Date_Diff Some Tumble Hop Cumulate Session Period Any Grade Go Größe")...)
	for i, name := range all {
		all[i] = strings.ToUpper(name[:1]) + name[1:] // as Go exports it
	}
	slices.SortFunc(all, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	all = slices.CompactFunc(all, strings.EqualFold)
	if len(all) < 400 {
		t.Fatalf("Flink knows %d names only", len(all))
	}
	if !sample.Whole {
		some := sample.Every(12, all)
		all = slices.DeleteFunc(all, func(name string) bool {
			is := func(other string) bool { return strings.EqualFold(name, other) }
			return !slices.Contains(some, name) && !slices.ContainsFunc(takenNames, is) && !slices.ContainsFunc(freeNames, is)
		})
	}
	before := explainAll(t)
	defer func() {
		if err := shared.Register(ctx, nil); err != nil {
			t.Error(err)
		}
		run(t, "DROP TEMPORARY TABLE named")
	}()
	for arity := range 4 {
		if err := shared.Register(ctx, nil); err != nil {
			t.Fatal(err)
		}
		accepted := acceptedNames(t, all, arity)
		register(t, accepted, arity)
		for batch := range slices.Chunk(accepted, 100) {
			expectCalled(t, batch, arity)
		}
		if arity != 2 {
			continue // two is what most of them take, and planning takes long
		}
		for i, plan := range explainAll(t) {
			if plan != before[i] {
				t.Errorf("%s\nis planned as\n%s\nand was as\n%s", sample.Every(2, builtIns)[i], plan, before[i])
			}
		}
	}
}

// acceptedNames returns the names that a function may have. The names that are suggested for
// others are accepted too.
func acceptedNames(t *testing.T, all []string, arity int) []string {
	t.Helper()
	ask := make([]gateway.Named, len(all))
	for i, name := range all {
		ask[i] = gateway.Named{Name: name, Kind: string(payload.Scalar), Arguments: slices.Repeat([]string{"STRING"}, arity), Candidates: []string{"Cast", "Go" + name}}
	}
	verdicts, err := shared.Judge(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	var accepted []string
	for i, v := range verdicts {
		message, _ := v.Explain(all[i])
		switch {
		case v.Refusal == "":
			accepted = append(accepted, all[i])
		case v.Free != "Go"+all[i]:
			t.Errorf("%s with %d arguments: %s, and what is free is %q", all[i], arity, message, v.Free)
		case arity == 1:
			accepted = append(accepted, v.Free)
		}
	}
	for _, name := range takenNames {
		if slices.ContainsFunc(accepted, func(a string) bool { return strings.EqualFold(a, name) }) {
			t.Errorf("%s with %d arguments may be a function's name", name, arity)
		}
	}
	for _, name := range freeNames {
		if !slices.ContainsFunc(accepted, func(a string) bool { return strings.EqualFold(a, name) }) {
			t.Errorf("%s with %d arguments may be no function's name", name, arity)
		}
	}
	return accepted
}

// reached is the result of the test's functions, which no other function has.
const reached = "ROW<reached INT>"

func register(t *testing.T, names []string, arity int) {
	t.Helper()
	var functions []gateway.Function
	for _, name := range names {
		functions = append(functions, gateway.Function{Name: name, Payload: payload.Payload{Kind: payload.Scalar, Function: name}.Bytes(), Parameters: slices.Repeat([]gateway.Parameter{{Type: "STRING"}}, arity), Result: reached})
	}
	if err := shared.Register(t.Context(), functions); err != nil {
		t.Fatal(err)
	}
}

// expectCalled plans calls of functions, in each spelling of their names.
func expectCalled(t *testing.T, names []string, arity int) {
	t.Helper()
	var calls []string
	for _, name := range names {
		for _, spelled := range []string{name, strings.ToUpper(name), strings.ToLower(name)} {
			calls = append(calls, fmt.Sprintf("%s(%s) AS c%d", spelled, strings.Join(slices.Repeat([]string{"s"}, arity), ", "), len(calls)))
		}
	}
	if _, err := execute(t, "CREATE TEMPORARY VIEW calls AS SELECT "+strings.Join(calls, ", ")+" FROM named"); err != nil {
		t.Fatalf("%d arguments: %v\nin calls of %q", arity, err, names)
	}
	defer run(t, "DROP TEMPORARY VIEW calls")
	columns, err := shared.Columns(t.Context(), []string{"calls"})
	if err != nil {
		t.Fatal(err)
	}
	if len(columns["calls"]) != len(calls) {
		t.Fatalf("%d columns of %d calls", len(columns["calls"]), len(calls))
	}
	for i, column := range columns["calls"] {
		if !strings.Contains(column.Type, "reached") {
			t.Errorf("%s gives %s: it does not call the function", calls[i], column.Type)
		}
	}
}

func explainAll(t *testing.T) []string {
	t.Helper()
	var plans []string
	for _, sql := range sample.Every(2, builtIns) {
		a, err := execute(t, "EXPLAIN "+sql)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		for _, record := range a.Records {
			plans = append(plans, record.Column(0).ValueStr(0))
			record.Release()
		}
	}
	return plans
}
