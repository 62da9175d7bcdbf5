package chart

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"unicode"

	"github.com/rivo/uniseg"
)

// MediaType is the media type of Spec.
const MediaType = "application/vnd.vegalite.v5+json"

// Size of a chart in CSS pixels, with its axes.
const (
	Wide = 640
	High = 360
)

// grey is readable on a light page and on a dark one: its contrast with white is 4.6, and with
// JupyterLab's dark #111 4.1.
const grey = "#757575"

type object = map[string]any

// Spec returns the chart in Vega-Lite 5, as JSON. The fields of its data are x, y and s. A histogram has the
// ends x and x2 of a class. A time has its text in t.
//
// Times are put on a scale without a zone as if they were in UTC, because Vega supports only UTC and the
// browser's zone.
func (c *Chart) Spec() (json.RawMessage, error) {
	title := object{"text": c.named(), "anchor": "start"}
	if c.Note != "" {
		title["subtitle"] = c.Note
	}
	spec := object{
		"$schema":     "https://vega.github.io/schema/vega-lite/v5.json",
		"title":       title,
		"width":       Wide,
		"height":      High,
		"autosize":    object{"type": "fit", "contains": "padding"},
		"background":  nil, // the page's
		"description": c.described(),
		"data":        object{"values": c.values()},
		"mark":        c.mark(),
		"encoding":    c.encoding(),
		"config":      config(),
	}
	if c.timed() {
		spec["transform"] = []object{{"calculate": "utcFormat(datum.x, '" + c.clock() + "')", "as": "t"}}
	}
	return json.Marshal(spec)
}

func (c *Chart) timed() bool { return c.Kind != Histogram && (c.Scale == Time || c.Scale == Clock) }

// The number of marks on axes: about so many, and at most so many for times.
const (
	yTicks    = 6
	maxXTicks = 16
)

// labelAngle turns names upright only if there is no room for them.
func (c *Chart) labelAngle() int {
	const letter = 7 // CSS pixels, about
	for _, name := range c.Names {
		if uniseg.StringWidth(name)*letter*len(c.Names) > Wide-100 {
			return -90
		}
	}
	return 0
}

// timeFormat returns the format of times at the axis, precise enough for all of its marks.
// Vega's own format has 12-hour times.
func (c *Chart) timeFormat() string {
	low, top := c.extent(func(p Point) float64 { return p.X })
	step := timeStepFor((top - low) / maxXTicks)
	if c.Scale == Time && step.millis < day && math.Floor(low/day) != math.Floor(top/day) {
		return "%b %-d, " + step.vega
	}
	return step.vega
}

// clock returns the format of times in tooltips. Vega-Lite's own format uses the browser's
// zone.
func (c *Chart) clock() string {
	format := "%Y-%m-%d %H:%M:%S"
	if c.Scale == Clock {
		format = "%H:%M:%S"
	}
	for _, s := range c.Series {
		for _, p := range s.Points {
			if math.Mod(p.X, second) != 0 {
				return format + ".%L"
			}
		}
	}
	return format
}

func config() object {
	axis := object{
		"labelColor": grey, "titleColor": grey, "domainColor": grey, "tickColor": grey, "gridColor": grey, "gridOpacity": 0.25,
		"titleFontWeight": "normal",
	}
	return object{
		// The texts that Vega creates for screen readers are expressions that contain the
		// titles, with quotes that are not escaped correctly.
		"aria":   false,
		"axis":   axis,
		"legend": object{"labelColor": grey, "titleColor": grey, "titleFontWeight": "normal"},
		"title":  object{"color": grey, "subtitleColor": grey},
		"view":   object{"stroke": nil},
		"range":  object{"category": palette()},
	}
}

// palette returns the colors of series, which suit pages of any theme.
func palette() []string {
	return []string{"#4c78a8", "#f58518", "#e45756", "#72b7b2", "#54a24b", "#d6a800", "#b279a2", "#ff7f8e", "#9d755d", "#8f8a87"}
}

func (c *Chart) mark() object {
	dots := c.Points() <= maxDots
	switch c.Kind {
	case Line:
		return object{"type": "line", "point": dots}
	case Area:
		return object{"type": "area", "line": true, "point": dots, "fillOpacity": 0.35}
	case Scatter:
		return object{"type": "point", "filled": true, "size": 30, "opacity": 0.8}
	}
	return object{"type": "bar"}
}

// maxDots is the number of points up to which a line also shows dots: a single point has no
// line.
const maxDots = 60

func (c *Chart) encoding() object {
	yMarks := object{"tickCount": yTicks}
	zero := c.Kind == Bar || c.Kind == Area
	y := object{"field": "y", "type": "quantitative", "title": c.Y, "stack": nil, "scale": object{"zero": zero, "nice": true}, "axis": yMarks}
	if c.Kind == Histogram {
		return object{
			"x":       object{"field": "x", "bin": "binned", "type": "quantitative", "title": c.across()},
			"x2":      object{"field": "x2"},
			"y":       object{"field": "y", "type": "quantitative", "title": "count", "axis": yMarks},
			"tooltip": []object{tip("x", "quantitative", "from"), tip("x2", "quantitative", "to"), tip("y", "quantitative", "count")},
		}
	}
	x := object{"field": "x", "title": c.across()}
	tips := []object{}
	switch c.Scale {
	case Names:
		x["type"], x["sort"] = "nominal", nil
		x["axis"] = object{"labelOverlap": true, "labelLimit": 120, "labelAngle": c.labelAngle()}
		tips = append(tips, tip("x", "nominal", safe(c.X, "x")))
	case Time, Clock:
		x["type"], x["scale"] = "temporal", object{"type": "utc"}
		x["axis"] = object{"format": c.timeFormat(), "tickCount": maxXTicks / 2}
		tips = append(tips, tip("t", "nominal", safe(c.X, "x")))
	default:
		x["type"], x["scale"] = "quantitative", object{"zero": false, "nice": true}
		x["axis"] = object{"tickCount": maxXTicks / 2}
		tips = append(tips, tip("x", "quantitative", safe(c.X, "x")))
	}
	tips = append(tips, tip("y", "quantitative", safe(c.Y, "y")))
	e := object{"x": x, "y": y}
	if c.Kind == Line || c.Kind == Area {
		e["order"] = object{"value": nil} // the order of the data
	}
	if c.Legend != "" {
		e["color"] = object{"field": "s", "type": "nominal", "sort": nil, "title": c.Legend}
		tips = append(tips, tip("s", "nominal", safe(c.Legend, "series")))
		if c.Kind == Bar {
			e["xOffset"] = object{"field": "s", "type": "nominal", "sort": nil}
		}
	}
	e["tooltip"] = tips
	return e
}

// tip returns a line of a tooltip.
func tip(field, kind, title string) object {
	return object{"field": field, "type": kind, "title": title}
}

// safe returns a name if it is a word, and otherwise other: Vega-Lite makes an expression of
// the title of a tooltip.
func safe(name, other string) string {
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != ' ' {
			return other
		}
	}
	if name == "" {
		return other
	}
	return name
}

// values encodes the points without creating an array of maps, because there are thousands,
// several times a second.
func (c *Chart) values() json.RawMessage {
	out := []byte{'['}
	quoted := map[string][]byte{}
	text := func(s string) []byte {
		if quoted[s] == nil {
			quoted[s], _ = json.Marshal(s) // a text has a JSON form
		}
		return quoted[s]
	}
	for _, s := range c.Series {
		for _, p := range s.Points {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(out, `{"x":`...)
			if c.Scale == Names && c.Kind != Histogram {
				out = append(out, text(c.Names[int(p.X)])...)
			} else {
				out = appendNumber(out, p.X)
			}
			if c.Kind == Histogram {
				out = appendNumber(append(out, `,"x2":`...), p.X+c.Width)
			}
			out = appendNumber(append(out, `,"y":`...), p.Y)
			if c.Legend != "" {
				out = fmt.Appendf(out, `,"s":%s`, text(s.Name))
			}
			out = append(out, '}')
		}
	}
	return append(out, ']')
}

func appendNumber(out []byte, v float64) []byte {
	if v == float64(int64(v)) && v > -1e15 && v < 1e15 { // times are not written as 1.7e12
		return strconv.AppendInt(out, int64(v), 10)
	}
	return strconv.AppendFloat(out, v, 'g', -1, 64)
}
