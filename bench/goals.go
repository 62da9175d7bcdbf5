//go:build unix

package main

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// goals are the limits that the project has set for one row: one that a release
// has to meet, and one to work towards. A zero limit is no goal.
type goals struct{ must, dream goal }

// goal is a limit on riffle's median, in the row's unit, or on its ratio to the
// best peer.
type goal struct {
	limit float64
	times bool // a limit on the ratio
}

func at(limit float64) goal    { return goal{limit: limit} }
func ratio(limit float64) goal { return goal{limit: limit, times: true} }

// allGoals returns the goals by the ID of their row. They are for developers: the
// report shows them only with -goals.
func allGoals() map[string]goals {
	return map[string]goals{
		"launch/prompt":              {at(0.050), at(0.030)},
		"launch/first":               {ratio(2.5), at(1.5)},
		"launch/next":                {ratio(4), at(0.1)},
		"launch/next on a cluster":   {must: ratio(1)},
		"memory/own":                 {at(40), at(25)},
		"memory/all":                 {ratio(1), ratio(1 / 0.7)},
		"func/callable":              {at(0.25), at(0.1)},
		"func/error":                 {at(0.1), at(0.05)},
		"func/row":                   {at(0.8), at(0.4)},
		"coldfunc":                   {at(6), at(2)},
		"throughput/Java built-ins":  {ratio(0.75), ratio(0.95)},
		"throughput/PyFlink general": {ratio(4), ratio(6)},
		"throughput/PyFlink pandas":  {ratio(2.5), ratio(4)},
		"throughput/PyFlink thread":  {ratio(6), ratio(9)},
		"throughput/processors":      {at(550), at(400)},
		"types/TIMESTAMP_LTZ":        {ratio(3), ratio(5)},
		"types/ARRAY":                {ratio(3), ratio(5)},
		"types/ROW":                  {ratio(3), ratio(5)},
		"tablefunc/three":            {ratio(3), ratio(5)},
		"vectorized":                 {ratio(3), ratio(5)},
		"async/wait":                 {must: at(10_000)},
		"client/arrow":               {ratio(18), ratio(50)},
		"sink/client":                {ratio(0.85), ratio(0.95)},
		"sink/cost":                  {must: at(60)},
		"cluster/select":             {ratio(1 / 1.3), ratio(1)},
		"cluster/client":             {ratio(0.35), ratio(0.6)},
		"cluster/latency":            {must: at(0.3)},
		"cluster/function second":    {must: at(1.2)},
		"slow/latency":               {at(0.12), at(0.06)},
		"stream/latency":             {must: at(0.25)},
		"live/key p99":               {at(0.033), at(0.016)},
		"completion/p99":             {must: at(10)},
		"loops/Mix":                  {must: ratio(1 / 1.2)},
		"loops/Allocate":             {must: ratio(1 / 1.2)},
		"loops/Variance":             {must: ratio(1 / 1.2)},
		"kernel/start":               {at(40), at(20)},
		"kernel/statement":           {must: at(1)},
		"kernel/statement p99":       {must: at(4)},
		"kernel/completion":          {must: at(5)},
		"kernel/print":               {must: at(150)},
		"kernel/print messages":      {must: at(20)},
		"kernel/control":             {must: at(5)},
		"kernel/memory":              {must: at(30)},
		"kernel/shutdown":            {must: at(300)},
		"kernel/shutdown with jobs":  {must: at(1500)},
		"flood/messages":             {must: at(20)},
		"flood/client":               {must: at(1000)},
		"catalog/query":              {must: ratio(1 / 1.2)},
		"catalog/redefine":           {must: at(0.25)},
		"checkpoint":                 {must: at(0.2)},
		"recovery/show":              {must: at(0.005)},
		"recovery/query":             {must: at(5)},
		"kills":                      {must: at(5)},
	}
}

// goalCells returns the two cells that -goals adds to the row.
func (r row) goalCells() string {
	g := allGoals()[r.ID]
	must := strings.Replace(r.goalCell(g.must), "no", "**no**", 1)
	return " " + must + " | " + r.goalCell(g.dream) + " |"
}

// goalCell returns the limit and whether the row meets it: "yes", "no", or "?" if the
// row has no peer to compare with.
func (r row) goalCell(g goal) string {
	if g.limit == 0 {
		return ""
	}
	value, limit := r.Riffle.median(), r.figure(g.limit)+" "+string(r.Unit)
	met := value <= g.limit
	if r.Unit == rowsPerSecond {
		met = value >= g.limit
	}
	if g.times {
		limit = strconv.FormatFloat(g.limit, 'g', 3, 64) + "×"
		best, ok := r.best()
		if !ok {
			return limit + ": ?"
		}
		met = r.times(value, best.median()) >= g.limit
	}
	if met {
		return limit + ": yes"
	}
	return limit + ": no"
}

// goalsWithoutRow returns the goals of measured groups that belong to no row of the
// report, because a row was renamed or could not be measured.
func (r *report) goalsWithoutRow() []string {
	groups, ids := map[string]bool{}, map[string]bool{}
	for _, row := range r.Rows {
		groups[groupOf(row.ID)], ids[row.ID] = true, true
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(allGoals())), func(id string) bool {
		return ids[id] || !groups[groupOf(id)]
	})
}

// groupOf returns the group of measurements that a row belongs to.
func groupOf(id string) string {
	group, _, _ := strings.Cut(id, "/")
	return group
}
