package session_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/session"
	"riffle/session/changelog"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

var differentialCases = flag.Int("differential", sample.Of(2, 60), "random tables whose queries are compared with other operators")

// numberedJar is the path of the jar of testdata/numbered, once a test has built it.
var numberedJar string

// numbered adds the connector of testdata/numbered, whose tables have random values that are the same in
// each query.
func numbered(t *testing.T) {
	t.Helper()
	if numberedJar == "" {
		jar := filepath.ToSlash(filepath.Join(filepath.Dir(flinkLog), "numbered.jar"))
		sessiontest.BuildJar(t, filepath.Join("testdata", "numbered"), map[string]string{jar: ""})
		numberedJar = jar
	}
	jar := numberedJar
	run(t, "ADD JAR '"+jar+"'")
	t.Cleanup(func() { cleanUp(t, "REMOVE JAR '"+jar+"'") })
}

// TestColumnOperator compares the answers of random queries with functions: from the operator of columns, from
// Flink's operators, and without functions, where SQL has the same expressions.
func TestColumnOperator(t *testing.T) {
	numbered(t)
	g := &differential{generator: generator{rand.New(rand.NewPCG(*seed, 31))}}
	cases := make([]differentialCase, *differentialCases)
	for i := range cases {
		cases[i] = g.newCase(i)
	}
	run(t, differentialFunctions+g.declarations.String())
	defer run(t, "RESET")
	for i, c := range cases {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			defer func() {
				if t.Failed() {
					t.Logf("seed %d\n%s\n%s", *seed, c.settings, strings.Join(c.tables, ";\n"))
				}
			}()
			run(t, "RESET; "+c.settings)
			for _, table := range c.tables {
				run(t, table)
			}
			defer run(t, "DROP TEMPORARY VIEW seen; DROP TEMPORARY TABLE numbers; DROP TEMPORARY TABLE others")
			for _, q := range c.queries {
				q.compare(t, c.ordered)
			}
		})
	}
}

// compared is a query to compare.
type compared struct {
	both
	// unordered says that the rows of two runs can be in different orders, even in one subtask.
	unordered bool
}

// compare runs the query in its three ways. The order of changes is compared too if it is the same in each
// run.
func (q compared) compare(t *testing.T, ordered bool) {
	t.Helper()
	columns := outcome(t, q.with, "columns")
	q.compareWithFlinks(t, columns, ordered)
	if q.without != "" {
		q.compareWithBuiltIns(t, columns)
	}
}

// compareWithFewer runs the query without functions to compare with, and in Flink's operator too if the whole test runs.
func (q compared) compareWithFewer(t *testing.T, ordered bool) {
	t.Helper()
	columns := outcome(t, q.with, "columns")
	q.compareWithBuiltIns(t, columns)
	if sample.Whole {
		q.compareWithFlinks(t, columns, ordered)
	}
}

func (q compared) compareWithFlinks(t *testing.T, columns answer, ordered bool) {
	t.Helper()
	flinks := outcome(t, q.with, "flink")
	if len(columns.table) == 0 || !slices.Equal(columns.table, flinks.table) {
		t.Errorf("%s:\n%s", q.with, difference(columns.table, flinks.table, "Flink's operator"))
	} else if ordered && !q.unordered && !slices.Equal(columns.changes, flinks.changes) {
		t.Errorf("%s, changes:\n%s", q.with, difference(columns.changes, flinks.changes, "Flink's operator"))
	}
}

func (q compared) compareWithBuiltIns(t *testing.T, columns answer) {
	t.Helper()
	if plain := outcome(t, q.without, ""); len(plain.table) == 0 || !slices.Equal(columns.table, plain.table) {
		t.Errorf("%s:\n%s", q.with, difference(columns.table, plain.table, q.without))
	}
}

// outcome runs a query to its end, with its functions in the operators of a kind or, if that is "", without
// functions.
func outcome(t *testing.T, text, operator string) answer {
	t.Helper()
	if operator != "" {
		run(t, "SET 'riffle.functions.operator' = '"+operator+"'")
	}
	log := logFrom(t)
	reply, err := execute(t, text, query.Lossless)
	if err != nil {
		t.Fatalf("%s: %s", text, session.Explain(err))
	}
	var got answer
	out := shown(t, reply.Events, func(started query.Started, batch arrow.Record) {
		got.changes = append(got.changes, changesOf(t, started, batch)...)
	})
	if out.ended.State != query.Finished {
		t.Fatalf("%s, %s: %v", operator, text, out.ended.Err)
	}
	for _, row := range out.rows {
		got.table = append(got.table, strings.Join(row, " | "))
	}
	slices.Sort(got.table)
	log.want(t, operator)
	return got
}

// answer is a query's rows as texts: the table at the end, sorted, and the changes in their order.
type answer struct{ table, changes []string }

func changesOf(t *testing.T, started query.Started, batch arrow.Record) []string {
	t.Helper()
	kinds, err := changelog.Kinds(batch)
	if err != nil {
		t.Fatal(err)
	}
	changes := make([]string, len(kinds))
	for i, kind := range kinds {
		changes[i] = kind.String()
	}
	for i, column := range batch.Columns()[:batch.NumCols()-1] {
		for r, text := range cellsOf(t, batch.Schema().Field(i), column, started) {
			changes[r] += " | " + text
		}
	}
	return changes
}

// difference returns the first rows that two answers do not share.
func difference(got, want []string, whose string) string {
	i := 0
	for i < min(len(got), len(want)) && got[i] == want[i] {
		i++
	}
	at := func(rows []string) string {
		if i == len(rows) {
			return "(end)"
		}
		return fmt.Sprintf("%.2000s", rows[i])
	}
	return fmt.Sprintf("%d rows, in row %d %s\n%d rows, in row %[2]d %[5]s (%s)", len(got), i, at(got), len(want), at(want), whose)
}

// differentialCase is queries of random tables, with settings.
type differentialCase struct {
	settings string
	ordered  bool
	tables   []string
	queries  []compared
}

// differential creates cases, and the Go functions that they call.
type differential struct {
	generator
	goMirror
}

func (g *differential) newCase(i int) differentialCase {
	batch := i%3 == 1
	parallelism := 1 + i%4
	c := differentialCase{ordered: parallelism == 1}
	set := func(key string, values ...string) {
		c.settings += fmt.Sprintf("SET '%s' = '%s'; ", key, values[g.IntN(len(values))])
	}
	set("execution.runtime-mode", map[bool]string{true: "batch", false: "streaming"}[batch])
	set("parallelism.default", fmt.Sprint(parallelism))
	set("pipeline.object-reuse", fmt.Sprint(i%2 == 0))
	set("table.local-time-zone", "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe", "UTC")
	if g.IntN(2) == 0 {
		set("python.fn-execution.arrow.batch.size", "1", "7", "1000")
	}
	if g.IntN(2) == 0 {
		set("python.fn-execution.bundle.size", "1", "7", "1000")
	}
	cols := g.newColumns()
	options := fmt.Sprintf("'connector' = 'numbered', 'seed' = '%d'", 1+g.IntN(1000))
	if g.IntN(4) == 0 {
		options += ", 'long-texts' = 'true'"
	}
	define := func(name, with string) string {
		return fmt.Sprintf("CREATE TEMPORARY TABLE %s (%s) WITH (%s, %s)", name, cols.definition(), options, with)
	}
	rows := 100 + g.IntN(300)
	second := "'number-of-rows' = '60'"
	if !batch {
		second = "'number-of-rows' = '80', 'changes' = 'true'"
	}
	c.tables = []string{
		define("numbers", fmt.Sprintf("'number-of-rows' = '%d'", rows)),
		define("others", second),
		"CREATE TEMPORARY VIEW seen AS SELECT *, Runes(s) AS r FROM numbers WHERE Same(id) > 2",
	}
	shapes := []func(columns) compared{g.plain, g.filtered, g.texts, g.changed, g.aggregated, g.joined, g.grouped, g.viewed}
	for range sample.Of(1, 4) {
		k := g.IntN(len(shapes))
		c.queries = append(c.queries, shapes[k](cols))
		shapes = slices.Delete(shapes, k, k+1)
	}
	return c
}

// columns are the columns of a random table beside id, s and n.
type columns struct {
	exact   []column // of the types that functions return
	any     []column // of other types that functions take
	passing []column // of types that functions need not take
}

type column struct {
	name, sqlType string
	function      string // Keep… for exact columns, Show… for others
}

func (c columns) definition() string {
	text := "id BIGINT NOT NULL, s STRING, n INT NOT NULL"
	for _, all := range [][]column{c.exact, c.any, c.passing} {
		for _, one := range all {
			text += fmt.Sprintf(", %s %s", one.name, one.sqlType)
		}
	}
	return text
}

func (g *differential) newColumns() columns {
	var c columns
	notNull := func(sqlType string) string {
		if g.IntN(4) == 0 {
			return sqlType + " NOT NULL"
		}
		return sqlType
	}
	for i := range 3 {
		typ := g.newType(g.IntN(4)).taken(true)
		c.exact = append(c.exact, column{fmt.Sprintf("k%d", i), notNull(typ.String()), g.keep(typ)})
		typ = g.newType(g.IntN(4)).taken(false)
		c.any = append(c.any, column{fmt.Sprintf("a%d", i), notNull(typ.String()), g.show(typ)})
		c.passing = append(c.passing, column{name: fmt.Sprintf("p%d", i), sqlType: notNull(g.passing())})
	}
	return c
}

func (g *differential) passing() string {
	switch g.IntN(5) {
	case 0:
		return "MULTISET<" + g.newType(1).String() + ">"
	case 1:
		return "VARIANT"
	case 2:
		return "BITMAP"
	case 3:
		return []string{"CHAR(5)", "BINARY(3)", "VARBINARY(9)", "TINYINT", "INT"}[g.IntN(5)]
	}
	return g.newType(3).String()
}

// kept returns a call that returns a column, sometimes twice, and the column itself.
func (g *differential) kept(alias string, c columns) both {
	k := c.exact[g.IntN(len(c.exact))]
	call := fmt.Sprintf("%s(%s.%s)", k.function, alias, k.name)
	if g.IntN(3) == 0 {
		call = fmt.Sprintf("%s(%s)", k.function, call)
	}
	return both{call, alias + "." + k.name}
}

// some returns columns that pass by the functions.
func (g *differential) some(alias string, c columns) string {
	var names []string
	for _, all := range [][]column{c.exact, c.any, c.passing} {
		for _, one := range all {
			if g.IntN(2) == 0 {
				names = append(names, alias+"."+one.name)
			}
		}
	}
	return strings.Join(append(names, alias+".s"), ", ")
}

// number returns a BIGINT.
func (g *differential) number(alias string) both {
	return []both{
		{"Runes($.s)", "CHAR_LENGTH($.s)"},
		{"AddUp($.n, Same($.id))", "$.n + $.id"},
		{"AddUp($.n, Runes($.s))", "$.n + CAST(CHAR_LENGTH($.s) AS BIGINT)"},
		{"Same(Same($.id))", "$.id"},
	}[g.IntN(4)].of(alias)
}

func (b both) of(alias string) both {
	return both{strings.ReplaceAll(b.with, "$", alias), strings.ReplaceAll(b.without, "$", alias)}
}

func (g *differential) condition(alias string) both {
	return []both{
		{"Same($.id) > 20", "$.id > 20"},
		{"Runes($.s) > 3 OR AddUp($.n, $.id) < 500", "CHAR_LENGTH($.s) > 3 OR $.n + $.id < 500"},
		{"COALESCE(Runes($.s), 0) <> 1 AND MOD(Same($.id), 3) <> 0", "COALESCE(CHAR_LENGTH($.s), 0) <> 1 AND MOD($.id, 3) <> 0"},
	}[g.IntN(3)].of(alias)
}

func (g *differential) plain(c columns) compared {
	return compared{both: joined("SELECT t.id, %s, %s, %s, "+g.some("t", c)+", %s FROM numbers t",
		g.kept("t", c), g.kept("t", c), g.number("t"), g.kept("t", c))}
}

func (g *differential) filtered(c columns) compared {
	return compared{both: joined("SELECT t.id, %s, "+g.some("t", c)+" FROM numbers t WHERE %s", g.kept("t", c), g.condition("t"))}
}

// texts compares what functions see of arguments, for which SQL has no expression.
func (g *differential) texts(c columns) compared {
	calls := []string{"t.id"}
	for _, a := range c.any {
		calls = append(calls, fmt.Sprintf("%s(t.%s)", a.function, a.name))
	}
	return compared{both: both{with: "SELECT " + strings.Join(calls, ", ") + ", " + g.some("t", c) + " FROM numbers t"}}
}

// changed has rows that are updated and deleted, in streaming mode.
func (g *differential) changed(c columns) compared {
	where := ""
	parts := []both{g.kept("t", c), g.number("t"), g.kept("t", c)}
	if g.IntN(2) == 0 {
		where = " WHERE %s"
		parts = append(parts, g.condition("t"))
	}
	return compared{both: joined("SELECT t.id, %s, %s, "+g.some("t", c)+", %s FROM others t"+where, parts...)}
}

func (g *differential) aggregated(c columns) compared {
	return compared{both: joined("SELECT %s, %s, c FROM (SELECT MOD(id, 7) AS id, COUNT(*) AS c, MAX(s) AS s, MIN(n) AS n "+
		"FROM numbers GROUP BY MOD(id, 7)) t", both{"Same(t.id)", "t.id"}, g.number("t")), unordered: true}
}

func (g *differential) joined(c columns) compared {
	kind := []string{"JOIN", "LEFT JOIN", "FULL JOIN"}[g.IntN(3)]
	return compared{both: joined("SELECT t.id, u.id, %s, %s, "+g.some("u", c)+" FROM numbers t "+kind+" others u ON t.id = %s AND t.n <> u.n",
		g.kept("t", c), g.kept("u", c), both{"Same(u.id) + 3", "u.id + 3"}), unordered: true}
}

func (g *differential) grouped(c columns) compared {
	return compared{both: joined("SELECT %s AS k, COUNT(*), SUM(%s) FROM numbers t WHERE %s GROUP BY %[1]s",
		both{"MOD(Same(t.id), 5)", "MOD(t.id, 5)"}, both{"CAST(Runes(t.s) AS DECIMAL(30))", "CAST(CHAR_LENGTH(t.s) AS DECIMAL(30))"}, g.condition("t")), unordered: true}
}

func (g *differential) viewed(c columns) compared {
	q := joined("SELECT t.id, t.r, %s, "+g.some("t", c)+" FROM %s t WHERE t.r < 9 OR t.r IS NULL",
		g.kept("t", c), both{"seen", "(SELECT *, CHAR_LENGTH(s) AS r FROM numbers WHERE id > 2)"})
	return compared{both: q}
}
