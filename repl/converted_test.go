package repl_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"riffle/repl"
	"riffle/session"
	"riffle/session/query"
)

// rowsOfConverted is the output of the cells of testdata/converted.ipynb.
const rowsOfConverted = `loud
BO!
ADA; THE FIRST!
a
1
b
2
a
1
view name
people
shown
2
late
1
2
3
4
5
6
7
8
9
tick
1
2
almost
`

// saidOfConverted is the other output, without times.
const saidOfConverted = `OK
Shout(STRING) → STRING
took …
took …
%plot has no effect in a script, only in: shell, notebooks
people?: works in notebooks only; use \d NAME or \help NAME
OK
OK
statement set: add INSERT statements, then END
statement 1 of the set
statement 2 of the set
q# finished (…)
q# runs in the background until the script ends
q# runs in the background until the script ends
OK
OK
q#: ended by %%wait rows=2 after 2 rows
`

var timesAndNumbers = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`\([0-9.]+ s\)`), "(…)"},
	{regexp.MustCompile(`took [0-9a-z.]+`), "took …"},
	{regexp.MustCompile(`(?m)^q[0-9]+`), "q#"},
}

// A script that nbconvert has made of a notebook has the effects of the notebook: statements
// end where cells did, and magics do what they can do in a script.
func convertedNotebooks(t *testing.T, s *session.Session) {
	const behind = "\n  SELECT FROM people\n         ^^^^\nsomething is missing before it\n"
	for file, where := range map[string]string{"converted.sql": ":69:8", "converted.ipynb": "[22]:1:8"} {
		path := filepath.Join("testdata", file)
		said := saidOfConverted + path + where + ": unexpected FROM" + behind
		rows := rowsOfConverted
		if file == "converted.ipynb" { // there the cell's end is known
			rows = strings.Replace(rows, "shown\n2\n", "", 1)
			said = strings.Replace(said, "took …\ntook …\n", "took …\n", 1) // of the cell, as in Jupyter
			said = strings.Replace(said, "q# runs in", "q# runs in the background until the script ends\nq# runs in", 1)
		}
		cells, err := session.ReadCells(path)
		if err != nil {
			t.Fatal(err)
		}
		out, text := scripted(t, s, cells...)
		for _, u := range timesAndNumbers {
			text = u.pattern.ReplaceAllString(text, u.with)
		}
		if out != rows || text != said {
			t.Errorf("%s prints\n%s\nand says\n%s\nwant\n%s\nand\n%s", file, out, text, rows, said)
		}
		scripted(t, s, session.Cell{Text: "DROP TEMPORARY VIEW people; DROP TABLE hole; DROP TABLE ticks; RESET;"})
	}

	t.Run("check", func(t *testing.T) { checkConverted(t, s) })
	t.Run("broken", func(t *testing.T) { brokenParagraphs(t, s) })
	t.Run("bounds", func(t *testing.T) { boundsOfCells(t, s) })
	t.Run("plans", func(t *testing.T) { plansOfQueries(t, s) })
}

// scripted runs cells as scripts, up to the first that fails, and returns the rows and the
// other output.
func scripted(t *testing.T, s *session.Session, cells ...session.Cell) (rows, said string) {
	t.Helper()
	dir := t.TempDir()
	var files [2]*os.File
	for i := range files {
		var err error
		if files[i], err = os.Create(filepath.Join(dir, strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
		defer files[i].Close()
	}
	script := repl.NewScript(repl.NewConsole(os.Stdin, files[0], files[1]), s, repl.Options{Format: "csv"}, nil)
	for _, cell := range cells {
		if err := script.Run(t.Context(), cell); err != nil {
			repl.Report(files[1], err)
			break
		}
	}
	script.End()
	var texts [2]string
	for i, file := range files {
		text, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	return texts[0], texts[1]
}

// riffle check records the output of each cell after it.
func checkConverted(t *testing.T, s *session.Session) {
	const text = "SELECT 1 AS a\n\nSELECT 2 AS b -- c\n\nfunc Two() int64 {\n\treturn 2\n}\n\n%echo done\n\n%name unused\n"
	const recorded = "SELECT 1 AS a\n--> a\n--> 1\n\nSELECT 2 AS b -- c\n--> b\n--> 2\n\nfunc Two() int64 {\n\treturn 2\n}\n" +
		"--> Two() → BIGINT\n\n%echo done\n--> done\n\n%name unused\n--> the name unused was not used: no query follows it\n"
	for _, script := range []string{text, recorded} {
		found, err := repl.Check{Session: s, Options: repl.Options{Format: "csv"}}.Run(t.Context(), session.Cell{Text: script, Name: "c.sql"})
		if err != nil || found.Text != recorded || found.Statements != 5 {
			t.Errorf("%v, %d statements:\n%s", err, found.Statements, found.Text)
		}
	}
}

// A text that is not a sequence of statements is rejected as a whole, up to its semicolon.
func brokenParagraphs(t *testing.T, s *session.Session) {
	for text, want := range map[string]string{
		"CREATE TABLE gone (id INT)\n\nWHERE id = 1":                         "b.sql:3:1: unexpected WHERE",
		"VALUES (1)\n\nORDER BY 1\n\nDESC LIMITT 2;":                         "b.sql:5:6: unexpected LIMITT",
		"SELECT 1 FROM\n\nSELECT 2":                                          "b.sql:3:1: unexpected SELECT",
		"SELECT '${none}'\n\nSELECT 2;":                                      "b.sql:1:9: there is no variable none",
		"CREATE TABLE gone (id INT)\n\nWITH ('connector' 'blackhole')\n;":    "b.sql:3:30: unexpected )",
		"SHOW CATALOGS\n\nSELECT 1\n  FROM\nnone -- c\n\nSHOW TABLES;":       "b.sql:5:1: ",
		"SHOW CATALOGS\n\nSELECT \"a\"\n\nSELECT 'never closed\n\nSELECT 2;": "b.sql:3:8: Flink SQL has no double quotes",
	} {
		if _, got := scripted(t, s, session.Cell{Text: text, Name: "b.sql"}); !strings.Contains(got, want) {
			t.Errorf("%s:\n%s\nwant %s", text, got, want)
		}
		if strings.Contains(text, "gone") {
			reply, err := s.Execute(t.Context(), session.Cell{Text: "DROP TABLE gone"}.Statements()[0], query.ProgressOnly)
			if err == nil {
				t.Errorf("%s: the table was made: %s", text, reply.Message)
			}
		}
	}
}

// A streaming query is followed for as long as the cell's magic, or the setting, specifies.
func boundsOfCells(t *testing.T, s *session.Session) {
	const stream = "CREATE TEMPORARY TABLE endless (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '50');\n"
	for text, want := range map[string]string{
		"%%wait rows=3 then=background\nSELECT id FROM endless\n\n%cancel all":                                                                       "runs in the background until the script ends",
		"%%wait rows=100000 for=500ms\nSELECT id FROM endless":                                                                                       "of 100000 rows came in 500ms",
		"%%wait rows=100000 for=500ms else=fail\nSELECT id FROM endless":                                                                             "b.sql:4:1: q# of 100000 rows came in 500ms",
		"SET 'riffle.notebook.wait' = 'rows=2'\n\nSELECT id FROM endless;\nRESET":                                                                    "ended by riffle.notebook.wait rows=2",
		"CREATE TABLE sink WITH ('connector' = 'blackhole') LIKE endless (EXCLUDING ALL)\n\n%%wait rows=20\nINSERT INTO sink SELECT id FROM endless": "ended by %%wait rows=20 after",
		"%%wait rows=2 rows=3\nSELECT id FROM endless":                                                                                               "b.sql:3:15: rows= is given twice",
	} {
		_, said := scripted(t, s, session.Cell{Text: stream + "\n" + text, Name: "b.sql"})
		if got := regexp.MustCompile(`q\d+: \d+`).ReplaceAllString(said, "q#"); !strings.Contains(got, want) {
			t.Errorf("%s says\n%s\nwant %s", text, got, want)
		}
		scripted(t, s, session.Cell{Text: "DROP TEMPORARY TABLE endless"})
	}
}

// \explain of a query draws the plan of what Flink executed: for END the whole set, and with
// the variables' values at that time.
func plansOfQueries(t *testing.T, s *session.Session) {
	const text = `CREATE TEMPORARY TABLE ids (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1');
CREATE TEMPORARY TABLE hole1 WITH ('connector' = 'blackhole') LIKE ids (EXCLUDING ALL);
CREATE TEMPORARY TABLE hole2 (n BIGINT) WITH ('connector' = 'blackhole');
BEGIN STATEMENT SET;
INSERT INTO hole1 SELECT id FROM ids;
INSERT INTO hole2 SELECT COUNT(*) FROM ids;
%name job
END &
%set least 7
%name query
SELECT id FROM ids WHERE id > ${least} &
%unset least
`
	_, said := scripted(t, s, session.Cell{Text: text + "\\explain job\n\\explain query\n\\cancel all", Name: "p.sql"})
	for _, part := range []string{"hole1], fields=[id]\n└─ TableSourceScan ids [+I]", "hole2], fields=[EXPR$0]\n└─ GroupAggregate [+I +U]", "where=[>(id, 7)]"} {
		if !strings.Contains(said, part) {
			t.Errorf("there is no %s in\n%s", part, said)
		}
	}
}
