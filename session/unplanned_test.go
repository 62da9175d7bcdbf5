package session_test

import (
	"slices"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/sessiontest"
)

// Flink plans the first row of each key, ordered by more than a time attribute, as a
// result that only adds rows, and updates them all the same. They are folded by the
// key, or added where it is not selected; the kinds are the real ones.
func TestChangesThatThePlanDoesNotSay(t *testing.T) {
	run(t, `CREATE TEMPORARY TABLE bids (id BIGINT, k AS MOD(id, 3), ts AS TO_TIMESTAMP_LTZ(1000 * id, 3), WATERMARK FOR ts AS ts)
		WITH ('connector' = 'datagen', 'number-of-rows' = '9', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '9')`)
	defer run(t, "DROP TEMPORARY TABLE bids")
	const best = ` FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY id DESC, ts ASC) AS rn FROM bids) WHERE rn = 1`
	for columns, want := range map[string][]string{
		"SELECT k, id": {"0 9", "1 7", "2 8"},
		"SELECT id":    {"1", "2", "3", "4", "5", "6", "7", "8", "9"},
	} {
		got := sessiontest.Drain(t, run(t, columns+best).Events)
		updates := slices.ContainsFunc(got.Changes, func(c string) bool { return strings.HasPrefix(c, "+U ") })
		if got.Ended.State != session.Finished || !updates || !slices.Equal(got.Table, want) {
			t.Errorf("%s: %+v, table %q, changes %q", columns, got.Ended, got.Table, got.Changes)
		}
	}
}
