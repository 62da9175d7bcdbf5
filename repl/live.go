package repl

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"riffle/render"
	"riffle/session/browse"
	"riffle/session/changelog"
	"riffle/session/query"
)

const (
	// liveLines is the number of lines that the log page keeps.
	liveLines = 1_000
	// settle is the time for which a bounded query is not drawn at all: most have ended by
	// then, and their table need not flicker first.
	settle = 400 * time.Millisecond
	// frameEvery is the minimum interval between two frames: at most 10 are drawn per second.
	frameEvery = 100 * time.Millisecond
	// longestRest is the maximum pause after a frame that took long.
	longestRest = time.Second
)

// liveDisplay is the view of a streaming query: its table, painted in place, which keys sort,
// filter, search and freeze while the stream continues. The table is the query's own. This file
// paints; liveview.go has the picture, and livekeys.go the keys.
//
// At the end it leaves the last table on the screen, or prints the whole table if the query has
// finished.
type liveDisplay struct {
	output
	screen *screen
	query  subject
	paged  func(output) output // for a complete table; nil to print it directly
	held   *changelog.Snapshot // the table that stays; nil while it may change
	log    []string            // the output of functions, and notices

	look    look
	begun   bool      // the first rows are here
	painted bool      // there was a frame
	rest    time.Time // no frame before: the last one took long

	rate    rate
	health  query.Health
	metrics []string // figures of the status line: what functions count
}

func newLiveDisplay(o output, scr *screen, q subject) (*liveDisplay, error) {
	d := &liveDisplay{output: o, screen: scr, query: q}
	a, err := browse.New(changelog.DataSchema(q.Started().Schema), o.location)
	if err != nil {
		return nil, err
	}
	if table, ok := q.Table(); ok {
		table.Release()
	} else {
		return nil, fmt.Errorf("%s has ended and its table was not kept", q.ID())
	}
	d.look = newLook(a, o.Null, len(q.Started().Order) > 0)
	return d, nil
}

// table returns the table to show now. The caller releases it.
func (d *liveDisplay) table() *changelog.Snapshot {
	if d.held != nil {
		d.held.Retain()
		return d.held
	}
	table, _ := d.query.Table() // it was there at first, and stays
	return table
}

// hold keeps the table of the picture, or the table as it is now.
func (d *liveDisplay) hold(table *changelog.Snapshot) { d.held = table }

// progress shows the first rows without waiting for a tick.
func (d *liveDisplay) progress() error {
	if d.begun {
		return nil
	}
	d.begun = true
	return d.paint()
}

func (d *liveDisplay) restarted(reason string) error {
	d.begun = false
	for _, t := range d.look.grid.trends {
		clear(t.rows) // their rows no longer exist
	}
	if reason != "" {
		d.note(reason + ": the table starts over")
	}
	return nil
}

// note adds lines to the log.
func (d *liveDisplay) note(text string) {
	if text == "" {
		return
	}
	for line := range strings.SplitSeq(text, "\n") {
		d.log = append(d.log, line)
	}
	if extra := len(d.log) - liveLines; extra > 0 {
		d.log = d.log[extra:]
	}
}

// healthy records the health of the job, and what its functions count.
func (d *liveDisplay) healthy(h query.Health) {
	d.health = h
	d.metrics = metricFigures(d.query.Usage())
}

func (d *liveDisplay) pause() error { return nil }

func (d *liveDisplay) drawn() bool { return d.painted }

// tick draws. After a frame that takes long, for example because it sorts a million rows, there
// is a longer pause, so that keys come first.
func (d *liveDisplay) tick() error {
	d.rate.see(d.query.Rows(), d.query.Elapsed())
	if time.Now().Before(d.rest) {
		return nil
	}
	return d.paint()
}

// redraw draws at once, because the user has pressed a key.
func (d *liveDisplay) redraw() error { return d.paint() }

func (d *liveDisplay) paint() error {
	if d.query.Started().Bounded && d.query.Elapsed() < settle {
		return nil
	}
	began := time.Now()
	d.painted = true
	defer func() { d.rest = time.Now().Add(min(3*time.Since(began), longestRest)) }()
	width, height := d.screen.size()
	table := d.table()
	defer table.Release()
	return d.screen.paint(d.look.frame(d, table, width, height-1))
}

// status returns the figures below the table, so many rows of which pass the filter.
func (d *liveDisplay) status(table *changelog.Snapshot, passing int) []string {
	var figures []string
	if d.look.arrangement.FilterText() != "" {
		of := d.look.picture(table).Rows()
		figures = append(figures, fmt.Sprintf("%s of %s match", render.Count(passing), render.Counted(of, "row")))
	}
	if d.updating(table) {
		hidden := table.Stats().Hidden
		figures = append(figures, render.Counted(d.query.Rows(), "change")+d.rate.String())
		if d.look.arrangement.FilterText() == "" {
			figures = append(figures, render.Counted(int64(table.Rows())+hidden, "row"))
		}
		if hidden > 0 {
			figures = append(figures, render.Counted(hidden, "row")+" not kept")
		}
	} else {
		figures = append(figures, render.Counted(d.query.Rows(), "row")+d.rate.String())
		if hidden := table.Stats().Hidden; hidden > 0 {
			figures = append(figures, "the last "+render.Count(table.Rows())+" kept")
		}
	}
	return slices.Concat(figures, healthFigures(d.health, d.output.location), d.metrics)
}

func (d *liveDisplay) end(o outcome) error {
	defer d.look.close()
	table := d.table()
	defer table.Release()
	if d.held != nil {
		d.held.Release()
		d.held = nil
	}
	whole := o.State == query.Finished && (d.updating(table) || table.Stats().Hidden == 0)
	if whole && !d.look.arranged() {
		if err := d.screen.clear(); err != nil {
			return err
		}
		return d.printWhole(table, o)
	}
	width, height := d.screen.size()
	frame, shown := d.look.left(table, width, height-2)
	if err := d.screen.paint(frame); err != nil {
		return err
	}
	if err := d.screen.keep(); err != nil {
		return err
	}
	if o.State == query.Failed {
		return nil
	}
	_, err := fmt.Fprintln(d.w, d.summary(table, shown, o))
	return err
}

func (d *liveDisplay) printWhole(table *changelog.Snapshot, end outcome) error {
	remarks := d.remarksOn(end)
	if d.updating(table) {
		remarks = append([]string{render.Counted(table.Stats().Updates, "change")}, remarks...)
	}
	if hidden := table.Stats().Hidden; hidden > 0 {
		remarks = append(remarks, render.Counted(hidden, "more row")+" not kept")
	}
	if folded := d.folded(table); folded != "" {
		remarks = append(remarks, folded)
	}
	o := d.output
	if d.paged != nil {
		o = d.paged(o)
	}
	return writeTable(o, table, remarks...)
}

// updating reports whether rows change, which may not be in the plan.
func (d *liveDisplay) updating(table *changelog.Snapshot) bool {
	return d.query.Started().Updating() || table.Stats().Widened
}

// folded describes how rows that change are folded if the plan did not declare changes;
// otherwise it returns "".
func (d *liveDisplay) folded(table *changelog.Snapshot) string {
	if !table.Stats().Widened {
		return ""
	}
	return d.query.Started().Folded()
}

// summary returns the line below the table that is left on the screen, for example (+12,345
// changes, 1,000 rows, the last 20 shown, 5.10 s, interrupted).
func (d *liveDisplay) summary(table *changelog.Snapshot, shown string, o outcome) string {
	parts := []string{render.Counted(table.Stats().Updates, "row")}
	if d.updating(table) {
		rows := int64(table.Rows()) + table.Stats().Hidden
		parts = []string{"+" + render.Counted(table.Stats().Updates, "change"), render.Counted(rows, "row")}
	}
	for _, part := range []string{shown, d.look.how(), d.folded(table)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return "(" + strings.Join(append(parts, d.remarksOn(o)...), ", ") + ")"
}

// rate is the number of changes per second, over the last two seconds.
type rate struct {
	at   []time.Duration
	rows []int64
}

func (r *rate) see(rows int64, elapsed time.Duration) {
	if n := len(r.at); n > 0 && (elapsed-r.at[n-1] < frameEvery/2 || rows < r.rows[n-1]) {
		if rows >= r.rows[n-1] {
			return
		}
		*r = rate{} // the result has restarted
	}
	r.at, r.rows = append(r.at, elapsed), append(r.rows, rows)
	for len(r.at) > 2 && elapsed-r.at[1] > 2*time.Second {
		r.at, r.rows = r.at[1:], r.rows[1:]
	}
}

// String returns "" if there is no rate to show.
func (r *rate) String() string {
	n := len(r.at)
	if n < 2 || r.at[n-1]-r.at[0] < time.Second {
		return ""
	}
	perSecond := int64(float64(r.rows[n-1]-r.rows[0])/(r.at[n-1]-r.at[0]).Seconds() + 0.5)
	if perSecond == 0 {
		return ""
	}
	return " (" + render.Count(perSecond) + "/s)"
}

// healthFigures returns the figures that deserve a place in the status line.
func healthFigures(h query.Health, loc *time.Location) []string {
	var figures []string
	if loc == nil {
		loc = time.UTC
	}
	if h.State != "" && h.State != "RUNNING" && h.State != "FINISHED" {
		figures = append(figures, strings.ToLower(h.State))
	}
	if h.RowsIn > 0 {
		figures = append(figures, render.Count(h.RowsIn)+" in")
	}
	switch {
	case h.Drained:
		figures = append(figures, "sources finished")
	case !h.Watermark.IsZero():
		figures = append(figures, "watermark "+moment(h.Watermark.In(loc)))
	}
	if h.Backpressure >= 0.1 {
		figures = append(figures, fmt.Sprintf("backpressure %.0f %%", 100*h.Backpressure))
	}
	if h.Checkpoint != nil {
		figures = append(figures, fmt.Sprintf("checkpoint %d in %s", h.Checkpoint.ID, render.Elapsed(h.Checkpoint.Took)))
	}
	if h.Parallelism > 1 {
		figures = append(figures, fmt.Sprintf("parallelism %d", h.Parallelism))
	}
	return figures
}

// metricFigures returns the metrics of a query's functions for the status line.
func metricFigures(u query.Usage) []string {
	var figures []string
	for _, f := range u.Functions {
		for _, m := range f.Metrics {
			figure := m.Name + " " + render.Count(m.Sum)
			if m.Count > 0 { // a distribution
				figure = fmt.Sprintf("%s %s to %s", m.Name, render.Count(m.Min), render.Count(m.Max))
			}
			figures = append(figures, figure)
		}
	}
	return figures
}

// moment returns a time of day, with its date if that is not today's.
func moment(t time.Time) string {
	if now := time.Now().In(t.Location()); now.Format(time.DateOnly) == t.Format(time.DateOnly) {
		return t.Format(time.TimeOnly)
	}
	return t.Format(time.DateTime)
}
