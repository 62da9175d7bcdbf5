package repl

import (
	"strings"

	"github.com/rivo/uniseg"

	"riffle/render"
	"riffle/session/browse"
)

const (
	// A column is as wide as its widest value so far, but is cut to this width if the columns
	// do not all fit.
	narrowestColumn = 6
	// longestCell limits the part of a value that is looked at.
	longestCell = 4 << 10
)

// grid draws a window of a table. It remembers what it needs to keep the picture steady:
// columns only grow, and a value that differs from the last frame's is marked for one frame.
type grid struct {
	names  []string
	right  []bool // numbers are aligned to the right
	whole  []bool // values of these columns are never cut
	hidden []bool
	widest []int // of each column so far, in cells
	first  int   // the first column that is drawn
	last   int   // the last one that was
	cuts   int   // values that the last picture shows cut
	absent int   // columns that it does not show, besides the hidden ones

	column int    // the selected one; -1 for none
	null   string // what NULL is shown as; "" is NULL
	shown  map[uint64][]string
	trends map[int]*trend // of columns that have one; not where rows have kinds
}

// window is the part of a table that is drawn.
type window struct {
	table  browse.Table
	rows   []int32 // positions in the table
	id     func(position int) uint64
	kind   func(position int) string // nil: rows have no kinds
	cursor int                       // index into rows; -1 for none
	width  int
	sorted int // column; -1 for none
	down   bool
}

func newGrid(a *browse.Arrangement, null string) *grid {
	g := &grid{column: -1, null: null, trends: map[int]*trend{}}
	for _, f := range a.Schema().Fields() {
		name := render.Visible(f.Name)
		g.names = append(g.names, name)
		g.widest = append(g.widest, uniseg.StringWidth(name))
		g.right = append(g.right, render.RightAligned(f))
		g.whole = append(g.whole, render.Whole(f))
	}
	g.hidden = make([]bool, len(g.names))
	return g
}

// columns returns the columns that are not hidden.
func (g *grid) columns() []int {
	var visible []int
	for c := range g.names {
		if !g.hidden[c] {
			visible = append(visible, c)
		}
	}
	return visible
}

// move selects another column.
func (g *grid) move(by int) {
	visible := g.columns()
	at := -1
	for i, c := range visible {
		if c == g.column {
			at = i
		}
	}
	switch at += by; {
	case len(visible) == 0:
		g.column = -1
		return
	case at < 0:
		at = 0
	case at >= len(visible):
		at = len(visible) - 1
	}
	g.column = visible[at]
	g.first = min(g.first, g.column)
	if g.column > g.last {
		g.first += g.column - g.last
	}
}

// hide hides the selected column, unless it is the last one.
func (g *grid) hide() {
	if g.column < 0 || len(g.columns()) < 2 {
		return
	}
	g.hidden[g.column] = true
	at := g.column
	g.move(1)
	if g.column == at || g.hidden[g.column] {
		g.move(-1)
	}
}

func (g *grid) unhide() { clear(g.hidden) }

// cells returns the texts of a row, safe for a terminal.
func (g *grid) cells(a *browse.Arrangement, t browse.Table, position int) []string {
	texts := make([]string, len(g.names))
	var scratch []byte
	for c := range texts {
		if g.hidden[c] {
			continue
		}
		if scratch = a.Text(scratch[:0], t, position, c); g.null != "" && a.Null(t, position, c) {
			scratch = append(scratch[:0], g.null...)
		}
		texts[c] = render.Visible(string(scratch[:min(len(scratch), longestCell)]))
		g.widest[c] = max(g.widest[c], uniseg.StringWidth(texts[c]))
	}
	return texts
}

// draw returns the lines of the window's rows, with a header and rules.
func (g *grid) draw(a *browse.Arrangement, w window, s styles) []string {
	texts := make([][]string, len(w.rows))
	for i, position := range w.rows {
		texts[i] = g.cells(a, w.table, int(position))
	}
	if w.sorted >= 0 {
		g.widest[w.sorted] = max(g.widest[w.sorted], uniseg.StringWidth(g.title(w.sorted, w)))
	}
	columns, widths := g.fit(w)
	g.cuts, g.absent = 0, len(g.columns())-len(columns)
	lines := []string{g.rule("┌┬┐", columns, widths, w, s), g.header(columns, widths, w, s), g.rule("├┼┤", columns, widths, w, s)}
	before := g.shown
	g.shown = make(map[uint64][]string, len(w.rows))
	for i, position := range w.rows {
		id := w.id(int(position))
		g.shown[id] = texts[i]
		for c, t := range g.trends {
			if w.kind == nil {
				t.see(id, texts[i][c])
			}
		}
		lines = append(lines, g.row(a, w, i, texts[i], before[id], columns, widths, s))
	}
	for _, t := range g.trends {
		t.keep(g.shown)
	}
	return append(lines, g.rule("└┴┘", columns, widths, w, s))
}

// fit chooses the columns that are drawn and their widths, starting at g.first. Wide columns
// are cut so that as many as possible are visible.
func (g *grid) fit(w window) (columns, widths []int) {
	visible := g.columns()
	room := w.width - 1 // the bar at a line's end
	if w.kind != nil {
		room -= 5 // " op │"
	}
	for len(visible) > 1 && visible[0] < g.first {
		visible = visible[1:]
	}
	if len(visible) < len(g.columns()) {
		room -= 2 // the mark of those before
	}
	need, charts := 0, 0
	var least []int
	for i, c := range visible {
		need += 3 + g.least(c) + g.beside(c, w)
		if limit := room - 2*min(1, len(visible)-1-i); need > limit && len(columns) > 0 {
			room -= 2 // for the mark of columns on the right that are not shown
			break
		}
		columns = append(columns, c)
		widths = append(widths, g.widest[c])
		least = append(least, g.least(c))
		charts += g.beside(c, w)
	}
	if len(columns) > 0 {
		g.last = columns[len(columns)-1]
	}
	shrink(widths, least, room-3*len(columns)-charts)
	for i, c := range columns {
		widths[i] += g.beside(c, w)
	}
	return columns, widths
}

// beside returns the width that a column's trend takes.
func (g *grid) beside(c int, w window) int {
	if g.trends[c] == nil || w.kind != nil {
		return 0
	}
	return 1 + trendValues
}

// aligned formats a cell of a column: a text, and the chart next to it if the column has a
// trend.
func (g *grid) aligned(c int, text, chart string, width int, w window) string {
	beside := g.beside(c, w)
	cell := aligned(text, width-beside, g.right[c])
	if beside > 0 {
		cell += " " + aligned(chart, beside-1, false)
	}
	return cell
}

// least returns the minimum width of a column. Numbers, times and booleans are never cut,
// because half a number reads as another number; texts may be cut.
func (g *grid) least(c int) int {
	if g.whole[c] {
		return g.widest[c]
	}
	return min(g.widest[c], narrowestColumn)
}

// shrink cuts the widest columns that may be cut until all fit.
func shrink(widths, least []int, room int) {
	for over := total(widths) - room; over > 0; over = total(widths) - room {
		w := -1
		for i := range widths {
			if widths[i] > least[i] && (w < 0 || widths[i] > widths[w]) {
				w = i
			}
		}
		if w < 0 {
			break
		}
		widths[w] = max(least[w], widths[w]-over, min(widths[w]-1, secondWidest(widths, w)))
	}
	if over := total(widths) - room; over > 0 && len(widths) == 1 { // no column has enough space
		widths[0] = max(1, widths[0]-over)
	}
}

func total(widths []int) (sum int) {
	for _, w := range widths {
		sum += w
	}
	return sum
}

func secondWidest(widths []int, but int) (width int) {
	for i, w := range widths {
		if i != but {
			width = max(width, w)
		}
	}
	return width
}

// more reports whether columns are left out before or after those that are drawn.
func (g *grid) more(columns []int) (before, behind bool) {
	all := g.columns()
	if len(all) == 0 || len(columns) == 0 {
		return false, false
	}
	return columns[0] != all[0], columns[len(columns)-1] != all[len(all)-1]
}

func (g *grid) rule(corners string, columns, widths []int, w window, s styles) string {
	r := []rune(corners)
	var b strings.Builder
	b.WriteRune(r[0])
	if w.kind != nil {
		b.WriteString("────" + string(r[1]))
	}
	before, behind := g.more(columns)
	if before {
		b.WriteString("─" + string(r[1]))
	}
	for i := range columns {
		if i > 0 {
			b.WriteRune(r[1])
		}
		b.WriteString(strings.Repeat("─", widths[i]+2))
	}
	if behind {
		b.WriteString(string(r[1]) + "─")
	}
	b.WriteRune(r[2])
	return s.frame(b.String())
}

func (g *grid) header(columns, widths []int, w window, s styles) string {
	cells := make([]string, len(columns))
	for i, c := range columns {
		cell := g.aligned(c, g.title(c, w), "trend", widths[i], w)
		if c == g.column {
			cells[i] = s.selected(cell)
		} else {
			cells[i] = s.header(cell)
		}
	}
	return g.line("op", cells, columns, w, s)
}

// title returns a column's name, with an arrow if rows are sorted by it.
func (g *grid) title(c int, w window) string {
	switch {
	case c != w.sorted:
		return g.names[c]
	case w.down:
		return g.names[c] + " ▼"
	}
	return g.names[c] + " ▲"
}

func (g *grid) row(a *browse.Arrangement, w window, i int, texts, before []string, columns, widths []int, s styles) string {
	position := int(w.rows[i])
	cells := make([]string, len(columns))
	for k, c := range columns {
		chart := ""
		if t := g.trends[c]; t != nil {
			chart = t.chart(w.id(position))
		}
		text := texts[c]
		if room := widths[k] - g.beside(c, w); uniseg.StringWidth(text) > room {
			g.cuts++
			if g.whole[c] {
				text = strings.Repeat("#", max(0, room))
			}
		}
		cell := g.aligned(c, text, chart, widths[k], w)
		switch {
		case i == w.cursor:
			cells[k] = s.selected(cell)
		case before != nil && before[c] != texts[c] && w.kind == nil:
			cells[k] = s.changed(cell)
		case a.Null(w.table, position, c):
			cells[k] = s.faint(cell)
		default:
			cells[k] = cell
		}
	}
	kind := ""
	if w.kind != nil {
		kind = w.kind(position)
	}
	return g.line(kind, cells, columns, w, s)
}

func (g *grid) line(kind string, cells []string, columns []int, w window, s styles) string {
	bar := s.frame("│")
	var b strings.Builder
	b.WriteString(bar)
	if w.kind != nil {
		b.WriteString(" " + aligned(kind, 2, false) + " " + bar)
	}
	before, behind := g.more(columns)
	if before {
		b.WriteString(s.faint("…") + bar)
	}
	for i, cell := range cells {
		if i > 0 {
			b.WriteString(bar)
		}
		b.WriteString(" " + cell + " ")
	}
	if behind {
		b.WriteString(bar + s.faint("…"))
	}
	return b.String() + bar
}

// aligned returns a text in so many cells.
func aligned(text string, width int, right bool) string {
	text = cutTo(text, width)
	pad := strings.Repeat(" ", max(0, width-uniseg.StringWidth(text)))
	if right {
		return pad + text
	}
	return text + pad
}
