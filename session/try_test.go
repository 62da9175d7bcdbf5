package session_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/array"

	"riffle/render"
	"riffle/session"
	"riffle/session/gateway"
	"riffle/session/gateway/gatewaytest"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/trial"
)

const triedFunctions = `
func TryTruth(x bool) bool { return x }
func TryTiny(x int8) int8 { return x }
func TrySmall(x int16) int16 { return x }
func TryInt(x int32) int32 { return x }
func TryBig(x int64) int64 { return x }
func TryFloat(x float32) float32 { return x }
func TryDouble(x float64) float64 { return x }
func TryDecimal(x riffle.Decimal) riffle.Decimal { return x }
func TryScale(x riffle.Decimal) int { return x.Scale() }
//riffle:result DECIMAL(10, 2)
func TryMoney(x riffle.Decimal) riffle.Decimal { return x.Round(2) }
func TryText(x string) string { return x }
func TryBytes(x []byte) []byte { return x }
func TryDate(x riffle.Date) riffle.Date { return x }
func TryTime(x riffle.Time) riffle.Time { return x }
func TryCivil(x riffle.DateTime) riffle.DateTime { return x }
func TryInstant(x time.Time) time.Time { return x }
func TryShown(x time.Time) string { return x.Format("2006-01-02 15:04:05.000 -0700") }
func TryList(x []*int64) []*int64 { return x }
func TryMap(x map[string]*riffle.Decimal) map[string]*riffle.Decimal { return x }
type tryRow struct { At *time.Time; Amounts []riffle.Decimal; Name *string }
func TryRow(x tryRow) tryRow { return x }
func TryMaybe(x *int64) *int64 { return x }
func TryCalled(x *string, y string) string { return "called" }
func TryLen(x []byte) int64 { return int64(len(x)) }
func TryFail(x string) (string, error) { return x, fmt.Errorf("%q is not an amount", x) }
func TryPanic(x []int64) int64 { return x[7] }
`

// tryText returns the result of a call as text, as a shell shows it.
func tryText(t *testing.T, s *session.Session, call string) (string, error) {
	t.Helper()
	tried, err := s.Try(t.Context(), call)
	if err != nil {
		return "", err
	}
	defer tried.Release()
	if tried.Results.Len() != 1 {
		t.Errorf("%s has %d results", call, tried.Results.Len())
	}
	cell, err := render.CellOf(tried.Field, tried.Location)
	if err != nil {
		t.Fatalf("%s: %v", call, err)
	}
	return string(cell(nil, tried.Results, 0)), nil
}

// A call gives what it gives in a query, whatever the types are.
func TestTriedCallsAreThoseOfQueries(t *testing.T) {
	declare(t)
	defer run(t, "RESET")
	run(t, "SET 'execution.runtime-mode' = 'batch'; SET 'table.local-time-zone' = 'America/New_York'")
	ltz := func(text string, digits int) string {
		return fmt.Sprintf("CAST(TIMESTAMP '%s' AS TIMESTAMP_LTZ(%d))", text, digits)
	}
	var labels, tried, sql []string
	for _, c := range []struct{ call, sql string }{ // "": the same text
		{"TryTruth(TRUE)", ""}, {"TryTruth(false)", ""}, {"TryTiny(-128)", "TryTiny(CAST(-128 AS TINYINT))"},
		{"TrySmall(32767)", "TrySmall(CAST(32767 AS SMALLINT))"}, {"TryInt(-2147483648)", ""}, {"TryBig(7)", ""},
		{"TryBig(9223372036854775807)", ""}, {"TryFloat(0.1)", ""}, {"TryFloat(16777217)", ""}, {"TryDouble(1)", ""},
		{"TryDouble(0.1)", ""}, {"TryDouble(1e300)", ""}, {"TryDouble(-.5)", ""}, {"TryDecimal(1.50)", ""}, {"TryDecimal(7)", ""},
		{"TryScale(1.500)", ""}, {"TryScale(7)", ""}, {"TryMoney(1.005)", ""}, {"TryText('it''s ß 🙂')", ""}, {"TryText('')", ""},
		{`TryText("two words")`, "TryText('two words')"}, {"TryBytes(X'6162')", ""}, {"TryDate(DATE '0001-01-01')", ""},
		{"TryDate(DATE '1969-12-31')", ""}, {"TryTime(TIME '23:59:59')", ""}, {"TryCivil(TIMESTAMP '1969-12-31 23:59:59.999999999')", ""},
		{"TryCivil(TIMESTAMP '9999-12-31 23:59:59.999')", ""}, {"TryInstant(TIMESTAMP_LTZ '2024-07-01 12:00:00.123456789')", "TryInstant(" + ltz("2024-07-01 12:00:00.123456789", 9) + ")"},
		{"TryInstant(TIMESTAMP_LTZ '2024-03-10 02:30:00')", "TryInstant(" + ltz("2024-03-10 02:30:00", 3) + ")"}, // clocks are put forward
		{"TryInstant(TIMESTAMP_LTZ '2024-11-03 01:30:00')", "TryInstant(" + ltz("2024-11-03 01:30:00", 3) + ")"}, // and back
		{"TryShown(TIMESTAMP_LTZ '2024-07-01 12:00:00')", "TryShown(" + ltz("2024-07-01 12:00:00", 3) + ")"},
		{"TryList(ARRAY[1, NULL, -3])", "TryList(ARRAY[CAST(1 AS BIGINT), CAST(NULL AS BIGINT), CAST(-3 AS BIGINT)])"},
		{"TryMap(MAP['b', 1.5, 'a', NULL])", "TryMap(MAP['b', 1.5, 'a', CAST(NULL AS DECIMAL(2, 1))])"},
		{
			"TryRow(ROW(TIMESTAMP_LTZ '1960-01-01 00:00:00.000000001', ARRAY[1.5, 2.25], NULL))",
			"TryRow(CAST(ROW(" + ltz("1960-01-01 00:00:00.000000001", 9) + ", ARRAY[1.5, 2.25], CAST(NULL AS STRING)) AS ROW<a TIMESTAMP_LTZ(9), b ARRAY<DECIMAL(3, 2)>, c STRING>))",
		},
		{"TryMaybe(NULL)", ""}, {"TryTiny(NULL)", ""}, {"TryRow(NULL)", ""}, {"TryCalled(NULL, NULL)", ""}, {"TryCalled(NULL, 'x')", ""},
		{"TryLen(NULL)", ""}, {"TryDouble(TryInt(3))", ""}, {"TryBig(TryTiny(3))", "TryBig(TryTiny(CAST(3 AS TINYINT)))"},
		{"TryDecimal(TryInt(3))", ""}, {"TryDouble(TryMoney(1.25))", ""}, {"TryDouble(TryFloat(0.1))", ""}, {"TryMoney(TryDecimal(1.005))", ""},
		{"TryBig(TryMaybe(NULL))", ""}, {"TryText(TryShown(TryInstant(TIMESTAMP_LTZ '2024-07-01 12:00:00')))", "TryShown(" + ltz("2024-07-01 12:00:00", 3) + ")"},
	} {
		got, err := tryText(t, shared, c.call)
		if err != nil {
			t.Errorf("%s: %v", c.call, err)
			continue
		}
		text := c.sql
		if text == "" {
			text = c.call
		}
		labels, tried, sql = append(labels, c.call), append(tried, got), append(sql, "COALESCE(CAST("+text+" AS STRING), 'NULL')")
	}
	rows := sessiontest.Drain(t, run(t, "SELECT CONCAT_WS('¦', "+strings.Join(sql, ", ")+")").Events).Table
	if len(rows) != 1 {
		t.Fatalf("the query gives %q", rows)
	}
	for i, want := range strings.Split(rows[0], "¦") {
		if tried[i] != want {
			t.Errorf("%s: tried %q, a query gives %q", labels[i], tried[i], want)
		}
	}
	// Errors are those of queries.
	for call, text := range map[string]string{"TryFail('2,5')": "", "TryPanic(ARRAY[1, 2])": "TryPanic(ARRAY[CAST(1 AS BIGINT), CAST(2 AS BIGINT)])"} {
		_, err := tryText(t, shared, call)
		if text == "" {
			text = call
		}
		failed := sessiontest.Drain(t, run(t, "SELECT "+text).Events).Ended.Err
		if err == nil || failed == nil || !strings.Contains(failed.Error(), err.Error()) {
			t.Errorf("%s: tried %v, a query %v", call, err, failed)
		}
	}
}

// onDemand starts a session whose Flink starts when a statement needs it, with a gateway that the test scripts.
func onDemand(t *testing.T, g *gatewaytest.Gateway) (s *scripted, boots *int) {
	t.Helper()
	boots = new(int)
	s = scriptOf(t, func(context.Context) (gateway.Gateway, error) { *boots++; return g, nil }, func(c *session.Config) { c.OnDemand, c.DeclareEarly = true, true })
	return s, boots
}

// Functions are declared, described and tried without Flink. It starts with the first statement that needs it, and
// then has the functions.
func TestFunctionsAreTriedWithoutFlink(t *testing.T) {
	g := gatewaytest.New()
	s, boots := onDemand(t, g)
	if _, err := s.Try(t.Context(), "Grade(1)"); err == nil || err.Error() != "no Go function is called Grade" {
		t.Errorf("before a declaration: %v", err)
	}
	reply := s.do("// Grade rates\n// an amount.\nfunc Grade(amount float64) string { fmt.Println(\"saw\", amount); calls++; if amount > 900 { return \"gold\" }; return fmt.Sprint(calls) }\nvar calls int")
	if reply.Message != "Grade(DOUBLE) → STRING, not deterministic: it changes the variable calls\nfor use in functions: calls" {
		t.Errorf("says %q", reply.Message)
	}
	for range 2 { // each in a process of its own
		tried, err := s.Try(t.Context(), "grade(1)")
		if err != nil {
			t.Fatal(err)
		}
		if got := tried.Results.ValueStr(0); got != "1" || tried.Type != "STRING" || tried.Took <= 0 || tried.Field.Name != "grade(1)" {
			t.Errorf("%s, %+v", got, tried.Outcome)
		}
		if want := []query.Printed{{Query: "try", Function: "Grade", Text: "saw 1"}}; !slices.Equal(tried.Printed, want) {
			t.Errorf("printed %+v", tried.Printed)
		}
		tried.Release()
	}
	for text, met := range map[string]bool{"Grade(950) = 'gold'": true, "Grade(1) = 'gold'": false, "Grade(NULL) = NULL": true, "Grade(1) = NULL": false} {
		tried, err := s.Try(t.Context(), text)
		if err != nil || tried.Met != met || !tried.IsCase {
			t.Errorf("%s: %+v, %v", text, tried.Outcome, err)
		}
		if err == nil {
			tried.Release()
		}
	}
	s.do("func Grade(amount float64) (string, error) { fmt.Println(\"again\"); return \"\", errors.New(\"no\") }")
	tried, err := s.Try(t.Context(), "Grade(1) = 'x'")
	var failed *trial.Error
	if !errors.As(err, &failed) || failed.Message != "Grade(1): no" || failed.Span.End != len("Grade") || !tried.IsCase || len(tried.Printed) != 1 {
		t.Errorf("%+v, %v", tried, err)
	}
	if f, _ := s.Function("grade"); f.Version != 2 || f.Kind != "scalar" || len(f.Program) < 8 || len(s.GoFunctions()) != 1 {
		t.Errorf("%+v", f)
	}
	got := describedBy(t, s, "DESC FUNCTION EXTENDED `grade`")
	for name, want := range map[string]string{
		"signature": "Grade(DOUBLE) → STRING", "kind": "scalar", "declared in": "cell[2]:1", "version": "2", "is deterministic": "true", "rows": "0",
		"ns_per_row": "(null)", "comment": "(null)", "parameters": "amount DOUBLE", "is temporary": "true",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	if *boots != 0 || !s.WithoutFlink() {
		t.Errorf("Flink was started %d times", *boots)
	}
	s.do("SHOW TABLES")
	if *boots != 1 || s.WithoutFlink() || len(g.Registered()) != 1 || g.Registered()["Grade"] == "" {
		t.Errorf("Flink was started %d times, with the functions %v", *boots, g.Registered())
	}
}

// describedBy returns the rows of a statement that describes something.
func describedBy(t *testing.T, s *scripted, text string) map[string]string {
	t.Helper()
	reply, err := s.execute(t.Context(), text, query.Lossless)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Events.Close()
	found := map[string]string{}
	for {
		event, err := reply.Events.Next(t.Context())
		if err != nil {
			return found
		}
		if batch, is := event.(query.Batch); is {
			names, values := batch.Record.Column(0).(*array.String), batch.Record.Column(1).(*array.String)
			for i := range names.Len() {
				found[names.Value(i)] = values.ValueStr(i)
			}
			batch.Record.Release()
		}
	}
}

// judging is a gateway that refuses a name.
type judging struct{ *gatewaytest.Gateway }

func (j judging) Judge(_ context.Context, functions []gateway.Named) ([]gateway.Verdict, error) {
	verdicts := make([]gateway.Verdict, len(functions))
	for i, f := range functions {
		switch f.Name {
		case "Count":
			verdicts[i] = gateway.Verdict{Refusal: "AGGREGATE", Other: "COUNT", Free: "GoCount"}
		case "Abs":
			verdicts[i] = gateway.Verdict{Other: "ABS"}
		}
	}
	return verdicts, nil
}

// Names that were declared before Flink started are judged when it starts. SQL gets the others.
func TestNamesAreJudgedWhenFlinkStarts(t *testing.T) {
	g := gatewaytest.New()
	s := scriptOf(t, func(context.Context) (gateway.Gateway, error) { return judging{g}, nil }, func(c *session.Config) { c.OnDemand, c.DeclareEarly = true, true })
	s.do("func Count(n int64) int64 { return n }\nfunc Abs(n int64) int64 { return n }\nfunc Free(n int64) int64 { return n }")
	s.do("SHOW TABLES")
	if got := g.Registered(); len(got) != 2 || got["Count"] != "" {
		t.Errorf("registered are %v", got)
	}
	const want = "Abs replaces Flink's ABS\nSQL cannot call Count: a function named Count would break Flink's aggregate function COUNT; name it GoCount"
	if got := s.said(); got != want {
		t.Errorf("says %q, want %q", got, want)
	}
	if got, err := tryText(t, s.Session, "Count(3)"); got != "3" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	s.do("func More(n int64) int64 { return n }")
	if got := g.Registered(); len(got) != 3 || got["Count"] != "" {
		t.Errorf("registered are %v", got)
	}
}
