package session_test

import (
	"path/filepath"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
)

// calledByName are functions with defaults.
const calledByName = `
//riffle:default limit=10, currency='EUR'
func ByName(price float64, limit int64, currency string) string { return fmt.Sprintf("%g/%d/%s", price, limit, currency) }
//riffle:default tag='>'
func ByTag(tag string, n int64) string { return tag + strconv.FormatInt(n, 10) }
//riffle:default step=1
//riffle:vectorized
func ByStep(n []int64, step []int64) []int64 {
	sums := make([]int64, len(n))
	for i := range n { sums[i] = n[i] + step[i] }
	return sums
}
//riffle:default times=2, between=NULL
func ByTimes(s string, times int32, between *string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range times {
			if i > 0 && between != nil && !yield(*between) || !yield(s) { return }
		}
	}
}
// ByType has a default of each type.
//riffle:default a=true, b=-128, c=-32768, d=-2147483648, e=-9223372036854775808, f=0.1, g=1e300, h=-12.50, i='it''s, é'
//riffle:default j=X'00ff', k=DATE '2024-02-29', l=TIME '15:04:05.123', m=TIMESTAMP '2024-02-29 15:04:05.123456789'
//riffle:default n=TIMESTAMP_LTZ '2024-02-29 15:04:05.5', o=NULL, p=NULL
func ByType(x int32, a bool, b int8, c int16, d int32, e int64, f float32, g float64, h riffle.Decimal, i string, j []byte, k riffle.Date,
	l riffle.Time, m riffle.DateTime, n time.Time, o *int64, p *[]string) string {
	return fmt.Sprint(x, a, b, c, d, e, f, g, h, strings.ReplaceAll(i, ",", ";"), j, k, l, m, n.Format(time.RFC3339Nano), o, p)
}
//riffle:default salt=7
func BySalt(salt int64) int64 { return rand.Int64N(1000) + 1000*salt }
//riffle:default by=2
func BySlow(ctx context.Context, n int64, by int64) int64 { return n * by }
func ByNothing() int64 { return 1 }
func ByOne(amount float64) float64 { return amount }`

// calledQueries call functions with named arguments and with defaults.
var calledQueries = []tabledQuery{
	{"SELECT ByName(price), ByName(price, 5), ByName(price, 5, 'CHF') FROM priced WHERE id = 1", "3.5/10/EUR 3.5/5/EUR 3.5/5/CHF", false},
	{"SELECT ByName(price, limit => 5), byname(currency => 'USD', price => price), ByName(price, `Limit` => id, CURRENCY => name) FROM priced WHERE id = 2",
		"40.25/5/EUR 40.25/10/USD 40.25/2/coffee", false},
	{"SELECT ByName(price, DEFAULT, 'USD'), ByName(price, limit => DEFAULT) FROM priced WHERE id = 1", "3.5/10/USD 3.5/10/EUR", false},
	{"SELECT ByName(price, limit => NULL), ByName(price, limit => CAST(NULL AS BIGINT)) FROM priced WHERE id = 1", "(null) (null)", true},
	{"SELECT ByTag(n => id), ByTag('#', id), ByTag(n => id, tag => ByTag(n => 1)) FROM priced WHERE id = 1", ">1 #1 >11", false},
	{"SELECT id, ByStep(id), ByStep(id, step => 10), ByStep(step => 2, n => ByStep(id)) FROM priced", "1 2 11 4,2 3 12 5,3 4 13 6", false},
	{"SELECT BySlow(id), BySlow(by => id, n => id) FROM priced WHERE BySlow(id) > 2", "4 4,6 9", false},
	{"SELECT id, w FROM priced, LATERAL TABLE(ByTimes(name)) AS x(w) WHERE id > 1", "2 coffee,2 coffee,3 milk,3 milk", false},
	{"SELECT id, w FROM priced LEFT JOIN LATERAL TABLE(ByTimes(times => CAST(id AS INT) - 1, s => name, between => '-')) AS x(w) ON TRUE", "1 (null),2 coffee,3 -,3 milk,3 milk", false},
	{"SELECT w FROM TABLE(ByTimes(s => 'a', times => 1)) AS x(w)", "a", true},
	{"SELECT ByType(1)", "1 true -128 -32768 -2147483648 -9223372036854775808 0.1 1e+300 -12.50it's; é[0 255] 2024-02-29 15:04:05.123 2024-02-29 15:04:05.1234567892024-02-29T15:04:05.5+05:30<nil> <nil>", false},
	{"SELECT id FROM priced WHERE ByName(price, limit => 5) LIKE '9/%'", "3", true},
	{"SELECT ByTag(n => MOD(id, 2)), COUNT(*) FROM priced GROUP BY ByTag(n => MOD(id, 2))", ">0 1,>1 2", false},
	{"SELECT ByTag(n => 1), MAX(ByTag(n => id)), ByTag('=', COUNT(*)) FROM priced HAVING ByTag(n => COUNT(*)) = '>3'", ">1 >3 =3", true},
	{"SELECT a.id FROM priced AS a JOIN priced AS b ON ByStep(a.id) = ByStep(b.id, step => 0)", "1,2", false},
	{"SELECT id FROM priced WHERE ByTag(n => id) IN (SELECT ByTag(n => id) FROM priced WHERE id > 1) ORDER BY ByTag(n => id)", "2,3", true},
	{"SELECT ByNothing(), ByOne(amount => id) FROM priced WHERE id = 1", "1 1", true},
	{"SELECT c, named FROM cappings WHERE c <> 'x'", "3.5/1/EUR 1,40.25/2/EUR 1,9/3/EUR 1", false},
}

// wholeFunctions take rows.
const wholeFunctions = `
type orderRow struct { Name string; Price float64 }
type keyRow struct { ID int64 "sql:\"id\"" }
type wideRow struct { Small int64; Exact riffle.Decimal; Word string; Tags []string; Part partRow; Maybe *float64; Seen riffle.DateTime }
type partRow struct { A int64; B *string }
type atRow struct { TS time.Time }
func WholeText(o orderRow) string { return fmt.Sprint(o.Name, "/", o.Price) }
//riffle:default factor=2
func WholeTimes(o orderRow, factor float64) float64 { return o.Price * factor }
func WholeBoth(a, b *orderRow) string { return a.Name + b.Name }
func WholeKey(k keyRow) int64 { return k.ID }
//riffle:vectorized
func WholeMany(o []orderRow) []string {
	names := make([]string, len(o))
	for i := range o { names[i] = o[i].Name + "!" }
	return names
}
func WholeSlow(ctx context.Context, o orderRow) string { return "slow " + o.Name }
func WholeRows(o orderRow) iter.Seq[string] { return strings.FieldsSeq(o.Name + " " + fmt.Sprint(o.Price)) }
func WholeWide(w wideRow) string { return fmt.Sprint(w.Small, w.Exact, w.Word, w.Tags, w.Part.A, *w.Part.B, w.Maybe, w.Seen) }
func WholeAt(a atRow) string { return a.TS.Format(time.DateTime) }`

// wholeQueries pass whole rows.
var wholeQueries = []tabledQuery{
	{"SELECT WholeText(t.*), WholeText(o => t.*) FROM priced AS t WHERE id = 1", "tea/3.5 tea/3.5", false},
	{"SELECT WholeText(priced.*), WholeText(*), wholetext(o => priced.*) FROM priced WHERE id = 1", "tea/3.5 tea/3.5 tea/3.5", false},
	{"SELECT id FROM priced AS t WHERE WholeText(t.*) > 'milk'", "1,3", false},
	{"SELECT id FROM priced AS t WHERE WholeTimes(factor => 10, o => t.*) > 35 AND WholeTimes(t.*) < 30", "3", true},
	{"SELECT WholeBoth(a.*, b.*) FROM priced AS a JOIN priced AS b ON WholeKey(a.*) + 1 = WholeKey(b.*)", "coffeemilk,teacoffee", false},
	{"SELECT a.id, WholeBoth(a.*, b.*) FROM priced AS a JOIN priced AS b ON a.id = b.id WHERE a.id > 2", "3 milkmilk", true},
	{"SELECT WholeMany(t.*) FROM priced AS t", "coffee!,milk!,tea!", false},
	{"SELECT WholeSlow(t.*) FROM priced AS t", "slow coffee,slow milk,slow tea", false},
	{"SELECT t.id, w FROM priced AS t, LATERAL TABLE(WholeRows(t.*)) AS x(w) WHERE t.id = 1", "1 3.5,1 tea", false},
	{"SELECT id, w FROM priced LEFT JOIN LATERAL TABLE(WholeRows(priced.*)) AS x(w) ON TRUE WHERE id = 1", "1 3.5,1 tea", true},
	{"SELECT WholeText(t.*), COUNT(*) FROM priced AS t GROUP BY WholeText(t.*)", "coffee/40.25 1,milk/9 1,tea/3.5 1", false},
	{"SELECT COUNT(*) FROM priced AS t GROUP BY WholeText(t.*) HAVING WholeText(t.*) = 'tea/3.5'", "1", false},
	{"SELECT name, COUNT(*) FROM priced AS t GROUP BY name, price HAVING WholeText(t.*) <> 'tea/3.5'", "coffee 1,milk 1", true},
	{"SELECT name, WholeText(t.*) FROM priced AS t GROUP BY name, price HAVING COUNT(*) = 1 AND name < 'd'", "coffee coffee/40.25", true},
	{"SELECT WholeText(t.*) FROM priced AS t ORDER BY WholeText(t.*) LIMIT 2", "coffee/40.25,milk/9", true},
	{"SELECT MAX(WholeTimes(t.*)) FROM priced AS t", "80.5", true},
	{"SELECT WholeText(s.*) FROM (SELECT UPPER(name) AS name, price + 1 AS price, id FROM priced) AS s WHERE s.id = 1", "TEA/4.5", false},
	{"WITH c AS (SELECT name, price FROM priced WHERE id = 2) SELECT WholeText(c.*), WholeText(*) FROM c", "coffee/40.25 coffee/40.25", true},
	{"SELECT WholeText(d.*) FROM priced AS d WHERE d.id IN (SELECT id FROM priced AS e WHERE WholeText(e.*) > 'n')", "tea/3.5", false},
	{"SELECT WholeText(v.*) FROM (VALUES ('x', CAST(2 AS SMALLINT))) AS v(Name, PRICE)", "x/2", false},
	{"SELECT WholeText(*) FROM priced JOIN (SELECT id, 1 AS other FROM priced) AS b USING (id) WHERE price = 9", "milk/9", true},
	{"SELECT WholeText(u.*) FROM (SELECT name, price FROM priced WHERE id = 1 UNION ALL SELECT name, price FROM priced WHERE id = 2) AS u", "coffee/40.25,tea/3.5", true},
	{"SELECT WholeWide(wide.*) FROM wide", "7 12abc[x y] 5b<nil> 2024-02-29 01:02:03.456", false},
	{"SELECT r.id, WholeText(r.o.*) FROM (SELECT id, CAST(ROW(name, price) AS ROW<name STRING, price DOUBLE>) AS o FROM priced) AS r WHERE r.id = 1", "1 tea/3.5", true},
	{"SELECT g FROM graded", "coffee/40.25,milk/9,tea/3.5", false},
	{"SELECT WholeText(g.*) FROM graded AS g WHERE name = 'tea'", "tea/3.5", true},
}

const priced = "CREATE TEMPORARY VIEW priced AS SELECT CAST(id AS BIGINT) AS id, name, price FROM (VALUES (1, 'tea', CAST(3.5 AS DOUBLE)), (2, 'coffee', 40.25), (3, 'milk', 9)) AS t(id, name, price)"

// TestNamedArgumentsAndDefaults calls functions of each kind in every place, in both modes.
func TestNamedArgumentsAndDefaults(t *testing.T) {
	declare(t)
	run(t, "SET 'table.local-time-zone' = 'Asia/Kolkata'; "+priced+";"+
		"CREATE TEMPORARY VIEW cappings AS SELECT ByName(price, limit => id) AS c, COUNT(*) AS named FROM priced GROUP BY ByName(price, limit => id)")
	defer run(t, "RESET; DROP TEMPORARY VIEW cappings; DROP TEMPORARY VIEW priced")
	inModes(t, calledQueries,
		"SET 'execution.runtime-mode' = 'streaming'; SET 'parallelism.default' = '2'",
		"SET 'execution.runtime-mode' = 'batch'; SET 'parallelism.default' = '1'",
	)
}

// TestWholeRows passes rows of tables, views, subqueries and values.
func TestWholeRows(t *testing.T) {
	declare(t)
	run(t, "SET 'table.local-time-zone' = 'Asia/Kolkata'; "+priced+`;
		CREATE TEMPORARY VIEW graded AS SELECT WholeText(p.*) AS g, p.* FROM priced AS p;
		CREATE TEMPORARY VIEW wide AS SELECT CAST(7 AS TINYINT) AS small, 12 AS exact, 'abc' AS word, ARRAY['x', 'y'] AS tags,
			CAST(ROW(5, 'b') AS ROW<a BIGINT, b STRING>) AS part, CAST(NULL AS INT) AS maybe, TIMESTAMP '2024-02-29 01:02:03.456' AS seen;
		CREATE TEMPORARY TABLE ticking (id BIGINT, ts AS TO_TIMESTAMP_LTZ(id, 0), WATERMARK FOR ts AS ts)
			WITH ('connector' = 'datagen', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '2')`)
	defer run(t, "RESET; DROP TEMPORARY TABLE ticking; DROP TEMPORARY VIEW wide; DROP TEMPORARY VIEW graded; DROP TEMPORARY VIEW priced")
	checkRows(t, "SELECT WholeAt(t.*) FROM ticking AS t", "1970-01-01 05:30:01,1970-01-01 05:30:02")
	// Names of arguments of Flink's own are still keywords of its grammar.
	checkRows(t, "SELECT COUNT(*) FROM TUMBLE(DATA => TABLE ticking, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '1' MINUTE) GROUP BY window_start, window_end", "2")
	inModes(t, wholeQueries,
		"SET 'execution.runtime-mode' = 'streaming'; SET 'parallelism.default' = '2'",
		"SET 'execution.runtime-mode' = 'batch'; SET 'parallelism.default' = '1'",
	)
}

// A call that does not fit its function says where, and what to write.
func TestCallsThatDoNotFit(t *testing.T) {
	declare(t)
	run(t, priced)
	defer run(t, "DROP TEMPORARY VIEW priced")
	for marked, want := range map[string]string{
		"SELECT ByName(price, «limt» => 5) FROM priced":                                                         "ByName has no parameter limt\ndid you mean limit?",
		"SELECT ByName(price, «colour» => 5) FROM priced":                                                       "ByName has no parameter colour\navailable: price, limit, currency",
		"SELECT ByName(price, 5, «Limit» => 6) FROM priced":                                                     "the parameter limit of ByName has two arguments\nleave one of them out",
		"SELECT ByName(limit => 5, «price») FROM priced":                                                        "an argument without a name follows one with a name\nname this one too: price => …",
		"SELECT «ByName(limit => 5)» FROM priced":                                                               "ByName needs an argument for price\nwrite ByName(price, [limit], [currency])",
		"SELECT «ByName()» FROM priced":                                                                         "ByName needs an argument for price\nwrite ByName(price, [limit], [currency])",
		"SELECT «ByName(price, 1, 'EUR', 4)» FROM priced":                                                       "ByName takes at most 3 arguments, not 4\nwrite ByName(price, [limit], [currency])",
		"SELECT ByName(«DEFAULT») FROM priced":                                                                  "the parameter price of ByName has no default\nwrite a value",
		"SELECT «ByNothing(1)»":                                                                                 "ByNothing takes at most 0 arguments, not 1\nwrite ByNothing()",
		"SELECT ByNothing(«x» => 1)":                                                                            "ByNothing has no parameters\nwrite ByNothing()",
		"SELECT ByName(price, limit => «name») FROM priced":                                                     "argument 2 of ByName is VARCHAR(6), not BIGINT\nwrite CAST(name AS BIGINT)",
		"SELECT * FROM priced, LATERAL TABLE(ByTimes(name, «tims» => 2))":                                       "ByTimes has no parameter tims\ndid you mean times?",
		"SELECT ByName(«priced.*») FROM priced":                                                                 "priced.* is a row, and the parameter price of ByName is DOUBLE\npass a column of it",
		"SELECT WholeText(«c.*») FROM (SELECT id, name FROM priced) AS c":                                       "c.* has no column for the field Price of orderRow\navailable: id, name",
		"SELECT WholeText(«c.*») FROM (SELECT name, prise FROM (SELECT name, price AS prise FROM priced)) AS c": "c.* has no column for the field Price of orderRow\ndid you mean prise?",
		"SELECT WholeText(«c.*») FROM (SELECT id AS name, price FROM priced) AS c":                              "the column name is BIGINT, and the field Name of orderRow is STRING\nCAST it in a subquery: FROM (SELECT …, CAST(name AS STRING) AS name FROM …)",
		"SELECT WholeText(«c.*») FROM (SELECT name, price, 1 AS PRICE FROM priced) AS c":                        "c.* has several columns for the field Price of orderRow: price, PRICE\nrename one of them, or add the tag `sql:\"price\"` to the field",
		"SELECT WholeText(«*») FROM priced AS a JOIN priced AS b ON a.id = b.id":                                "name is in more than one table\nqualify it: t.name, where t is the table or its alias",
		"SELECT WholeText(«x».*) FROM priced":                                                                   "there is no table or alias x in FROM\navailable: priced",
		"SELECT WholeText(«*»)":                                                                                 "* has no column for the field Name of orderRow",
		"SELECT name FROM priced GROUP BY name HAVING WholeText(«*») > 'a'":                                     "price is neither grouped by nor aggregated\nadd it to GROUP BY, or aggregate it: MAX(price)",
	} {
		before, rest, _ := strings.Cut(marked, "«")
		at, after, _ := strings.Cut(rest, "»")
		_, err := execute(t, before+at+after, query.Lossless)
		if err == nil {
			t.Errorf("%s was planned", marked)
			continue
		}
		explained := session.Explain(err)
		message, hint, _ := strings.Cut(want, "\n")
		caret := "\n  " + strings.Repeat(" ", len([]rune(before))) + strings.Repeat("^", len([]rune(at))) + "\n"
		if !strings.Contains(explained, ": "+message+"\n") || !strings.HasSuffix(explained, caret+hint) && !(hint == "" && strings.Contains(explained+"\n", caret)) {
			t.Errorf("%s\ngot  %s\nwant %s%s%s", marked, explained, message, caret, hint)
		}
	}
}

// Calls are rewritten wherever a statement can have one: in a sink with some of its columns, in a statement set, in a plan
// that is explained, and in one that is compiled.
func TestCallsInOtherStatements(t *testing.T) {
	declare(t)
	path := filepath.Join(t.TempDir(), "plan.json")
	run(t, priced+`;
		CREATE TEMPORARY TABLE written (id BIGINT, more STRING, text STRING) WITH ('connector' = 'filesystem', 'path' = 'file://`+t.TempDir()+`', 'format' = 'csv');
		SET 'table.plan.force-recompile' = 'true'; SET 'table.dml-sync' = 'true'`)
	defer run(t, "RESET; DROP TEMPORARY TABLE written; DROP TEMPORARY VIEW priced")
	const insert = "INSERT INTO written (text, id) SELECT ByName(price, limit => id) || WholeText(p.*), id FROM priced AS p WHERE id < 3"
	ends := func(text string) {
		t.Helper()
		if got := sessiontest.Drain(t, run(t, text).Events); got.Ended.State != query.Finished {
			t.Fatalf("%s: %v", text, got.Ended.Err)
		}
	}
	ends(insert)
	ends("BEGIN STATEMENT SET; " + insert + "; END")
	run(t, "COMPILE PLAN 'file://"+path+"' FOR "+insert)
	ends("EXECUTE PLAN 'file://" + path + "'")
	checkRows(t, "SELECT id, more, text, COUNT(*) FROM written GROUP BY id, more, text", "1  3.5/1/EURtea/3.5 3,2  40.25/2/EURcoffee/40.25 3")
	plan := sessiontest.Drain(t, run(t, "EXPLAIN SELECT ByName(price), WholeText(p.*) FROM priced AS p").Events).Table
	if text := strings.Join(plan, "\n"); !strings.Contains(text, "ByName(9E0, 10, 'EUR')") {
		t.Errorf("EXPLAIN: %s", text)
	}
}

// A view follows its functions: it keeps the call as it was typed.
func TestViewsFollowTheirFunctions(t *testing.T) {
	declare(t)
	run(t, "//riffle:default limit=1\nfunc ByView(price float64, limit int64) float64 { return price + float64(limit) }")
	run(t, priced+"; CREATE TEMPORARY VIEW followed AS SELECT id, ByView(limit => id, price => price) AS a, ByView(price) AS b FROM priced")
	defer run(t, "DROP TEMPORARY VIEW followed; DROP TEMPORARY VIEW priced; DROP TEMPORARY SYSTEM FUNCTION ByView")
	checkRows(t, "SELECT * FROM followed WHERE id < 3", "1 4.5 4.5,2 42.25 41.25")
	shown := strings.Join(sessiontest.Drain(t, run(t, "SHOW CREATE VIEW followed").Events).Table, "")
	if !strings.Contains(shown, "`ByView`(`limit` => `priced`.`id`, `price` => `priced`.`price`) AS `a`, `ByView`(`priced`.`price`) AS `b`") {
		t.Errorf("the view is\n%s", shown)
	}
	reply := run(t, "//riffle:default limit=100, factor=2\nfunc ByView(price, factor float64, limit int64) float64 { return factor*price + float64(limit) }")
	if want := "ByView(price DOUBLE, factor DOUBLE = 2, limit BIGINT = 100) → DOUBLE; replaces ByView(price DOUBLE, limit BIGINT = 1) → DOUBLE"; reply.Message != want {
		t.Errorf("said %q, want %q", reply.Message, want)
	}
	checkRows(t, "SELECT * FROM followed WHERE id < 3", "1 8 107,2 82.5 180.5")
	run(t, "func ByView(price float64) float64 { return price }")
	_, err := execute(t, "SELECT * FROM followed", query.Lossless)
	if err == nil || !strings.Contains(session.Explain(err), "ByView has no parameter limit") || !strings.Contains(session.Explain(err), "followed") {
		t.Errorf("a view with a parameter that is gone: %v", session.Explain(err))
	}
}
