package repl

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"riffle/session/changelog"
	"riffle/session/query"
)

// added returns a query whose plan only adds rows.
func added(keys ...[]int) *recorded {
	return &recorded{started: query.Started{Query: "q3", Schema: schemaOf("grade", "n"), Kinds: []string{"+I"}, UpsertKeys: keys}}
}

// If rows change although the plan is append-only, the live view folds them, by the key if
// there is one, and says so wherever it shows its figures.
func TestChangesThatThePlanDoesNotKnow(t *testing.T) {
	for want, keys := range map[string][][]int{
		"they replace rows with the same grade": {{0}},
		"a changed row is added again":          nil,
	} {
		s := newStage(t, added(keys...), 120, 16)
		s.rows(change{changelog.Insert, "a", 1}, change{changelog.Insert, "b", 2})
		s.tick("before", time.Second)
		if strings.Contains(s.log.String(), "append-only") {
			t.Errorf("before any change:\n%s", &s.log)
		}
		s.rows(change{changelog.UpdateAfter, "a", 7})
		s.tick("after", 2*time.Second)
		if got := s.log.String(); strings.Count(got, want) != 1 || !strings.Contains(got, "7") {
			t.Errorf("the status does not say %q once:\n%s", want, got)
		}
		if rows := s.query.table.Stats().Rows; rows != 3-len(keys) {
			t.Errorf("%q: %d rows", want, rows)
		}
		s.log.Reset()
		s.end("end", outcome{Ended: query.Ended{State: query.Finished}})
		if got := s.log.String(); strings.Count(got, want) != 1 {
			t.Errorf("the last line does not say %q once:\n%s", want, got)
		}
	}
}

// Rows that are written as they arrive cannot be retracted. A message says so, and --changelog
// has the real kinds.
func TestWrittenRowsThatChange(t *testing.T) {
	for _, test := range []struct {
		changelog bool
		want      string
		notices   int
	}{
		{false, "grade,n\na,1\na,7\nb,2\n", 2},
		{true, "op,grade,n\n+I,a,1\n+U,a,7\n-D,a,7\n+I,b,2\n", 0},
	} {
		var out bytes.Buffer
		var notices []string
		o := output{Options: Options{Format: "csv", Changelog: test.changelog}, w: &out, notice: func(n string) { notices = append(notices, n) }}
		d, err := newRowsDisplay(o, added(), func(string) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		rec := batch(schemaOf("grade", "n"), change{changelog.Insert, "a", 1}, change{changelog.UpdateAfter, "a", 7},
			change{changelog.Delete, "a", 7}, change{changelog.Insert, "b", 2})
		defer rec.Release()
		if err := d.rows(rec); err != nil {
			t.Fatal(err)
		}
		if err := d.end(outcome{}); err != nil {
			t.Fatal(err)
		}
		if out.String() != test.want || len(notices) != test.notices {
			t.Errorf("changelog %v:\n%s%q", test.changelog, &out, notices)
		}
	}
}
