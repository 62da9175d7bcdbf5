package command

import (
	"strings"
	"testing"
)

func TestWhatHasAPlan(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1": "SELECT 1", "(SELECT 1)": "(SELECT 1)", "nothing": "nothing", "INSERT INTO t SELECT 1": "INSERT INTO t SELECT 1",
		"CREATE TEMPORARY TABLE t AS SELECT 1":                                                "CREATE TEMPORARY TABLE t AS SELECT 1",
		"COMPILE AND EXECUTE PLAN 'a' FOR INSERT INTO t SELECT 1":                             "INSERT INTO t SELECT 1",
		"COMPILE PLAN 'a' IF NOT EXISTS FOR\nSTATEMENT SET BEGIN INSERT INTO a SELECT 1; END": "STATEMENT SET BEGIN INSERT INTO a SELECT 1; END",
		"EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END":                             "EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END",
		"EXECUTE PLAN 'a'": "!no compiled plan", "SHOW TABLES": "!SHOW TABLES has no plan", "end": "!END has no plan",
		"EXPLAIN SELECT 1": "!EXPLAIN has no plan", "CREATE VIEW v AS SELECT 1": "!CREATE VIEW has no plan", "SET 'a' = 'b'": "!SET has no plan",
	} {
		got, err := explained(text)
		if refused, ok := strings.CutPrefix(want, "!"); ok && (err == nil || !strings.Contains(err.Error(), refused)) || !ok && (err != nil || got != want) {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
}

func TestDrawPlan(t *testing.T) {
	const text = `== Abstract Syntax Tree ==
LogicalAggregate(group=[{0}])

== Optimized Physical Plan ==
GroupAggregate(groupBy=[k], select=[k, COUNT(*) AS n], changelogMode=[I,UB,UA])
+- Exchange(distribution=[hash[k]], changelogMode=[I])
   +- Join(joinType=[InnerJoin], where=[=(k, x)], leftInputSpec=[NoUniqueKey], rightInputSpec=[NoUniqueKey], changelogMode=[I])
      :- Exchange(distribution=[hash[k]], changelogMode=[I])
      :  +- TableSourceScan(table=[[default_catalog, default_database, clock]], fields=[id], changelogMode=[I])
      +- TableSourceScan(table=[[mine, shop, rates, filter=[]]], fields=[x], changelogMode=[NONE])

== Optimized Execution Plan ==
GroupAggregate(groupBy=[k])
`
	const want = `GroupAggregate [+I -U +U]  groupBy=[k], select=[k, COUNT(*) AS n]
└─ Exchange [+I]  distribution=[hash[k]]
   └─ Join [+I]  joinType=[InnerJoin], where=[=(k, x)]
      ├─ Exchange [+I]  distribution=[hash[k]]
      │  └─ TableSourceScan clock [+I]  fields=[id]
      └─ TableSourceScan mine.shop.rates  table=[[mine, shop, rates, filter=[]]], fields=[x]

+I a new row, +U a row after its update, -U a row before its update`
	if got := drawPlan(text); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	const calls = "== Optimized Physical Plan ==\nPythonCalc(select=[Up(id) AS f0], changelogMode=[I])\n\n== Optimized Execution Plan ==\n"
	if got, want := drawPlan(calls), "GoCalc [+I]  select=[Up(id) AS f0]"; got != want {
		t.Errorf("of a function got\n%s\nwant\n%s", got, want)
	}
	const joined = "== Optimized Physical Plan ==\nPythonCorrelate(invocation=[Up($cor0.id)], joinType=[INNER], changelogMode=[I])\n\n== Optimized Execution Plan ==\n"
	if got, want := drawPlan(joined), "GoCorrelate [+I]  invocation=[Up($cor0.id)], joinType=[INNER]"; got != want {
		t.Errorf("of a table function got\n%s\nwant\n%s", got, want)
	}
	const set = "== Optimized Physical Plan ==\nSink(table=[a], changelogMode=[NONE])\n\nSink(table=[b], changelogMode=[NONE])\n+- Calc(select=[id], changelogMode=[I])\n\n== Optimized Execution Plan ==\nSink(table=[a])\n"
	if got, want := drawPlan(set), "Sink  table=[a]\n\nSink  table=[b]\n└─ Calc [+I]  select=[id]"; got != want {
		t.Errorf("of a set got\n%s\nwant\n%s", got, want)
	}
	if got := drawPlan("no plan\n"); got != "no plan" {
		t.Errorf("%q", got)
	}
}

func TestLongTextsInPlansAreShortened(t *testing.T) {
	for text, want := range map[string]string{
		"it's " + strings.Repeat("x", 55): "it''s " + strings.Repeat("x", 55) + "'",
		"it's " + strings.Repeat("'", 56): "it''s " + strings.Repeat("''", 55) + "…' (61 characters)",
		strings.Repeat("é", 20_000):       strings.Repeat("é", 60) + "…' (20,000 characters)",
	} {
		const before, after = "Calc [+I]  select=[isn't, X'00ff', _UTF-16LE'", ` AS b, 'c'], where=[=(b, _UTF-16LE'd''e':VARCHAR(3) CHARACTER SET "UTF-16LE")]`
		if got := shortenTexts(before + strings.ReplaceAll(text, "'", "''") + "'" + after); got != before+want+after {
			t.Errorf("got  %s\nwant %s", got, before+want+after)
		}
	}
	if got, want := shortenTexts("X'"+strings.Repeat("a1", 500)+"'"), "X'"+strings.Repeat("a1", 30)+"…' (1,000 characters)"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
