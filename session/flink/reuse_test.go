package flink_test

import (
	"encoding/json"
	"net/http"
	"testing"
)

// Rows are handed on without copies where no operator keeps one and the sink is
// ours; the word of one job does not hold for the next.
func TestObjectReuse(t *testing.T) {
	run(t, "CREATE TEMPORARY TABLE reused (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '10')")
	run(t, "CREATE TEMPORARY TABLE reused_hole (id BIGINT) WITH ('connector' = 'blackhole')")
	for _, test := range []struct {
		sql  string
		want bool
	}{
		{"SELECT id + 1 FROM reused", true},
		{"SELECT id, COUNT(*) FROM reused GROUP BY id", false},
		{"SELECT id FROM reused WHERE id > 0 UNION ALL SELECT 1", true},
		{"INSERT INTO reused_hole SELECT id FROM reused", false},
	} {
		a, err := execute(t, test.sql)
		if err != nil {
			t.Fatal(err)
		}
		job := a.Job
		if a.Query != nil {
			job = a.Job
			if _, err := rows(t, a.Query); err != nil {
				t.Fatal(err)
			}
		} else if err := shared.AwaitJob(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		if got := reuse(t, job); got != test.want {
			t.Errorf("%s: object reuse is %v", test.sql, got)
		}
	}
}

// reuse asks Flink whether a job reuses objects.
func reuse(t *testing.T, job string) bool {
	t.Helper()
	rest, err := shared.AwaitCluster(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, rest+"/jobs/"+job+"/config", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var config struct {
		Execution struct {
			Reuse bool `json:"object-reuse-mode"`
		} `json:"execution-config"`
	}
	if err := json.NewDecoder(response.Body).Decode(&config); err != nil {
		t.Fatal(err)
	}
	return config.Execution.Reuse
}
