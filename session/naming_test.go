package session_test

import (
	"fmt"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
)

// numberOf returns the number of a query.
func numberOf(t *testing.T, q *query.Query) (n int) {
	t.Helper()
	if _, err := fmt.Sscanf(q.Number(), "q%d", &n); err != nil {
		t.Fatalf("%s: %v", q.Number(), err)
	}
	return n
}

// Only what runs is numbered: not what riffle itself asks Flink, nor statements that run
// nothing or fail.
func TestOnlyWhatRunsIsNumbered(t *testing.T) {
	defer run(t, "RESET 'table.dml-sync'; DROP TEMPORARY TABLE unnumbered")
	first := run(t, "SELECT 1")
	sessiontest.Drain(t, first.Events)
	for _, text := range []string{
		"CREATE TEMPORARY TABLE unnumbered (n INT) WITH ('connector' = 'blackhole')",
		"SHOW TABLES", "DESCRIBE unnumbered", "EXPLAIN SELECT 1", "SET", "SET 'table.dml-sync' = 'true'",
		"BEGIN STATEMENT SET", "INSERT INTO unnumbered VALUES (1)",
	} {
		if reply := run(t, text); reply.Query != nil {
			if id := reply.Query.ID(); id[0] == 'q' {
				t.Errorf("%s is %s", text, id)
			}
			sessiontest.Drain(t, reply.Events)
		}
	}
	set := run(t, "END")
	sessiontest.Drain(t, set.Events)
	if _, err := execute(t, "SELECT nope", query.Lossless); err == nil {
		t.Error("selects what is not there")
	}
	shared.Complete("SELECT * FROM unnumb", 20, nil)
	last := run(t, "SELECT 2")
	sessiontest.Drain(t, last.Events)
	if n := numberOf(t, first.Query); numberOf(t, set.Query) != n+1 || numberOf(t, last.Query) != n+2 {
		t.Errorf("%s, %s, %s", first.Query.Number(), set.Query.Number(), last.Query.Number())
	}
}

func runNamed(t *testing.T, name, text string) session.Reply {
	t.Helper()
	st := shared.Cell(text).Statements()[0]
	st.Name = name
	reply, err := shared.Execute(t.Context(), st, query.Lossless)
	if err != nil {
		t.Fatal(session.Explain(err))
	}
	return reply
}

// A name belongs to one query at a time, the one that was named last. A query with a name keeps
// its table.
func TestNamesOfQueries(t *testing.T) {
	defer run(t, "DROP TEMPORARY TABLE endless")
	run(t, "CREATE TEMPORARY TABLE endless (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10')")
	first := runNamed(t, "totals", "SELECT id FROM endless")
	number := first.Query.Number()
	if first.Note != "" || first.Query.ID() != "totals" {
		t.Errorf("%q is %s", first.Note, first.Query.ID())
	}
	for _, word := range []string{"totals", number} {
		if q, ok := shared.Query(word); !ok || q != first.Query {
			t.Errorf("%s is %v", word, q)
		}
	}
	second := runNamed(t, "totals", "SELECT 7 AS seven")
	if want := "totals is this query from now on: the one that was is " + number + ", and still runs"; second.Note != want {
		t.Errorf("says %q", second.Note)
	}
	if q, ok := shared.Query(number); !ok || q.ID() != number {
		t.Errorf("%s is %v", number, q)
	}
	sessiontest.Drain(t, second.Events)
	shared.Keep(second.Query)
	third := run(t, "SELECT 8")
	shared.Keep(third.Query)
	sessiontest.Drain(t, third.Events)
	kept, ok := shared.Result("totals")
	if !ok || kept != second.Query {
		t.Fatalf("totals is %v", kept)
	}
	if table, ok := kept.Table(); !ok || table.Rows() != 1 {
		t.Error("the table of totals is gone")
	} else {
		table.Release()
	}
	if end, ok := shared.Outcome("totals"); !ok || end.State != query.Finished || end.Rows != 1 {
		t.Errorf("%+v, %v", end, ok)
	}
	if loser, err := shared.Name(first.Query, "totals"); err != nil || loser != nil { // it has ended
		t.Errorf("%v, %v", loser, err)
	}
	if _, ok := second.Query.Table(); ok {
		t.Error("a table that nothing can ask for is kept")
	}
	if err := first.Query.Cancel(t.Context()); err != nil {
		t.Error(err)
	}
	sessiontest.Drain(t, first.Events)
}

func TestNamesThatNoQueryCanHave(t *testing.T) {
	for _, name := range []string{"q3", "r1", "all", "a b", "a=b", "3x", "-x", "ä"} {
		if err := session.CheckQueryName(name); err == nil || !strings.Contains(err.Error(), "a query cannot be called") {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := session.CheckQueryName(""); err == nil || !strings.HasPrefix(err.Error(), "the name for the query is missing") {
		t.Errorf("no name: %v", err)
	}
	for _, name := range []string{"totals", "q", "Q3", "_x", "top-10", "q3a"} {
		if err := session.CheckQueryName(name); err != nil {
			t.Error(err)
		}
	}
}
