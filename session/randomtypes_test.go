package session_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"riffle/session/query"
	"riffle/session/sessiontest/sample"
)

var seed = flag.Uint64("seed", 1, "of the random types")

// Random values of random nested types are shown as Flink's CAST returns them.
func TestRandomTypes(t *testing.T) {
	const rows = 4
	columns := sample.Of(4, 8)
	g := generator{rand.New(rand.NewPCG(*seed, uint64(columns)))}
	types := make([]sqlType, columns)
	selects := make([]string, rows)
	pairs := make([]string, columns)
	for i := range types {
		types[i] = g.newType(3)
		pairs[i] = fmt.Sprintf("c%d, CAST(c%[1]d AS STRING)", i)
	}
	for r := range selects {
		cells := make([]string, columns)
		for i, typ := range types {
			cells[i] = fmt.Sprintf("%s AS c%d", g.value(typ), i)
		}
		selects[r] = "SELECT " + strings.Join(cells, ", ")
	}
	defer run(t, "RESET")
	run(t, "SET 'table.local-time-zone' = 'America/New_York'")
	got := shown(t, run(t, "SELECT "+strings.Join(pairs, ", ")+" FROM ("+strings.Join(selects, " UNION ALL ")+")").Events)
	if got.ended.State != query.Finished || len(got.rows) != rows {
		t.Fatalf("seed %d: %d rows, %v", *seed, len(got.rows), got.ended.Err)
	}
	for _, row := range got.rows {
		for i, typ := range types {
			if text, cast := row[2*i], row[2*i+1]; text != cast {
				t.Errorf("seed %d: %s is shown as %q, CAST gives %q", *seed, typ, text, cast)
			}
		}
	}
}

// sqlType is a type: a leaf by its text, or ARRAY, MAP or ROW of others.
type sqlType struct {
	name     string
	children []sqlType
}

func (t sqlType) String() string {
	switch t.name {
	case "ARRAY", "MAP":
		children := make([]string, len(t.children))
		for i, c := range t.children {
			children[i] = c.String()
		}
		return t.name + "<" + strings.Join(children, ", ") + ">"
	case "ROW":
		fields := make([]string, len(t.children))
		for i, c := range t.children {
			fields[i] = fmt.Sprintf("`f%d, ``<` %s", i, c)
		}
		return "ROW<" + strings.Join(fields, ", ") + ">"
	}
	return t.name
}

type generator struct{ *rand.Rand }

func (g generator) newType(depth int) sqlType {
	if depth == 0 || g.IntN(5) == 0 {
		return sqlType{name: g.leaf()}
	}
	switch g.IntN(3) {
	case 0:
		return sqlType{"ARRAY", []sqlType{g.newType(depth - 1)}}
	case 1:
		return sqlType{"MAP", []sqlType{{name: g.leaf()}, g.newType(depth - 1)}}
	}
	fields := make([]sqlType, 1+g.IntN(3))
	for i := range fields {
		fields[i] = g.newType(depth - 1)
	}
	return sqlType{"ROW", fields}
}

func (g generator) leaf() string {
	switch g.IntN(12) {
	case 0:
		return "BOOLEAN"
	case 1:
		return "SMALLINT"
	case 2:
		return "BIGINT"
	case 3:
		return "FLOAT"
	case 4:
		return "DOUBLE"
	case 5:
		precision := 1 + g.IntN(38)
		return fmt.Sprintf("DECIMAL(%d, %d)", precision, g.IntN(precision+1))
	case 6:
		return fmt.Sprintf("VARCHAR(%d)", 1+g.IntN(20))
	case 7:
		return "BYTES"
	case 8:
		return "DATE"
	case 9:
		return fmt.Sprintf("TIME(%d)", g.IntN(10))
	case 10:
		return fmt.Sprintf("TIMESTAMP(%d)", g.IntN(10))
	}
	return fmt.Sprintf("TIMESTAMP_LTZ(%d)", g.IntN(10))
}

// value returns an expression of the type. Rows are never NULL: Flink's own code for a
// cast of rows within others fails on some that are, ArrayIndexOutOfBoundsException.
func (g generator) value(t sqlType) string {
	if t.name != "ROW" && g.IntN(6) == 0 {
		return fmt.Sprintf("CAST(NULL AS %s)", t)
	}
	n := g.IntN(4)
	switch t.name {
	case "ARRAY":
		return g.array(n, func() string { return g.value(t.children[0]) })
	case "MAP":
		key, value := func() string { return g.value(t.children[0]) }, func() string { return g.value(t.children[1]) }
		return fmt.Sprintf("MAP_FROM_ARRAYS(%s, %s)", g.array(n, key), g.array(n, value))
	case "ROW":
		fields := make([]string, len(t.children))
		for i, c := range t.children {
			fields[i] = g.value(c)
		}
		return fmt.Sprintf("CAST(ROW(%s) AS %s)", strings.Join(fields, ", "), t)
	}
	return fmt.Sprintf("CAST('%s' AS %s)", strings.ReplaceAll(g.text(t.name), "'", "''"), t)
}

// array returns an array of n elements; SQL cannot write an empty one.
func (g generator) array(n int, element func() string) string {
	if n == 0 {
		return fmt.Sprintf("ARRAY_SLICE(ARRAY[%s], 2, 3)", element())
	}
	elements := make([]string, n)
	for i := range elements {
		elements[i] = element()
	}
	return "ARRAY[" + strings.Join(elements, ", ") + "]"
}

// text returns a text that is cast to a leaf. Floating-point numbers are quarters, which have
// the same text in every Java.
func (g generator) text(leaf string) string {
	name, _, _ := strings.Cut(leaf, "(")
	switch name {
	case "BOOLEAN":
		return fmt.Sprint(g.IntN(2) == 0)
	case "SMALLINT":
		return fmt.Sprint(int16(g.Uint32()))
	case "BIGINT":
		return fmt.Sprint(int64(g.Uint64()))
	case "FLOAT", "DOUBLE":
		return fmt.Sprint(float64(g.IntN(8001)-4000) / 4)
	case "DECIMAL":
		var precision, scale int
		if _, err := fmt.Sscanf(leaf, "DECIMAL(%d, %d)", &precision, &scale); err != nil {
			panic(err)
		}
		digits := "-"
		for i := range precision {
			if i == precision-scale {
				digits += "."
			}
			digits += fmt.Sprint(g.IntN(10))
		}
		return digits[g.IntN(2):]
	case "VARCHAR", "BYTES":
		alphabet := []rune("ab ,'\"\\{}[]()=NULL\n\tüé日😀\u202e")
		text := make([]rune, g.IntN(8))
		for i := range text {
			text[i] = alphabet[g.IntN(len(alphabet))]
		}
		return string(text)
	}
	date := fmt.Sprintf("%04d-%02d-%02d", 1+g.IntN(9999), 1+g.IntN(12), 1+g.IntN(28))
	clock := fmt.Sprintf("%02d:%02d:%02d.%09d", g.IntN(24), g.IntN(60), g.IntN(60), g.IntN(1_000_000_000))
	switch name {
	case "DATE":
		return date
	case "TIME":
		return clock
	}
	return date + " " + clock
}
