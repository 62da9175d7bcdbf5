package session_test

import (
	"slices"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
)

// Flink's streaming operators give all rows of equal order the result of the last of them. LAG
// reads the previous row nevertheless, and functions that rank such rows are rejected.
func TestOverRowsOfEqualOrder(t *testing.T) {
	run(t, `CREATE TEMPORARY TABLE ticks (id BIGINT, p AS id / 3, ts AS TO_TIMESTAMP_LTZ(1000 * (id / 3), 3), pt AS PROCTIME(), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
		WITH ('connector' = 'datagen', 'number-of-rows' = '6', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '6');
		SET 'parallelism.default' = '1'`)
	defer run(t, "DROP TEMPORARY TABLE ticks; RESET 'parallelism.default'")
	for text, want := range map[string][]string{
		"SELECT id, LAG(id) OVER (ORDER BY ts) FROM ticks": {"1 (null)", "2 1", "3 2", "4 3", "5 4", "6 5"},
		"SELECT id, id - LAG(id, 2, CAST(0 AS BIGINT)) OVER w AS d, SUM(id) OVER w, LAG(p) OVER w FROM ticks WINDOW w AS (PARTITION BY p ORDER BY ts)": {
			"1 1 3 (null)", "2 2 3 0", "3 3 12 (null)", "4 4 12 1", "5 2 12 1", "6 6 6 (null)"},
		"SELECT SUM(l), COUNT(l) FROM (SELECT LAG(id) OVER (ORDER BY pt) AS l FROM ticks) WHERE l > 1": {"14 4"},
		"SELECT id, n, COUNT(*) OVER (PARTITION BY p ORDER BY ts) FROM (SELECT *, SUM(id) OVER (ORDER BY ts) AS n FROM ticks)": {
			"1 3 2", "2 3 2", "3 15 3", "4 15 3", "5 15 3", "6 21 1"},
		"SELECT id, RANK() OVER (ORDER BY pt) FROM ticks": {"1 1", "2 2", "3 3", "4 4", "5 5", "6 6"},
	} {
		got := sessiontest.Drain(t, run(t, text).Events)
		if got.Ended.State == query.Finished && slices.Equal(got.Table, want) {
			continue
		}
		t.Errorf("%s: %+v, table %q", text, got.Ended, got.Table)
	}
	for call, says := range map[string]string{
		"RANK() OVER (ORDER BY ts)":                 "ranks rows with equal values incorrectly",
		"1 + DENSE_RANK() OVER (ORDER BY p)":        "ranks rows with equal values incorrectly",
		"LAG(id) OVER (PARTITION BY p ORDER BY id)": "LAG needs ORDER BY with a time attribute",
		"LAG(id, 1, 0) OVER (ORDER BY ts)":          "the default of LAG must have the type of its column",
		"LAG(id) OVER ()":                           "OVER needs ORDER BY with one time attribute",
	} {
		if _, err := execute(t, "SELECT "+call+" FROM ticks", query.Lossless); err == nil || !strings.Contains(session.Explain(err), says) {
			t.Errorf("%s: %v", call, err)
		}
	}
}
