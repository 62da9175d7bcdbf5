package report_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"riffle/session/report"
	"riffle/udfhost/engine"
	"riffle/udfhost/guest"
)

// cluster has the reports of a job's workers.
type cluster struct {
	reports []engine.Report
	err     error
}

func (c *cluster) read(context.Context) ([]engine.Report, error) { return c.reports, c.err }

func lines(from int64, texts ...string) []engine.ReportedLine {
	var all []engine.ReportedLine
	for i, text := range texts {
		all = append(all, engine.ReportedLine{Number: from + int64(i), Line: engine.Line{Function: "F", Text: text}})
	}
	return all
}

// Lines and failures are passed on once each, whatever reports repeat, and lines that a report has no more are counted.
func TestFollower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, heard := &cluster{}, []string(nil)
		f := report.New(t.Context(), c.read, func(err error) { heard = append(heard, "lost: "+err.Error()) })
		f.Follow("q1", engine.Observer{
			Printed: func(l engine.Line) {
				heard = append(heard, fmt.Sprintf("%s: %s (%d)", l.Function, l.Text, l.Suppressed))
			},
			Failed: func(u engine.Usage) { heard = append(heard, fmt.Sprintf("%s failed: %v", u.Function, u.First)) },
		})
		first := &guest.Failure{Function: "F", Arguments: []string{"3"}, Message: "odd"}
		usage := func(rows, failed int64) []engine.Usage {
			return []engine.Usage{{Function: "F", OnError: engine.Null, Rows: rows, Batches: 1, Failed: failed, Time: 5, Subtasks: 1, First: first}}
		}
		expect := func(when string, want ...string) {
			t.Helper()
			time.Sleep(3 * time.Second)
			synctest.Wait()
			if !slices.Equal(heard, want) {
				t.Errorf("%s: heard %q, want %q", when, heard, want)
			}
			heard = nil
		}
		expect("before the first report")
		c.reports = []engine.Report{{Worker: "a", Number: 1, Functions: usage(10, 1), Lines: lines(1, "one", "two")}}
		expect("the first report", "F: one (0)", "F: two (0)", "F failed: F(3): odd")
		expect("the same report again")
		c.reports = []engine.Report{
			{Worker: "a", Number: 5, Functions: usage(20, 2), Lines: lines(2, "two", "three")},
			{Worker: "b", Number: 1, Functions: usage(1, 1), Lines: lines(9, "nine")},
		}
		expect("another worker, whose first lines are gone", "F: three (0)", "F: nine (8)")
		c.reports = []engine.Report{{Worker: "a", Number: 4, Functions: usage(15, 2), Lines: lines(4, "late")}}
		expect("an old report")
		c.err = errors.New("no answer")
		expect("a cluster that does not answer")
		want := []engine.Usage{{Function: "F", OnError: engine.Null, Rows: 21, Batches: 2, Failed: 3, Time: 10, Subtasks: 2, First: first}}
		if got := f.Usage("q1"); !equal(got, want) {
			t.Errorf("used %+v", got)
		}
		c.err, c.reports = nil, []engine.Report{{Worker: "a", Number: 6, Functions: usage(30, 2), Lines: lines(4, "four"), Suppressed: 7}}
		if n := f.Flush("q1"); n != 7 || !slices.Equal(heard, []string{"F: four (0)"}) {
			t.Errorf("%d lines are suppressed, heard %q", n, heard)
		}
		if n := f.Flush("q1"); n != 0 {
			t.Errorf("%d lines are suppressed twice", n)
		}
		heard, c.err = nil, errors.New("no answer")
		f.Flush("q1")
		if !slices.Equal(heard, []string{"lost: no answer"}) {
			t.Errorf("heard %q", heard)
		}
		f.Forget("q1")
	})
}

func equal(a, b []engine.Usage) bool {
	return slices.EqualFunc(a, b, func(x, y engine.Usage) bool { return x == y })
}
