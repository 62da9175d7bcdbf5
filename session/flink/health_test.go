package flink_test

import (
	"testing"
	"time"

	"riffle/session/gateway"
)

// A job reports its rows, its watermark, and its checkpoints.
func TestHealth(t *testing.T) {
	run(t, `CREATE TEMPORARY TABLE ticking (id BIGINT, ts AS CURRENT_TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
		WITH ('connector' = 'datagen', 'rows-per-second' = '200')`)
	run(t, "CREATE TEMPORARY TABLE hole_of_health (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole')")
	if err := shared.Configure(t.Context(), map[string]string{"execution.checkpointing.interval": "300 ms", "parallelism.default": "2"}); err != nil {
		t.Fatal(err)
	}
	defer shared.Configure(t.Context(), nil)
	a, err := execute(t, "INSERT INTO hole_of_health SELECT MOD(id, 7), COUNT(*) FROM ticking GROUP BY MOD(id, 7)")
	if err != nil {
		t.Fatal(err)
	}
	defer shared.CancelJob(t.Context(), a.Job)
	h := awaitHealth(t, a.Job, func(h gateway.Health) bool { return h.RowsIn > 200 && !h.Watermark.IsZero() && h.Checkpoint != nil })
	if h.State != "RUNNING" || h.Parallelism != 2 || h.Backpressure > 0.5 || h.Drained {
		t.Errorf("health: %+v", h)
	}
	if lag := time.Since(h.Watermark); lag < 5*time.Second || lag > time.Minute {
		t.Errorf("the watermark is %s behind", lag)
	}
	if age := time.Since(h.Checkpoint.At); age < 0 || age > time.Minute || h.Checkpoint.Took <= 0 || h.Checkpoint.ID < 1 {
		t.Errorf("checkpoint: %+v", h.Checkpoint)
	}
}

// A reader that does not read delays the job, which is visible as backpressure.
func TestBackpressure(t *testing.T) {
	run(t, "CREATE TEMPORARY TABLE flood (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000')")
	q := query(t, "SELECT MOD(id, 1000) AS k, COUNT(*) FROM flood GROUP BY MOD(id, 1000)")
	defer q.Cancel(t.Context())
	h := awaitHealth(t, q.Job, func(h gateway.Health) bool { return h.Backpressure > 0.9 })
	if !h.Watermark.IsZero() || h.Checkpoint != nil {
		t.Errorf("health: %+v", h)
	}
}

func awaitHealth(t *testing.T, job string, enough func(gateway.Health) bool) gateway.Health {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		h, err := shared.Health(t.Context(), job)
		if err != nil {
			t.Fatal(err)
		}
		if enough(h) {
			return h
		}
		if time.Now().After(deadline) {
			t.Fatalf("health: %+v, %+v", h, h.Checkpoint)
		}
	}
}
