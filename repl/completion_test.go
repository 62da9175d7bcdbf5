package repl_test

import (
	"slices"
	"testing"
	"time"
)

// A jar's connectors can be completed once it is added, until it is removed.
func completionKnowsTheJars(t *testing.T, l *lab) {
	run := func(text string) {
		if said, err := l.run(text); err != nil {
			t.Fatal(said)
		}
	}
	run("SELECT 1;")
	l.awaitCandidates("CREATE TABLE t (a INT) WITH ('connector' = '", "'datagen'", true)
	l.awaitCandidates("CREATE TABLE t (a INT) WITH ('connector' = '", "'shelf'", false)
	run("ADD JAR '${dir}/shelf.jar';")
	l.awaitCandidates("CREATE TABLE t (a INT) WITH ('connector' = '", "'shelf'", true)
	l.awaitCandidates("CREATE CATALOG c WITH ('type' = '", "'shelf'", true)
	run("REMOVE JAR '${dir}/shelf.jar';")
	l.awaitCandidates("CREATE TABLE t (a INT) WITH ('connector' = '", "'datagen'", true)
	l.awaitCandidates("CREATE TABLE t (a INT) WITH ('connector' = '", "'shelf'", false)
}

// awaitCandidates types a text until a candidate can complete it, or no longer can.
func (l *lab) awaitCandidates(text, candidate string, wanted bool) {
	l.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		l.session.Prefetch(text, len(text), nil)
		var words []string
		_, found := l.session.Complete(text, len(text), nil)
		for _, c := range found {
			words = append(words, c.Text)
		}
		if slices.Contains(words, candidate) == wanted {
			return
		}
		if time.Now().After(deadline) {
			l.t.Fatalf("%s: %q, and it should be %t of %s", text, words, wanted, candidate)
		}
	}
}
