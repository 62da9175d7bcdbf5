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
			{"<>", ""}, {"Grade", "Grade(DOUBLE) → STRING"}, {"gcd", ""}, {"greatest", ""}, {"$INTERNAL$1", ""}, {"upper", ""},
		},
		Commands: []Entry{{`\cancel`, "end a query"}, {`\queries`, "list"}, {"quit", "leave"}, {`\quit`, "leave"}},
		Columns: map[string][]Entry{
			"trades": {{"id", "BIGINT"}, {"item", "STRING"}, {"amount", "DECIMAL(10, 2)"}},
			"rates":  {{"id", "BIGINT"}, {"per cent", "DOUBLE"}, {"日付", "DATE"}},
		},
		Variables: []Entry{{"day", "2026-01-01"}, {"dozen", "12"}, {"name", "x"}},
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
		span, candidates := Complete(before+after, len(before), names)
		if got := shown(before, span, candidates); !same(got, strings.TrimSpace(want)) {
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

// same compares the words, as far as want goes if it ends in ….
func same(got, want string) bool {
	begin, open := strings.CutSuffix(want, "…")
	if open {
		return strings.HasPrefix(got, begin)
	}
	return got == want
}

func TestKindsAndDetails(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT Gra":        "Grade function Grade(DOUBLE) → STRING",
		`\que`:              `\queries command list`,
		"fun":               "func keyword Go",
		"SELECT ${da":       "day} variable 2026-01-01",
		"RESET 'table.dm":   "'table.dml-sync' setting INSERT waits for its job: 'true' or 'false'",
		"SELECT * FROM ord": "Orders table ",
	} {
		_, candidates := Complete(text, len(text), testNames())
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

// manyNames are those of a large catalog.
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
		if _, candidates := Complete(text, len(text), names); len(candidates) != 5000 {
			t.Fatalf("%d candidates", len(candidates))
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
	for _, seed := range []string{"", "SELECT ", "select * from a.`b", "SET 'x", "var x = `", "EXECUTE STATEMENT SET BEGIN ", "-- ", "${", "(((", "a.b.c.", "\\q;"} {
		f.Add(seed, len(seed))
	}
	names := testNames()
	f.Fuzz(func(t *testing.T, text string, cursor int) {
		span, _ := Complete(text, cursor, names)
		if end := min(max(cursor, 0), len(text)); span.End != end || span.Start < 0 || span.Start > end {
			t.Fatalf("%q at %d: span %v", text, cursor, span)
		}
	})
}
