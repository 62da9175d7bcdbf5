package render

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/guptarohit/asciigraph"
	"github.com/rivo/uniseg"
)

// line draws values in their order, above an axis with the labels of the first, the middle and
// the last one.
func (c Chart) line(width, height int) []string {
	values, labels := c.finite(), c.finiteLabels()
	const besides = 3 // lines of the axis, its labels, and what the chart shows
	low, high := slices.Min(values), slices.Max(values)
	most := max(math.Abs(low), math.Abs(high))
	span := high/most - low/most // high-low may be more than there is
	shares := make([]float64, len(values))
	for i, v := range values {
		if span > 0 {
			shares[i] = (v/most - low/most) / span
		}
	}
	number := func(share float64) string { return short(low*(1-share) + high*share) }
	axis := 2
	for _, share := range []float64{0, 0.3, 0.7, 1} {
		axis = max(axis, len(number(share))+3)
	}
	var lines []string
	for room := max(8, width-axis); ; room -= max(1, widest(lines)-width) {
		graph := asciigraph.Plot(shares, asciigraph.Width(max(2, room)), asciigraph.Height(max(1, height-besides-1)), asciigraph.YAxisValueFormatter(number))
		if lines = strings.Split(graph, "\n"); widest(lines) <= width || room < 2 {
			break
		}
	}
	begin := slices.IndexFunc([]rune(lines[0]), func(r rune) bool { return r == '┤' || r == '┼' })
	lines = append(lines, xAxis(max(0, begin), max(begin+2, widest(lines)), labels)...)
	shown := c.Name
	if c.X != "" {
		shown += " by " + c.X
	}
	shown += fmt.Sprintf(": %s, from %s to %s", Counted(len(values), "value"), short(values[0]), short(values[len(values)-1]))
	lines = append(lines, shown)
	for i := range lines {
		lines[i] = Clip(lines[i], width)
	}
	return lines
}

// finiteLabels are the labels of the finite values; their numbers if there are none.
func (c Chart) finiteLabels() []string {
	var labels []string
	for i, v := range c.Values {
		switch {
		case math.IsNaN(v) || math.IsInf(v, 0):
		case c.Labels == nil:
			labels = append(labels, fmt.Sprintf("row %d", i+1))
		default:
			labels = append(labels, Visible(c.Labels[i]))
		}
	}
	return labels
}

// xAxis draws an axis from a column up to another, and as many labels as have room below it.
func xAxis(from, to int, labels []string) []string {
	axis := []rune(strings.Repeat(" ", from) + "└" + strings.Repeat("─", to-from-1))
	indent := strings.Repeat(" ", from)
	first, last := labels[0], labels[len(labels)-1]
	if len(labels) == 1 {
		return []string{string(axis), indent + first}
	}
	if cells(first)+cells(last) > to-from-2 {
		half := max(1, (to-from)/2-1)
		first, last = Clip(first, half), Clip(last, half)
	}
	below := indent + first
	axis[to-1] = '┘'
	middle := labels[len(labels)/2]
	if at := from + (to-from)*(len(labels)/2)/(len(labels)-1) - cells(middle)/2; len(labels) > 2 && at > cells(below)+1 && at+cells(middle) < to-cells(last)-1 {
		axis[at+cells(middle)/2] = '┴'
		below += strings.Repeat(" ", at-cells(below)) + middle
	}
	return []string{string(axis), below + strings.Repeat(" ", max(1, to-cells(below)-cells(last))) + last}
}

func cells(text string) int { return uniseg.StringWidth(text) }

func widest(lines []string) (width int) {
	for _, line := range lines {
		width = max(width, cells(line))
	}
	return width
}
