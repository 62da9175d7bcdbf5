// Package chart draws points in a notebook. A Chart is filled row by row and drawn in three ways that
// show the same points:
//
//	Add ──► Chart ──► Spec: Vega-Lite, which the client draws (vega.go)
//	                  PNG, for clients that cannot (png.go, axis.go, canvas.go)
//	                  Summary: text, which also says what was left out (summary.go)
//
// Values and names of columns are never trusted. Vega evaluates field names and some titles as
// expressions, so the fields have fixed names, and whatever could become an expression is disabled.
package chart

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"riffle/render"
)

// Kind is the kind of a chart.
type Kind string

// The kinds. A Histogram counts the values of Y in classes, and has no X.
const (
	Line      Kind = "line"
	Bar       Kind = "bar"
	Area      Kind = "area"
	Scatter   Kind = "scatter"
	Histogram Kind = "hist"
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{Line, Bar, Area, Scatter, Histogram} }

// Scale says what the X of a point represents.
type Scale uint8

// The scales.
const (
	Linear Scale = iota // a number
	Time                // milliseconds since 1970, in the local time of the chart's time zone
	Clock               // milliseconds since midnight
	Names               // the index of a name in Chart.Names
)

// Limits of what is drawn. Everything beyond them is left out and counted.
const (
	MaxPoints = 2000    // of all series
	MaxValues = 100_000 // of a histogram
	MaxSeries = 10
	MaxBars   = 100 // names that have bars
	maxTitle  = 60  // columns of a title
	maxName   = 30  // columns of a name
	// maxNumber keeps sums and differences finite.
	maxNumber = 1e300
)

// Point is a point of a chart.
type Point struct{ X, Y float64 }

// Series are points of one color.
type Series struct {
	Name   string
	Points []Point // in the order of drawing, after Finish
	Last   Point   // for a line the point at its end, otherwise the point that was added last
}

// Chart is a chart. Set the exported fields, Add the points, call Finish, and draw.
type Chart struct {
	Kind   Kind
	Title  string
	Note   string // shown below the title, such as the state of a query
	X, Y   string // the titles of the axes
	Zone   string // time zone of times; "" if it has no meaning
	Legend string // title of the legend; "" for no legend
	Scale  Scale
	ByName bool  // the series are in the order of their names, so that each keeps its color
	Total  int64 // number of all rows; the Added ones may be only the newest

	Series []Series
	Names  []string // on the X axis
	Width  float64  // of a histogram's classes

	rows     int
	places   map[string]int  // indexes of Names, in the order of their addition
	series   map[string]int  // indexes of Series, in the order of their addition
	taken    map[string]bool // names as shown
	omitted  map[reason]int
	low, top float64 // of Y, before a histogram counts
}

// reason is why a value was left out.
type reason uint8

const (
	null reason = iota
	notANumber
	infinite
	otherSeries
	replaced // by a newer one of the same name
	tooMany
	reasons
)

func (r reason) String() string {
	return [reasons]string{"NULL", "NaN", "infinite", "of further series", "of a name that has a newer one", "of further names"}[r]
}

// New returns an empty chart.
func New(kind Kind) *Chart {
	return &Chart{
		Kind: kind, places: map[string]int{}, series: map[string]int{}, taken: map[string]bool{}, omitted: map[reason]int{},
		low: math.Inf(1), top: math.Inf(-1),
	}
}

// Row begins another row: the values that follow belong to it.
func (c *Chart) Row() { c.rows++ }

// Skip counts a value that is NULL, or whose X or series is NULL.
func (c *Chart) Skip() { c.omitted[null]++ }

// Add adds a value of a series at a number or a time.
func (c *Chart) Add(series string, x, y float64) {
	if why, drawn := drawable(x, y); !drawn {
		c.omitted[why]++
	} else if s := c.seriesOf(series); s != nil {
		c.add(s, Point{x, y})
	}
}

// AddNamed adds a value of a series at a name.
func (c *Chart) AddNamed(series, name string, y float64) {
	why, drawn := drawable(0, y)
	if !drawn {
		c.omitted[why]++
		return
	}
	s := c.seriesOf(series)
	if s == nil { // its name has no place either
		return
	}
	place, known := c.places[name]
	if !known {
		place = len(c.Names)
		c.places[name] = place
		c.Names = append(c.Names, c.shown(name))
	}
	c.add(s, Point{float64(place), y})
}

func drawable(values ...float64) (reason, bool) {
	for _, v := range values {
		switch {
		case math.IsNaN(v):
			return notANumber, false
		case math.Abs(v) > maxNumber:
			return infinite, false
		}
	}
	return 0, true
}

// seriesOf returns the series of a name. It returns nil if there are too many, and counts that.
func (c *Chart) seriesOf(name string) *Series {
	at, known := c.series[name]
	switch {
	case known:
		return &c.Series[at]
	case len(c.Series) == MaxSeries:
		c.omitted[otherSeries]++
		return nil
	}
	c.series[name] = len(c.Series)
	c.Series = append(c.Series, Series{Name: c.shown(name)})
	return &c.Series[len(c.Series)-1]
}

func (c *Chart) add(s *Series, p Point) {
	s.Points, s.Last = append(s.Points, p), p
	c.low, c.top = min(c.low, p.Y), max(c.top, p.Y)
}

// shown returns a name as it is shown: cut if necessary, but unique.
func (c *Chart) shown(name string) string {
	short := render.Clip(name, maxName)
	text := short
	for n := 2; c.taken[text]; n++ {
		text = fmt.Sprintf("%s (%d)", short, n)
	}
	c.taken[text] = true
	return text
}

// Finish sorts the points into the order in which they are drawn. No points may be added afterwards.
func (c *Chart) Finish() {
	c.Title, c.Note = render.Clip(c.Title, maxTitle), render.Clip(c.Note, maxTitle)
	c.X, c.Y, c.Legend = render.Clip(c.X, maxTitle), render.Clip(c.Y, maxTitle), render.Clip(c.Legend, maxName)
	if c.ByName {
		slices.SortStableFunc(c.Series, func(a, b Series) int { return cmp.Compare(a.Name, b.Name) })
	}
	switch c.Kind {
	case Histogram:
		c.count()
	case Bar:
		c.oneEach()
		c.newestNames()
	case Line, Area:
		for i := range c.Series {
			s := &c.Series[i]
			slices.SortStableFunc(s.Points, func(a, b Point) int { return cmp.Compare(a.X, b.X) })
			s.Last = s.Points[len(s.Points)-1]
		}
	}
}

// oneEach keeps the newest of the points whose bars would have the same place.
func (c *Chart) oneEach() {
	for i := range c.Series {
		s := &c.Series[i]
		at := map[float64]int{}
		kept := s.Points[:0]
		for _, p := range s.Points {
			if k, taken := at[p.X]; taken {
				kept[k] = p
				c.omitted[replaced]++
				continue
			}
			at[p.X] = len(kept)
			kept = append(kept, p)
		}
		s.Points = kept
	}
}

// newestNames keeps as many of the newest names as fit.
func (c *Chart) newestNames() {
	beyond := len(c.Names) - MaxBars
	if beyond <= 0 {
		return
	}
	c.Names = c.Names[beyond:]
	for i := range c.Series {
		s := &c.Series[i]
		kept := s.Points[:0]
		for _, p := range s.Points {
			if p.X -= float64(beyond); p.X < 0 {
				c.omitted[tooMany]++
				continue
			}
			kept = append(kept, p)
		}
		s.Points = kept
	}
}

// count replaces the values of a histogram's one series by their counts: a point's X is the
// lower end of its class.
func (c *Chart) count() {
	if len(c.Series) == 0 {
		return
	}
	s := &c.Series[0]
	const least, most = 10, 40 // the range of the number of classes, of which a round step leaves fewer
	classes := min(most, max(least, 2*math.Sqrt(float64(len(s.Points)))))
	step := niceStep((c.top - c.low) / classes)
	if c.low == c.top {
		step = niceStep(math.Abs(c.low) / 10)
	}
	if !slices.ContainsFunc(s.Points, func(p Point) bool { return p.Y != math.Trunc(p.Y) }) {
		step = max(step, 1) // there is nothing between two integers
	}
	first := math.Floor(c.low / step)
	counts := make([]float64, int(math.Floor(c.top/step)-first)+1)
	for _, p := range s.Points {
		counts[int(math.Floor(p.Y/step)-first)]++
	}
	points := make([]Point, len(counts))
	for i, n := range counts {
		points[i] = Point{(first + float64(i)) * step, n}
	}
	s.Points, c.Width = points, step
}

// Points returns the number of points drawn or, for a histogram, the number of values counted.
func (c *Chart) Points() int {
	n := 0
	for _, s := range c.Series {
		for _, p := range s.Points {
			if n++; c.Kind == Histogram {
				n += int(p.Y) - 1
			}
		}
	}
	return n
}

// named returns the default title of a chart.
func (c *Chart) named() string {
	switch {
	case c.Title != "":
		return c.Title
	case c.Kind == Histogram:
		return "Counts of " + c.Y
	case c.X == "":
		return c.Y
	}
	return fmt.Sprintf("%s by %s", c.Y, c.X)
}

// across returns the title of the X axis.
func (c *Chart) across() string {
	switch {
	case c.Kind == Histogram:
		return c.Y
	case c.Zone != "":
		return c.X + " (" + c.Zone + ")"
	}
	return c.X
}
