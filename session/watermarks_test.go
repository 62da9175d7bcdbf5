package session_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

// A watermark comes out of a function behind exactly the rows that it followed, so a late row stays late:
// windows and CURRENT_WATERMARK after a function are those of the same query without it.
func TestWatermarksKeepTheirPlaceAmongRows(t *testing.T) {
	numbered(t)
	run(t, "func Stay(n int64) int64 { return n }\nCREATE TEMPORARY FUNCTION Fired AS 'numbered.Fired'")
	t.Cleanup(func() { cleanUp(t, "RESET; DROP TEMPORARY FUNCTION Fired") })
	for _, source := range sample.Every(2, []watermarked{
		{name: "after the source", with: "'connector' = 'datagen', 'rows-per-second' = '1000000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '4000'"},
		{name: "in the source, with each row", with: "'connector' = 'numbered', 'number-of-rows' = '4000', 'push-down' = 'true', 'scan.watermark.emit.strategy' = 'on-event'"},
		{
			name: "in the source, one split is idle", settings: "SET 'parallelism.default' = '2'; SET 'pipeline.auto-watermark-interval' = '10 ms'", idle: true,
			with: "'connector' = 'numbered', 'number-of-rows' = '4000', 'one-idle' = 'true', 'push-down' = 'true', " +
				"'scan.watermark.emit.strategy' = 'on-event', 'scan.watermark.idle-timeout' = '10 ms'",
		},
		{
			name: "after the source, one split is idle", settings: "SET 'parallelism.default' = '2'; SET 'table.exec.source.idle-timeout' = '10 ms'", idle: true,
			with: "'connector' = 'numbered', 'number-of-rows' = '4000', 'one-idle' = 'true'",
		},
	}) {
		t.Run(source.name, source.compare)
	}
}

// watermarked is a source of rows and watermarks.
type watermarked struct {
	name, settings, with string
	idle                 bool
}

// compare compares windows and CURRENT_WATERMARK after a function with those of the same query without it. Only the
// second half of the rows has late ones, because a source with an idle split waits in the middle until it is known to
// be idle.
func (w watermarked) compare(t *testing.T) {
	run(t, "RESET; "+w.settings)
	run(t, `CREATE TEMPORARY TABLE late (
		id BIGINT,
		ts AS TO_TIMESTAMP_LTZ(CASE WHEN MOD(id, 15) = 0 AND id > 2000 THEN id * 1000 - 14000 ELSE id * 1000 END, 3),
		WATERMARK FOR ts AS ts - INTERVAL '1' SECOND
	) WITH (`+w.with+`)`)
	defer run(t, "DROP TEMPORARY TABLE late")
	rows := func(query, id, where string) []string {
		name, hint := fmt.Sprint(time.Now().UnixNano()), ""
		if w.idle && query == windowed {
			hint = fmt.Sprintf("/*+ OPTIONS('paused-run' = '%s') */", name)
		}
		run(t, fmt.Sprintf("CREATE TEMPORARY VIEW passed AS SELECT %s AS id, ts FROM late %s WHERE %s", id, hint, where))
		defer run(t, "DROP TEMPORARY VIEW passed")
		got := sessiontest.Drain(t, run(t, fmt.Sprintf(query, name)).Events)
		if got.Ended.Err != nil {
			t.Fatal(got.Ended.Err)
		}
		return got.Table
	}
	for _, query := range []string{windowed, "SELECT id, ts, CURRENT_WATERMARK(ts), '%s' <> '' FROM passed"} {
		if !sample.Whole && w.idle != (query == windowed) {
			continue
		}
		want, got := rows(query, "id", "id > 0"), rows(query, "Stay(id)", "Stay(id + 1) > 1") // two operators
		if len(want) < 500 || !slices.Equal(got, want) {
			t.Errorf("%s:\n%s", query, difference(got, want, "without a function"))
		}
	}
}

const windowed = "SELECT window_start, MOD(id, 13), Fired(COUNT(*), '%s'), SUM(id) FROM " +
	"TUMBLE(TABLE passed, DESCRIPTOR(ts), INTERVAL '5' SECOND) GROUP BY window_start, window_end, MOD(id, 13)"
