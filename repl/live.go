package repl

import (
	"fmt"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/session"
	"riffle/session/changelog"
)

const (
	// liveRows bounds the table of a result that only appends: only its last rows
	// are ever seen.
	liveRows = 1000
	// settle is how long a bounded query may take before it is drawn at all: most
	// have ended by then, and their table need not flicker first.
	settle = 400 * time.Millisecond
)

// liveDisplay paints the table of a streaming query in place. At the end it
// leaves the last table, or prints the whole of it if the query came to its end.
type liveDisplay struct {
	output
	screen *screen
	query  subject
	view   *changelog.View
	stale  bool // rows came since the last frame
}

func newLiveDisplay(o output, scr *screen, q subject) (*liveDisplay, error) {
	d := &liveDisplay{output: o, screen: scr, query: q}
	return d, d.newView()
}

func (d *liveDisplay) newView() error {
	limit := viewRows
	if !d.query.Started().Updating() {
		limit = liveRows
	}
	view, err := d.query.Started().View(limit)
	if err != nil {
		return err
	}
	if d.view != nil {
		d.view.Close()
	}
	d.view = view
	return nil
}

func (d *liveDisplay) rows(rec arrow.Record) error {
	first := d.view.Stats().Updates == 0
	if err := d.view.Apply(rec); err != nil {
		return err
	}
	d.stale = true
	if first {
		return d.pause()
	}
	return nil
}

func (d *liveDisplay) restarted(string) error {
	d.stale = true
	return d.newView()
}

// pause shows the first rows without waiting for a tick.
func (d *liveDisplay) pause() error {
	if !d.stale || d.drawn() {
		return nil
	}
	return d.tick()
}

func (d *liveDisplay) drawn() bool {
	d.screen.mu.Lock()
	defer d.screen.mu.Unlock()
	return len(d.screen.drawn) > 1
}

func (d *liveDisplay) tick() error {
	if d.query.Started().Bounded && d.query.Elapsed() < settle {
		return nil
	}
	table := d.view.Snapshot()
	defer table.Release()
	width, height := d.screen.size()
	frame, err := d.frame(table, width, height-1, d.status(table))
	if err != nil {
		return err
	}
	d.stale = false
	return d.screen.paint(frame)
}

// status is the line below the table.
func (d *liveDisplay) status(table *changelog.Snapshot) string {
	if !d.query.Started().Updating() {
		return statusLine(d.query, counted(d.query.Rows(), "row"))
	}
	hidden := table.Stats().Hidden
	figures := []string{counted(d.query.Rows(), "change"), counted(int64(table.Rows())+hidden, "row")}
	if hidden > 0 {
		figures = append(figures, counted(hidden, "row")+" not kept")
	}
	return statusLine(d.query, figures...)
}

// frame draws the last rows that fit a terminal, and a line below them.
func (d *liveDisplay) frame(table *changelog.Snapshot, width, height int, status string) ([]string, error) {
	below := cutTo(status, width-1)
	if d.color {
		below = "\x1b[2m" + below + "\x1b[0m"
	}
	lines, err := d.lastRows(table, width, height-1)
	return append(lines, below), err
}

// lastRows draws the table's last rows in at most so many lines; none if not even
// one row fits.
func (d *liveDisplay) lastRows(table *changelog.Snapshot, width, height int) ([]string, error) {
	const chrome = 4 // the header and three rules
	n := min(height-chrome, table.Rows())
	if n <= 0 {
		return nil, nil
	}
	rows, err := table.Slice(table.Rows()-n, table.Rows())
	if err != nil {
		return nil, err
	}
	defer rows.Release()
	var b strings.Builder
	o := d.output
	o.w, o.width, o.footer, o.Format = &b, width, false, "table"
	s, err := o.open(table.Schema(), true)
	if err != nil {
		return nil, err
	}
	if err := s.write(rows); err != nil {
		return nil, err
	}
	if err := s.close(); err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n"), nil
}

func (d *liveDisplay) end(o outcome) error {
	defer d.view.Close()
	table := d.view.Snapshot()
	defer table.Release()
	whole := o.State == session.Finished && (d.query.Started().Updating() || table.Stats().Hidden == 0)
	if whole {
		if err := d.screen.clear(); err != nil {
			return err
		}
		return d.printWhole(table, o)
	}
	width, height := d.screen.size()
	frame, err := d.lastRows(table, width, height-2)
	if err != nil {
		return err
	}
	if err := d.screen.paint(frame); err != nil {
		return err
	}
	if err := d.screen.keep(); err != nil {
		return err
	}
	if o.State == session.Failed {
		return nil
	}
	_, err = fmt.Fprintln(d.w, d.summary(table, len(frame), o))
	return err
}

func (d *liveDisplay) printWhole(table *changelog.Snapshot, o outcome) error {
	remarks := d.remarksOn(o)
	if d.query.Started().Updating() {
		remarks = append([]string{counted(o.Rows, "change")}, remarks...)
	}
	if hidden := table.Stats().Hidden; hidden > 0 {
		remarks = append(remarks, counted(hidden, "more row")+" not kept")
	}
	return writeTable(d.output, table, remarks...)
}

// summary stands below the table that is left, for example
// (+12,345 updates, 1,000 rows, the last 20 shown, 5.10 s, interrupted).
func (d *liveDisplay) summary(table *changelog.Snapshot, lines int, o outcome) string {
	rows := o.Rows
	parts := []string{counted(rows, "row")}
	if d.query.Started().Updating() {
		rows = int64(table.Rows()) + table.Stats().Hidden
		parts = []string{"+" + counted(o.Rows, "update"), counted(rows, "row")}
	}
	if shown := int64(max(lines-4, 0)); shown < rows {
		parts = append(parts, fmt.Sprintf("the last %s shown", count(shown)))
	}
	return "(" + strings.Join(append(parts, d.remarksOn(o)...), ", ") + ")"
}
