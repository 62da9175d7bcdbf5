package sqltext

import (
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// excerptWidth is the number of terminal cells of a line that Excerpt shows, so that it fits a
// terminal of 80 columns with a short prefix.
const excerptWidth = 76

// tabWidth is the distance of a terminal's tab stops.
const tabWidth = 8

// invisible replaces characters that a terminal would execute or hide.
const invisible = "\ufffd"

// Excerpt shows where in the text a span is: its line, and a line of carets under it, both without a line
// end. For a span of several lines it shows the first. A span at the end of the text is shown after the last
// word. Carets align in a terminal whatever is written before both lines: wide characters count two cells,
// and tabs are kept. A line of more than 76 cells is cut around the carets, with … at the cuts. Control
// characters are shown as U+FFFD.
func Excerpt(text string, span Span) string {
	span = span.clamp(len(text))
	if strings.TrimSpace(text[span.Start:]) == "" {
		span.Start = len(strings.TrimRightFunc(text, unicode.IsSpace))
		span.End = span.Start
	}
	start := strings.LastIndexAny(text[:span.Start], "\r\n") + 1
	end := lineEnd(text, span.Start)
	line := newRow(text[start:end], Span{span.Start - start, min(span.End, end) - start})
	return line.window(excerptWidth)
}

// cell is one grapheme cluster of a line.
type cell struct {
	text  string
	width int
}

// row is a line as a terminal shows it. The cells [from, to) are marked. An empty mark is
// before cell from.
type row struct {
	cells    []cell
	from, to int
}

func newRow(line string, mark Span) row {
	r := row{from: -1, to: -1}
	state, column := -1, 0
	for at := 0; at < len(line); {
		cluster, _, width, next := uniseg.FirstGraphemeClusterInString(line[at:], state)
		state = next
		end := at + len(cluster)
		if r.from < 0 && end > mark.Start {
			r.from = len(r.cells)
		}
		if r.to < 0 && at >= mark.End {
			r.to = len(r.cells)
		}
		switch {
		case cluster == "\t":
			width = tabWidth - column%tabWidth
		case strings.ContainsFunc(cluster, isInvisible):
			cluster, width = invisible, 1
		}
		r.cells = append(r.cells, cell{cluster, width})
		column += width
		at = end
	}
	if r.from < 0 {
		r.from = len(r.cells)
	}
	if r.to < 0 {
		r.to = len(r.cells)
	}
	return r
}

// isInvisible finds control characters, broken UTF-8, and format characters, some of which make
// text read differently than it is. It does not find the joiners and tags in emoji and some
// scripts.
func isInvisible(r rune) bool {
	const zeroWidthNonJoiner, zeroWidthJoiner, tags = '\u200c', '\u200d', 0xe0000
	switch {
	case r == zeroWidthNonJoiner || r == zeroWidthJoiner || r >= tags:
		return false
	}
	return unicode.IsControl(r) || r == unicode.ReplacementChar || unicode.Is(unicode.Cf, r)
}

// window draws at most limit cells of the row, and the carets.
func (r row) window(limit int) string {
	left, right := r.cut(limit)
	var line, carets strings.Builder
	if left > 0 {
		line.WriteString("…")
		carets.WriteByte(' ')
	}
	marked := false
	for i := left; i < right; i++ {
		c := r.cells[i]
		line.WriteString(c.text)
		switch tab := c.text == "\t"; {
		case i >= r.to && marked:
		case i >= r.from && tab && !marked:
			// One caret, because the width of the tab depends on what is printed before the
			// line.
			carets.WriteByte('^')
			r.to, marked = i+1, true
		case tab:
			carets.WriteByte('\t')
		case i >= r.from:
			carets.WriteString(strings.Repeat("^", max(c.width, 1)))
			marked = true
		default:
			carets.WriteString(strings.Repeat(" ", c.width))
		}
	}
	if right < len(r.cells) {
		line.WriteString("…")
	}
	if !marked {
		carets.WriteByte('^')
	}
	return line.String() + "\n" + strings.TrimRight(carets.String(), " \t")
}

// cut chooses the cells [left, right) to show: all of them if they fit, otherwise about a third
// of the space before the mark and the rest from its start.
func (r row) cut(limit int) (left, right int) {
	room := limit - 3 // two cells for the marks of the cuts, one for a caret at the end
	total := 0
	for _, c := range r.cells {
		total += c.width
	}
	if total <= limit {
		return 0, len(r.cells)
	}
	left, right = r.from, r.from
	used := 0
	for left > 0 && used+r.cells[left-1].width <= room/3 {
		left--
		used += r.cells[left].width
	}
	for right < len(r.cells) && used+r.cells[right].width <= room {
		used += r.cells[right].width
		right++
	}
	for left > 0 && used+r.cells[left-1].width <= room {
		left--
		used += r.cells[left].width
	}
	return left, right
}
