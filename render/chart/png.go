package chart

import (
	"bytes"
	"image/color"
	"image/png"
	"math"
)

// Sizes of texts and of the margins around the plot, in CSS pixels.
const (
	titleSize = 15
	textSize  = 12
	margin    = 10
	lineHigh  = 16
	tickLong  = 5
	legendGap = 16
	swatch    = 10
	turnedLen = 110 // of names that are written upwards
	legendLen = 190 // of a line in the legend, at most
)

var (
	ink   = color.NRGBA{0x22, 0x22, 0x22, 255}
	faint = color.NRGBA{0x60, 0x60, 0x60, 255}
	rules = color.NRGBA{0xe4, 0xe4, 0xe4, 255}
	edges = color.NRGBA{0x90, 0x90, 0x90, 255}
)

// drawing is a chart that is being drawn.
type drawing struct {
	*canvas
	chart *Chart
	x     xAxis
	y     yAxis

	left, right, top, bottom float64 // of the plot
}

// PNG returns the chart as a picture on white. It is Wide times High CSS pixels, with scale pixels for
// each.
func (c *Chart) PNG(scale float64) ([]byte, error) {
	paper, err := newCanvas(Wide, High, scale)
	if err != nil {
		return nil, err
	}
	d := &drawing{canvas: paper, chart: c}
	d.layOut()
	d.titles()
	d.legend()
	d.yAxis()
	d.xAxis()
	if len(c.Series) == 0 {
		d.text("no points to draw", at{(d.left + d.right) / 2, (d.top + d.bottom) / 2}, centred, textSize, faint)
	}
	for i, s := range c.Series {
		d.series(s, i)
	}
	d.rule(at{d.left, d.y.place(d, d.y.base())}, at{d.right, d.y.place(d, d.y.base())}, edges)
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&out, paletted(d.image, d.colours())); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// colours returns the colors that are kept exactly.
func (d *drawing) colours() []color.Color {
	all := []color.Color{color.White, ink, faint, rules, edges}
	for i := range d.chart.Series {
		all = append(all, seriesColour(i))
	}
	return all
}

func seriesColour(i int) color.NRGBA {
	all := palette()
	hex := all[i%len(all)]
	digit := func(at int) uint8 {
		b := hex[at]
		if b >= 'a' {
			return b - 'a' + 10
		}
		return b - '0'
	}
	return color.NRGBA{digit(1)<<4 | digit(2), digit(3)<<4 | digit(4), digit(5)<<4 | digit(6), 255}
}

// layOut computes the place of the plot: the space that the texts around it leave.
func (d *drawing) layOut() {
	c := d.chart
	d.top = margin + titleSize + 12
	if c.Note != "" {
		d.top += lineHigh
	}
	d.right = Wide - margin - 6
	if c.Legend != "" {
		wide := d.width(c.Legend, textSize)
		for _, s := range c.Series {
			wide = max(wide, swatch+6+d.width(s.Name, textSize))
		}
		d.right -= min(wide, legendLen) + legendGap
	}
	d.bottom = High - margin - 2*lineHigh - tickLong // of labels, and the title
	d.y = newYAxis(c, d.bottom-d.top)
	wide := 0.0
	for _, t := range d.y.ticks {
		wide = max(wide, d.width(t.label, textSize))
	}
	d.left = margin + lineHigh + wide + tickLong + 5
	d.x = newXAxis(c, d.right-d.left, d.canvas)
	d.bottom -= d.x.high() - lineHigh
}

func (d *drawing) titles() {
	d.text(d.fit(d.chart.named(), titleSize, Wide-2*margin), at{margin, margin + titleSize/2}, starts, titleSize, ink)
	if d.chart.Note != "" {
		d.text(d.chart.Note, at{margin, margin + titleSize + 12}, starts, textSize, faint)
	}
}

func (d *drawing) legend() {
	if d.chart.Legend == "" {
		return
	}
	x, y := d.right+legendGap, d.top+lineHigh/2
	d.text(d.fit(d.chart.Legend, textSize, legendLen), at{x, y}, starts, textSize, faint)
	for i, s := range d.chart.Series {
		y += lineHigh + 2
		d.rectangle(at{x, y - swatch/2}, at{x + swatch, y + swatch/2}, seriesColour(i))
		d.text(d.fit(s.Name, textSize, legendLen-swatch-6), at{x + swatch + 6, y}, starts, textSize, ink)
	}
}

func (d *drawing) yAxis() {
	for _, t := range d.y.ticks {
		y := d.y.place(d, t.at)
		d.rule(at{d.left - tickLong, y}, at{d.right, y}, rules)
		d.text(t.label, at{d.left - tickLong - 4, y}, ends, textSize, faint)
	}
	title := d.chart.Y
	if d.chart.Kind == Histogram {
		title = "count"
	}
	title = d.fit(title, textSize, d.bottom-d.top)
	d.turned(title, at{margin + lineHigh/2 - 2, (d.top + d.bottom) / 2}, centred, textSize, faint)
}

func (d *drawing) xAxis() {
	for _, t := range d.x.ticks {
		x := d.x.place(d, t.at)
		if d.chart.Scale != Names || d.chart.Kind == Histogram {
			d.rule(at{x, d.top}, at{x, d.bottom}, rules)
		}
		d.rule(at{x, d.bottom}, at{x, d.bottom + tickLong}, edges)
		y := d.bottom + tickLong + lineHigh/2
		if d.x.turned {
			d.turned(t.label, at{x, d.bottom + tickLong + 2}, ends, textSize, faint)
			continue
		}
		wide := d.width(t.label, textSize)
		middle := min(max(x, wide/2+2), Wide-wide/2-2)
		d.text(t.label, at{middle, y}, centred, textSize, faint)
		if t.below != "" {
			d.text(t.below, at{max(x, d.width(t.below, textSize)/2+2), y + lineHigh - 2}, centred, textSize, faint)
		}
	}
	title := d.fit(d.chart.across(), textSize, d.right-d.left)
	d.text(title, at{(d.left + d.right) / 2, High - margin - 4}, centred, textSize, faint)
}

// series draws the points of one series.
func (d *drawing) series(s Series, i int) {
	col := seriesColour(i)
	if d.chart.Kind == Bar || d.chart.Kind == Histogram {
		d.bars(s, i, col)
		return
	}
	places := make([]at, len(s.Points))
	for k, p := range s.Points {
		places[k] = at{d.x.place(d, p.X), d.y.place(d, p.Y)}
	}
	if d.chart.Kind == Area && len(places) > 0 {
		base := d.y.place(d, d.y.base())
		around := append([]at{{places[0].x, base}}, places...)
		d.polygon(append(around, at{places[len(places)-1].x, base})...)
		pale := col
		pale.A = 0x59
		d.fill(pale)
	}
	radius := 2.5
	if d.chart.Kind == Scatter {
		col.A, radius = 0xcc, 3
	} else {
		d.line(places, 2)
	}
	if d.chart.Kind == Scatter || d.chart.Points() <= maxDots {
		for _, p := range places {
			d.disc(p, radius)
		}
	}
	d.fill(col)
}

// bars draws bars; those of several series are next to each other.
func (d *drawing) bars(s Series, i int, col color.NRGBA) {
	base := d.y.place(d, d.y.base())
	for _, p := range s.Points {
		from, to := d.x.place(d, p.X), d.x.place(d, p.X+d.chart.Width)
		if d.chart.Kind == Bar {
			band := (d.right - d.left) / float64(max(1, len(d.chart.Names)))
			each := 0.8 * band / float64(len(d.chart.Series))
			from += -0.4*band + float64(i)*each
			to = from + each
		} else {
			to-- // a gap
		}
		if math.Abs(to-from) < 1 {
			to = from + 1
		}
		d.rectangle(at{from, d.y.place(d, p.Y)}, at{to, base}, col)
	}
}
