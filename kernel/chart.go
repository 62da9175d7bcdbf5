package kernel

import (
	"fmt"
	"strings"

	"riffle/render/chart"
	"riffle/session/command"
	"riffle/session/query"
)

// plot shows a chart of a query below this cell. Like the table, it changes while the query
// runs.
func (c *cell) plot(q *query.Query, drawn command.Chart) {
	if c.out.silent {
		return
	}
	d := c.displayAs(q, fmt.Sprintf("%+v", drawn), &chartDrawer{chart: drawn}, c.out)
	d.show(c.out)
	if d.over() {
		c.forget(d)
		return
	}
	c.painter.add(d)
}

// chartDrawer draws a table as a chart: for clients that know Vega-Lite, for those that show
// images, and in words. It has no html, because clients would prefer that to both.
type chartDrawer struct {
	chart command.Chart
	last  picture
}

// The resolution of the PNG, in pixels per CSS pixel. The final one is for screens of any
// resolution and for paper. Earlier ones are visible for half a second, in clients that do not
// know Vega-Lite.
const (
	liveScale  = 1
	finalScale = 2
)

func (d *chartDrawer) draw(m moment) picture {
	scale := 1.0 * liveScale
	if m.end != "" {
		scale = finalScale
	}
	drawn, err := d.chart.Plot(m.table, m.total(), m.query.Started().Location, strings.Join(m.captions(), captionParts))
	if err != nil {
		return noChart(err)
	}
	spec, err := drawn.Spec()
	if err != nil {
		return noChart(err)
	}
	summary := drawn.Summary()
	body := string(spec) + summary
	if body == d.last.body {
		return d.last
	}
	png, err := drawn.PNG(scale)
	if len(png) > bytesMost {
		png, err = drawn.PNG(liveScale)
	}
	if err != nil {
		return noChart(err)
	}
	d.last = picture{
		bundle:   object{chart.MediaType: spec, "image/png": png, "text/plain": summary},
		body:     body,
		metadata: object{"image/png": object{"width": chart.Wide, "height": chart.High}},
	}
	return d.last
}

func noChart(err error) picture {
	text := "the chart cannot be drawn: " + err.Error()
	return picture{bundle: object{"text/plain": text}, body: text}
}
