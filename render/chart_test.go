package render

import (
	"math"
	"strings"
	"testing"

	"github.com/rivo/uniseg"
	"pgregory.net/rapid"
)

func TestSparkTakesAnyValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOf(rapid.Float64()).Draw(t, "values")
		if got := len([]rune(Spark(values))); got != len(values) {
			t.Errorf("%d cells for %d values", got, len(values))
		}
	})
}

func TestSpark(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   string
	}{
		{nil, ""},
		{[]float64{7}, "▁"},
		{[]float64{3, 3}, "▁▁"},
		{[]float64{1, 2, 3, 4, 5}, "▁▂▃▅▇"},
		{[]float64{-1, 0, math.NaN(), math.Inf(1), 1}, "▁▃  ▇"},
		{[]float64{-math.MaxFloat64, math.MaxFloat64}, "▁▇"},
		{[]float64{0, 5e-324}, "▁▇"},
		{[]float64{math.NaN()}, " "},
	} {
		if got := Spark(test.values); got != test.want {
			t.Errorf("%v is drawn %q, want %q", test.values, got, test.want)
		}
	}
}

func TestCharts(t *testing.T) {
	for _, c := range []struct {
		chart Chart
		want  string
	}{
		{Chart{"bar", []string{"tea", "珈琲", "e\x1b[2J"}, []float64{3334, 1667, -833}, "n", "item"}, `
     tea 3334 ████████████████████
    珈琲 1667 ██████████
e\x1b[2J -833 ░░░░░`},
		{Chart{"hist", nil, []float64{1, 1, 2, 2, 2, 9}, "n", ""}, `
     1 – 3.6667 5 ████████████████
3.6667 – 6.3333 0
     6.3333 – 9 1 ███▎`},
		{Chart{"line", []string{"10:00", "10:01", "10:02", "10:03", "10:04"}, []float64{1, 2, math.NaN(), 4, 3}, "n", "ts"}, `
   4 ┤                ╭───╮
 3.5 ┤              ╭─╯   ╰───╮
   3 ┤            ╭─╯         ╰──
 2.5 ┤          ╭─╯
   2 ┤      ╭───╯
 1.5 ┤  ╭───╯
   1 ┼──╯
     └─────────────────┴────────┘
     10:00           10:03  10:04
n by ts: 4 values, from 1 to 3`},
		{Chart{"line", nil, []float64{7, 7}, "n", ""}, `
  7┼───────────────────────────────
   └──────────────────────────────┘
   row 1                      row 2
n: 2 values, from 7 to 7`},
		{Chart{"bar", []string{"a", "b"}, []float64{math.NaN(), math.Inf(1)}, "n", "x"}, "\nno numbers to draw"},
	} {
		got := "\n" + strings.Join(c.chart.Lines(36, 10), "\n")
		if got != c.want {
			t.Errorf("%s: got%q\nwant%q", c.chart.Kind, got, c.want)
		}
	}
}

// Whatever the numbers are, a chart fits and does not fail.
func TestChartsFit(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64(), 0, 40).Draw(r, "values")
		labels := make([]string, len(values))
		for i := range labels {
			labels[i] = rapid.SampledFrom([]string{"", "a", "日本語", "\x1b[31m"}).Draw(r, "label")
		}
		kind := rapid.SampledFrom([]string{"bar", "hist", "line"}).Draw(r, "kind")
		width, height := rapid.IntRange(40, 120).Draw(r, "width"), rapid.IntRange(5, 30).Draw(r, "height")
		lines := Chart{kind, labels, values, "n", "x"}.Lines(width, height)
		if len(lines) > height {
			r.Fatalf("%d lines of %d", len(lines), height)
		}
		for _, line := range lines {
			if uniseg.StringWidth(line) > width {
				r.Fatalf("%q is wider than %d", line, width)
			}
		}
	})
}
