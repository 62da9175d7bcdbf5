package repl

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"riffle/session"
	"riffle/session/changelog"
	"riffle/session/gateway"
	"riffle/session/gateway/gatewaytest"
	"riffle/session/query"
)

// A script that waits for a job says why Flink restarts the job, once, also where only rows and errors are asked for.
// The shell says so at its prompt, and how to see more.
func TestRestartsAreTold(t *testing.T) {
	const reason = "q1: Flink restarts the job: Half(3): odd; correct it"
	for _, c := range []struct {
		name, want string
		run        func(t *testing.T, s *session.Session, out *strings.Builder, end func())
	}{
		{"script", reason + "\n", func(t *testing.T, s *session.Session, out *strings.Builder, end func()) {
			script := NewScript(&Console{out: out, err: out}, s, Options{Format: "csv", Quiet: true}, nil)
			time.AfterFunc(time.Minute, end)
			if err := script.Run(t.Context(), session.Cell{Name: "script", Text: "INSERT INTO t SELECT 1"}); err != nil {
				t.Error(err)
			}
		}},
		{"background", reason + "\n", func(t *testing.T, s *session.Session, out *strings.Builder, end func()) {
			script := NewScript(&Console{out: out, err: out}, s, Options{Format: "csv", Quiet: true}, nil)
			if err := script.Run(t.Context(), session.Cell{Name: "script", Text: "INSERT INTO t SELECT 1 &"}); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Minute)
			end()
			synctest.Wait()
			script.End()
		}},
		{"shell", reason + `; \trace q1 shows all` + "\n", func(t *testing.T, s *session.Session, out *strings.Builder, end func()) {
			shell := NewShell(&Console{out: out, err: out}, s, Options{Format: "table", Quiet: true}, nil)
			if err := shell.runner.Typed(t.Context(), s.Cell("INSERT INTO t SELECT 1")); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Minute)
			end()
			shell.tasks.Wait()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := gatewaytest.New()
				g.Answer = func(context.Context, string, string) (gateway.Answer, error) { return gateway.Answer{Job: "job"}, nil }
				g.Restarted = func(string) gateway.Restarts {
					return gateway.Restarts{Times: 2, Last: &gateway.Fault{Diagnosis: gateway.Diagnosis{Message: "Half(3): odd", Hint: "correct it"}}}
				}
				s := playedBy(t, g, "")
				var out strings.Builder
				c.run(t, s, &out, func() { g.EndJob("job", nil) })
				if strings.Count(out.String(), c.want) != 1 || strings.Count(out.String(), "Flink restarts") != 1 {
					t.Errorf("it says %q", &out)
				}
			})
		})
	}
}

// The live view has the restarts in a line below the status, as long as it is right.
func TestLiveViewShowsRestarts(t *testing.T) {
	s := newStage(t, counting(), 70, 10)
	s.rows(change{changelog.Insert, "plain", 1})
	odd := &gateway.Fault{Diagnosis: gateway.Diagnosis{Message: "Half(3): odd"}}
	s.display.healthy(query.Health{State: "RESTARTING", RowsIn: -1, Restarts: query.Restarts{Times: 3, Last: odd, At: time.Now().Add(-time.Hour)}})
	s.tick("restarting", 5*time.Second)
	const line = `restarted 3 times, last 1 h 00 min ago: Half(3): odd · \trace q3 sho`
	if got := s.terminal.String(); !strings.Contains(got, "restarting") || !strings.Contains(got, line) {
		t.Errorf("the view is\n%s", got)
	}
	s.display.healthy(query.Health{State: "RUNNING", RowsIn: -1})
	s.tick("running", 6*time.Second)
	if got := s.terminal.String(); strings.Contains(got, "restarted") {
		t.Errorf("the view is\n%s", got)
	}
}

// The live view does not call a query running whose rows cannot arrive.
func TestLiveViewShowsLostConnection(t *testing.T) {
	s := newStage(t, counting(), 90, 10)
	s.rows(change{changelog.Insert, "plain", 1})
	s.display.healthy(query.Health{State: "RUNNING", RowsIn: -1, Disconnected: true})
	s.tick("disconnected", 5*time.Second)
	if got := s.terminal.String(); !strings.Contains(got, "q3 disconnected") || strings.Contains(got, "running") || !strings.Contains(got, "no rows: the connection to a task is lost") {
		t.Errorf("the view is\n%s", got)
	}
}
