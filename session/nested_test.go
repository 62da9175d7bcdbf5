package session_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

var nestedQueries = flag.Int("nested", sample.Of(12, 120), "random queries with nested fields and functions")

// deepRows have NULLs at each level.
const deepRows = `
{"id":1,"a":4,"t":"Un","r":{"y":{"z":5,"w":{"v":7}},"q":9},"items":[{"n":1,"s":"A"},{"n":2,"s":"b"}],"m":{"k":{"z":3}}}
{"id":2,"a":-2,"t":"deux","r":{"y":{"z":6,"w":null},"q":10},"items":[{"n":3,"s":null}],"m":{"k":null}}
{"id":3,"a":0,"t":null,"r":{"y":null,"q":null},"items":[],"m":{}}
{"id":4,"a":null,"t":"IV","r":null,"items":null,"m":null}
{"id":5,"a":4,"t":"un","r":{"y":{"z":5,"w":{"v":null}},"q":40},"items":[null,{"n":-7,"s":"C"}],"m":{"k":{"z":null},"l":{"z":8}}}
`

const deepTable = `CREATE TEMPORARY TABLE deep (id INT, a INT, t STRING, r ROW<y ROW<z INT, w ROW<v INT>>, q INT>,
	items ARRAY<ROW<n INT, s STRING>>, m MAP<STRING, ROW<z INT>>)
	WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '%s');
CREATE TEMPORARY VIEW seen AS SELECT id, r.y AS y, r.q AS q, items FROM deep WHERE id <> 3`

// deepFunctions are functions for which Flink has expressions, too.
const deepFunctions = `
type inner struct { V int32 }
type made struct { A int32; W inner; L []int32 }
func Ten(n int32) int32 { return n * 10 }
func Wide(n int64) int64 { return n + 1 }
func Add2(a, b int32) int32 { return a + b }
func Text(n *int32) string { if n == nil { return "nil" }; return fmt.Sprint(*n) }
func Low(s string) string { return strings.ToLower(s) }
func Make(n int32) made { return made{n, inner{n*3 - 7}, []int32{n, n + 2}} }
func Dict(n int32) map[string]int32 { return map[string]int32{"k": n + 3} }
func Pair(n int64) []int64 { return []int64{n, n * 10} }`

// TestNestedFields runs random queries with functions and nested fields, and compares the rows
// with those of the same query without functions.
func TestNestedFields(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep.json")
	if err := os.WriteFile(path, []byte(strings.TrimSpace(deepRows)), 0o600); err != nil {
		t.Fatal(err)
	}
	declare(t)
	run(t, fmt.Sprintf(deepTable, path))
	defer run(t, "RESET; DROP TEMPORARY VIEW seen; DROP TEMPORARY TABLE deep")
	g := deepQueries{rand.New(rand.NewPCG(*seed, 11))}
	rows := 0
	for i := range *nestedQueries {
		if i == *nestedQueries/2 {
			run(t, "SET 'execution.runtime-mode' = 'batch'; SET 'parallelism.default' = '2'")
		}
		q := g.query(i)
		if !sample.Whole && (i == 1 || i == 3 || i == 6) { // of the kind before it
			continue
		}
		got, want := deepAnswer(t, q.with), deepAnswer(t, q.without)
		rows += len(want)
		if !slices.Equal(got, want) {
			t.Errorf("seed %d, query %d: %s\ngives %q\n%s\ngives %q", *seed, i, q.with, got, q.without, want)
		}
	}
	if rows < *nestedQueries {
		t.Errorf("seed %d: %d rows in all, so the comparison says little", *seed, rows)
	}
}

func deepAnswer(t *testing.T, text string) []string {
	t.Helper()
	reply, err := execute(t, text, query.Lossless)
	if err != nil {
		return []string{session.Explain(err)}
	}
	out := sessiontest.Drain(t, reply.Events)
	if out.Ended.State != query.Finished {
		return []string{"ended: " + fmt.Sprint(out.Ended.Err)}
	}
	return out.Table
}

// both is SQL of one meaning, with functions and without.
type both struct{ with, without string }

// joined puts SQL into a text, which has a %s for each.
func joined(format string, parts ...both) both {
	var with, without []any
	for _, p := range parts {
		with, without = append(with, p.with), append(without, p.without)
	}
	return both{fmt.Sprintf(format, with...), fmt.Sprintf(format, without...)}
}

// deepQueries creates queries of the table deep.
type deepQueries struct{ *rand.Rand }

func (g deepQueries) query(i int) both {
	d := deepColumns{g.Rand, "d"}
	e := deepColumns{g.Rand, "e"}
	switch i % 12 {
	case 0, 1:
		return joined("SELECT %s, %s, %s FROM deep d", d.number(3), d.text(2), d.number(2))
	case 2, 3:
		return joined("SELECT d.id, %s, %s FROM deep d WHERE %s", d.number(2), d.number(1), d.condition(2))
	case 4:
		return joined("SELECT %s AS k, COUNT(*), SUM(%s), MAX(%s) FILTER (WHERE %s) FROM deep d GROUP BY %[1]s",
			d.number(2), d.number(2), d.text(1), d.condition(1))
	case 5:
		return joined("SELECT d.id, e.id, %s, %s FROM deep d JOIN deep e ON %s = %s AND %s",
			d.number(2), e.text(1), d.number(1), e.number(1), d.condition(1))
	case 6:
		return joined("SELECT d.id, e.id, %s FROM deep d JOIN deep e ON %s < %s", d.number(2), d.number(1), e.number(1))
	case 7:
		return joined("SELECT %s, c, d.y.z FROM (SELECT %s AS c, * FROM seen d WHERE %s) d WHERE %s",
			both{"Ten(d.y.w.v)", "d.y.w.v * 10"}, both{"Text(d.y.z)", "COALESCE(CAST(d.y.z AS STRING), 'nil')"},
			both{"Ten(d.q) > 0", "d.q * 10 > 0"}, both{"Low(d.items[1].s) <> ''", "LOWER(d.items[1].s) <> ''"})
	case 8:
		return joined("SELECT d.id, SUM(%s) OVER (PARTITION BY d.id ORDER BY PROCTIME()), %s FROM deep d", d.number(2), d.text(2))
	case 9:
		n := d.number(2)
		array := joined("CASE WHEN %s IS NOT NULL THEN ARRAY[%[1]s, %[1]s * 10] END", n)
		array.with = "Pair(" + n.with + ")"
		return joined("SELECT d.id, x, %s FROM deep d "+g.pick("CROSS JOIN UNNEST(%s) AS u(x)", "LEFT JOIN UNNEST(%s) AS u(x) ON TRUE"),
			d.number(1), array)
	case 10:
		item := deepColumns{g.Rand, "u"}
		return joined("SELECT d.id, %s, %s FROM deep d CROSS JOIN UNNEST(d.items) AS u(n, s) WHERE %s",
			item.element(), d.text(1), d.condition(1))
	default:
		return joined("SELECT %s, %s FROM deep d WHERE %s UNION ALL SELECT id, %s FROM deep d",
			both{"d.id", "d.id"}, d.text(2), d.condition(1), d.text(2))
	}
}

func (g deepQueries) pick(texts ...string) string { return texts[g.IntN(len(texts))] }

// deepColumns makes expressions over the columns of a table.
type deepColumns struct {
	*rand.Rand
	alias string
}

func (g deepColumns) column(texts ...string) both {
	text := strings.ReplaceAll(texts[g.IntN(len(texts))], "$", g.alias)
	return both{text, text}
}

// number returns an INT, also where a function has a BIGINT.
func (g deepColumns) number(depth int) both {
	if depth == 0 {
		return g.column("$.id", "$.a", "$.r.q", "$.r.y.z", "$.r.y.w.v", "$.items[1].n", "$.items[$.id].n", "$.m['k'].z", "$.m[$.t].z")
	}
	n := g.number(depth - 1)
	switch g.IntN(12) {
	case 0, 1:
		return both{"Ten(" + n.with + ")", "(" + n.without + " * 10)"}
	case 2:
		m := g.number(depth - 1)
		return both{"Add2(" + n.with + ", " + m.with + ")", "(" + n.without + " + " + m.without + ")"}
	case 3:
		return both{"CAST(Wide(" + n.with + ") AS INT)", "(" + n.without + " + 1)"}
	case 4:
		return both{"Make(" + n.with + ").A", n.without}
	case 5:
		return both{"Make(" + n.with + ").W.V", "(" + n.without + " * 3 - 7)"}
	case 6:
		return both{"Make(" + n.with + ").L[2]", "(" + n.without + " + 2)"}
	case 7:
		return both{"Dict(" + n.with + ")['k']", "(" + n.without + " + 3)"}
	case 8:
		return joined("CASE WHEN %s THEN %s ELSE %s END", g.condition(depth-1), n, g.number(depth-1))
	case 9:
		return joined("COALESCE(%s, %s)", n, g.number(depth-1))
	case 10:
		return joined("(%s + %s)", n, g.number(depth-1))
	default:
		return n
	}
}

func (g deepColumns) text(depth int) both {
	if depth == 0 {
		return g.column("$.t", "$.items[1].s", "$.items[2].s")
	}
	switch g.IntN(4) {
	case 0:
		s := g.text(depth - 1)
		return both{"Low(" + s.with + ")", "LOWER(" + s.without + ")"}
	case 1:
		return joined("CONCAT(%s, %s)", g.text(depth-1), g.text(depth-1))
	default:
		n := g.number(depth - 1)
		return both{"Text(" + n.with + ")", "COALESCE(CAST(" + n.without + " AS STRING), 'nil')"}
	}
}

func (g deepColumns) condition(depth int) both {
	if depth == 0 {
		return joined("%s > 4", g.number(1))
	}
	switch g.IntN(6) {
	case 0:
		return joined("(%s AND %s)", g.condition(depth-1), g.condition(depth-1))
	case 1:
		return joined("(%s OR %s)", g.condition(depth-1), g.condition(depth-1))
	case 2:
		return joined("NOT %s", g.condition(depth-1))
	case 3:
		return joined("%s IS NOT NULL", g.number(depth))
	case 4:
		return joined("%s <> 'nil'", g.text(depth))
	default:
		return joined("%s < %s", g.number(depth), g.number(depth-1))
	}
}

// element returns a function of an element of the array items.
func (g deepColumns) element() both {
	return []both{{"Ten(u.n)", "u.n * 10"}, {"Make(u.n).W.V", "u.n * 3 - 7"}, {"Low(u.s)", "LOWER(u.s)"}}[g.IntN(3)]
}
