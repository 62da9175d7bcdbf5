package session_test

import (
	"strings"
	"testing"
	"time"

	"riffle/session/query"
	"riffle/session/sessiontest"
)

// Whoever looks at a job that Flink restarts again and again is told how often it does and why, in the words in which the
// job's failure would be told.
func TestRestartedJobSaysWhy(t *testing.T) {
	declare(t)
	run(t, sessiontest.SequenceTable("restarting", 100)+"; CREATE TEMPORARY TABLE restarted (n BIGINT) WITH ('connector' = 'blackhole')")
	defer run(t, "RESET; DROP TEMPORARY TABLE restarting; DROP TEMPORARY TABLE restarted")
	run(t, "SET 'restart-strategy.type' = 'fixed-delay'; SET 'restart-strategy.fixed-delay.attempts' = '100000'; SET 'restart-strategy.fixed-delay.delay' = '200 ms'")
	for _, c := range []struct{ insert, reason, trace string }{
		{"INSERT INTO restarted SELECT 10 / (5 - id) FROM restarting", "division by zero, in Calc", "ArithmeticException"},
		{"INSERT INTO restarted SELECT Pick(CAST(id AS INT)) FROM restarting WHERE id > 9", "Pick(10): no tens", "Pick(10)"},
	} {
		reply := run(t, c.insert)
		for told := false; !told; {
			e, err := reply.Events.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var why query.Failing
			if why, told = e.(query.Failing); told && why.Reason != c.reason {
				t.Errorf("tells %q, want %q", why.Reason, c.reason)
			}
		}
		var r query.Restarts
		for r.Times < 3 {
			h, _ := reply.Query.Health(t.Context()) // a job that is restarted may have no figures
			r = h.Restarts
			time.Sleep(100 * time.Millisecond)
		}
		if r.Last == nil || r.Last.Message != c.reason || !strings.Contains(r.Last.Trace, c.trace) || time.Since(r.At) > time.Hour {
			t.Errorf("%s: %+v", c.insert, r)
		}
		if err := reply.Query.Cancel(t.Context()); err != nil {
			t.Error(err)
		}
		if got := sessiontest.Drain(t, reply.Events); len(got.Failing) > 0 {
			t.Errorf("tells again: %v", got.Failing)
		}
	}
	quiet := run(t, "INSERT INTO restarted SELECT id FROM restarting")
	sessiontest.Drain(t, quiet.Events)
	if r, err := quiet.Query.Restarts(t.Context()); err != nil || r.Times != 0 {
		t.Errorf("a job without failures: %+v, %v", r, err)
	}
}
