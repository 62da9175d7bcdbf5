package command

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/render"
	"riffle/render/chart"
	"riffle/session/changelog"
	"riffle/session/mention"
	"riffle/session/query"
)

// Chart says how to draw a table.
type Chart struct {
	Kind  chart.Kind
	Title string // "" for none
	X     int    // column; -1 for none
	Y     []int  // columns of numbers
	Color int    // column whose values define series; -1 for none
}

// kinds returns the kinds of charts that a front end draws.
func kinds(f FrontEnd) []string {
	if f&Notebook == 0 {
		return render.ChartKinds()
	}
	var all []string
	for _, k := range chart.Kinds() {
		all = append(all, string(k))
	}
	return all
}

func plot(_ context.Context, env *Env, args []string) (Answer, error) {
	asked, err := readPlot(env, args)
	if err != nil {
		return Answer{}, err
	}
	q := asked.query
	if q == nil {
		return Answer{}, errors.New("nothing has been shown yet: name a query that runs")
	}
	if q.Started().Schema == nil {
		return Answer{}, fmt.Errorf("%s has no rows to draw", q.ID())
	}
	c, err := asked.chart(changelog.DataSchema(q.Started().Schema))
	if err == nil && env.FrontEnd == Shell && (len(c.Y) > 1 || c.Color >= 0) {
		err = errors.New("the shell draws one column of numbers, without color=; notebooks draw several")
	}
	return Answer{Action: Plot, Query: q, Chart: c}, err
}

// plotRequest is the parsed argument of \plot.
type plotRequest struct {
	query       *query.Query
	kind, title string
	first       string   // word that is neither the name of a query nor a kind
	columns     []string // X and Y by their place
	x, color    string
	y           []string
}

// queryName matches the number of a query.
var queryName = regexp.MustCompile(`^q[0-9]+$`)

func readPlot(env *Env, args []string) (plotRequest, error) {
	c, _ := Find("plot")
	r := plotRequest{query: env.Session.Last()}
	seen := map[string]bool{}
	place := 0
	for _, arg := range args {
		name, word, named := c.cutName(arg)
		if !named {
			name, word = "", arg
		}
		list, err := values(word)
		switch {
		case err != nil && named:
			return r, fmt.Errorf("%s=: %w", name, err)
		case err != nil:
			return r, err
		case named && seen[name]:
			return r, fmt.Errorf("%s= is given twice", name)
		case len(list) > 1 && named && name != "y":
			return r, fmt.Errorf("%s= takes one value; put a value with a comma in quotes", name)
		}
		seen[name] = named
		if named {
			err = r.set(env, name, list)
		} else {
			err = r.put(env, place, list)
			place++
		}
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

// set sets a named argument.
func (r *plotRequest) set(env *Env, name string, list []string) error {
	switch name {
	case "x":
		r.x = list[0]
	case "y":
		r.y = list
	case "color":
		r.color = list[0]
	case "title":
		r.title = list[0]
	case "kind":
		known := kinds(env.FrontEnd)
		if r.kind = strings.ToLower(list[0]); !slices.Contains(known, r.kind) {
			return fmt.Errorf("there is no kind %s here: the kinds are %s", list[0], strings.Join(known, ", "))
		}
	}
	return nil
}

// put sets an argument by its position: a query, a kind, or a column.
func (r *plotRequest) put(env *Env, place int, list []string) error {
	word := list[0]
	if q, ok := env.Session.Result(word); place == 0 && ok && len(list) == 1 {
		r.query = q
		return nil
	}
	if r.kind == "" && len(r.columns) == 0 && len(list) == 1 && slices.Contains(kinds(Notebook), strings.ToLower(word)) {
		return r.set(env, "kind", list)
	}
	if len(r.columns) == 2 {
		return errors.New("a chart has one column X and one Y; of several Y, y= takes a list: y=a,b")
	}
	if place == 0 {
		r.first = word
	}
	if len(list) > 1 {
		if r.y != nil {
			return errors.New("the columns Y are there twice")
		}
		r.y = list
		return nil
	}
	r.columns = append(r.columns, word)
	return nil
}

// chart returns the chart with the columns that were named, or with suitable ones.
func (r plotRequest) chart(schema *arrow.Schema) (Chart, error) {
	c := Chart{Kind: chart.Kind(r.kind), Title: r.title, X: -1, Color: -1}
	if queryName.MatchString(r.first) && columnNamed(schema, r.first) < 0 {
		return c, fmt.Errorf("no table of %s: %s lists the running queries, and the last result is kept too", r.first, mention.Command("queries"))
	}
	x, y := r.x, r.y
	for i := len(r.columns) - 1; i >= 0; i-- { // of one alone, it is Y
		switch {
		case y == nil:
			y = []string{r.columns[i]}
		case x == "":
			x = r.columns[i]
		default:
			return c, fmt.Errorf("the columns X and Y are known without %s", r.columns[i])
		}
	}
	if c.Kind == chart.Histogram && y == nil && x != "" {
		x, y = "", []string{x}
	}
	var err error
	find := func(name string) int {
		at := columnNamed(schema, name)
		if at < 0 && err == nil && name == r.first {
			err = fmt.Errorf("there is no query or column %s: the columns are %s", name, columnNames(schema, func(arrow.Field) bool { return true }))
		}
		if at < 0 && err == nil {
			err = fmt.Errorf("there is no column %s: the columns are %s", name, columnNames(schema, func(arrow.Field) bool { return true }))
		}
		return at
	}
	for _, name := range y {
		at := find(name)
		if at >= 0 && !render.RightAligned(schema.Field(at)) && err == nil {
			err = fmt.Errorf("%s has no numbers to draw, these have: %s", name, columnNames(schema, render.RightAligned))
		}
		c.Y = append(c.Y, at)
	}
	if x != "" {
		c.X = find(x)
	}
	if r.color != "" {
		c.Color = find(r.color)
	}
	if err != nil {
		return c, err
	}
	return c.complete(schema)
}

// complete chooses the columns that were not named.
func (c Chart) complete(schema *arrow.Schema) (Chart, error) {
	if c.Y == nil {
		for i, f := range schema.Fields() {
			if i != c.X && i != c.Color && render.RightAligned(f) {
				c.Y = []int{i}
			}
		}
	}
	if c.Y == nil {
		return c, errors.New("the result has no column of numbers")
	}
	if c.Kind == chart.Histogram {
		if len(c.Y) > 1 || c.Color >= 0 {
			return c, errors.New("a histogram has one column of numbers, and no color=")
		}
		c.X = -1
		return c, nil
	}
	for i := range schema.NumFields() {
		if c.X < 0 && !slices.Contains(c.Y, i) && i != c.Color {
			c.X = i
		}
	}
	if c.Kind == "" {
		c.Kind = chart.Bar
		if c.X >= 0 {
			if _, times := render.TimesOf(schema.Field(c.X)); times {
				c.Kind = chart.Line
			}
		}
	}
	return c, nil
}

// columnNamed finds a column. If none has exactly the name, it ignores case. Quotes around a
// name may be part of it.
func columnNamed(schema *arrow.Schema, name string) int {
	for _, written := range []string{name, "'" + name + "'", `"` + name + `"`} {
		if at := schema.FieldIndices(written); len(at) > 0 {
			return at[0]
		}
	}
	return slices.IndexFunc(schema.Fields(), func(f arrow.Field) bool { return strings.EqualFold(f.Name, name) })
}

// columnNames lists the first few columns for which accept returns true.
func columnNames(schema *arrow.Schema, accept func(arrow.Field) bool) string {
	const most = 10
	var names []string
	for _, f := range schema.Fields() {
		if !accept(f) {
			continue
		}
		if len(names) == most {
			return strings.Join(names, ", ") + " and others"
		}
		names = append(names, f.Name)
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, ", ")
}
