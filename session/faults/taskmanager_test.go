package faults_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
)

// stuck is a query that returns a row and then cannot be cancelled: Java's regular expressions
// ignore interrupts, and the second row takes forever.
const stuck = `SELECT REGEXP_REPLACE(REPEAT('a', 60 * CAST(id - 1 AS INT)), '(a|aa)+b\1', '') FROM pair`

// loseTaskManager makes Flink give up its TaskManager because of a task that cannot be cancelled. It needs the table
// pair, and task.cancellation.timeout of a second. A query that is cancelled before its second row ends as any other
// does, and the next one is tried.
func loseTaskManager(t *testing.T, m *sessiontest.Mortal) {
	t.Helper()
	for range 20 {
		before := givenUp(t, m)
		victim, err := m.Try(stuck)
		if err != nil {
			t.Fatal(session.Explain(err))
		}
		sessiontest.AwaitRows(t, victim.Query)
		if err := victim.Query.Cancel(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := sessiontest.Drain(t, victim.Events); got.Ended.State == query.Finished {
			t.Fatal("the query has finished although its second row takes forever")
		}
		if givenUp(t, m) > before {
			return
		}
	}
	t.Fatal("each query was cancelled before its second row")
}

// givenUp returns how often Flink has given up a TaskManager, from Flink's log.
func givenUp(t *testing.T, m *sessiontest.Mortal) int {
	t.Helper()
	log, err := os.ReadFile(filepath.Join(m.Folder(), "flink.log"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(log), "Task did not exit gracefully within")
}
