package repl

import (
	"fmt"
	"slices"
	"strings"

	"riffle/render"
	"riffle/session/browse"
	"riffle/session/changelog"
	"riffle/session/command"
)

// page is what a live view shows.
type page uint8

const (
	tablePage page = iota
	changelogPage
	logPage
	pages // how many
)

// look is how the user wants to see a query: the page, the rows and columns in the window, and
// what is being typed below.
type look struct {
	arrangement *browse.Arrangement
	grid        *grid
	page        page
	places      [pages]place        // of the pages that are not shown
	ordered     bool                // the query has an ORDER BY: its table is read from the first row on
	frozen      *changelog.Snapshot // the paused picture; nil if the display is not paused
	changes     *changelog.Changes  // likewise, of the changelog

	place
	inspected bool   // the selected row is shown as a record
	search    string // the last search text
	help      bool

	asking  *question
	message string // of the last key; until the next

	rows int // in the window, when it was drawn last
}

// place is where in a page the user is.
type place struct {
	following bool // the window is at the end
	top       int  // otherwise its first row
	cursor    uint64
	selecting bool // there is a row at cursor
}

func newLook(a *browse.Arrangement, null string, ordered bool) look {
	l := look{arrangement: a, grid: newGrid(a, null), ordered: ordered}
	for p := range l.places {
		l.places[p].following = true
	}
	l.place.following = !ordered
	return l
}

// turnTo shows another page, at the place where the user left it.
func (l *look) turnTo(p page) {
	l.places[l.page] = l.place
	l.page, l.place, l.inspected = p, l.places[p], false
}

// question is a line that is being typed below the table.
type question struct {
	prompt string
	typed  []rune
	answer func(d *liveDisplay, text string) error
}

// chrome is the number of lines of a table that are not rows: the header and three rules.
const chrome = 4

// arranged reports whether the display of the table is sorted, filtered or otherwise changed.
func (l *look) arranged() bool {
	column, _ := l.arrangement.Order()
	return column >= 0 || l.arrangement.FilterText() != "" || len(l.grid.columns()) < len(l.grid.names)
}

func (l *look) close() {
	if l.frozen != nil {
		l.frozen.Release()
		l.frozen = nil
	}
	if l.changes != nil {
		l.changes.Release()
		l.changes = nil
	}
}

// picture returns the visible table: the paused one, if there is one.
func (l *look) picture(table *changelog.Snapshot) *changelog.Snapshot {
	if l.frozen != nil {
		return l.frozen
	}
	return table
}

// frame draws the whole view in at most height lines.
func (l *look) frame(d *liveDisplay, table *changelog.Snapshot, width, height int) []string {
	s := styles{d.theme}
	picture := l.picture(table)
	var rows []int32
	if l.page == tablePage || l.arrangement.FilterText() != "" {
		rows = l.arrangement.Rows(picture)
	}
	below := l.below(d, table, rows, width, s)
	var lines []string
	switch room := height - len(below); {
	case room < 1:
		return below[len(below)-max(1, height):]
	case l.help:
		lines = helpLines(width, room)
	case l.page == logPage:
		lines = l.logLines(d.log, width, room)
	case l.page == changelogPage:
		lines = l.changelogLines(d, width, room, s)
	case l.inspected && len(rows) > 0:
		lines = l.rowLines(picture, rows, width, room, s)
	default:
		lines, _ = l.tableLines(picture, rows, width, room, s)
	}
	return append(lines, below...)
}

// below returns the lines under the table: the status, and what is being typed or the last
// message.
func (l *look) below(d *liveDisplay, table *changelog.Snapshot, rows []int32, width int, s styles) []string {
	head := d.query.ID() + " running"
	if d.health.Disconnected {
		head = d.query.ID() + " disconnected"
	}
	if l.frozen != nil {
		head += ", view paused"
	}
	hint := "Ctrl-C cancels"
	if d.keys {
		hint = "? keys"
	}
	line := statusWithin(width-1, head, d.status(table, len(rows)), render.Running(d.query.Elapsed())+" · "+hint)
	lines := []string{s.faint(line)}
	if d.health.Disconnected {
		lines = append(lines, s.faint(cutTo("no rows: the connection to a task is lost, and Flink has not reported why", width-1)))
	}
	if restarts := command.Restarts(command.Shell, d.query.ID(), d.health.Restarts); restarts != "" {
		lines = append(lines, s.faint(cutTo(render.WithoutControls(restarts), width-1)))
	}
	if folded := d.folded(table); folded != "" {
		lines = append(lines, s.faint(cutTo(folded, width-1)))
	}
	if l.message != "" {
		lines = append(lines, cutTo(render.WithoutControls(l.message), width-1))
	}
	switch {
	case l.asking != nil:
		lines = append(lines, cutLeft(l.asking.prompt+string(l.asking.typed), width-2)+s.selected(" "))
	case l.message == "" && l.how() != "":
		lines = append(lines, s.faint(cutTo(l.how(), width-1)))
	}
	return lines
}

// statusWithin joins as many figures as fit between head and tail.
func statusWithin(width int, head string, figures []string, tail string) string {
	for {
		line := strings.Join(append(append([]string{head}, figures...), tail), " · ")
		if len(figures) == 0 || cellsOf(line) <= width {
			return cutTo(line, width)
		}
		figures = figures[:len(figures)-1]
	}
}

// how describes why the picture differs from the table.
func (l *look) how() string {
	var parts []string
	if filter := l.arrangement.FilterText(); filter != "" {
		parts = append(parts, "filter: "+render.WithoutControls(filter))
	}
	if column, down := l.arrangement.Order(); column >= 0 && l.page == tablePage {
		parts = append(parts, map[bool]string{false: "ascending by ", true: "descending by "}[down]+l.grid.names[column])
	}
	if hidden := len(l.grid.names) - len(l.grid.columns()); hidden > 0 {
		parts = append(parts, render.Counted(hidden, "column")+" hidden")
	}
	return strings.Join(parts, " · ")
}

// tableLines draws the window of a table's rows, and returns a text about what is not shown.
func (l *look) tableLines(table *changelog.Snapshot, rows []int32, width, height int, s styles) (lines []string, shown string) {
	l.moveWindow(table, rows, height)
	if l.empty(height) {
		return nil, ""
	}
	w := window{table: table, rows: rows[l.top : l.top+l.rows], id: table.ID, cursor: -1, width: width}
	w.sorted, w.down = l.arrangement.Order()
	if l.selecting {
		w.cursor = slices.IndexFunc(w.rows, func(p int32) bool { return table.ID(int(p)) == l.cursor })
	}
	return l.grid.draw(l.arrangement, w, s), l.part(len(rows))
}

// empty reports whether there is nothing to draw: no row, or no room. If a filter accepts no
// row, the header stays.
func (l *look) empty(height int) bool {
	return l.rows == 0 && (l.arrangement.FilterText() == "" || height < chrome)
}

// part describes which rows are in the window; "" means all.
func (l *look) part(of int) string {
	switch {
	case l.rows >= of:
		return ""
	case l.top+l.rows == of:
		return fmt.Sprintf("the last %s shown", render.Count(l.rows))
	case l.top == 0:
		return fmt.Sprintf("the first %s shown", render.Count(l.rows))
	}
	return fmt.Sprintf("%s to %s shown", render.Count(l.top+1), render.Count(l.top+l.rows))
}

// identified is a picture whose rows have ids.
type identified interface {
	browse.Table
	ID(i int) uint64
}

// moveWindow moves the window so that it is within the rows, and the selected row within the
// window.
func (l *look) moveWindow(table identified, rows []int32, height int) {
	l.rows = max(0, min(height-chrome, len(rows)))
	if l.rows == 0 {
		l.top = 0
		return
	}
	if l.following {
		l.top = len(rows) - l.rows
	}
	if l.selecting {
		at := l.at(table, rows)
		if at < 0 { // the row no longer exists
			at = min(l.top, len(rows)-1)
			l.cursor = table.ID(int(rows[at]))
		}
		l.top = min(l.top, at)
		l.top = max(l.top, at-l.rows+1)
	}
	l.top = max(0, min(l.top, len(rows)-l.rows))
}

// at returns the index of the selected row among the visible ones, or -1.
func (l *look) at(table identified, rows []int32) int {
	return slices.IndexFunc(rows, func(p int32) bool { return table.ID(int(p)) == l.cursor })
}

func (l *look) changelogLines(d *liveDisplay, width, height int, s styles) []string {
	changes := l.changes
	if changes == nil {
		changes = d.query.Changes()
		defer changes.Release()
	}
	rows := l.unsorted(changes)
	l.moveWindow(changes, rows, height)
	if l.empty(height) {
		return nil
	}
	w := window{
		table: changes, rows: rows[l.top : l.top+l.rows], id: changes.ID, cursor: -1, width: width, sorted: -1,
		kind: func(position int) string { return changes.Kind(position).String() },
	}
	if l.selecting {
		w.cursor = slices.IndexFunc(w.rows, func(p int32) bool { return changes.ID(int(p)) == l.cursor })
	}
	return l.grid.draw(l.arrangement, w, s)
}

// unsorted returns the changes that pass the filter, in the order of arrival.
func (l *look) unsorted(changes *changelog.Changes) []int32 {
	sorted, down := l.arrangement.Order()
	l.arrangement.Sort(-1, false)
	defer l.arrangement.Sort(sorted, down)
	return l.arrangement.Rows(changes)
}

func (l *look) logLines(log []string, width, height int) []string {
	if len(log) == 0 {
		return []string{"the log is empty"}
	}
	l.rows = min(height, len(log))
	if l.following {
		l.top = len(log) - l.rows
	}
	l.top = max(0, min(l.top, len(log)-l.rows))
	var lines []string
	for _, line := range log[l.top : l.top+l.rows] {
		lines = append(lines, cutTo(line, width-1))
	}
	return lines
}

// rowLines shows the selected row as a record, with one or more lines for each column.
func (l *look) rowLines(table *changelog.Snapshot, rows []int32, width, height int, s styles) []string {
	l.moveWindow(table, rows, height)
	at := l.at(table, rows)
	if at < 0 {
		return nil
	}
	name := 0
	for _, n := range l.grid.names {
		name = max(name, cellsOf(n))
	}
	name = min(name, width/2)
	lines := []string{s.frame(cutTo(fmt.Sprintf("── row %s of %s ", render.Count(at+1), render.Count(len(rows)))+strings.Repeat("─", max(0, width-24)), width-1))}
	for c, n := range l.grid.names {
		text := render.Visible(string(l.arrangement.Text(nil, table, int(rows[at]), c)))
		for i, part := range wrapped(text, max(8, width-name-4)) {
			label := ""
			if i == 0 {
				label = n
			}
			lines = append(lines, s.header(aligned(label, name, true))+s.frame(" │ ")+part)
		}
	}
	if len(lines) > height {
		left := len(lines) - height + 1
		lines = append(lines[:height-1], s.faint(render.Counted(left, "more line")))
	}
	return lines
}

// wrapped cuts a text into pieces of at most width cells.
func wrapped(text string, width int) []string {
	var parts []string
	for text != "" {
		part := cutTo(text, width)
		if rest, cut := strings.CutSuffix(part, "…"); cut && len(rest) > 0 && part != text {
			part = rest
		}
		parts = append(parts, part)
		text = text[len(part):]
	}
	if parts == nil {
		return []string{""}
	}
	return parts
}

// cutLeft cuts the beginning of a text that is too long.
func cutLeft(text string, width int) string {
	runes := []rune(text)
	for len(runes) > 1 && cellsOf(string(runes)) > width {
		runes = runes[1:]
	}
	return string(runes)
}

// left returns what stays on the screen when the user leaves the view: the table as it was last
// seen, and a text about what is not shown.
func (l *look) left(table *changelog.Snapshot, width, height int) (lines []string, shown string) {
	if l.page != tablePage {
		l.turnTo(tablePage)
	}
	l.selecting = false
	l.grid.column = -1
	l.grid.shown = nil // no value is new any more
	table = l.picture(table)
	lines, part := l.tableLines(table, l.arrangement.Rows(table), width, height, styles{})
	parts := []string{part}
	if l.grid.cuts > 0 {
		parts = append(parts, render.Counted(l.grid.cuts, "value")+" cut")
	}
	if l.grid.absent > 0 {
		parts = append(parts, render.Counted(l.grid.absent, "column")+" not shown")
	}
	return lines, strings.TrimPrefix(strings.Join(parts, ", "), ", ")
}
