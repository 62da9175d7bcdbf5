package render

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/rivo/uniseg"
)

// Chart is a chart of numbers, drawn as text.
type Chart struct {
	Kind   string    // one of ChartKinds
	Labels []string  // of bars and of the X axis of a line, one for each value; nil for none
	Values []float64 // NaN and the infinities are not drawn
	Name   string    // of the values
	X      string    // of the labels; "" if these are nil
}

// ChartKinds returns the kinds of charts.
func ChartKinds() []string { return []string{"bar", "line", "hist"} }

// Lines draws the chart in at most width cells and height lines. It says what did not fit.
func (c Chart) Lines(width, height int) []string {
	switch {
	case len(c.finite()) == 0:
		return []string{"no numbers to draw"}
	case c.Kind == "line":
		return c.line(width, height)
	case c.Kind == "hist":
		return c.histogram(height).bars(width, height)
	}
	return c.bars(width, height)
}

func (c Chart) finite() []float64 {
	var values []float64
	for _, v := range c.Values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			values = append(values, v)
		}
	}
	return values
}

// bars draws a bar a line, from zero.
func (c Chart) bars(width, height int) []string {
	shown := len(c.Values)
	if shown > height {
		shown = max(1, height-1)
	}
	label, figure, most := 0, 0, 0.0
	for i, v := range c.Values[:shown] {
		label = max(label, uniseg.StringWidth(Visible(c.Labels[i])))
		figure = max(figure, len(short(v)))
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			most = max(most, math.Abs(v))
		}
	}
	label = min(label, width/2)
	room := max(1, width-label-figure-4)
	var lines []string
	for i, v := range c.Values[:shown] {
		name := Clip(c.Labels[i], label)
		pad := strings.Repeat(" ", label-uniseg.StringWidth(name))
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%s%s %*s %s", pad, name, figure, short(v), bar(v, most, room)), " "))
	}
	if left := len(c.Values) - shown; left > 0 {
		lines = append(lines, Clip(fmt.Sprintf("and %s", Counted(left, "more bar")), width))
	}
	return lines
}

// bar returns a value's share of the most, in eighths of a cell. One below zero is
// drawn lighter.
func bar(v, most float64, room int) string {
	if most == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return ""
	}
	eighths := int(math.Round(math.Abs(v) / most * float64(room) * 8))
	if v < 0 {
		return strings.Repeat("░", (eighths+4)/8)
	}
	parts := []rune(" ▏▎▍▌▋▊▉")
	text := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		text += string(parts[rest])
	}
	return text
}

// histogram counts values in classes of one width.
func (c Chart) histogram(height int) Chart {
	values := c.finite()
	low, high := values[0], values[0]
	for _, v := range values {
		low, high = min(low, v), max(high, v)
	}
	classes := max(1, min(height-1, 10, int(math.Sqrt(float64(len(values))))+1))
	if low == high {
		classes = 1
	}
	counts, labels := make([]float64, classes), make([]string, classes)
	step := high/float64(classes) - low/float64(classes) // high-low may be more than there is
	for _, v := range values {
		at := 0
		if step > 0 {
			at = int(min(max(v/step-low/step, 0), float64(classes-1)))
		}
		counts[at]++
	}
	for i := range labels {
		labels[i] = short(low+float64(i)*step) + " – " + short(low+float64(i+1)*step)
	}
	return Chart{Labels: labels, Values: counts, Name: c.Name}
}

// Spark draws values in one line, one cell each, scaled from the lowest value to the highest. Values that
// are not finite numbers are blank.
func Spark(values []float64) string {
	finite := Chart{Values: values}.finite()
	if len(finite) == 0 {
		return strings.Repeat(" ", len(values))
	}
	levels := []rune("▁▂▃▅▇")
	low, high := slices.Min(finite), slices.Max(finite)
	most := max(math.Abs(low), math.Abs(high))
	span := high/most - low/most // high-low may be more than there is
	var b strings.Builder
	for _, v := range values {
		switch {
		case math.IsNaN(v) || math.IsInf(v, 0):
			b.WriteByte(' ')
		case span > 0:
			share := (v/most - low/most) / span
			b.WriteRune(levels[int(math.Round(share*float64(len(levels)-1)))])
		default: // all are the same
			b.WriteRune(levels[0])
		}
	}
	return b.String()
}

// short writes a number with few digits.
func short(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 5, 64)
}

// Clip returns plain text with everything in it made visible, cut to a width in columns.
func Clip(text string, width int) string {
	visible, _, cut := appendVisible(nil, []byte(text), width)
	if cut {
		return string(visible)
	}
	return Visible(text)
}
