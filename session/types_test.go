package session_test

import (
	"fmt"
	"io"
	"slices"
	"testing"

	"riffle/session"
)

// Types that Arrow has no form for come as the text that CAST gives, and that is
// said. Flink itself tells the text.
func TestTypesWithoutArrowFormAreTexts(t *testing.T) {
	for _, test := range []struct{ value, from, sqlType string }{
		{"INTERVAL '1-2' YEAR TO MONTH", "", "INTERVAL MONTH NOT NULL"},
		{"INTERVAL '3 04:05:06.789' DAY TO SECOND", "", "INTERVAL SECOND(3) NOT NULL"},
		{"COLLECT(a)", " FROM (VALUES 1, 1, 2) AS t(a)", "MULTISET<INT NOT NULL> NOT NULL"},
		{"ROW(1, INTERVAL '2' HOUR)", "", "ROW<`EXPR$0` INT NOT NULL, `EXPR$1` INTERVAL SECOND(3) NOT NULL> NOT NULL"},
		{"MAP['a', INTERVAL '5' MINUTE]", "", "MAP<CHAR(1) NOT NULL, INTERVAL SECOND(3) NOT NULL> NOT NULL"},
		{"CAST(NULL AS INTERVAL DAY TO SECOND)", "", "INTERVAL SECOND(3)"},
		{`PARSE_JSON('{"a": [1, 2.5]}')`, "", "VARIANT NOT NULL"},
	} {
		run(t, "SET 'execution.runtime-mode' = 'batch'")
		asked := "CAST(" + test.value + " AS STRING)"
		if test.sqlType == "VARIANT NOT NULL" { // Flink has no CAST for it
			asked = "JSON_STRING(" + test.value + ")"
		}
		want := drain(t, run(t, "SELECT 7 AS k, "+asked+" AS v"+test.from).Events)
		reply := run(t, "SELECT 7 AS k, "+test.value+" AS v"+test.from)
		var notices []string
		got := drainNoting(t, reply.Events, &notices)
		if !slices.Equal(got.table, want.table) || got.ended.State != session.Finished {
			t.Errorf("%s: %q (%v), Flink gives %q", test.value, got.table, got.ended.Err, want.table)
		}
		if want := []string{fmt.Sprintf("column v is %s and shown as text", test.sqlType)}; !slices.Equal(notices, want) {
			t.Errorf("%s: says %q, want %q", test.value, notices, want)
		}
		run(t, "RESET")
	}
}

// drainNoting is drain, and keeps the notices.
func drainNoting(t *testing.T, events *session.Subscription, notices *[]string) outcome {
	t.Helper()
	var out outcome
	defer events.Close()
	for {
		e, err := events.Next(t.Context())
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := e.(type) {
		case session.Notice:
			*notices = append(*notices, e.Text)
		case session.Batch:
			for i := range int(e.Record.NumRows()) {
				row := ""
				for k, column := range e.Record.Columns()[:e.Record.NumCols()-1] {
					if k > 0 {
						row += " "
					}
					row += column.ValueStr(i)
				}
				out.table = append(out.table, row)
			}
			e.Record.Release()
		case session.Ended:
			out.ended = e
		}
	}
}
