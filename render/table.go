package render

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
)

const (
	// The number of rows, or bytes, that a table holds back to find its widths.
	tableRows  = 1000
	tableBytes = 1 << 20
	// Columns are not cut below this width in terminal columns, but left out. Columns whose
	// values must be complete are not cut at all.
	narrowest = 5
)

// table draws rows in a box. The first rows, up to tableRows or a Flush, decide the widths and
// are held back until then; later rows are written at once. If a later value is wider than its
// column, the column grows, after a rule, while the terminal has room. Beyond that, the value
// is cut. A number is never cut: texts and columns after it shrink to make room for it. Without
// a MaxWidth, a wide value pushes its row out of line, so that no data is lost for the sake of
// looks.
type table struct {
	*sheet
	header  []boxed
	pending [][]boxed
	size    int   // bytes of the pending rows
	widest  []int // of each column so far, with its name
	values  []int // of each column so far, without it
	widths  []int // nil until they are decided
	shown   int   // columns that are drawn
	cuts    int64 // values that were cut
	arena   []byte
}

// boxed is a cell ready to draw.
type boxed struct {
	text  []byte // visible text
	width int
	null  bool
	cut   bool
}

func openTable(s *sheet) (Writer, error) {
	t := &table{sheet: s}
	for _, name := range s.names() {
		t.header = append(t.header, t.box([]byte(name), false))
	}
	return t, nil
}

// limit limits the text of one cell. No column can be wider than the terminal.
func (t *table) limit() int {
	if t.opts.MaxWidth > 0 {
		return t.opts.MaxWidth
	}
	return unlimited
}

func (t *table) box(text []byte, null bool) boxed {
	visible, width, cut := appendVisible(nil, text, t.limit())
	return boxed{visible, width, null, cut}
}

func (t *table) Write(rec arrow.Record) error {
	return t.each(rec, func(i int, op string) {
		row := t.row(rec, i, op)
		if t.widths != nil {
			t.grow(row)
			t.drawRow(row)
			return
		}
		t.pending = append(t.pending, row)
		if len(t.pending) >= tableRows || t.size >= tableBytes {
			t.begin()
		}
	})
}

func (t *table) row(rec arrow.Record, i int, op string) []boxed {
	row := make([]boxed, 0, len(t.header))
	if t.opts.Changelog {
		row = append(row, t.box([]byte(op), false))
	}
	for c := range t.columns {
		arr := rec.Column(c)
		if arr.IsNull(i) {
			row = append(row, t.box([]byte(t.nullOr(nullText)), true))
			continue
		}
		t.arena = t.columns[c].cell(t.arena[:0], arr, i)
		row = append(row, t.box(t.arena, false))
	}
	for _, cell := range row {
		t.size += len(cell.text)
	}
	return row
}

// Flush decides the widths from the rows so far, and draws them.
func (t *table) Flush() error {
	if t.widths == nil && len(t.pending) > 0 {
		t.begin()
	}
	return t.sheet.Flush()
}

func (t *table) Close() error {
	if t.widths == nil {
		t.begin()
	}
	t.drawLine("└", "┴", "┘")
	if t.opts.Caption != "" || t.opts.ShowFooter || t.cuts > 0 || t.shown < len(t.widths) { // something is missing from it
		t.out = append(t.out, t.footer()...)
	}
	return t.sheet.Flush()
}

// begin draws the header and the pending rows.
func (t *table) begin() {
	t.decideWidths()
	t.drawLine("┌", "┬", "┐")
	t.drawHeader()
	for _, row := range t.pending {
		t.drawRow(row)
	}
	t.pending = nil
}

func (t *table) decideWidths() {
	t.values = make([]int, len(t.header))
	t.widest = make([]int, len(t.header))
	for c, cell := range t.header {
		t.widest[c] = cell.width
	}
	for _, row := range t.pending {
		t.measure(row)
	}
	t.shown = len(t.header)
	t.fit()
}

func (t *table) measure(row []boxed) {
	for c, cell := range row {
		t.values[c] = max(t.values[c], cell.width)
		t.widest[c] = max(t.widest[c], cell.width)
	}
}

// frame returns the width of the borders and spaces around n columns, including the mark for
// columns left out.
func (t *table) frame(n int) int {
	if n < len(t.header) {
		return 3*n + 1 + 4
	}
	return 3*n + 1
}

// least returns the minimum width of a column.
func (t *table) least(c int) int {
	least := min(t.widest[c], narrowest)
	if t.whole(c) {
		least = max(least, t.values[c])
	}
	return least
}

// whole reports whether a column's values are never cut.
func (t *table) whole(c int) bool {
	if t.opts.Changelog {
		c--
	}
	return c < 0 || Whole(t.columns[c].field)
}

// fit cuts the widest columns until the table fits the terminal. If cutting all of them as far
// as allowed is not enough, it leaves out the last columns.
func (t *table) fit() {
	t.widths = slices.Clone(t.widest)
	if t.opts.MaxWidth == 0 {
		return
	}
	for t.shown > 1 && t.total(0) > t.opts.MaxWidth-t.frame(t.shown) {
		t.shown--
	}
	room := max(t.opts.MaxWidth-t.frame(t.shown), 1)
	// Narrow columns keep their width, and the wide ones share the rest.
	share := t.opts.MaxWidth
	for share > 0 && t.total(share) > room {
		share--
	}
	spare := room - t.total(share)
	for c := t.shown - 1; c >= 0; c-- {
		t.widths[c] = t.within(c, share)
		if spare > 0 && t.widths[c] < t.widest[c] {
			t.widths[c]++
			spare--
		}
	}
	if t.shown == 1 {
		t.widths[0] = min(t.widths[0], room)
	}
}

// within returns a column's width if no column may be wider than its share.
func (t *table) within(c, share int) int { return max(t.least(c), min(t.widest[c], share)) }

func (t *table) total(share int) (sum int) {
	for c := range t.shown {
		sum += t.within(c, share)
	}
	return sum
}

// grow makes columns wider for a row that arrives after the widths were decided.
func (t *table) grow(row []boxed) {
	if t.opts.MaxWidth == 0 {
		return
	}
	t.measure(row)
	room := t.opts.MaxWidth - t.frame(t.shown)
	for _, width := range t.widths[:t.shown] {
		room -= width
	}
	before, shown := slices.Clone(t.widths), t.shown
	half := false // a value that must be complete does not fit
	for c, cell := range row[:t.shown] {
		if more := min(cell.width-t.widths[c], room); more > 0 {
			t.widths[c] += more
			room -= more
		}
		half = half || t.whole(c) && cell.width > t.widths[c]
	}
	if half {
		t.fit()
	}
	switch {
	case t.shown < shown:
		t.drawLine("├", "┼", "┤")
		t.drawHeader()
	case !slices.Equal(before, t.widths):
		t.drawLine("├", "┼", "┤")
	}
}

func (t *table) drawLine(left, middle, right string) {
	t.out = append(t.out, left...)
	for c, width := range t.widths[:t.shown] {
		if c > 0 {
			t.out = append(t.out, middle...)
		}
		for range width + 2 {
			t.out = append(t.out, "─"...)
		}
	}
	if t.shown < len(t.widths) {
		t.out = append(append(t.out, middle...), "───"...)
	}
	t.out = append(append(t.out, right...), '\n')
}

// drawHeader draws the columns' names, which may be cut, and the rule below them.
func (t *table) drawHeader() {
	t.drawCells(t.header, func(int) bool { return false })
	t.drawLine("├", "┼", "┤")
}

func (t *table) drawRow(row []boxed) { t.drawCells(row, t.whole) }

func (t *table) drawCells(row []boxed, whole func(c int) bool) {
	for c, cell := range row[:t.shown] {
		t.out = append(t.out, "│ "...)
		t.drawCell(cell, t.widths[c], t.rightAligned(c), whole(c))
		t.out = append(t.out, ' ')
	}
	if t.shown < len(row) {
		t.out = append(t.out, "│ … "...)
	}
	t.out = append(t.out, "│\n"...)
}

func (t *table) drawCell(cell boxed, width int, right, whole bool) {
	if cell.width > width && t.opts.MaxWidth > 0 {
		if whole {
			cell.text, cell.width, cell.cut = bytes.Repeat([]byte("#"), width), width, true
		} else {
			cell.text, cell.width, cell.cut = appendVisible(nil, cell.text, width)
		}
	}
	if cell.cut {
		t.cuts++
	}
	pad := max(width-cell.width, 0)
	if right {
		t.out = appendSpaces(t.out, pad)
	}
	t.out = appendNull(t.out, cell.text, cell.null, t.opts.Faint)
	if !right {
		t.out = appendSpaces(t.out, pad)
	}
}

func (t *table) rightAligned(c int) bool {
	if t.opts.Changelog {
		c--
	}
	return c >= 0 && t.columns[c].numeric
}

// footer returns the number of rows, and everything that the table does not show.
func (t *table) footer() string {
	var parts []string
	if t.cuts > 0 {
		parts = append(parts, fmt.Sprintf("%s cut to fit %d columns", Counted(t.cuts, "value"), t.opts.MaxWidth))
	}
	left := Counted(int64(len(t.widths)-t.shown), "column")
	if t.opts.Caption != "" { // where other formats are not available
		if t.shown < len(t.widths) {
			parts = append(parts, "the last "+left+" not shown")
		}
		return strings.Join(append([]string{t.opts.Caption}, parts...), " · ") + "\n"
	}
	if t.shown < len(t.widths) {
		parts = append(parts, "the last "+left+" not shown: the vertical format has all")
	}
	return "(" + strings.Join(append([]string{t.counted()}, parts...), "; ") + ")\n"
}
