package session_test

import (
	"slices"
	"testing"

	"riffle/session/sessiontest"
)

// Rows go into the operator of a function without a copy, and the operator before it uses one object for all
// rows. So the function's operator must not keep a row, nor an object in it, until the next row comes.
func TestRowsIntoFunctionsAreNotCopied(t *testing.T) {
	declare(t)
	run(t, sessiontest.SequenceTable("uncopied", 5000)+`;
		CREATE TEMPORARY VIEW uncopied_columns AS SELECT id, ARRAY[id, id * 2] AS a, MAP['k', id] AS m, ROW(id, CAST(id AS STRING)) AS r,
			'n' || CAST(id AS STRING) AS s, CAST(id AS DECIMAL(30, 2)) AS d, TO_TIMESTAMP_LTZ(id * 1000, 3) AS made,
			CAST(CAST(id AS STRING) AS BYTES) AS b FROM uncopied`)
	defer run(t, "RESET; DROP TEMPORARY VIEW uncopied_columns; DROP TEMPORARY TABLE uncopied")
	const columns = ", a, m, r, s, d, made, b FROM uncopied_columns"
	for _, settings := range []string{
		"RESET", // riffle reuses objects in streaming queries without state
		"SET 'execution.runtime-mode' = 'batch'; SET 'pipeline.object-reuse' = 'false'",
		"SET 'execution.runtime-mode' = 'batch'; SET 'pipeline.object-reuse' = 'true'",
	} {
		run(t, settings)
		want := sessiontest.Drain(t, run(t, "SELECT id + 1"+columns).Events)
		got := sessiontest.Drain(t, run(t, "SELECT Add(id, 1)"+columns).Events)
		if len(want.Table) != 5000 || !slices.Equal(got.Table, want.Table) {
			t.Errorf("%s:\n%d rows, %v\nwant %d rows, %v", settings, len(got.Table), got.Ended.Err, len(want.Table), want.Ended.Err)
		}
	}
}
