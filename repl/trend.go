package repl

import (
	"math"
	"strconv"

	"riffle/render"
)

const (
	// trendValues is the number of values of a row in a trend.
	trendValues = 8
	// trendRows limits the rows outside the window whose values are kept.
	trendRows = 1000
)

// trend is a small chart next to a column of numbers: for each row, the last values that were
// drawn and differed from the previous one. Rows that have not been in the window have no
// values.
type trend struct{ rows map[uint64][]float64 }

func newTrend() *trend { return &trend{map[uint64][]float64{}} }

// see adds the drawn value of a row. Values that are not finite numbers, such as NULL, are
// skipped.
func (t *trend) see(id uint64, text string) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	values := t.rows[id]
	if n := len(values); n > 0 && values[n-1] == v {
		return
	}
	if values = append(values, v); len(values) > trendValues {
		values = values[1:]
	}
	t.rows[id] = values
}

// keep drops rows that are not in the window if there are many.
func (t *trend) keep(window map[uint64][]string) {
	if len(t.rows) <= len(window)+trendRows {
		return
	}
	for id := range t.rows {
		if _, drawn := window[id]; !drawn {
			delete(t.rows, id)
		}
	}
}

func (t *trend) chart(id uint64) string { return render.Spark(t.rows[id]) }

// turnTrend shows or hides the trend of the selected column.
func (d *liveDisplay) turnTrend() {
	g := d.look.grid
	switch {
	case g.column < 0 || d.look.page != tablePage:
		d.look.message = "select a column of numbers in the table first: ← →"
	case !g.right[g.column]:
		d.look.message = g.names[g.column] + " has no numbers"
	case g.trends[g.column] != nil:
		delete(g.trends, g.column)
	default:
		g.trends[g.column] = newTrend()
	}
}
