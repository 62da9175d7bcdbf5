package command_test

import (
	"errors"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/command"
	"riffle/udfhost/golang"
)

// newTries returns a front end with a session that has functions and no Flink.
func newTries(t *testing.T, f command.FrontEnd, declarations string) *command.Env {
	t.Helper()
	store := golang.New(golang.Options{})
	e := env(t, f)
	e.Session = session.New(t.Context(), session.Config{Functions: store, OnDemand: true, DeclareEarly: true})
	t.Cleanup(func() {
		e.Session.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, st := range e.Session.Cell(declarations).Statements() {
		if _, err := e.Session.Execute(t.Context(), st, 0); err != nil {
			t.Fatal(session.Explain(err))
		}
	}
	return e
}

// \try shows the result of a call, what it has printed, and errors at their place.
func TestTry(t *testing.T) {
	e := newTries(t, command.Shell, `func Grade(amount float64) (string, error) {
	fmt.Println("saw", amount)
	if amount < 0 { panic("negative") }
	if amount > 900 { return "gold", nil }
	return "plain", fmt.Errorf("too %s", "low")
}
// Soon is later.
func Soon(at time.Time) time.Time { return at.Add(time.Hour) }`)
	answer, err := run(t, e, `\try Grade(950) ;`)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Rows.Release()
	if got := answer.Rows.Column(0).ValueStr(0); got != "gold" || answer.Rows.ColumnName(0) != "Grade(950)" || answer.Printed != "try Grade: saw 950" ||
		!strings.HasPrefix(answer.Text, "STRING, ") || !strings.HasSuffix(answer.Text, " ms") {
		t.Errorf("%s, %+v", got, answer)
	}
	for text, want := range map[string]string{
		`\try Grade(1)`:           "cell[1]:1:6: Grade(1): too low\n  \\try Grade(1)\n       ^^^^^",
		`\try Grade(-1)`:          "cell[1]:1:6: panic: negative at cell[1]:3 in Grade(-1)\n  \\try Grade(-1)\n       ^^^^^",
		`\try Grade('1')`:         "cell[1]:1:12: argument 1 of Grade is a text, not DOUBLE\n  \\try Grade('1')\n             ^^^\nwrite 1.5",
		`\try   Grade(1, 1)`:      "cell[1]:1:8: Grade takes at most 1 argument, not 2\n  \\try   Grade(1, 1)\n         ^^^^^^^^^^^\nwrite Grade(amount)",
		`\try Grade(950) = 'x'`:   "cell[1]:1:6: Grade(950) is 'gold', and 'x' is expected\n  \\try Grade(950) = 'x'\n       ^^^^^^^^^^",
		`\try Grade(1) = 'x'`:     "cell[1]:1:6: Grade(1): too low\n  \\try Grade(1) = 'x'\n       ^^^^^",
		`\try Grade(950) = plain`: "cell[1]:1:19: plain is not a constant\n  \\try Grade(950) = plain\n                    ^^^^^\nwrite 'plain' for a text, and plain(…) for a call",
		`\try Grad(1)`:            "cell[1]:1:6: no Go function is called Grad\n  \\try Grad(1)\n       ^^^^\ndid you mean Grade?",
	} {
		answer, err := run(t, e, text)
		if err == nil || session.Explain(err) != want {
			t.Errorf("%s: %+v\n%v\nwant\n%s", text, answer, session.Explain(err), want)
		}
		if failed := new(command.FailedCase); errors.As(err, &failed) != strings.Contains(text, "=") {
			t.Errorf("%s: is the error one of a case?", text)
		}
	}
	if answer, err := run(t, e, `\try Grade(950) = 'gold'`); err != nil || !strings.HasPrefix(answer.Text, "as expected, ") || answer.Rows != nil {
		t.Errorf("%+v, %v", answer, err)
	}
	e.FrontEnd = command.Script
	if answer, err := run(t, e, `\try Grade(950) = 'gold'`); err != nil || answer.Text != "" {
		t.Errorf("%+v, %v", answer, err)
	}
	if answer, err := run(t, e, `\try`); err != nil || !strings.HasSuffix(answer.Text, "\n\n  Grade(DOUBLE) → STRING\n  Soon(TIMESTAMP_LTZ) → TIMESTAMP_LTZ(9)") {
		t.Errorf("%+v, %v", answer, err)
	}
}

// \try shows what a function counts, and gives it the job parameters of the session.
func TestTryShowsMetrics(t *testing.T) {
	e := newTries(t, command.Shell, `func Price(ctx *riffle.Context, product int64) (string, error) {
	ctx.Distribution("product").Update(product)
	if product > 5 { ctx.Counter("misses").Inc(1); ctx.Logger().Warn("no price", "product", product) }
	return fmt.Sprint(ctx.JobParameter("currency", "EUR"), ctx.Subtask(), ctx.Subtasks()), nil
}
func Twice(s string) string { return s + s }`)
	answer, err := run(t, e, `\try Twice(Price(7))`)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Rows.Release()
	if got := answer.Rows.Column(0).ValueStr(0); got != "EUR0 1EUR0 1" || answer.Printed != `try Price: level=WARN msg="no price" product=7` ||
		!strings.HasSuffix(answer.Text, " ms\nPrice: product=7 (1 value), misses=1") {
		t.Errorf("%s, %+v", got, answer)
	}
}

// The functions in Go are listed with what is known about them, without Flink.
func TestFunctionsAreListedWithoutFlink(t *testing.T) {
	e := newTries(t, command.Shell, "// Twice doubles.\n// It does.\nfunc Twice(n int64) int64 { return 2 * n }\n\nfunc Half(n int64) int64 { return n / 2 }")
	if _, err := e.Session.Execute(t.Context(), e.Session.Cell("func Half(n float64) float64 { return n / 2 }").Statements()[0], 0); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		`\functions`: "Half(DOUBLE) → DOUBLE|scalar|cell[2]:1|2|0|(null)|(null)\nTwice(BIGINT) → BIGINT|scalar|cell[1]:3|1|0|(null)|Twice doubles.",
		`\df tw*`:    "Twice(BIGINT) → BIGINT|scalar|cell[1]:3|1|0|(null)|Twice doubles.",
	} {
		answer, err := run(t, e, text)
		if err != nil || answer.Rows == nil {
			t.Fatalf("%s: %+v, %v", text, answer, err)
		}
		var lines []string
		for row := range int(answer.Rows.NumRows()) {
			var values []string
			for _, column := range answer.Rows.Columns() {
				values = append(values, column.ValueStr(row))
			}
			lines = append(lines, strings.Join(values, "|"))
		}
		answer.Rows.Release()
		if got := strings.Join(lines, "\n"); got != want {
			t.Errorf("%s\n%s\nwant\n%s", text, got, want)
		}
	}
	if answer, err := run(t, e, `\df x*`); err != nil || answer.Text != "none of the 2 functions matches x*" {
		t.Errorf("%+v, %v", answer, err)
	}
}
