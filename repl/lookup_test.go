package repl_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Converted notebooks, a long script and what scripts do with jars, in one session.
func TestScriptsAndJars(t *testing.T) {
	dir := t.TempDir()
	buildShelf(t, filepath.Join(dir, "shelf.jar"))
	l := newLab(t, dir)
	t.Run("converted notebooks", func(t *testing.T) { convertedNotebooks(t, l.session) })
	t.Run("generated script", func(t *testing.T) { generatedScript(t, l) })
	if said, err := l.run("RESET;"); err != nil {
		t.Fatal(said)
	}
	t.Run("completion knows the jars", func(t *testing.T) { completionKnowsTheJars(t, l) })
	t.Run("functions in lookup joins", func(t *testing.T) { functionsInLookupJoins(t, l) })
}

// A lookup join cannot call Go functions on the table that it looks up. The statement that the
// hint suggests returns the intended rows.
func functionsInLookupJoins(t *testing.T, l *lab) {
	if said, err := l.run(`ADD JAR '${dir}/shelf.jar';
func Half(n int32) int32 { return n / 2 }
func Short(s string) string { return strings.TrimPrefix(s, "number ") }
CREATE TABLE odd (id INT, name STRING) WITH ('connector' = 'shelf-lookup');
CREATE TABLE asked (id INT, proc AS PROCTIME()) WITH ('connector' = 'datagen', 'number-of-rows' = '6',
	'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '6')`); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	const join = " JOIN odd FOR SYSTEM_TIME AS OF a.proc AS o ON o.id = "
	for _, c := range []struct{ asked, refused, hint, instead, want string }{
		{"the key, by the left table", "SELECT a.id, o.name FROM asked AS a" + join + "Half(a.id)", "",
			"", "2,number 1|3,number 1|6,number 3"},
		{"its column", "SELECT a.id, o.name FROM asked AS a" + join + "a.id AND Half(o.id) > 0", "LEFT JOIN the table and keep the call in WHERE",
			"SELECT a.id, o.name FROM asked AS a LEFT" + join + "a.id WHERE Half(o.id) > 0", "3,number 3|5,number 5"},
		{"a column of the left table", "SELECT a.id, o.name FROM asked AS a" + join + "a.id WHERE Half(a.id) > 1", "FROM (SELECT *, Half(…) AS k FROM …) AS t JOIN … WHERE t.k",
			"SELECT a.id, o.name FROM (SELECT *, Half(id) > 1 AS k FROM asked) AS a" + join + "a.id WHERE a.k", "5,number 5"},
		{"its column, LEFT", "SELECT a.id, o.name FROM asked AS a LEFT" + join + "a.id AND Short(o.name) = '5'", "select CASE WHEN Short(…) THEN r.c END",
			"SELECT a.id, CASE WHEN Short(o.name) = '5' THEN o.name END AS name FROM asked AS a LEFT" + join + "a.id", "1,|2,|3,|4,|5,number 5|6,"},
		{"a column of the left table, LEFT", "SELECT a.id, o.name FROM asked AS a LEFT" + join + "a.id AND Half(a.id) > 1", "and use t.k instead of the call",
			"SELECT a.id, o.name FROM (SELECT *, Half(id) > 1 AS k FROM asked) AS a LEFT" + join + "a.id AND a.k", "1,|2,|3,|4,|5,number 5|6,"},
	} {
		said, err := l.run(c.refused)
		if c.instead == "" {
			c.instead = c.refused
		} else if err == nil || !strings.Contains(said, "cannot be called in ") || !strings.Contains(said, c.hint) {
			t.Errorf("%s: %v\n%s", c.asked, err, said)
		}
		said, err = l.run(`\format csv` + "\n" + c.instead)
		_, rows, _ := strings.Cut(said, "id,name\n")
		lines := slices.Sorted(strings.SplitSeq(strings.TrimSpace(rows), "\n"))
		if got := strings.Join(lines, "|"); err != nil || got != c.want {
			t.Errorf("%s: %s gives %s, %v", c.asked, c.instead, said, err)
		}
	}
}
