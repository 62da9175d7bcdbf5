package command_test

import (
	"testing"

	"riffle/session/command"
	"riffle/session/query"
)

// The texts of events are the same everywhere, except for the function that prints, and do not
// control a terminal.
func TestSaid(t *testing.T) {
	for _, c := range []struct {
		event              query.Event
		terminal, notebook string
	}{
		{query.Notice{Text: "column \x1b[2J: RAW is shown as text"}, `column \x1b[2J: RAW is shown as text`, "column �[2J: RAW is shown as text"},
		{query.Printed{Query: "q3", Function: "Grade", Text: "a\tb\x1b[2J"}, `q3 Grade: a\tb\x1b[2J`, "a\tb�[2J"},
		{query.Printed{Query: "q3", Text: ""}, "q3: ", ""},
		{query.Printed{Query: "q3", Suppressed: 12345}, "q3: 12,345 printed lines not shown", "q3: 12,345 printed lines not shown"},
		{
			query.Printed{Query: "q3", Function: "Grade", Text: "end", Suppressed: 1, Last: true},
			"q3: 1 printed line not shown\nq3 Grade: end\nq3: further output of its functions is only in the log",
			"q3: 1 printed line not shown\nend\nq3: further output of its functions is only in the log",
		},
		{query.FailedRows{Function: "F", Rows: 2, First: "no\x07"}, `named: 2 calls of F failed, their results are NULL, the first: no\x07`, "named: 2 calls of F failed, their results are NULL, the first: no�"},
		{query.Restarted{Reason: "the job was restarted"}, "named: the job was restarted", "named: the job was restarted"},
		{query.Restarted{}, "", ""},
		{query.Progress{Changes: 1}, "", ""},
		{query.Ended{}, "", ""},
	} {
		for f, want := range map[command.FrontEnd]string{command.Shell: c.terminal, command.Script: c.terminal, command.Notebook: c.notebook} {
			if got := command.EventText(f, "named", c.event); got != want {
				t.Errorf("%#v in %v: %q, want %q", c.event, f, got, want)
			}
		}
	}
}
