package command

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/render"
	"riffle/render/chart"
	"riffle/session/browse"
	"riffle/session/changelog"
)

// Draw draws a table in at most width cells and height lines. A line chart is in the order of X, if it has
// an X.
func (c Chart) Draw(table *changelog.Snapshot, loc *time.Location, width, height int) ([]string, error) {
	a, err := browse.New(table.Schema(), loc)
	if err != nil {
		return nil, err
	}
	if c.Kind == chart.Line && c.X >= 0 {
		a.Sort(c.X, false)
	}
	y := c.Y[0]
	drawn := render.Chart{Kind: string(c.Kind), Name: table.Schema().Field(y).Name}
	if c.X >= 0 {
		drawn.X = table.Schema().Field(c.X).Name
	}
	for _, row := range a.Rows(table) {
		value, _ := browse.Number(table, int(row), y)
		drawn.Values = append(drawn.Values, value)
		switch {
		case c.X >= 0:
			drawn.Labels = append(drawn.Labels, string(a.Text(nil, table, int(row), c.X)))
		case c.Kind != chart.Line:
			drawn.Labels = append(drawn.Labels, "")
		}
	}
	if c.Title == "" {
		return drawn.Lines(width, height), nil
	}
	return append([]string{render.Clip(c.Title, width)}, drawn.Lines(width, height-1)...), nil
}

// Plot returns the chart of a table that has received total rows. It draws the newest rows, as many as fit.
// note is shown below its title. The chart does not refer to the table.
func (c Chart) Plot(table *changelog.Snapshot, total int64, loc *time.Location, note string) (*chart.Chart, error) {
	a, err := browse.New(table.Schema(), loc)
	if err != nil {
		return nil, err
	}
	p := &points{Chart: c, table: table, arrangement: a, drawn: chart.New(c.Kind)}
	p.drawn.Total = total
	p.name(note)
	rows := p.newest()
	p.places(rows, loc)
	p.add(rows)
	p.drawn.Finish()
	return p.drawn, nil
}

// points creates the points of a chart.
type points struct {
	Chart
	table       *changelog.Snapshot
	arrangement *browse.Arrangement
	drawn       *chart.Chart

	at map[int]float64 // where rows are on the axis, NaN for NULL; nil where X is a name
	// zeros is the number of characters that all names end with because their times are whole
	// minutes or seconds, and day the number of characters that all names begin with because
	// their day is the same.
	zeros, day int
}

func (p *points) field(column int) arrow.Field { return p.table.Schema().Field(column) }

// name describes what the chart shows.
func (p *points) name(note string) {
	d := p.drawn
	d.Title, d.Note, d.X = p.Title, note, "row"
	var names []string
	for _, y := range p.Y {
		names = append(names, p.field(y).Name)
	}
	d.Y = strings.Join(names, ", ")
	if p.X >= 0 {
		d.X = p.field(p.X).Name
	}
	switch {
	case p.Color >= 0:
		d.Legend, d.ByName = p.field(p.Color).Name, true
	case len(p.Y) > 1:
		d.Legend = "column"
	}
}

// newest returns the rows that are drawn.
func (p *points) newest() []int {
	most := chart.MaxPoints / len(p.Y)
	if p.Kind == chart.Histogram { // which has few bars of many rows
		most = chart.MaxValues
	}
	var rows []int
	for i := max(0, p.table.Rows()-most); i < p.table.Rows(); i++ {
		rows = append(rows, i)
	}
	return rows
}

// places finds the place of each row on the X axis. Bars have names there, but are ordered by X
// if X is a number or a time.
func (p *points) places(rows []int, loc *time.Location) {
	if p.X < 0 {
		p.at = map[int]float64{}
		for _, row := range rows {
			p.at[row] = float64(row + 1)
		}
		return
	}
	times, isTime := render.TimesOf(p.field(p.X))
	if !isTime && !render.RightAligned(p.field(p.X)) {
		p.drawn.Scale = chart.Names
		return
	}
	p.at = map[int]float64{}
	for _, row := range rows {
		v, ok := browse.Number(p.table, row, p.X)
		if !ok {
			v = math.NaN()
		}
		p.at[row] = v
	}
	switch {
	case p.Kind == chart.Bar:
		slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(p.at[a], p.at[b]) })
		p.drawn.Scale, p.at = chart.Names, nil
		if isTime {
			p.zeros = p.zerosOf(rows)
			p.oneDay(rows)
		}
	case isTime:
		p.clock(times, loc)
	}
}

// zerosOf returns the length of the uninformative end that all times share, :00.000 or .000.
func (p *points) zerosOf(rows []int) int {
	least := math.MaxInt
	for _, row := range rows {
		if p.null(row, p.X) {
			continue
		}
		text := string(p.arrangement.Text(nil, p.table, row, p.X))
		short := text
		if whole, point := strings.CutSuffix(strings.TrimRight(text, "0"), "."); point {
			short = whole
		}
		if minutes, found := strings.CutSuffix(short, ":00"); found && strings.Contains(minutes, ":") {
			short = minutes
		}
		least = min(least, len(text)-len(short))
	}
	return least
}

// oneDay adds the day to the axis title if all times are of the same day.
func (p *points) oneDay(rows []int) {
	day := ""
	for _, row := range rows {
		if p.null(row, p.X) {
			continue
		}
		its, _, timed := strings.Cut(string(p.arrangement.Text(nil, p.table, row, p.X)), " ")
		if !timed || day != "" && its != day {
			return
		}
		day = its
	}
	if day != "" {
		p.day = len(day + " ")
		p.drawn.X += " on " + day
	}
}

// clock converts the places to times as a clock shows them. If the clock of the zone was put
// forward or back between two of them, a line would run backwards, so the times are in UTC.
func (p *points) clock(times render.Times, loc *time.Location) {
	p.drawn.Scale = chart.Time
	if times.OfDay {
		p.drawn.Scale = chart.Clock
	}
	offsets := map[int]bool{}
	offset := 0
	for row, v := range p.at {
		seconds := v / times.PerSecond
		if p.at[row] = seconds * 1000; times.Local && !math.IsNaN(v) {
			_, offset = time.Unix(int64(math.Floor(seconds)), 0).In(loc).Zone()
			offsets[offset] = true
		}
	}
	if !times.Local {
		return
	}
	p.drawn.Zone = loc.String()
	if len(offsets) > 1 {
		p.drawn.Zone, offset = "UTC", 0
	}
	for row := range p.at {
		p.at[row] += float64(offset) * 1000
	}
}

// add adds the rows' points. With color= there is one series for each of its values, and with
// several Y one for each Y.
func (p *points) add(rows []int) {
	var text []byte
	for _, row := range rows {
		p.drawn.Row()
		series := ""
		for _, y := range p.Y {
			if p.null(row, y) {
				p.drawn.Skip()
				continue
			}
			if p.Color >= 0 {
				text = p.arrangement.Text(text[:0], p.table, row, p.Color)
				series = string(text)
			}
			if len(p.Y) > 1 {
				series = strings.TrimSpace(p.field(y).Name + " " + series)
				if p.Color < 0 {
					series = p.field(y).Name
				}
			}
			value, _ := browse.Number(p.table, row, y)
			if p.at != nil {
				p.drawn.Add(series, p.at[row], value)
				continue
			}
			text = p.arrangement.Text(text[:0], p.table, row, p.X)
			p.drawn.AddNamed(series, string(text[p.day:len(text)-p.zeros]), value)
		}
	}
}

// null reports whether the value of a row, its place or its series is NULL.
func (p *points) null(row, y int) bool {
	for _, column := range []int{y, p.X, p.Color} {
		if column >= 0 && p.arrangement.Null(p.table, row, column) {
			return true
		}
	}
	return false
}
