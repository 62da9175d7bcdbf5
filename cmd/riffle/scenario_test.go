package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"riffle/session/sessiontest/sample"
)

const (
	up       = "\x1b[A"
	down     = "\x1b[B"
	left     = "\x1b[D"
	home     = "\x01"
	end      = "\x05"
	ctrlR    = "\x12"
	escape   = "\x1b"
	altEnter = "\x1b\r"
)

// paste returns what a terminal sends when a text is pasted.
func paste(text string) string { return "\x1b[200~" + text + "\x1b[201~" }

// What a user sees in one shell, part by part, each in a window of its own size. The numbers of
// queries and cells on the screens depend on the order.
func TestScreens(t *testing.T) {
	s := openShellOf(t, 80, 14, t.TempDir(), plain, "--pager", "off")
	s.await(prompt)
	for _, part := range []struct {
		name          string
		width, height int
		play          func(*screens)
	}{
		{"ctrlc", 80, 20, interrupting},
		{"hostile", 80, 14, hostileData},
		{"typing", 70, 18, typingMeanwhile},
		{"live", 100, 16, liveView},
		{"editor", 60, 16, editor},
		{"killed", 80, 14, killed},
	} {
		if !t.Run(part.name, func(t *testing.T) {
			of := recorded(t, s, part.name)
			of.resize(part.width, part.height)
			of.clears()
			part.play(of)
		}) {
			return // the state of the shell is unknown now
		}
	}
}

// A user pastes a script, recalls a long statement and changes it, and types text in scripts
// other than Latin.
func editor(s *screens) {
	s.shows("prompt", "riffle> █")

	var script strings.Builder
	for i := range 30 {
		if i < sample.Of(14, 0) { // whose results have left the screen
			script.WriteString("SET;\n")
		} else {
			fmt.Fprintf(&script, "SELECT %d AS n;\n", i+1)
		}
	}
	s.press(paste(strings.TrimSuffix(script.String(), "\n")))
	s.shows("30 statements pasted", "SELECT 30 AS n;█")
	s.press(enter)
	s.shows("30 statements run", `│ 30 │\n.*\n.*\nriffle> █`)

	// Lines have the indentation of the previous one.
	s.press("SELECT\r  a,\rb,\ra + b AS total,\rCASE\r  WHEN a > b THEN 'more'\rWHEN a < b THEN 'less'\r" +
		"ELSE 'same'\r\x7f\x7fEND AS what\r\x7f\x7fFROM (VALUES\r  (1, 2), (4, 3)\r\x7f\x7f) AS t(a, b);" + enter)
	s.shows("a statement of 12 lines", `2 rows`)
	s.press(ctrlP + strings.Repeat(up, 8) + end)
	s.shows("recalled, the cursor in its fourth line", `a \+ b AS total,█`)
	s.press(left + strings.Repeat("\x7f", 5) + "summe" + up + home + right + right + "a * 2 AS ")
	s.shows("changed in two lines", `a \* 2 AS █b,\n.*a \+ b AS summe,`)
	s.press("\x1b>" + enter)
	s.shows("run again", `summe`)

	s.press("SELECT '日本語のテキストは幅が二倍です、だから折り返しが難しい' AS 文字, '👩‍👩‍👧‍👦 é' AS family")
	s.shows("wide text wraps", `family█`)
	s.press(strings.Repeat(left, 40))
	s.shows("the cursor within it", `█`)
	s.press("\x7f👍🏽")
	s.shows("an emoji with a tone put in", `👍🏽█`)
	s.press(end + ";" + enter)
	s.shows("its result", `1 row`)
}

// The messages of a query in the background appear above the text that is being typed.
func typingMeanwhile(s *screens) {
	s.shows("prompt", "riffle> █")
	s.press("CREATE TABLE slow (id INT) WITH ('connector'='datagen','rows-per-second'='2','number-of-rows'='4'," +
		"'fields.id.kind'='sequence','fields.id.start'='1','fields.id.end'='4');" + enter)
	s.press("CREATE TABLE hole (id INT) WITH ('connector'='blackhole');" + enter)
	s.press(`func Say(n int32) int32 { fmt.Println("saw", n); return n }` + enter)
	s.press("INSERT INTO hole SELECT Say(id) FROM slow;" + enter)
	s.sees("runs in the background")
	s.press("SELECT 'half\rof a text")
	s.shows("typed while it runs", `finished .*\n.*SELECT 'half\n.*of a text█`)
	s.press("'" + left + left + up + " a" + down + "xx" + end + ";" + enter)
	s.shows("typed on and run", `1 row`)
}

// The live view keeps its table through every size of the window.
func liveView(s *screens) {
	s.shows("prompt", "riffle> █")
	s.press("CREATE TABLE few (id INT, a AS id * 1.5, b AS CONCAT('text ', CAST(id AS STRING)), c AS REPEAT('wide ', 8)) WITH (" +
		"'connector'='datagen','number-of-rows'='5','fields.id.kind'='sequence','fields.id.start'='1','fields.id.end'='5');" + enter)
	s.press("CREATE TABLE endless (id INT) WITH ('connector'='datagen','rows-per-second'='10');" + enter)
	s.press("SELECT id, a, b, c FROM few UNION ALL SELECT id, 1, 'x', 'y' FROM endless WHERE id IS NULL;" + enter)
	s.shows("running", `5 rows · # in`)
	s.resize(40, 16)
	s.shows("narrow", `wide …`)
	s.resize(300, 16)
	s.shows("wide", `wide wide wide wide wide wide wide wide`)
	s.resize(60, 8)
	s.shows("low", `text 5`)
	s.press(up + enter)
	s.shows("one row", `row \d of 5`)
	s.press(enter + "s")
	s.shows("sorted", `id ▲`)
	s.resize(100, 16)
	s.press("fb ~ [135]" + enter)
	s.shows("filtered", `filter: b ~ \[135\]`)
	s.press("q")
	s.shows("left", `interrupted\)\nriffle> █`)
}

// The contents of rows and names are shown, and never executed by the terminal.
func hostileData(s *screens) {
	s.shows("prompt", "riffle> █")
	s.press(`CREATE VIEW hostile AS SELECT U&'clear \001b[2J\001b[H' AS a, U&'title \001b]0;owned\0007' AS b, U&'back\0008\0008 \009b31m' AS c, U&'\202e right' AS d;` + enter)
	s.sees("OK")
	s.clears()
	s.press("SELECT * FROM hostile;" + enter)
	s.shows("a result", `1 row`)
	s.press("CREATE TABLE forever (id INT) WITH ('connector'='datagen','rows-per-second'='10');" + enter)
	s.sees("OK")
	s.clears()
	s.press("SELECT hostile.* FROM hostile LEFT JOIN (SELECT id FROM forever WHERE id IS NULL) ON TRUE;" + enter)
	s.shows("the live view", `1 row · `)
	s.press("q")
	s.sees("interrupted")
	s.clears()
	s.press(`SELECT * FROM nowhere\x1b;` + enter)
	s.shows("an error", `nowhere`)
}

// Ctrl-C ends whatever is in progress, but never the shell.
func interrupting(s *screens) {
	script := filepath.Join(s.t.TempDir(), "script.sql")
	if err := os.WriteFile(script, []byte("SELECT 1 AS head;\nSELECT COUNT(*) > 0 AS many FROM endless;\nSELECT 2 AS tail;\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.press("SELECT 1;" + enter)
	s.sees("Flink is starting")
	s.press(ctrlC)
	s.shows("while Flink starts", `interrupted\n(.*\n)?riffle> █`)
	s.clears()

	s.press("SELECT 'two\rlines")
	s.sees("lines")
	s.press(ctrlC)
	s.press("SHOW CREATE \t")
	s.sees("CATALOG")
	s.press(ctrlC)
	s.press(ctrlR + "two")
	s.sees("two")
	s.press(ctrlC)
	s.shows("at the prompt", `riffle> █`)
	s.clears()

	s.press("CREATE TABLE endless (id INT) WITH ('connector'='datagen','rows-per-second'='10');" + enter)
	s.sees("OK")
	s.clears()
	s.press("SELECT id FROM endless WHERE id IS NULL;" + enter)
	s.sees("running")
	s.press(ctrlC)
	s.sees("interrupted")
	s.shows("before a first row", `interrupted\)\nriffle> █`)
	s.clears()

	s.press("SELECT 1 AS a, COUNT(*) > 0 AS any_row FROM endless;" + enter)
	s.sees("any_row *│")
	s.press(right + "fa = ")
	s.sees("a = ")
	s.press(ctrlC)
	s.shows("in a line that is typed in the live view, which alone it ends", `changes · 1 row · .*\? keys█`)
	s.press("?")
	s.sees("table, changelog, log")
	s.press(ctrlC)
	s.shows("in the help of the live view", `interrupted\)\nriffle> █`)
	s.clears()

	s.press("SET 'table.dml-sync' = 'true'; CREATE TABLE hole (id INT) WITH ('connector'='blackhole');" + enter)
	s.sees("OK[^O]*OK")
	s.clears()
	s.press("INSERT INTO hole SELECT id FROM endless;" + enter)
	s.sees("running")
	s.press(ctrlC)
	s.shows("while an INSERT is waited for", `riffle> █`)
	s.clears()

	s.press(`\i ` + script + enter)
	s.sees("many *│")
	s.press(ctrlC)
	s.shows("in a query of a script, which ends with it", `not run\nriffle> █`)
	s.clears()
	s.press(`\i ` + script + enter)
	s.sees("many *│")
	s.press("q")
	s.sees("tail")
	s.shows("the key q instead, which ends the query alone", `1 row, .*\nriffle> █`)
	s.clears()

	s.press("SELECT 7 AS seven;" + enter)
	s.sees("1 row")
	s.clears()
	s.press(`\watch 60` + enter)
	s.sees("every 60 s")
	s.press(ctrlC)
	s.shows("in a watch", `interrupted\nriffle> █`)
	s.clears()

	s.press(ctrlC + ctrlC + ctrlC + "SELECT 'still here' AS shell;" + enter)
	s.shows("and at last", `still here`)
	s.press("DROP TABLE endless; DROP TABLE hole; RESET 'table.dml-sync';" + enter)
	s.sees("(OK[^O]*){3}")
}

// A shell that is killed in the middle of a query.
func killed(s *screens) {
	s.shows("prompt", "riffle> █")
	s.press("SELECT Say(id) AS said FROM endless;" + enter)
	s.sees(`said *│\n.*\n│ +\d`) // a row, so that the function runs
	s.isKilled()
}
