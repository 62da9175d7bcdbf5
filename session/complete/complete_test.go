package complete

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"riffle/session/sqltext"
)

func testNames() Names {
	return Names{
		Catalog: "default_catalog", Database: "default_database",
		Tables: []string{"Orders", "Orders Late", "customers", "order", "tick`s"},
		Functions: []Entry{
			{"Grade", "Grade(DOUBLE) → STRING"}, {"of_catalog", ""}, {"$odd$1", ""},
		},
		BuiltIn: []Entry{
			{"CAST", "CAST(<ANY> AS <TYPE>)"}, {"GCD", "GCD(<NUMERIC>)\nGCD(<DECIMAL>)"}, {"GREATEST", "GREATEST(<COMMON>...)"}, {"IF", "IF(<ANY>)"}, {"UPPER", "UPPER(<CHARACTER>)"},
		},
		Databases: []string{"default_database", "shop"}, Catalogs: []string{"default_catalog", "my cat"},
		Commands: testCommands(),
		Queries: []QueryEntry{
			{Name: "q1", Detail: "SELECT", Columns: []Entry{{"item", "utf8"}, {"n", "int64"}, {"per cent", "double"}}},
			{Name: "q2", Detail: "INSERT"},
			{Name: "q10", Detail: "SELECT", Ended: true, Columns: []Entry{{"late", "utf8"}}},
		},
		Factories: testFactories(),
		Folders: map[string][]string{
			".":         {".hidden", "a file.sql", "daily.sql", "data/", "data.csv", "odd\nname", "shop.jar"},
			"data/":     {"it's.jar", "rows.csv"},
			"/home/me/": {"home.sql", "more/"},
		},
		Home: "/home/me",
		Go: GoNames{
			Declared: []GoName{{Entry{"Grade", "Grade(amount float64) string"}, GoFunc}, {Entry{"Tariff", "struct"}, GoType}},
			Imports:  map[string]string{"mine": "strings"},
			Packages: map[string][]string{"strings": {"strings"}, "rand": {"math/rand/v2", "crypto/rand", "math/rand"}, "ascii85": {"encoding/ascii85"}},
			Members: map[string][]GoName{
				"strings":      {{Entry{"Contains", "Contains(s string, substr string) bool"}, GoFunc}, {Entry{"Cut", ""}, GoFunc}, {Entry{"ToUpper", ""}, GoFunc}},
				"math/rand/v2": {{Entry{"IntN", ""}, GoFunc}},
				"crypto/rand":  {{Entry{"Int", ""}, GoFunc}},
			},
		},
		Columns: map[string][]Entry{
			"trades": {{"id", "BIGINT"}, {"item", "STRING"}, {"amount", "DECIMAL(10, 2)"}},
			"rates":  {{"id", "BIGINT"}, {"per cent", "DOUBLE"}, {"日付", "DATE"}},
		},
		Variables: []Entry{{"day", "2026-01-01"}, {"dozen", "12"}, {"name", "x"}},
	}
}

func testCommands() []CommandEntry {
	return []CommandEntry{
		{Names: []string{`\cancel`}, Detail: "end a query", Arguments: []Argument{{Kind: Running}}},
		{Names: []string{`\queries`}, Aliases: []string{"q"}, Detail: "list"},
		{Names: []string{`\quit`, "quit"}, Detail: "leave"},
		{Names: []string{`\save`}, Arguments: []Argument{{Kind: Result, Optional: true}, {Kind: Path}}, Rest: true},
		{Names: []string{`\stats`}, Arguments: []Argument{{Kind: Called}}},
		{Names: []string{`\plot`}, Arguments: []Argument{
			{Kind: Result, Optional: true}, {Kind: Choice, Choices: []Entry{{Name: "bar"}, {Name: "line"}}, Optional: true},
			{Kind: ResultColumn}, {Kind: ResultColumn},
		}, Named: []NamedArgument{
			{Name: "x", Argument: Argument{Kind: ResultColumn}}, {Name: "y", Argument: Argument{Kind: ResultColumn}},
			{Name: "kind", Argument: Argument{Kind: Choice, Choices: []Entry{{Name: "bar"}, {Name: "line"}}}},
		}},
		{Names: []string{`\i`}, Aliases: []string{"include"}, Arguments: []Argument{{Kind: Path}}, Rest: true},
		{Names: []string{`\set`}, Arguments: []Argument{{Kind: OwnVariable}, {Kind: Text}}, Rest: true},
		{Names: []string{`\d`}, Arguments: []Argument{{Kind: Relation}}, Rest: true},
		{Names: []string{`\dt`}, Arguments: []Argument{{Kind: TableName}}},
		{Names: []string{`\df`}, Arguments: []Argument{{Kind: FunctionName}}},
		{Names: []string{`\dn`}, Arguments: []Argument{{Kind: DatabaseName}}},
		{Names: []string{`\explain`}, Arguments: []Argument{{Kind: SQL}}, Rest: true},
		{Names: []string{`\try`}, Arguments: []Argument{{Kind: Call}}, Rest: true},
		{Names: []string{`\help`, "help"}, Arguments: []Argument{{Kind: Subject}}, Rest: true},
	}
}

func testFactories() []Factory {
	format := Option{Key: "format", Type: "text"}
	return []Factory{
		{Kind: Connector, Name: "blackhole", About: "sink"},
		{Kind: Connector, Name: "datagen", About: "source", Options: []Option{
			{Key: "rows-per-second", Type: "number", Default: "10000"}, {Key: "fields.#.kind", Type: "text", Default: "random"}, {Key: "fields.#.min", Type: "text"},
		}},
		{Kind: Connector, Name: "filesystem", About: "source and sink", Options: []Option{
			{Key: "path", Type: "text", Required: true}, {Key: "auto-compaction", Type: "boolean", Default: "false"}, format,
		}},
		{Kind: Connector, Name: "queue", Options: []Option{{Key: "topic", Type: "text"}, {Key: "servers", Type: "list", Required: true}, {Key: "value.format", Type: "text", Required: true}}},
		{Kind: Format, Name: "csv", Options: []Option{{Key: "field-delimiter", Type: "text", Default: ","}}},
		{Kind: Format, Name: "json", Options: []Option{{Key: "ignore-parse-errors", Type: "boolean", Default: "false"}, {Key: "encode.mode", Type: "enum", Values: []string{"SQL", "ISO-8601"}}}},
		{Kind: Format, Name: "json"},
		{Kind: CatalogType, Name: "memory", Options: []Option{{Key: "default-database", Type: "text"}}},
	}
}

// TestCases reads testdata/cases.txt: a text with @ at the cursor, then a line
// with ⇒ and the candidates, one space between two and · for a space inside.
// A last … means that there may be more. Words before the cursor that a
// candidate replaces are shown in [brackets].
func TestCases(t *testing.T) {
	file, err := os.Open("testdata/cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	names, cases, text := testNames(), 0, ""
	for scan := bufio.NewScanner(file); scan.Scan(); {
		line := scan.Text()
		want, found := strings.CutPrefix(line, "⇒")
		switch {
		case strings.HasPrefix(line, "#"), line == "":
			continue
		case !found:
			text += strings.TrimPrefix(line, "|") + "\n"
			continue
		}
		cases++
		text = strings.TrimSuffix(text, "\n")
		before, after, _ := strings.Cut(text, "@")
		answer := Complete(before+after, len(before), names)
		if got := shown(before, answer.Span, answer.Candidates); !same(got, strings.TrimSpace(want)) {
			t.Errorf("%s\n got %s\nwant %s", text, got, strings.TrimSpace(want))
		}
		text = ""
	}
	if cases < 60 {
		t.Errorf("only %d cases", cases)
	}
}

func shown(before string, span sqltext.Span, candidates []Candidate) string {
	words := []string{"[" + before[span.Start:span.End] + "]"}
	for _, c := range candidates {
		words = append(words, strings.ReplaceAll(c.Text, " ", "·"))
	}
	return strings.Join(words, " ")
}

// same compares the words, up to the … if want ends in one.
func same(got, want string) bool {
	begin, open := strings.CutSuffix(want, "…")
	if open {
		return strings.HasPrefix(got, begin)
	}
	return got == want
}

func TestKindsAndDetails(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT Gra":                    "Grade function Grade(DOUBLE) → STRING",
		"SELECT gc":                     "gcd function GCD(<NUMERIC>)",
		"SELECT OF_":                    "OF_CATALOG function ",
		`\que`:                          `\queries command list`,
		"fun":                           "func keyword Go",
		"SELECT ${da":                   "day} variable 2026-01-01",
		"RESET 'table.dm":               "'table.dml-sync' setting boolean, default false: INSERT waits for its job",
		"SET 'table.dml-sync' = 'f":     "'false' value default",
		"SET table.exec.state.ttl = 10": "'10 s' value for example",
		"CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'p": "'path' option required, text",
		"CREATE TABLE t (a INT) WITH ('con":                           "'connector' option required: which connector",
		"CREATE TABLE t (a INT) WITH ('connector' = 'b":               "'blackhole' connector sink",
		"func F(s []string) int { return s":                           "s var []string",
		"func F() bool { return strings.Con":                          "Contains func Contains(s string, substr string) bool",
		"func F() int { return le":                                    "len func len(v T) int",
		`\cancel q1`:                                                  "q1 query SELECT",
		`\plot q1 it`:                                                 "item column utf8",
		"SELECT * FROM ord":                                           "Orders table ",
	} {
		candidates := Complete(text, len(text), testNames()).Candidates
		if len(candidates) == 0 {
			t.Errorf("%s: no candidates", text)
			continue
		}
		c := candidates[0]
		if got := fmt.Sprintf("%s %s %s", c.Text, c.Kind, c.Detail); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// manyNames returns the names of a large catalog.
func manyNames() Names {
	names := testNames()
	names.Tables = nil
	for i := range 5000 {
		names.Tables = append(names.Tables, fmt.Sprintf("table_%04d", i))
	}
	for i := range 400 {
		names.Functions = append(names.Functions, Entry{Name: fmt.Sprintf("function_%d", i)})
	}
	return names
}

// A key must not wait: the worst is every table of a large catalog.
func TestIsQuick(t *testing.T) {
	names := manyNames()
	text := "SELECT a, b, c FROM table_0001 AS x JOIN "
	best := time.Hour
	for range 20 {
		begun := time.Now()
		if n := len(Complete(text, len(text), names).Candidates); n != 5000 {
			t.Fatalf("%d candidates", n)
		}
		best = min(best, time.Since(begun))
	}
	if best > 10*time.Millisecond { // far below without other load, see the benchmark
		t.Errorf("took %v at best", best)
	}
}

func BenchmarkComplete(b *testing.B) {
	names := manyNames()
	for name, text := range map[string]string{
		"AllTables": "SELECT a, b, c FROM table_0001 AS x JOIN ",
		"OneTable":  "SELECT a, b, c FROM table_0001 AS x JOIN table_4999",
		"Function":  "SELECT a, fun",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Complete(text, len(text), names)
			}
		})
	}
}

func FuzzComplete(f *testing.F) {
	for _, seed := range []string{"", "SELECT ", "select * from a.`b", "SET 'x", "var x = `", "EXECUTE STATEMENT SET BEGIN ", "-- ", "${", "(((", "a.b.c.", "\\q;", `\save q1 `,
		"CREATE TABLE t (a INT) WITH ('connector' = 'queue', 'value.format' = 'json', ", "ADD JAR '~/"} {
		f.Add(seed, len(seed))
	}
	names := testNames()
	f.Fuzz(func(t *testing.T, text string, cursor int) {
		span := Complete(text, cursor, names).Span
		if end := min(max(cursor, 0), len(text)); span.End != end || span.Start < 0 || span.Start > end {
			t.Fatalf("%q at %d: span %v", text, cursor, span)
		}
	})
}
