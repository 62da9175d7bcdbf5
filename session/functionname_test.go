package session_test

import (
	"slices"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

// refusal returns the error with which a text is rejected.
func refusal(t *testing.T, text string) string {
	t.Helper()
	_, err := execute(t, text, query.Lossless)
	if err == nil {
		t.Fatalf("%s: was taken", text)
	}
	return session.Explain(err)
}

func TestFunctionsWhoseNamesSQLHas(t *testing.T) {
	for text, want := range map[string]string{
		"func Count(s string) int64 { return 1 }":         "a function named Count would break Flink's aggregate function COUNT",
		"func Trim(s string) string { return s }":         "SQL takes Trim(…) for Flink's TRIM and would never call a function of that name",
		"func Cast(s string) string { return s }":         "a function named Cast would break Flink's CAST",
		"func Coalesce(a, b string) string { return a }":  "for which Flink calls COALESCE",
		"func Plus(a, b int64) int64 { return a }":        "for which Flink itself calls PLUS",
		"CREATE TEMPORARY SYSTEM FUNCTION `Max` AS 'x.Y'": "a function named Max would break Flink's aggregate function MAX",
		"CREATE FUNCTION `Upper` AS 'x.Y'":                "SQL takes Upper(…) for Flink's UPPER",
	} {
		said := refusal(t, text)
		if !strings.Contains(said, want) || !strings.Contains(said, "\nname it ") || !strings.Contains(said, "^^^") {
			t.Errorf("%s: says %s", text, said)
		}
	}
	// The cell is refused as a whole.
	refusal(t, "func Beside(n int64) int64 { return n }; func Sum(n int64) int64 { return n }")
	if said := refusal(t, "SELECT Beside(1)"); !strings.Contains(said, "there is no function Beside") {
		t.Errorf("a function of a refused cell: %s", said)
	}
	// Each name is rejected, the first in the cell first.
	said := refusal(t, "func Max(n int64) int64 { return n }\nfunc Fine(n int64) int64 { return n }\nfunc Cast(n int64) int64 { return n }")
	if want := "3:6: a function named Cast would break Flink's CAST, which is more than a function; name it GoCast"; !strings.Contains(said, "1:6: a function named Max would") ||
		!strings.Contains(said, "\nname it GoMax\n") || !strings.HasSuffix(said, want) {
		t.Errorf("two names: %s", said)
	}
	got := sessiontest.Drain(t, run(t, "SELECT COUNT(*), MAX(v), SUM(v), TRIM(' x ') FROM (VALUES (1), (2)) AS t(v) GROUP BY TRUE").Events)
	if last := got.Table[len(got.Table)-1]; last != "2 2 3 x" {
		t.Errorf("built-in functions give %q", got.Table)
	}
	// Whatever its arguments are, a name is read alike.
	if reply := run(t, "type Spot struct{ X, Y int64 }\nfunc Norm(s Spot, all []Spot, by map[string]Spot) int64 { return s.X }"); !strings.Contains(reply.Message, "Norm(ROW<") {
		t.Errorf("says %q", reply.Message)
	}
	if said := refusal(t, "func Some(s []string) string { return `` }"); !strings.Contains(said, "Some(…) is syntax of SQL's own") {
		t.Errorf("says %s", said)
	}
	run(t, "DROP FUNCTION Norm")
	for range 2 { // the answer is kept
		if reply := run(t, "func Sinh(x float64) float64 { return 5 }"); reply.Message != "Sinh(DOUBLE) → DOUBLE; replaces Flink's SINH" {
			t.Errorf("says %q", reply.Message)
		}
	}
	run(t, "DROP FUNCTION sinh")
	if got := sessiontest.Drain(t, run(t, "SELECT SINH(0.0e0)").Events); !slices.Equal(got.Table, []string{"0"}) {
		t.Errorf("SINH gives %q once nothing replaces it", got.Table)
	}
}

func TestDroppedFunctionStaysDropped(t *testing.T) {
	for _, drop := range sample.Every(2, []string{
		"DROP FUNCTION Gone", "drop function if exists gone", "DROP TEMPORARY FUNCTION `GONE`",
		"DROP TEMPORARY SYSTEM FUNCTION Gone", "DROP TEMPORARY SYSTEM FUNCTION IF EXISTS `gone`",
	}) {
		run(t, "func Gone(n int64) int64 { return n }")
		run(t, drop)
		run(t, "func After(n int64) int64 { return n }")
		if said := refusal(t, "SELECT Gone(1)"); !strings.Contains(said, "there is no function Gone") {
			t.Errorf("after %s: %s", drop, said)
		}
	}
	run(t, "func Needed(n int64) int64 { return n }; func Needing(n int64) int64 { return Needed(n) }")
	if said := refusal(t, "DROP FUNCTION Needed"); !strings.Contains(said, "the Go code of Needing uses Needed\n") || !strings.Contains(said, "declare Needing without Needed first") {
		t.Errorf("says %s", said)
	}
	if said := refusal(t, "DROP FUNCTION default_catalog.default_database.Needed"); !strings.Contains(said, "DROP FUNCTION Needed drops the Go function") {
		t.Errorf("says %s", said)
	}
	run(t, "DROP FUNCTION Needing")
	run(t, "DROP FUNCTION Needed")
}

func TestHelpersAreNoFunctions(t *testing.T) {
	reply := run(t, "func upside(s string) string { return s }")
	if want := "Go helper upside: SQL calls exported functions only, such as func Upside"; reply.Message != want {
		t.Errorf("says %q, want %q", reply.Message, want)
	}
	if said := refusal(t, "SELECT upside('x')"); !strings.Contains(said, "upside is a Go helper: SQL can only call exported functions") || !strings.HasSuffix(said, "declare it as func Upside") {
		t.Errorf("says %s", said)
	}
}

func TestQueriesKeepTheirFunctions(t *testing.T) {
	run(t, `CREATE TEMPORARY TABLE tierless (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1');
		CREATE TEMPORARY TABLE hole (id BIGINT) WITH ('connector' = 'blackhole');
		func Tier(n int64) int64 { return n }`)
	run(t, "CREATE TEMPORARY VIEW tiers AS SELECT Tier(id) AS tier FROM tierless")
	shown := run(t, "SELECT Tier(id) AS tier, COUNT(*) AS n FROM tierless GROUP BY Tier(id)")
	defer shown.Events.Close()
	id := shown.Query.ID()
	if said := run(t, "func Tier(n int64) int64 { return n + 1 }").Message; said != "Tier(BIGINT) → BIGINT; "+id+" still runs the old one" {
		t.Errorf("says %q", said)
	}
	if err := shown.Query.Cancel(t.Context()); err != nil {
		t.Error(err)
	}
	sessiontest.Drain(t, shown.Events)
	reply := run(t, "INSERT INTO hole SELECT tier FROM tiers")
	id = reply.Query.ID()
	if said := run(t, "func Tier(n int64) int64 { return n + 2 }").Message; said != "Tier(BIGINT) → BIGINT; "+id+" still runs the old one" {
		t.Errorf("says %q", said)
	}
	if said := run(t, "DROP FUNCTION Tier").Message; said != "OK; "+id+" still runs it" {
		t.Errorf("says %q", said)
	}
	if err := reply.Query.Cancel(t.Context()); err != nil {
		t.Error(err)
	}
	sessiontest.Drain(t, reply.Events)
	run(t, "DROP TEMPORARY VIEW tiers; DROP TEMPORARY TABLE tierless; DROP TEMPORARY TABLE hole")
}
