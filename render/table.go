package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
)

const (
	// A table holds back as many rows, or bytes, to find its widths.
	tableRows  = 1000
	tableBytes = 1 << 20
	// Columns are not cut below this many columns of the terminal, but left out.
	narrowest = 5
)

// table draws rows in a box. The first rows, up to tableRows or a Flush, decide the widths and are
// held back until then; later rows are written at once. For a later value that is wider than its
// column, the column grows, behind a rule, while the terminal has room, and then the value is cut.
// Without a MaxWidth the value pushes its row out of line: data is never lost for looks.
type table struct {
	*sheet
	header []boxed
	held   [][]boxed
	size   int   // bytes of the held rows
	widths []int // nil until they are decided
	shown  int   // columns that are drawn
	cuts   int64 // values that were cut
	arena  []byte
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

// limit bounds the text of one cell; no column can be wider than the terminal.
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
		t.held = append(t.held, row)
		if len(t.held) >= tableRows || t.size >= tableBytes {
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

// Flush decides the widths by the rows so far, and draws them.
func (t *table) Flush() error {
	if t.widths == nil && len(t.held) > 0 {
		t.begin()
	}
	return t.sheet.Flush()
}

func (t *table) Close() error {
	if t.widths == nil {
		t.begin()
	}
	t.drawLine("└", "┴", "┘")
	if t.opts.Caption != "" || t.opts.ShowFooter || t.cuts > 0 || t.shown < len(t.widths) { // what is not there is always said
		t.out = append(t.out, t.footer()...)
	}
	return t.sheet.Flush()
}

// begin draws the header and the held rows.
func (t *table) begin() {
	t.decideWidths()
	t.drawLine("┌", "┬", "┐")
	t.drawRow(t.header)
	t.drawLine("├", "┼", "┤")
	for _, row := range t.held {
		t.drawRow(row)
	}
	t.held = nil
}

func (t *table) decideWidths() {
	t.widths = make([]int, len(t.header))
	for _, row := range append(t.held, t.header) {
		for c, cell := range row {
			t.widths[c] = max(t.widths[c], cell.width)
		}
	}
	t.shown = len(t.widths)
	if t.opts.MaxWidth > 0 {
		t.fit()
	}
}

// frame is the width of the borders and spaces around n columns, with the mark of those left out.
func (t *table) frame(n int) int {
	if n < len(t.widths) {
		return 3*n + 1 + 4
	}
	return 3*n + 1
}

// fit cuts the widest columns until the table fits the terminal, and leaves out the last columns if
// it does not fit with all of them cut to the narrowest.
func (t *table) fit() {
	least := func(n int) int {
		total := t.frame(n)
		for _, width := range t.widths[:n] {
			total += min(width, narrowest)
		}
		return total
	}
	for t.shown > 1 && least(t.shown) > t.opts.MaxWidth {
		t.shown--
	}
	widths := t.widths[:t.shown]
	room := max(t.opts.MaxWidth-t.frame(t.shown), t.shown)
	// Narrow columns keep their width; the wide ones share what is left.
	order := make([]int, t.shown)
	for c := range order {
		order[c] = c
	}
	slices.SortStableFunc(order, func(a, b int) int { return widths[a] - widths[b] })
	for i, c := range order {
		share := max(room/(len(order)-i), 1)
		widths[c] = min(widths[c], share)
		room -= widths[c]
	}
}

// grow makes columns wider for a row that comes after the widths were decided.
func (t *table) grow(row []boxed) {
	if t.opts.MaxWidth == 0 {
		return
	}
	room := t.opts.MaxWidth - t.frame(t.shown)
	for _, width := range t.widths[:t.shown] {
		room -= width
	}
	grown := false
	for c, cell := range row[:t.shown] {
		if more := min(cell.width-t.widths[c], room); more > 0 {
			t.widths[c] += more
			room -= more
			grown = true
		}
	}
	if grown {
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

func (t *table) drawRow(row []boxed) {
	for c, cell := range row[:t.shown] {
		t.out = append(t.out, "│ "...)
		t.drawCell(cell, t.widths[c], t.rightAligned(c))
		t.out = append(t.out, ' ')
	}
	if t.shown < len(row) {
		t.out = append(t.out, "│ … "...)
	}
	t.out = append(t.out, "│\n"...)
}

func (t *table) drawCell(cell boxed, width int, right bool) {
	if cell.width > width && t.opts.MaxWidth > 0 {
		cell.text, cell.width, cell.cut = appendVisible(nil, cell.text, width)
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

// footer gives the number of rows, and all that the table does not show.
func (t *table) footer() string {
	var parts []string
	if t.cuts > 0 {
		parts = append(parts, fmt.Sprintf("%s cut to fit %d columns", plural(t.cuts, "value"), t.opts.MaxWidth))
	}
	left := plural(int64(len(t.widths)-t.shown), "column")
	if t.opts.Caption != "" { // of where there are no other formats
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
