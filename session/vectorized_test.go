package session_test

import (
	"fmt"
	"regexp"
	"testing"

	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

// TestVectorized calls vectorized functions in a filter, around other functions and with NULL, and compares them with
// the same in SQL.
func TestVectorized(t *testing.T) {
	declare(t)
	run(t, `//riffle:vectorized
func Added(a []int64, b []int64) []int64 { r := make([]int64, len(a)); for i := range a { r[i] = a[i] + b[i] }; return r }
func OrZero(a riffle.Column[int64]) []int64 { return a.Values }
//riffle:vectorized
func Names(a []*int64) []*string {
	r := make([]*string, len(a))
	for i, n := range a { if n != nil && *n%5 > 0 { s := strconv.FormatInt(*n, 10); r[i] = &s } }
	return r
}
//riffle:vectorized
func NoFives(a []int64) ([]int64, error) { if slices.Contains(a, 5) { return nil, errors.New("there is a five") }; return a, nil }`)
	rows := sample.Of(30_000, 300_000)
	run(t, fmt.Sprintf(`CREATE TEMPORARY TABLE vectors (id BIGINT, n AS NULLIF(MOD(id, 7), 3)) WITH ('connector' = 'datagen', 'number-of-rows' = '%d',
		'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '%d')`, rows, rows))
	defer run(t, "DROP TEMPORARY TABLE vectors")
	selects := func(added, zero, name, positive string) string {
		return fmt.Sprintf("SELECT COUNT(*), SUM(%s), COUNT(%[1]s), SUM(%s), SUM(CHAR_LENGTH(%s)), COUNT(%[3]s) FROM vectors WHERE %s", added, zero, name, positive)
	}
	run(t, "SET 'execution.runtime-mode' = 'batch'")
	defer run(t, "RESET 'execution.runtime-mode'")
	own := sessiontest.Drain(t, run(t, selects("Added(id, Positive(n))", "OrZero(n)", "Names(n)", "Added(id, -10) > 0")).Events)
	same := sessiontest.Drain(t, run(t, selects("id + n", "COALESCE(n, 0)", "CASE WHEN MOD(n, 5) > 0 THEN CAST(n AS STRING) END", "id - 10 > 0")).Events)
	if own.Ended.State != query.Finished || len(own.Table) != 1 || fmt.Sprint(own.Table) != fmt.Sprint(same.Table) {
		t.Errorf("%v, %q, in SQL %q", own.Ended.Err, own.Table, same.Table)
	}

	run(t, "SET 'riffle.functions.on-error' = 'null'")
	defer run(t, "RESET 'riffle.functions.on-error'")
	got := sessiontest.Drain(t, run(t, "SELECT COUNT(*), COUNT(CASE WHEN id = 5 THEN NoFives(id) END) FROM vectors WHERE id < 11").Events)
	if fmt.Sprint(got.Table) != "[10 0]" {
		t.Errorf("a failed call: %q", got.Table)
	}
	if len(got.Failed) == 0 || !oneBatchFailed.MatchString(got.Failed[len(got.Failed)-1].String()) {
		t.Errorf("reports %v", got.Failed)
	}
}

// The ten rows may come in several batches.
var oneBatchFailed = regexp.MustCompile(`^(1 call of NoFives failed, its result is NULL|\d+ calls of NoFives failed, their results are NULL, the first): NoFives: there is a five, in a batch of \d+ rows?$`)
