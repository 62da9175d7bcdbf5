package cluster_test

import (
	"testing"

	"riffle/session/query"
	"riffle/session/sessiontest"
)

// restarts attaches to a job of another session that fails again and again. Flink restarts it with the options of the
// cluster, as it checkpoints.
func restarts(t *testing.T, ada, bob *sessiontest.Mortal) {
	const reason = "division by zero, in Calc"
	ada.Do("SET 'restart-strategy.fixed-delay.attempts' = '100000'")
	defer ada.Do("RESET 'restart-strategy.fixed-delay.attempts'")
	failing := try(t, ada, "INSERT INTO gone SELECT 1 / (id - id) FROM endless")
	defer failing.Events.Close()
	sessiontest.AwaitEvent(t, failing.Events, func(e query.Event) bool {
		told, is := e.(query.Failing)
		if is && told.Reason != reason {
			t.Errorf("tells %q, want %q", told.Reason, reason)
		}
		return is
	})
	job := failing.Query.Started().Job
	a, err := bob.Attach(t.Context(), job)
	if r := a.Health.Restarts; err != nil || r.Times < 2 || r.Last == nil || r.Last.Message != reason {
		t.Errorf("%+v, %v", r, err)
	}
	if err := failing.Query.Cancel(t.Context()); err != nil {
		t.Error(err)
	}
	await(t, job, "CANCELED")
}
