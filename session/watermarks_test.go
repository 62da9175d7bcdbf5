package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"riffle/session/sessiontest"
)

// A watermark comes out of a function behind exactly the rows that it followed, so a late row stays late:
// windows and CURRENT_WATERMARK after a function are those of the same query without it.
func TestWatermarksKeepTheirPlaceAmongRows(t *testing.T) {
	numbered(t)
	run(t, "func Stay(n int64) int64 { return n }")
	defer run(t, "RESET")
	const count = 4000
	for _, source := range []struct{ name, settings, with string }{
		{"after the source", "", "'connector' = 'datagen', 'rows-per-second' = '1000000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '4000'"},
		{"in the source, with each row", "", "'connector' = 'numbered', 'push-down' = 'true', 'scan.watermark.emit.strategy' = 'on-event'"},
		{"in the source, one split is idle", "SET 'parallelism.default' = '2'; SET 'pipeline.auto-watermark-interval' = '10 ms'",
			"'connector' = 'numbered', 'push-down' = 'true', 'one-idle' = 'true', 'scan.watermark.emit.strategy' = 'on-event', 'scan.watermark.idle-timeout' = '10 ms'"},
		{"after the source, one split is idle", "SET 'parallelism.default' = '2'; SET 'table.exec.source.idle-timeout' = '10 ms'",
			"'connector' = 'numbered', 'one-idle' = 'true'"},
	} {
		t.Run(source.name, func(t *testing.T) {
			with := source.with
			if strings.Contains(with, "numbered") {
				with += fmt.Sprintf(", 'number-of-rows' = '%d'", count)
			}
			run(t, "RESET; "+source.settings)
			run(t, `CREATE TEMPORARY TABLE late (
				id BIGINT,
				ts AS TO_TIMESTAMP_LTZ(CASE WHEN MOD(id, 15) = 0 THEN id * 1000 - 14000 ELSE id * 1000 END, 3),
				WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
			) WITH (`+with+`);
			CREATE TEMPORARY VIEW straight AS SELECT id, ts FROM late;
			CREATE TEMPORARY VIEW through AS SELECT Stay(id) AS id, ts FROM late WHERE Stay(id + 1) > 1 -- two operators`)
			defer run(t, "DROP TEMPORARY VIEW straight; DROP TEMPORARY VIEW through; DROP TEMPORARY TABLE late")
			for _, query := range []string{
				"SELECT window_start, COUNT(*), SUM(id) FROM TUMBLE(TABLE %s, DESCRIPTOR(ts), INTERVAL '5' SECOND) GROUP BY window_start, window_end",
				"SELECT id, ts, CURRENT_WATERMARK(ts) FROM %s",
			} {
				want := sessiontest.Drain(t, run(t, fmt.Sprintf(query, "straight")).Events)
				got := sessiontest.Drain(t, run(t, fmt.Sprintf(query, "through")).Events)
				if len(want.Table) < count/8 || !slices.Equal(got.Table, want.Table) {
					t.Errorf("%s:\n%d rows, %v\nwant %d rows, %v", query, len(got.Table), got.Ended.Err, len(want.Table), want.Ended.Err)
				}
			}
		})
	}
}
