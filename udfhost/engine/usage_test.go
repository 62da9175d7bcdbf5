package engine

import (
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"riffle/udfhost/guest"
	"riffle/udfhost/operation"
)

// The last line that is shown says that it is the last.
func TestPrintedLast(t *testing.T) {
	a := newAccount("q1")
	a.shown = lineBudget{burst: 10, total: 3}
	var last []bool
	a.follow(Observer{Printed: func(l Line) { last = append(last, l.Last) }})
	for range 5 {
		a.printed(operation.Caller{Log: slog.New(slog.DiscardHandler)}, "F", "line")
	}
	if !slices.Equal(last, []bool{false, false, true}) || a.suppressed != 2 {
		t.Errorf("shown %v, %d held back", last, a.suppressed)
	}
}

func TestLineBudget(t *testing.T) {
	a := lineBudget{burst: 3, perSecond: 2, total: 6}
	now := time.Unix(100, 0)
	for i, test := range []struct {
		after time.Duration
		want  bool
	}{
		{0, true},
		{0, true},
		{0, true},
		{0, false},
		{500 * time.Millisecond, true},
		{0, false},
		{time.Hour, true}, // three are left, and one in all
		{0, true},
		{0, false},
	} {
		now = now.Add(test.after)
		if got := a.allow(now); got != test.want {
			t.Errorf("line %d passes: %v", i, got)
		}
	}
}

// The time of calls that are made together is what each function has taken, and its share of the rest.
func TestTimeOfCallsTogether(t *testing.T) {
	g := &workerGuest{account: newAccount("q1")}
	var calls []operation.Invocation
	for _, name := range []string{"Quick", "Slow", "Bad"} {
		calls = append(calls, operation.Invocation{Function: &function{call: guest.Function{Name: name}, onError: Fail}})
	}
	g.count(calls[:2], []guest.Outcome{{Took: 10}, {Took: 50}}, 1, 100, nil)
	g.count(calls, []guest.Outcome{{Took: 100}, {Took: 200}}, 1, 360, errors.New("no"))
	g.count(calls[:1], []guest.Outcome{{Took: 1000}}, 1, 900, nil) // by another clock
	for _, u := range g.account.usage() {
		if want := map[string]time.Duration{"Quick": 30 + 120 + 1000, "Slow": 70 + 220, "Bad": 20}[u.Function]; u.Time != want {
			t.Errorf("%s took %d, want %d", u.Function, u.Time, want)
		}
	}
}

// A worker that starts after its query was forgotten keeps nothing of the query.
func TestLateWorker(t *testing.T) {
	e := New(guest.Options{})
	defer e.Close()
	e.Forget("q1")
	late, err := e.Open(t.Context(), operation.Caller{Query: "q1", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()
	if e.findAccount("q1") != nil {
		t.Error("a worker that comes late keeps a query for good")
	}
}
