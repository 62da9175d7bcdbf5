package repl

import (
	"strings"
	"testing"
	"time"

	"riffle/session/changelog"
	"riffle/session/query"
	"riffle/udfhost/engine"
)

// The status of the live view ends with as many metrics of the query's functions as fit.
func TestLiveViewShowsMetrics(t *testing.T) {
	for width, want := range map[int]string{
		110: "q3 running · 1 change · 1 row · misses 1,234 · bytes -3 to 40 · size 7 · 5.0 s · Ctrl-C cancels",
		70:  "q3 running · 1 change · 1 row · misses 1,234 · 5.0 s · Ctrl-C cancels",
	} {
		q := counting()
		q.usage.Functions = []query.FunctionUsage{
			{Function: "Price", Metrics: []engine.Metric{{Name: "misses", Sum: 1234}, {Name: "bytes", Sum: 99, Count: 4, Min: -3, Max: 40}}},
			{Function: "Plain"},
			{Function: "Tier", Metrics: []engine.Metric{{Name: "size", Sum: 7}}},
		}
		s := newStage(t, q, width, 10)
		s.rows(change{changelog.Insert, "plain", 1})
		s.display.healthy(query.Health{State: "RUNNING", RowsIn: -1})
		s.tick("running", 5*time.Second)
		if got := s.terminal.String(); !strings.Contains(got, want) {
			t.Errorf("the view is\n%s", got)
		}
	}
}
