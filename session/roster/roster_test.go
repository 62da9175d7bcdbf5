package roster

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"

	"riffle/session/gateway"
	"riffle/session/query"
)

// silent is the source of a query that ends when the test ends it.
type silent struct {
	*query.LocalRows
	end chan struct{}
}

func (s silent) Next(ctx context.Context) (gateway.Delivery, error) {
	<-s.end
	return gateway.Delivery{}, io.EOF
}

// begin adds a query with a job. end ends it.
func begin(t *testing.T, r *Roster, functions ...string) (q *query.Query, end func()) {
	t.Helper()
	source := silent{end: make(chan struct{})}
	number := r.Number()
	r.UseNumber()
	q, events, err := query.New(query.Config{
		Started: query.Started{Query: number, Job: "job-" + number, Functions: functions}, Source: source,
		Others: func() []*query.Query { return r.JobsBut(number) },
	}, query.ProgressOnly)
	if err != nil {
		t.Fatal(err)
	}
	events.Close()
	run, done := r.Add(q), make(chan struct{})
	go func() {
		defer close(done)
		run(t.Context())
	}()
	return q, func() {
		close(source.end)
		<-done
	}
}

func ids(queries []*query.Query) (list []string) {
	for _, q := range queries {
		list = append(list, q.ID())
	}
	return list
}

// A name is one query's at a time, and stays with a query that has ended.
func TestNames(t *testing.T) {
	r := New()
	first, endFirst := begin(t, r, "F")
	second, endSecond := begin(t, r, "F", "G")
	if r.Number() != "q3" || r.InternalName() != "r1" || r.InternalName() != "r2" || r.Number() != "q3" {
		t.Errorf("next comes %s", r.Number())
	}
	if loser, err := r.Name(first, "totals"); loser != nil || err != nil {
		t.Errorf("%v, %v", loser, err)
	}
	if got := r.Calling("F"); !slices.Equal(got, []string{"totals", "q2"}) {
		t.Errorf("F is called by %q", got)
	}
	if got := ids(r.JobsBut("q1")); !slices.Equal(got, []string{"q2"}) {
		t.Errorf("beside q1: %q", got)
	}
	loser, err := r.Name(second, "totals")
	if loser != first || err != nil || TookOver("totals", loser) != "totals is this query from now on: the one that was is q1, and still runs" {
		t.Errorf("%v, %v: %s", loser, err, TookOver("totals", loser))
	}
	endSecond()
	if q, ok := r.Query("totals"); ok {
		t.Errorf("%s runs", q.ID())
	}
	if q, ok := r.Result("totals"); !ok || q != second {
		t.Error("a query that has ended and a name is not found")
	}
	if loser, err := r.Name(first, "totals"); loser != nil || err != nil {
		t.Errorf("one that has ended loses its name: %v, %v", loser, err)
	}
	if _, err := r.Name(first, "q7"); err == nil {
		t.Error("a number is a name")
	}
	endFirst()
}

// Two subshells of a notebook may name queries at the same moment: a query that gets a name
// while another takes over the one that it had keeps it.
func TestNamesAtTheSameMoment(t *testing.T) {
	r := New()
	first, endFirst := begin(t, r)
	second, endSecond := begin(t, r)
	for range 50_000 {
		for _, q := range []*query.Query{second, first} {
			if _, err := r.Name(q, "totals"); err != nil {
				t.Fatal(err)
			}
		}
		var naming sync.WaitGroup
		for q, name := range map[*query.Query]string{first: "others", second: "totals"} {
			naming.Go(func() {
				if _, err := r.Name(q, name); err != nil {
					t.Error(err)
				}
			})
		}
		naming.Wait()
		if first.ID() != "others" || second.ID() != "totals" {
			t.Fatalf("named others and totals, called %s and %s", first.ID(), second.ID())
		}
	}
	endFirst()
	endSecond()
}

// The queries that can be referred to: those that run, then those with a name, then the one
// that was kept.
func TestKnown(t *testing.T) {
	r := New()
	kept, endKept := begin(t, r)
	named, endNamed := begin(t, r)
	_, endOther := begin(t, r)
	r.Keep(kept)
	if _, err := r.Name(named, "b"); err != nil {
		t.Fatal(err)
	}
	endKept()
	endNamed()
	if got := ids(r.Known()); !slices.Equal(got, []string{"q3", "b", "q1"}) {
		t.Errorf("%q", got)
	}
	if got := len(r.Ends()); got != 1 {
		t.Errorf("%d run", got)
	}
	endOther()
	if got := ids(r.Queries()); got != nil {
		t.Errorf("%q run", got)
	}
}

// How the last queries ended is known, and no more than those.
func TestOutcomesAreBounded(t *testing.T) {
	r := New()
	for range endedQueries + 1 {
		_, end := begin(t, r)
		end()
	}
	if _, known := r.Outcome("q1"); known || len(r.outcomes) != endedQueries {
		t.Errorf("%d are known, q1 is %v", len(r.outcomes), known)
	}
	if end, known := r.Outcome(fmt.Sprintf("q%d", endedQueries+1)); !known || end.State != query.Finished {
		t.Errorf("the last one ended as %+v, %v", end, known)
	}
}
