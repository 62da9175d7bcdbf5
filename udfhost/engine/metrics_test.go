package engine

import (
	"fmt"
	"slices"
	"testing"

	"riffle/udfhost/guest"
	"riffle/udfhost/guest/abi"
	"riffle/udfhost/operation"
)

func TestChangesOfMetrics(t *testing.T) {
	for _, test := range []struct {
		before, after guest.Metric
		want          Metric
		changed       bool
	}{
		{guest.Metric{}, guest.Metric{Kind: abi.Counter, Name: "a", Sum: 5}, Metric{Kind: operation.Counter, Name: "a", Sum: 5}, true},
		{guest.Metric{Sum: 5}, guest.Metric{Kind: abi.Counter, Sum: 3}, Metric{Kind: operation.Counter, Sum: -2}, true},
		{guest.Metric{Sum: 5}, guest.Metric{Kind: abi.Meter, Sum: 5}, Metric{Kind: operation.Meter}, false},
		{guest.Metric{Sum: 5, Count: 1}, guest.Metric{Kind: abi.Gauge, Sum: 5, Count: 2}, Metric{Kind: operation.Gauge, Sum: 5}, true},
		{guest.Metric{Sum: 5, Count: 1}, guest.Metric{Kind: abi.Gauge, Sum: 5, Count: 1}, Metric{Kind: operation.Gauge, Sum: 5}, false},
		{
			guest.Metric{Sum: 5, Count: 1, Min: 5, Max: 5}, guest.Metric{Kind: abi.Distribution, Sum: 6, Count: 3, Min: -1, Max: 5},
			Metric{Kind: operation.Distribution, Sum: 1, Count: 2, Min: -1, Max: 5}, true,
		},
	} {
		if got, changed := change(test.before, test.after); got != test.want || changed != test.changed {
			t.Errorf("%+v to %+v: %+v, %v", test.before, test.after, got, changed)
		}
	}
}

// Metrics of several workers add up, a gauge is the last one, and equal names of different kinds stay apart.
func TestMetricsAddUp(t *testing.T) {
	var got []string
	for _, m := range AddMetrics(AddMetrics(nil, []Metric{
		{Name: "a", Kind: operation.Counter, Sum: 3}, {Name: "b", Kind: operation.Distribution, Sum: 9, Count: 2, Min: 4, Max: 5},
		{Name: "c", Kind: operation.Gauge, Sum: 7},
	}), []Metric{
		{Name: "b", Kind: operation.Distribution, Sum: 1, Count: 1, Min: 1, Max: 1}, {Name: "a", Kind: operation.Counter, Sum: -1},
		{Name: "c", Kind: operation.Gauge, Sum: 2}, {Name: "a", Kind: operation.Gauge, Sum: 5},
	}) {
		got = append(got, m.String())
	}
	if want := []string{"a=2", "b=10 (3 values, 1 to 5)", "c=2", "a=5"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// A function whose process is replaced again and again, each with other metrics, has no more of them in Flink than
// another function, and the user learns what is missing in \stats.
func TestMetricsHaveLimits(t *testing.T) {
	a, c := newAccount("q1"), newChanges()
	var printed []string
	a.follow(Observer{Printed: func(l Line) { printed = append(printed, l.Function+": "+l.Text) }})
	reported := map[string]int{}
	for i := range 5000 {
		m := Metric{Name: fmt.Sprint("m", i%2500), Kind: operation.Counter, Sum: 1}
		a.count("F", m)
		c.add("F", m)
		if i%40 == 39 {
			for _, m := range c.take([]string{"F"}) {
				reported[m.Name]++
			}
		}
	}
	if len(reported) != abi.FunctionMetrics || reported["m99"] != 2 || len(a.metrics["F"]) != maxMetrics {
		t.Errorf("%d metrics are reported, m99 %d times, and %d are kept", len(reported), reported["m99"], len(a.metrics["F"]))
	}
	if want := []string{`F: more than 1000 metrics in all subtasks: \stats lacks m1000 and all further ones`}; !slices.Equal(printed, want) {
		t.Errorf("printed %q", printed)
	}
}
