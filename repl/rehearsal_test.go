package repl

import (
	"slices"
	"testing"

	"riffle/session"
	"riffle/session/gateway/gatewaytest"
)

// A check compares what each statement says with what is recorded below it, up to the statement that
// leaves, and records it again.
func TestCheckComparesAndRecords(t *testing.T) {
	s := played(t, gatewaytest.NewQuery(), "+I")
	check := Check{Session: s, Options: Options{Format: "csv"}}
	const text = "\\echo a\n--> a\n\\echo b\n--> c\n\\nope\n\\quit\n\\echo d\n"
	found, err := check.Run(t.Context(), session.Cell{Name: "script", Text: text})
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, d := range found.Differences {
		lines = append(lines, d.Line)
	}
	if found.Statements != 4 || !slices.Equal(lines, []int{3, 5}) || found.Differences[0] != (Difference{3, "c\n", "b\n"}) {
		t.Errorf("%d statements, %+v", found.Statements, found.Differences)
	}
	again, err := check.Run(t.Context(), session.Cell{Name: "script", Text: found.Text})
	if err != nil || len(again.Differences) > 0 || again.Text != found.Text {
		t.Errorf("recorded as %q: %+v, %v", found.Text, again.Differences, err)
	}
}
