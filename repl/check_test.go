package repl

import (
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/sqltext"
)

const recordedScript = `-- a script
SELECT 1 AS a; SELECT 2
  AS b
;
--> ┌───┐
--> │ a │
-->
--> OK

func F() int {
	return 1
}
--> F() → INT
\echo done`

func TestScriptIsTakenApartAndPutTogether(t *testing.T) {
	s := readScript(recordedScript)
	if strings.Contains(s.plain, recordMark) || len(s.records) != 2 || s.records[3] != "┌───┐\n│ a │\n\nOK\n" {
		t.Fatalf("%q, %v", s.plain, s.records)
	}
	if got := s.record(s.records); got != recordedScript+"\n" {
		t.Errorf("got\n%s\nwant\n%s", got, recordedScript)
	}
	var ends []int
	for _, st := range (session.Cell{Text: s.plain}).Statements() {
		ends = append(ends, s.numbers[strings.Count(s.plain[:endOf(st)], "\n")])
	}
	if len(ends) != 4 || ends[0] != 2 || ends[1] != 4 || ends[2] != 12 || ends[3] != 14 {
		t.Errorf("statements end in the lines %v", ends)
	}
}

func TestStatementEndsBehindItsSemicolon(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1 -- one\n; SELECT 2": "SELECT 1 -- one\n;",
		"SELECT 1 & -- one\nSELECT 2": "SELECT 1 &",
		"quit ; SELECT 2":             "quit ;",
		"\\dt ;\nSELECT 2":            "\\dt ;",
		"var i = 1 /* i */ ;\nquit":   "var i = 1 /* i */ ;",
		"SELECT 1 /* one */":          "SELECT 1",
		"quit\n\\dt ;":                "quit",
	} {
		st := session.Cell{Text: text}.Statements()[0]
		if got := text[st.Span.Start:endOf(st)]; got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestUnstablePartsAreLeftOut(t *testing.T) {
	for text, want := range map[string]string{
		"OK (0.12 s)\nq3 finished (12.0 s)\n":           "OK\nq3 finished\n",
		"(3 rows, 0.21 s)":                              "(3 rows)",
		"q2: job 0123456789abcdef0123456789abcdef runs": "q2: job … runs",
		"a  \nb\t\n": "a\nb\n",
		"kept (0.12 s) here, and 0123456789abcdef0123456789abcde": "kept (0.12 s) here, and 0123456789abcdef0123456789abcde",
	} {
		if got := stable(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestOnlySortedRowsHaveAnOrder(t *testing.T) {
	for text, want := range map[string]bool{
		"SELECT a FROM t":          false,
		"-- all\nselect a from t;": false,
		"VALUES 1, 2":              false,
		"WITH x AS (SELECT 1 AS a ORDER BY a) SELECT * FROM x": false,
		"SELECT ROW_NUMBER() OVER (ORDER BY a) FROM t":         false,
		"SELECT a FROM t ORDER BY a":                           true,
		"SHOW TABLES":                                          true,
		"EXPLAIN SELECT 1":                                     true,
		`\explain SELECT 1`:                                    true,
		"func F() int { return 1 }":                            true,
		"(SELECT 1 AS a UNION ALL SELECT 2) ORDER BY a":        true,
	} {
		if got := isOrdered(sqltext.NewLexed(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	if !sameLines("a\nb\n", "b\na\n") || sameLines("a\na\nb\n", "a\nb\nb\n") || sameLines("a\n", "a\na\n") {
		t.Error("lines are compared wrongly")
	}
}

func TestLostTailIsFound(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1;\n--> 1\nSELECT 'doesn;\n":                       "f.sql:3:8: string is never closed: ' is missing",
		"SELECT 1;\n/* never\nSELECT 2;\n":                         "f.sql:2:1: comment is never closed: */ is missing",
		"SELECT 1;\n SELECT 2 /* never\n;\n":                       "f.sql:2:11: comment is never closed: */ is missing",
		"SELECT 1;\nfunc F() int {\n return 1\n":                   "f.sql:2:1: the Go declaration is never closed",
		"EXECUTE STATEMENT SET BEGIN\nINSERT INTO t SELECT 1;\n":   "f.sql:1:1: END; is missing: the statement set has not run",
		"EXPLAIN STATEMENT SET BEGIN\nINSERT INTO t SELECT 1;\n\n": "f.sql:1:1: END; is missing: the statement set has not run",
		"SELECT 1;\nSELECT 2\n\n":                                  "",
		"SELECT 1; -- it's\nfunc F() int { return 1 }\n":           "",
	} {
		s := readScript(text)
		got := ""
		if err := s.lostTail(session.Cell{Text: s.plain, Name: "f.sql"}); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
