package session_test

import (
	"slices"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

// According to Flink's plan, ROW_NUMBER() … = 1 is append-only whenever its order is not one
// descending column. That is true only for a time attribute. Every other order must give the
// table of batch mode, by itself and below operators that read its updates.
func TestRanksThatUpdate(t *testing.T) {
	run(t, `CREATE TEMPORARY TABLE bids (id BIGINT, k AS MOD(id, 3), p AS MOD(id * 7, 5), ts AS TO_TIMESTAMP_LTZ(1000 * id, 3), WATERMARK FOR ts AS ts)
		WITH ('connector' = 'datagen', 'number-of-rows' = '12', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '12');
		CREATE TEMPORARY VIEW best AS SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY p DESC, ts ASC) AS rn FROM bids) WHERE rn = 1;
		CREATE TEMPORARY VIEW lowest AS SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY p) AS rn FROM (SELECT id, k, p FROM bids)) WHERE rn = 1;
		CREATE TEMPORARY VIEW bestofall AS SELECT id, p FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY rn ORDER BY p DESC, id) AS r FROM best) WHERE r = 1;
		CREATE TEMPORARY TABLE appended (id BIGINT) WITH ('connector' = 'filesystem', 'path' = '`+t.TempDir()+`', 'format' = 'csv')`)
	defer run(t, `DROP TEMPORARY VIEW bestofall; DROP TEMPORARY VIEW lowest; DROP TEMPORARY VIEW best;
		DROP TEMPORARY TABLE appended; DROP TEMPORARY TABLE bids; RESET 'execution.runtime-mode'`)
	queries := []struct {
		text    string
		updates bool
		want    []string
	}{
		{"SELECT k, id, rn FROM best", true, []string{"0 12 1", "1 7 1", "2 2 1"}},
		{"SELECT id FROM best", true, []string{"12", "2", "7"}},
		{"SELECT COUNT(*), SUM(id), MIN(id), MAX(id) FROM best", true, []string{"3 21 2 12"}},
		{"SELECT k, MAX(p) FROM lowest GROUP BY k", true, []string{"0 1", "1 0", "2 0"}},
		{"SELECT a.id, b.id FROM bestofall AS a RIGHT JOIN lowest AS b ON a.id < b.id", true, []string{"2 10", "2 3", "2 5"}},
		{"SELECT id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ts) AS rn FROM bids) WHERE rn = 1", false, []string{"1", "2", "3"}},
	}
	for _, mode := range []string{"streaming", "batch"} {
		run(t, "SET 'execution.runtime-mode' = '"+mode+"'")
		for i, q := range queries {
			if !sample.Whole && mode == "batch" && i > 0 {
				break // it has the expected rows without the tested feature
			}
			got := sessiontest.Drain(t, run(t, q.text).Events)
			if got.Ended.State != query.Finished || !slices.Equal(got.Table, q.want) {
				t.Errorf("%s, %s: %+v, table %q", mode, q.text, got.Ended, got.Table)
			}
			updates := slices.Contains(got.Started.Kinds, "+U")
			if want := q.updates && mode == "streaming"; updates != want {
				t.Errorf("%s, %s: kinds %q, changes %q", mode, q.text, got.Started.Kinds, got.Changes)
			}
			if keyed := len(got.Started.UpsertKeys) > 0; strings.HasPrefix(q.text, "SELECT k,") && keyed != updates {
				t.Errorf("%s, %s: keys %v", mode, q.text, got.Started.UpsertKeys)
			}
		}
	}
	run(t, "SET 'execution.runtime-mode' = 'streaming'")
	if _, err := execute(t, "INSERT INTO appended SELECT id FROM best", query.Lossless); err == nil ||
		!strings.Contains(session.Explain(err), "appended is append-only") {
		t.Errorf("INSERT of updates: %v", err)
	}
}
