package chart

import "math"

// xAxis positions points from left to right.
type xAxis struct {
	ticks    []tick
	from, to float64
	turned   bool // labels are written upwards
	long     float64
}

// newXAxis returns the axis for a plot of a width in CSS pixels.
func newXAxis(c *Chart, wide float64, paper *canvas) xAxis {
	switch {
	case c.Kind == Histogram:
		return histogramAxis(c, wide)
	case c.Scale == Names:
		return namesAxis(c, wide, paper)
	}
	low, top := c.extent(func(p Point) float64 { return p.X })
	if c.Scale == Linear {
		ticks, from, to := numberTicks(low, top, int(wide/90))
		return xAxis{ticks: ticks, from: from, to: to}
	}
	if low == top {
		low, top = low-second, top+second
	}
	return xAxis{ticks: timeTicks(low, top, int(wide/80), c.Scale == Clock), from: low, to: top}
}

func histogramAxis(c *Chart, wide float64) xAxis {
	low, top := c.extent(func(p Point) float64 { return p.X })
	top += c.Width
	all, _, _ := numberTicks(low, top, int(wide/90))
	a := xAxis{from: low, to: top}
	for _, t := range all {
		if t.at >= low && t.at <= top {
			a.ticks = append(a.ticks, t)
		}
	}
	return a
}

// namesAxis returns an axis with a band for each name, and as many labels as there is room for.
func namesAxis(c *Chart, wide float64, paper *canvas) xAxis {
	a := xAxis{from: -0.5, to: float64(max(1, len(c.Names))) - 0.5}
	band := wide / (a.to - a.from)
	for _, name := range c.Names {
		a.turned = a.turned || paper.width(name, textSize)+8 > band
	}
	every := 1
	if a.turned {
		every = max(1, int(math.Ceil((textSize+3)/band)))
	}
	for i := 0; i < len(c.Names); i += every {
		name := c.Names[i]
		if a.turned {
			name = paper.fit(name, textSize, turnedLen)
		}
		a.long = max(a.long, paper.width(name, textSize))
		a.ticks = append(a.ticks, tick{at: float64(i), label: name})
	}
	return a
}

// high returns the height of the labels.
func (a xAxis) high() float64 {
	if a.turned {
		return a.long + 6
	}
	for _, t := range a.ticks {
		if t.below != "" {
			return 2 * lineHigh
		}
	}
	return lineHigh
}

func (a xAxis) place(d *drawing, v float64) float64 {
	return between(d.left, d.right, v, a.from, a.to)
}

// yAxis positions points from bottom to top.
type yAxis struct {
	ticks    []tick
	from, to float64
}

func newYAxis(c *Chart, high float64) yAxis {
	low, top := c.extent(func(p Point) float64 { return p.Y })
	if c.Kind == Bar || c.Kind == Area || c.Kind == Histogram { // a shape whose length is its value begins at zero
		low, top = min(low, 0), max(top, 0)
	}
	var a yAxis
	a.ticks, a.from, a.to = numberTicks(low, top, max(2, int(high/45)))
	return a
}

// base returns the value at which bars begin.
func (a yAxis) base() float64 { return min(max(0, a.from), a.to) }

func (a yAxis) place(d *drawing, v float64) float64 {
	return between(d.bottom, d.top, v, a.from, a.to)
}

// between maps v from the range low to top to the range from to to.
func between(from, to, v, low, top float64) float64 {
	if low == top {
		return (from + to) / 2
	}
	return from + (to-from)*((v-low)/(top-low))
}

// extent returns the minimum and maximum of a value of all points.
func (c *Chart) extent(of func(Point) float64) (low, top float64) {
	low, top = math.Inf(1), math.Inf(-1)
	for _, s := range c.Series {
		l, t := span(s.Points, of)
		low, top = min(low, l), max(top, t)
	}
	if low > top {
		return 0, 1
	}
	return low, top
}
