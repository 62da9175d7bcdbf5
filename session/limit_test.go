package session_test

import (
	"testing"

	"riffle/session/query"
	"riffle/session/sessiontest"
)

// A LIMIT over rows that are only added ends the query when that many rows have arrived, as
// finished, although the source never ends. Rows that may change continue.
func TestLimitEndsTheQuery(t *testing.T) {
	run(t, `CREATE TEMPORARY TABLE endless (id INT, ts TIMESTAMP_LTZ(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen',
		'rows-per-second' = '500', 'fields.id.min' = '1', 'fields.id.max' = '9'); SET 'parallelism.default' = '2'`)
	defer run(t, "RESET; DROP TEMPORARY TABLE endless")
	for text, want := range map[string]int{
		"SELECT id FROM endless LIMIT 5":                                                         5,
		"SELECT id, ts FROM endless LIMIT 3 OFFSET 10":                                           3,
		"SELECT id FROM endless LIMIT 0":                                                         0,
		"SELECT UPPER('x'), id + 1 FROM (SELECT id FROM endless WHERE id > 2 LIMIT 4) LIMIT 100": 4,
		"(SELECT id FROM endless LIMIT 2) UNION ALL (SELECT id FROM endless LIMIT 3)":            5,
	} {
		got := sessiontest.Drain(t, run(t, text).Events)
		if got.Ended.State != query.Finished || len(got.Changes) != want {
			t.Errorf("%s: %v after %d rows, %v", text, got.Ended.State, len(got.Changes), got.Ended.Err)
		}
	}
	for text, want := range map[string]int64{
		"SELECT id FROM endless":                                                0,
		"SELECT id, COUNT(*) FROM endless GROUP BY id LIMIT 3":                  0,
		"SELECT id FROM endless ORDER BY id LIMIT 3":                            0,
		"SELECT id FROM endless LIMIT 2":                                        2,
		"SELECT id FROM (SELECT id FROM endless LIMIT 9 OFFSET 3) WHERE id > 5": 9,
	} {
		reply := run(t, text)
		if got := reply.Query.Started().Limit; got != want {
			t.Errorf("%s: complete with %d rows, want %d", text, got, want)
		}
		_ = reply.Query.Cancel(t.Context())
		sessiontest.Drain(t, reply.Events)
	}
}
