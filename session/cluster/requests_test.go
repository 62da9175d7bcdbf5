package cluster_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"riffle/session/sessiontest"
)

// fewRequests counts the requests for a query's result. Its end is noticed by its rows: until then there is a request in
// two seconds, as for a job without rows, and then one after the other with pauses of at least 10 ms.
func fewRequests(t *testing.T, m *sessiontest.Mortal, rest *recorder) {
	reply := try(t, m, "SELECT COUNT(*) FROM (VALUES (1), (2), (3)) AS v(n)")
	if out := sessiontest.Drain(t, reply.Events); !slices.Equal(out.Table, []string{"3"}) {
		t.Errorf("%q, %v", out.Table, out.Ended.Err)
	}
	job := "/jobs/" + reply.Query.Started().Job
	rest.mu.Lock()
	defer rest.mu.Unlock()
	var begun, rowsEnd, end time.Time // of the job's requests, of those for rows, of all
	for _, e := range rest.log {
		if strings.Contains(e.path, job) {
			if begun.IsZero() || e.begun.Before(begun) {
				begun = e.begun
			}
			if strings.Contains(e.path, "/coordinators/") && e.end.After(rowsEnd) {
				rowsEnd = e.end
			}
			if e.end.After(end) {
				end = e.end
			}
		}
	}
	before, after := 0, 0
	for _, e := range rest.log {
		switch {
		case !strings.HasSuffix(e.path, job+"/execution-result"):
		case e.begun.Before(rowsEnd):
			before++
		default:
			after++
		}
	}
	took, ending := rowsEnd.Sub(begun), end.Sub(rowsEnd)
	if most := int(took / (2 * time.Second)); rowsEnd.IsZero() || before > most {
		t.Errorf("%d requests for the result within %v before its rows ended, want at most %d", before, took, most)
	}
	if most := 2 + int(ending/(10*time.Millisecond)); after == 0 || after > most {
		t.Errorf("%d requests for the result within %v after its rows ended, want 1 to %d", after, ending, most)
	}
}
