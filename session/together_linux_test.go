package session_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

// mixed is how many rows the queries below have.
var mixed = sample.Of(10_000, 200_000)

// tableRows is how many rows, the last, the table of a query keeps that only adds some.
const tableRows = 100_000

// Queries with functions run at the same time: one is cancelled, one fails in its first bundle,
// one has values of 8 MB. The results of the others are exact, and none of the queries leaves
// anything behind.
func TestQueriesTogether(t *testing.T) {
	declare(t)
	run(t, sessiontest.SequenceTable("mixed", mixed)+`;
		CREATE TEMPORARY TABLE pulse (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000');
		SET 'parallelism.default' = '2'`)
	defer run(t, "RESET; DROP TEMPORARY TABLE mixed; DROP TEMPORARY TABLE pulse")
	queriesTogether(t) // what is created once and kept exists afterwards
	before := belongings(t)
	// The gateway keeps the connections of as many calls as were ever under way
	// at a time: some more, but not some more each time.
	before["files"] += 4
	for range sample.Of(1, 3) {
		queriesTogether(t)
	}
	var after map[string]int
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if after = belongings(t); fewer(after, before) {
			return
		}
		if time.Now().After(deadline) {
			break
		}
	}
	t.Errorf("before: %v, after: %v", before, after)
}

func queriesTogether(t *testing.T) {
	t.Helper()
	endless := run(t, "SELECT Add(CAST(MOD(id, 100) AS BIGINT), 1) FROM pulse")
	failing := run(t, "SELECT Never(id) FROM mixed")
	wide := sample.Of(2, 6)
	large := run(t, fmt.Sprintf("SELECT id, CHAR_LENGTH(Broad(id)), LEFT(Broad(id), 1) FROM mixed WHERE id <= %d", wide))
	sums := run(t, "SELECT COUNT(*), SUM(Add(id, 1)), COUNT(DISTINCT Tag(id)) FROM mixed WHERE id <= 2000")
	rows := run(t, "SELECT Add(id, 1), Tag(id) FROM mixed")

	sessiontest.AwaitRows(t, endless.Query)
	if err := endless.Query.Cancel(t.Context()); err != nil {
		t.Error(err)
	}
	if got := sessiontest.Drain(t, endless.Events); got.Ended.State != query.Cancelled {
		t.Errorf("the endless query: %+v", got.Ended)
	}
	if got := sessiontest.Drain(t, failing.Events); got.Ended.State != query.Failed || !strings.Contains(got.Ended.Err.Error(), "never") {
		t.Errorf("the failing query: %+v", got.Ended)
	}
	var want []string
	for i := 1; i <= wide; i++ {
		want = append(want, fmt.Sprintf("%d %d %c", i, 8<<20, 'a'+i))
	}
	if got := sessiontest.Drain(t, large.Events); !slices.Equal(got.Table, want) {
		t.Errorf("large values: %q, %v", got.Table, got.Ended.Err)
	}
	if got := sessiontest.Drain(t, sums.Events); !slices.Equal(got.Table, []string{"2000 2003000 7"}) {
		t.Errorf("sums: %q, %v", got.Table, got.Ended.Err)
	}
	want = want[:0]
	for i := 1; i <= mixed; i++ {
		want = append(want, fmt.Sprintf("+I %d tag %d", i+1, i%7))
	}
	slices.Sort(want)
	got := sessiontest.Drain(t, rows.Events)
	var kept []string
	for _, change := range got.Changes[max(0, len(got.Changes)-tableRows):] {
		kept = append(kept, strings.TrimPrefix(change, "+I "))
	}
	slices.Sort(kept)
	slices.Sort(got.Changes)
	if !slices.Equal(got.Changes, want) || !slices.Equal(got.Table, kept) {
		t.Errorf("rows: %d, the last %d of which are not the table of %d, %v", len(got.Changes), len(kept), len(got.Table), got.Ended.Err)
	}
}

// belongings counts what queries could leave behind: goroutines, files and sockets of this
// process, its children, jobs that the gateway still knows.
func belongings(t *testing.T) map[string]int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	children := 0
	tasks, _ := filepath.Glob("/proc/self/task/*/children")
	for _, task := range tasks {
		if text, err := os.ReadFile(task); err == nil { // otherwise the thread has just ended
			for child := range strings.FieldsSeq(string(text)) {
				if _, err := strconv.Atoi(child); err == nil {
					children++
				}
			}
		}
	}
	return map[string]int{
		"goroutines": runtime.NumGoroutine(), "files": len(files), "children": children, "queries": len(shared.Queries()),
	}
}

func fewer(after, before map[string]int) bool {
	for what, n := range after {
		if n > before[what] {
			return false
		}
	}
	return true
}
