package command_test

import (
	"testing"
	"time"

	"riffle/session/command"
	"riffle/session/gateway"
	"riffle/session/query"
)

// The line about restarts says how often, when and why, as far as Flink knows.
func TestRestarts(t *testing.T) {
	odd := &gateway.Fault{Diagnosis: gateway.Diagnosis{Message: "Half(3): odd"}}
	for _, c := range []struct {
		restarts query.Restarts
		front    command.FrontEnd
		want     string
	}{
		{query.Restarts{}, command.Shell, ""},
		{query.Restarts{Times: 1}, command.Shell, "restarted once"},
		{query.Restarts{Times: 3, Last: odd, At: time.Now().Add(-3 * time.Hour)}, command.Shell, `restarted 3 times, last 3 h 00 min ago: Half(3): odd · \trace q1 shows all`},
		{query.Restarts{Times: 3, Last: odd, At: time.Now().Add(-3 * time.Hour)}, command.Notebook, `restarted 3 times, last 3 h 00 min ago: Half(3): odd · %trace q1 shows all`},
		{query.Restarts{Times: 1, Last: odd, At: time.Now().Add(-3 * time.Hour)}, command.Script, `restarted once, last 3 h 00 min ago: Half(3): odd`},
	} {
		if got := command.Restarts(c.front, "q1", c.restarts); got != c.want {
			t.Errorf("%+v: %q, want %q", c.restarts, got, c.want)
		}
	}
	told := query.Failing{Reason: "odd\x1b[2J", Hint: "correct it"}
	for front, want := range map[command.FrontEnd]string{
		command.Shell:    `q1: Flink restarts the job: odd\x1b[2J; correct it; \trace q1 shows all`,
		command.Script:   `q1: Flink restarts the job: odd\x1b[2J; correct it`,
		command.Notebook: "q1: Flink restarts the job: odd�[2J; correct it; %trace q1 shows all",
	} {
		if got := command.EventText(front, "q1", told); got != want {
			t.Errorf("in %v: %q, want %q", front, got, want)
		}
	}
}
