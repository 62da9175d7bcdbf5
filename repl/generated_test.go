package repl_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"riffle/repl"
	"riffle/session"
	"riffle/session/sessiontest/sample"
)

// A long script of everything that can follow each other: no statement is lost, none runs
// twice, all run in their order, and an error has the right line. The generator knows what each
// statement prints. Every part of the script ends with a statement that fails, because that
// ends a script. The next part continues in the same session, and every other one runs as a
// stream, as from a pipe.
func generatedScript(t *testing.T, l *lab) {
	wanted, part := sample.Of(100, 2000), sample.Of(50, 100)
	if seen, err := l.run("CREATE TEMPORARY TABLE threes (n INT) WITH ('connector' = 'datagen', 'number-of-rows' = '3');"); err != nil {
		t.Fatal(seen)
	}
	g := generator{random: rand.New(rand.NewPCG(2, 3)), line: 1, settings: map[string]string{}, variables: map[string]string{}}
	for number := 1; g.statements < wanted; number++ {
		asStream := number%2 == 0
		text, want, position := g.part(part)
		position = "gen.sql:" + position
		if asStream {
			position = "gen.sql:" + g.failedAt
		}
		got := l.runPart(text, g.began, asStream)
		got, failure, _ := strings.Cut(got, "gen.sql:")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("part %d printed (+), wanted (-):\n%s\nand ended with gen.sql:%s\nits script:\n%s", number, diff, failure, text)
		}
		if failure = "gen.sql:" + failure; !strings.HasPrefix(failure, position+": ") {
			t.Fatalf("part %d failed with %s, wanted %s; its script:\n%s", number, failure, position, text)
		}
	}
	t.Logf("%d statements", g.statements)
}

// runPart runs a part that begins on a line of the script, and returns its output.
func (l *lab) runPart(text string, line int, asStream bool) string {
	l.t.Helper()
	console := repl.NewConsole(nil, l.printed, l.printed)
	script := repl.NewScript(console, l.session, repl.Options{Format: "csv"}, nil)
	var err error
	if asStream {
		err = script.RunStream(l.t.Context(), strings.NewReader(text), "gen.sql")
	} else {
		err = script.Run(l.t.Context(), session.Cell{Text: text, Name: "gen.sql", Line: line})
	}
	if err != nil {
		repl.Report(l.printed, err)
	}
	return l.news()
}

// generator writes a script and its expected output.
type generator struct {
	random     *rand.Rand
	statements int
	line       int // of the script, where the next part begins

	objects             []object // views and tables
	settings, variables map[string]string
	functions           int

	text, want strings.Builder
	began      int    // the line of the script where the part begins
	failedAt   string // line and column of its last statement in the part
}

// object is a view or table that the script has created.
type object struct {
	kind, name string
	described  string // what DESCRIBE prints of it, without the header
	value      string // selected by a view
}

// part writes a number of statements and one that fails. It returns the text, the output before
// the failure, and the position of the failure in the script.
func (g *generator) part(statements int) (text, want, position string) {
	g.text.Reset()
	g.want.Reset()
	g.began = g.line
	for range statements - 1 {
		g.gap()
		g.statement()
	}
	g.gap()
	mark := g.fail()
	line, column := lineAndColumn(g.text.String(), mark)
	g.failedAt = fmt.Sprintf("%d:%d", line, column)
	last, _ := lineAndColumn(g.text.String(), g.text.Len())
	g.line += last
	return g.text.String(), g.want.String(), fmt.Sprintf("%d:%d", g.began+line-1, column)
}

// lineAndColumn returns a position as Flink and editors count it.
func lineAndColumn(text string, offset int) (line, column int) {
	before := strings.ReplaceAll(text[:offset], "\r\n", "\n")
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}

func (g *generator) pick(of ...string) string { return of[g.random.IntN(len(of))] }

// gap writes what may be between two statements.
func (g *generator) gap() {
	for range g.random.IntN(3) {
		g.text.WriteString(g.pick("\n", "\r\n", " ", "\t", "\n\n", ";\n", " ;",
			"-- a comment; SELECT 'nothing\n", "// another ` one; it's\r\n", "/* SELECT 1; */", "/* ' \n ; */\r\n",
			"/**/", "/*** ; ***/\n", "-- func F() {\n"))
	}
	g.text.WriteString(g.pick("\n", "\r\n"))
}

// sql writes words of a statement with something between each two, and a
// semicolon; it returns where a word begins.
func (g *generator) sql(words ...string) (at func(word string) int) {
	offsets := map[string]int{}
	for i, word := range words {
		if i > 0 {
			g.text.WriteString(g.pick(" ", " ", " ", "\n", "\r\n  ", "\t", " /* ; */ ", " -- it's; '\n", " // `;`\r\n", " /* \" */ "))
		}
		offsets[word] = g.text.Len()
		g.text.WriteString(word)
	}
	g.text.WriteString(g.pick(";", " ;", "\n;", " /* end */;"))
	return func(word string) int { return offsets[word] }
}

func (g *generator) prints(lines ...string) {
	for _, line := range lines {
		g.want.WriteString(line + "\n")
	}
}

// string returns a string of SQL and its value.
func (g *generator) string() (literal, value string) {
	if g.random.IntN(10) == 0 {
		return fmt.Sprintf(`U&'\00e9_%d;'`, g.statements), fmt.Sprintf("é_%d;", g.statements)
	}
	return g.plainString()
}

// plainString returns a string without U&, as COMMENT, WITH and SET require.
func (g *generator) plainString() (literal, value string) {
	for range g.random.IntN(4) {
		switch g.random.IntN(8) {
		case 0:
			literal, value = literal+"''", value+"'"
		case 1:
			literal, value = literal+"$${x}", value+"${x}"
		default:
			piece := g.pick("a", ";", "--", "/*", "*/", "/*+ x */", `"`, "`", "é", "表", "😀", "\n", "func F() {", "}", `\`, "//", " ")
			literal, value = literal+piece, value+piece
		}
	}
	tag := fmt.Sprintf("_%d", g.statements) // no two are the same
	return "'" + literal + tag + "'", value + tag
}

// name returns a name of SQL that no other statement has used, and the name itself.
func (g *generator) name() (written, name string) {
	name = g.pick("v", "größe", "表", "_x", "a$") + fmt.Sprint(g.statements)
	if g.random.IntN(2) == 0 {
		return name, name
	}
	name += g.pick(";", " b", "--", "/*", "'", `"`, "😀", ".", "func")
	return "`" + name + "`", name
}

// statement writes one that succeeds.
func (g *generator) statement() {
	g.statements++
	switch n := g.random.IntN(1000); {
	case n < 300:
		g.createView()
	case n < 450:
		g.createTable()
	case n < 600:
		g.describe()
	case n < 760:
		g.drop()
	case n < 870:
		g.set()
	case n < 940:
		g.variable()
	case n < 965:
		g.query()
	case n < 970:
		g.function()
	default:
		g.describe()
	}
}

func (g *generator) createView() {
	written, _ := g.name()
	column, columnName := g.name()
	literal, value := g.string()
	if len(g.variables) > 0 && g.random.IntN(4) == 0 {
		key := slices.Sorted(maps.Keys(g.variables))[g.random.IntN(len(g.variables))]
		literal, value = "'"+"${"+key+"}'", g.variables[key]
	}
	g.sql("CREATE", "TEMPORARY", "VIEW", written, "("+column+")", "AS", "SELECT", "CAST(", literal, "AS STRING)")
	g.prints("OK")
	g.objects = append(g.objects, object{"VIEW", written, csvField(columnName) + ",STRING,FALSE,,,", value})
}

func (g *generator) createTable() {
	written, _ := g.name()
	column, columnName := g.name()
	literal, value := g.plainString()
	option, _ := g.plainString()
	g.sql("CREATE", "TEMPORARY", "TABLE", written, "(", column, "BIGINT", "COMMENT", literal, ")",
		"WITH", "(", "'connector'", "=", "'blackhole'", ",", option, "=", "'x;'", ")")
	g.prints("OK")
	g.objects = append(g.objects, object{"TABLE", written, csvField(columnName) + ",BIGINT,TRUE,,,," + csvField(value), ""})
}

// take removes an object; false if there is none.
func (g *generator) take() (object, bool) {
	if len(g.objects) == 0 {
		return object{}, false
	}
	i := g.random.IntN(len(g.objects))
	o := g.objects[i]
	g.objects = slices.Delete(g.objects, i, i+1)
	return o, true
}

func (g *generator) describe() {
	o, ok := g.take()
	if !ok {
		g.createView()
		return
	}
	g.objects = append(g.objects, o)
	g.sql(g.pick("DESCRIBE", "desc"), o.name)
	header := "name,type,null,key,extras,watermark"
	if o.kind == "TABLE" {
		header += ",comment"
	}
	g.prints(header, o.described)
}

func (g *generator) drop() {
	o, ok := g.take()
	if !ok {
		g.createTable()
		return
	}
	g.sql("DROP", "TEMPORARY", o.kind, o.name)
	g.prints("OK")
}

func (g *generator) set() {
	switch n := g.random.IntN(8); {
	case n == 0:
		g.sql("SET")
		g.prints("key,value")
		for _, key := range slices.Sorted(maps.Keys(g.settings)) {
			g.prints(csvField(key) + "," + csvField(g.settings[key]))
		}
	case n == 1 && len(g.settings) > 0:
		key := slices.Sorted(maps.Keys(g.settings))[g.random.IntN(len(g.settings))]
		g.text.WriteString("RESET '" + key + "';")
		g.prints("OK")
		delete(g.settings, key)
	default:
		key := fmt.Sprintf("k%d", g.statements)
		literal, value := g.plainString()
		if g.random.IntN(4) == 0 {
			literal, value = "file:///a--b", "file:///a--b"
		}
		g.text.WriteString("SET '" + key + "'" + g.pick(" = ", "=", "  =\n") + literal + g.pick(";", " ;"))
		g.prints("OK")
		g.settings[key] = value
	}
}

// variable sets one and shows it; both are commands, which end with their line.
func (g *generator) variable() {
	name := fmt.Sprintf("x%d", g.statements)
	value := g.pick("plain", "two  words", "it's -- no comment", "/* none */", "表") + fmt.Sprint(g.statements)
	g.text.WriteString(`\set ` + name + " " + value + g.pick("\n", "\r\n", ";\n") + `\set ` + name + "\n")
	g.statements++
	g.prints(name + " is " + value)
	g.variables[name] = value
}

func (g *generator) query() {
	for _, o := range g.objects {
		if o.kind == "VIEW" {
			g.sql("SELECT", "*", "FROM", o.name)
			column, _, _ := strings.Cut(o.described, ",STRING")
			g.prints(column, csvField(o.value))
			return
		}
	}
	literal, value := g.string()
	g.sql("SELECT", literal, "AS", "n", "FROM", "threes", "/*+ OPTIONS('number-of-rows' = '1', 'fields.n.min' = '1') */")
	g.prints("n", csvField(value))
}

func (g *generator) function() {
	g.functions++
	name := fmt.Sprintf("F%d", g.functions)
	g.text.WriteString("// " + name + " has a comment; SELECT 1;\n")
	g.text.WriteString(strings.ReplaceAll(`func NAME(n int64) string {
	// a comment; SELECT 'x' FROM y;
	s := "a;b}" + `+"`raw ; ' \" }\n--`"+` /* ; } */
	if r := ';'; n > 0 && r == ';' { return s }
	return func() string { return "none;" }()
}`, "NAME", name) + g.pick("", ";", "\n", " "))
	g.prints(name + "(BIGINT) → STRING")
	g.statements++
	g.gap()
	g.sql("SELECT", name+"(n)", "AS", "s", "FROM", "(VALUES (1))", "AS", "t(n)")
	g.prints("s", csvField("a;b}raw ; ' \" }\n--"))
}

// fail writes a statement that fails, as the last of its part, and returns the
// offset where the error is.
func (g *generator) fail() int {
	g.statements++
	var mark int
	switch g.random.IntN(6) {
	case 0:
		mark = g.sql("SELECT", "1", ",", "nowhere", "FROM", "(VALUES (1))", "AS", "t(n)")("nowhere")
	case 1:
		mark = g.sql("SELECT", "'表;😀'", "AS", "a", "FROM", "missing")("missing")
	case 2:
		mark = g.text.Len()
		g.text.WriteString(`\nothing of this name`)
	case 3:
		mark = g.sql("SELECT", `"quoted;"`, "AS", "a")(`"quoted;"`)
	case 4:
		mark = g.text.Len()
		g.text.WriteString("selct 1;")
	default:
		g.text.WriteString("func Wrong(n int64) int64 {\n\treturn ")
		mark = g.text.Len()
		g.text.WriteString("undefinedName\n}")
	}
	g.text.WriteString(g.pick("", "\n", "\r\n", "\nSELECT 'never run';\n", " -- end"))
	return mark
}

func csvField(text string) string {
	if text == "" || strings.ContainsAny(text, ",\"\r\n") || strings.TrimSpace(text) != text {
		return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return text
}
