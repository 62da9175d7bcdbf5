package edit

import (
	"strings"

	"github.com/rivo/uniseg"
)

// Paint is the style of a part of the text, as the codes of an escape sequence ("1;34"). Parts are in order and
// do not overlap. Text outside of all parts has no style.
type Paint struct {
	Start, End int // byte offsets
	Code       string
}

// Screen is the layout of a text on a terminal.
type Screen struct {
	Rows        []string // with escape sequences for colors
	Row, Column int      // of the cursor, from 0
}

// tabWidth is the displayed width of a tab.
const tabWidth = 4

// Lay breaks a text into rows of at most width cells. Each line is preceded by its prompt, plain or colored, of
// promptWidth cells. A row that continues a line is not indented. The last cell of a row stays free, because
// some terminals already wrap there.
func Lay(text string, cursor, width int, prompt func(line int) (text string, cells int), paints []Paint) Screen {
	l := layer{width: max(width-1, 4), paints: paints}
	l.line(prompt, 0)
	for at := 0; at < len(text); {
		if text[at] == '\n' {
			if at == cursor {
				l.mark()
			}
			l.row()
			l.lines++
			l.line(prompt, l.lines)
			at++
			continue
		}
		cluster, _, cells, _ := uniseg.FirstGraphemeClusterInString(text[at:], -1)
		shown, cells := l.room(cluster, cells)
		if at == cursor {
			l.mark()
		}
		l.put(shown, cells, at)
		at += len(cluster)
	}
	if cursor >= len(text) {
		l.mark()
	}
	l.row()
	return l.screen
}

// layer is a screen that is being built.
type layer struct {
	screen Screen
	width  int
	lines  int
	paints []Paint
	b      strings.Builder
	column int
	code   string // the style that is on
}

func (l *layer) line(prompt func(int) (string, int), n int) {
	text, cells := prompt(n)
	l.b.WriteString(text)
	l.column = cells
}

// room moves to the next row if there is no room for a character.
func (l *layer) room(cluster string, cells int) (string, int) {
	if cluster == "\t" {
		cells = tabWidth - l.column%tabWidth
		cluster = strings.Repeat(" ", cells)
	}
	if l.column+cells > l.width && l.column > 0 {
		l.row()
	}
	return cluster, cells
}

func (l *layer) put(cluster string, cells, at int) {
	l.style(at)
	l.b.WriteString(cluster)
	l.column += cells
}

// style switches to the style of a position.
func (l *layer) style(at int) {
	for len(l.paints) > 0 && l.paints[0].End <= at {
		l.paints = l.paints[1:]
	}
	code := ""
	if len(l.paints) > 0 && l.paints[0].Start <= at {
		code = l.paints[0].Code
	}
	if code == l.code {
		return
	}
	l.plain()
	if code != "" {
		l.b.WriteString("\x1b[" + code + "m")
		l.code = code
	}
}

func (l *layer) plain() {
	if l.code != "" {
		l.b.WriteString("\x1b[0m")
		l.code = ""
	}
}

// row ends a row.
func (l *layer) row() {
	l.plain()
	l.screen.Rows = append(l.screen.Rows, l.b.String())
	l.b.Reset()
	l.column = 0
}

// mark puts the cursor here, or on the next row if this one is full.
func (l *layer) mark() {
	if l.column >= l.width {
		l.row()
	}
	l.screen.Row, l.screen.Column = len(l.screen.Rows), l.column
}
