package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/render"
	"riffle/session/browse"
	"riffle/session/changelog"
)

// Chart is how a table is to be drawn.
type Chart struct {
	Kind string // one of render.ChartKinds
	X, Y int    // columns; X is -1 for none
}

func plot(_ context.Context, env *Env, args []string) (Answer, error) {
	q := env.Session.Last()
	if len(args) > 0 {
		if named, ok := env.Session.Result(args[0]); ok {
			q, args = named, args[1:]
		}
	}
	if q == nil {
		return Answer{}, errors.New("nothing has been shown yet: name a query that runs")
	}
	if q.Started().Schema == nil {
		return Answer{}, fmt.Errorf("%s has no rows to draw", q.ID())
	}
	kind := "bar"
	if len(args) > 0 && slices.Contains(render.ChartKinds(), strings.ToLower(args[0])) {
		kind, args = strings.ToLower(args[0]), args[1:]
	}
	chart, err := chartOf(kind, args, changelog.Data(q.Started().Schema))
	return Answer{Action: Plot, Query: q, Chart: chart}, err
}

// chartOf finds the columns that are named, or those that suit.
func chartOf(kind string, names []string, schema *arrow.Schema) (Chart, error) {
	c := Chart{Kind: kind, X: -1, Y: -1}
	var chosen []int
	for _, name := range names {
		at := slices.IndexFunc(schema.Fields(), func(f arrow.Field) bool { return strings.EqualFold(f.Name, strings.Trim(name, "`")) })
		if at < 0 {
			return c, fmt.Errorf("there is no column %s", name)
		}
		chosen = append(chosen, at)
	}
	switch len(chosen) {
	case 2:
		c.X, c.Y = chosen[0], chosen[1]
	case 1:
		c.Y = chosen[0]
	case 0:
		for i, f := range schema.Fields() {
			if render.RightAligned(f) {
				c.Y = i
			}
		}
	default:
		return c, errors.New("a chart has one column X and one Y")
	}
	if c.Y < 0 || !render.RightAligned(schema.Field(c.Y)) {
		return c, errors.New("there is no column of numbers to draw: name it")
	}
	for i := range schema.NumFields() {
		if c.X < 0 && i != c.Y && len(chosen) < 2 {
			c.X = i
		}
	}
	return c, nil
}

// Draw draws a table in at most width cells and height lines. A line is in the
// order of X, if X has one.
func (c Chart) Draw(table *changelog.Snapshot, loc *time.Location, width, height int) ([]string, error) {
	a, err := browse.New(table.Schema(), loc)
	if err != nil {
		return nil, err
	}
	if c.Kind == "line" && c.X >= 0 {
		a.Sort(c.X, false)
	}
	drawn := render.Chart{Kind: c.Kind, Name: table.Schema().Field(c.Y).Name}
	for _, row := range a.Rows(table) {
		value, _ := browse.Number(table, int(row), c.Y)
		drawn.Values = append(drawn.Values, value)
		label := ""
		if c.X >= 0 {
			label = string(a.Text(nil, table, int(row), c.X))
		}
		drawn.Labels = append(drawn.Labels, label)
	}
	return drawn.Lines(width, height), nil
}
