package cluster_test

import (
	"slices"
	"testing"

	"riffle/session/sessiontest"
)

// finished shows that a query that ends by itself is FINISHED in the cluster's list of jobs, although its result is
// complete before.
func finished(t *testing.T, m *sessiontest.Mortal) {
	m.Do(endless)
	defer m.Do("DROP TEMPORARY TABLE endless; DROP TEMPORARY TABLE gone")
	for _, c := range []struct{ sql, row, state string }{
		{"SELECT 1", "1", "FINISHED"},
		{"SELECT n FROM (VALUES (2), (1)) AS v(n) WHERE n > 1", "2", "FINISHED"},
		{"SELECT 5 FROM endless WHERE s <> 'x' LIMIT 1", "5", "CANCELED"}, // its source does not know the limit
	} {
		reply := try(t, m, c.sql)
		if out := sessiontest.Drain(t, reply.Events); !slices.Equal(out.Table, []string{c.row}) {
			t.Errorf("%s: %q, %v", c.sql, out.Table, out.Ended.Err)
		}
		await(t, reply.Query.Started().Job, c.state)
	}
}
