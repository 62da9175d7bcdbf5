package report_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"riffle/session/report"
	"riffle/udfhost/engine"
	"riffle/udfhost/guest"
)

// cluster has the reports of a job's workers.
type cluster struct {
	mu      sync.Mutex
	reports []engine.Report
	err     error
	heard   []string // what the follower has passed on
}

func (c *cluster) read(context.Context) ([]engine.Report, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reports, c.err
}

// answer changes what the cluster answers from now on.
func (c *cluster) answer(err error, reports ...engine.Report) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err, c.reports = err, reports
}

func (c *cluster) hear(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = append(c.heard, fmt.Sprintf(format, args...))
}

// takeHeard returns what was passed on since it was last called.
func (c *cluster) takeHeard() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	heard := c.heard
	c.heard = nil
	return heard
}

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
		c := &cluster{}
		f := report.New(t.Context(), c.read, func(err error) { c.hear("lost: %v", err) })
		f.Follow("q1", engine.Observer{
			Printed: func(l engine.Line) { c.hear("%s: %s (%d)", l.Function, l.Text, l.Suppressed) },
			Failed:  func(u engine.Usage) { c.hear("%s failed: %v", u.Function, u.First) },
		})
		first := &guest.Failure{Function: "F", Arguments: []string{"3"}, Message: "odd"}
		usage := func(rows, failed int64) []engine.Usage {
			return []engine.Usage{{Function: "F", OnError: engine.Null, Rows: rows, Batches: 1, Failed: failed, Time: 5, Subtasks: 1, First: first}}
		}
		expect := func(when string, want ...string) {
			t.Helper()
			time.Sleep(3 * time.Second)
			synctest.Wait()
			if heard := c.takeHeard(); !slices.Equal(heard, want) {
				t.Errorf("%s: heard %q, want %q", when, heard, want)
			}
		}
		expect("before the first report")
		c.answer(nil, engine.Report{Worker: "a", Number: 1, Functions: usage(10, 1), Lines: lines(1, "one", "two")})
		expect("the first report", "F: one (0)", "F: two (0)", "F failed: F(3): odd")
		expect("the same report again")
		c.answer(nil,
			engine.Report{Worker: "a", Number: 5, Functions: usage(20, 2), Lines: lines(2, "two", "three")},
			engine.Report{Worker: "b", Number: 1, Functions: usage(1, 1), Lines: lines(9, "nine")})
		expect("another worker, whose first lines are gone", "F: three (0)", "F: nine (8)")
		c.answer(nil, engine.Report{Worker: "a", Number: 4, Functions: usage(15, 2), Lines: lines(4, "late")})
		expect("an old report")
		c.answer(errors.New("no answer"))
		expect("a cluster that does not answer")
		want := []engine.Usage{{Function: "F", OnError: engine.Null, Rows: 21, Batches: 2, Failed: 3, Time: 10, Subtasks: 2, First: first}}
		if got := f.Usage("q1"); !equal(got, want) {
			t.Errorf("used %+v", got)
		}
		c.answer(nil, engine.Report{Worker: "a", Number: 6, Functions: usage(30, 2), Lines: lines(4, "four"), Suppressed: 7})
		n := f.Flush("q1")
		if heard := c.takeHeard(); n != 7 || !slices.Equal(heard, []string{"F: four (0)"}) {
			t.Errorf("%d lines are suppressed, heard %q", n, heard)
		}
		if n := f.Flush("q1"); n != 0 {
			t.Errorf("%d lines are suppressed twice", n)
		}
		c.answer(errors.New("no answer"))
		f.Flush("q1")
		if heard := c.takeHeard(); !slices.Equal(heard, []string{"lost: no answer"}) {
			t.Errorf("heard %q", heard)
		}
		f.Forget("q1")
	})
}

func equal(a, b []engine.Usage) bool {
	return slices.EqualFunc(a, b, func(x, y engine.Usage) bool { return reflect.DeepEqual(x, y) })
}
