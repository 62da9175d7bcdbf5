package chart

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"

	"riffle/render"
)

// Summary returns the chart in words: what is drawn, how many points, their minimum, maximum and last value,
// and what was left out.
func (c *Chart) Summary() string {
	var b strings.Builder
	b.WriteString(c.described() + "\n")
	if c.Note != "" {
		b.WriteString(c.Note + "\n")
	}
	if len(c.Series) == 0 {
		b.WriteString("no points to draw\n")
	} else {
		c.figures(&b)
	}
	for _, note := range c.Remarks() {
		b.WriteString(note + "\n")
	}
	return b.String()
}

// described returns the chart's name and kind.
func (c *Chart) described() string {
	if c.Kind == Histogram {
		return c.named() + " (histogram)"
	}
	return fmt.Sprintf("%s (%s chart)", c.named(), c.Kind)
}

// figures adds a line for each series.
func (c *Chart) figures(b *strings.Builder) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tpoints\tmin\tmax\tlast\t")
	for _, s := range c.Series {
		low, top, n := c.low, c.top, len(s.Points)
		if c.Kind == Histogram {
			n = c.Points()
		} else {
			low, top = span(s.Points, func(p Point) float64 { return p.Y })
		}
		name := s.Name
		if name == "" {
			name = c.Y
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t\n", name, render.Count(n), figure(low), figure(top), figure(s.Last.Y))
	}
	_ = w.Flush() // a strings.Builder takes all
}

// figure formats a number with six digits, or with all of its integer digits.
func figure(v float64) string {
	size := math.Abs(v)
	switch {
	case v == math.Trunc(v) && size < 1e15:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case size < 1e-4 || size >= 1e15:
		return strconv.FormatFloat(v, 'g', 6, 64)
	}
	digits := max(0, 5-int(math.Floor(math.Log10(size))))
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if digits > 0 {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// Remarks returns what is not visible in the chart, one remark per line.
func (c *Chart) Remarks() []string {
	var lines []string
	if int64(c.rows) < c.Total {
		lines = append(lines, fmt.Sprintf("the newest %s of %s rows", render.Count(c.rows), render.Count(c.Total)))
	}
	var left []string
	for why := range reasons {
		if n := c.omitted[why]; n > 0 {
			left = append(left, render.Count(n)+" "+why.String())
		}
	}
	if len(left) > 0 {
		lines = append(lines, "not shown: "+strings.Join(left, ", "))
	}
	if c.lacksLetters() {
		lines = append(lines, "the PNG has boxes for letters that its font lacks")
	}
	return lines
}

// lacksLetters reports whether a text of the chart has letters that the PNG cannot show.
func (c *Chart) lacksLetters() bool {
	texts := append([]string{c.named(), c.Note, c.X, c.Y, c.Legend}, c.Names...)
	for _, s := range c.Series {
		texts = append(texts, s.Name)
	}
	return !hasLetters(texts)
}
