package render

import (
	"bytes"
	"fmt"
	"html"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
)

// htmlTable writes a table for a web page. The page decides about fonts and colors. The table
// only sets what pages handle differently or wrongly for data: the alignment of values, that
// blanks are kept, and where lines may break. Each cell has its own styles, because
// JupyterLab's style sheet has rules for cells, and because sanitizers remove style sheets from
// tables.
type htmlTable struct {
	*sheet
	sides   []string // the style of the cells of each column that is shown
	widest  []int    // the widest value of each, in columns of text
	begun   bool     // the rows before are in out
	body    []byte   // rows that are not
	text    []byte
	visible []byte
}

const (
	onLeft  = "text-align:left;"
	onRight = "text-align:right;"
	// oneLine keeps a value with all of its blanks on one line.
	oneLine = "white-space:pre"
	// severalLines is for a value of more than longValue characters. The minimum width keeps a
	// page from squeezing the column, down to one character per line.
	severalLines = "white-space:pre-wrap;overflow-wrap:break-word;min-width:24em;max-width:40em"
	longValue    = 72
	// aside keeps a caption on its lines without making a narrow table wider.
	aside = "text-align:left;white-space:nowrap;width:0"
	// measured is the number of rows that are held back to measure the width of the table.
	measured = 200
)

func openHTML(s *sheet) (Writer, error) {
	h := &htmlTable{sheet: s}
	if s.opts.Changelog {
		h.sides = append(h.sides, onLeft)
	}
	for _, c := range s.columns {
		side := onLeft
		if c.numeric {
			side = onRight
		}
		h.sides = append(h.sides, side)
	}
	h.widest = make([]int, len(h.sides))
	return h, nil
}

// begin writes everything that precedes the rows, and the rows that were held back.
func (h *htmlTable) begin() {
	h.begun = true
	rows := h.body
	h.body = append([]byte(nil), "<table>\n"...)
	if h.opts.Caption != "" {
		h.body = append(h.body, `<caption style="`+aside+`">`...)
		for i, line := range strings.Split(h.opts.Caption, "\n") {
			if i > 0 {
				h.body = append(h.body, "<br>"...)
			}
			h.escape([]byte(line), unlimited)
		}
		h.body = append(h.body, "</caption>\n"...)
	}
	head := len(h.body)
	h.body = append(h.body, "<tr>"...)
	for i, name := range h.names() {
		h.cell("th", ` scope="col"`, i, []byte(name), false)
	}
	titles := string(h.body[head:])
	fitted := h.fitted()
	h.body = fmt.Appendf(h.body[:head], "<thead%s>%s</tr></thead>\n<tbody%s>\n", fitted, titles, fitted)
	h.out = append(append(h.out, h.body...), rows...)
	h.body = h.body[:0]
}

const (
	// The approximate width of a printed page, in CSS pixels. Only styles on the cells reach
	// print, so the shape of the window is the only sign of it.
	paperWidth = 850
	// paperHeight is the least height of a printed page, in percent of its width. Windows that
	// are as narrow are rarely as high.
	paperHeight = 125
	// paperMargin is the width that pages of notebooks need besides a table, for margins and
	// prompts.
	paperMargin = 170
	// paperFits is the width, in units of the font size, up to which a table fits on paper
	// unchanged.
	paperFits = 42
)

// fitted returns the style of a table that is too wide for paper: on pages of the shape of
// paper, its font is small enough that the table fits. A window can scroll, but paper would
// cut the table off.
func (h *htmlTable) fitted() string {
	const letter, padding = 0.56, 1
	width := 0.0
	for _, w := range h.widest {
		width += float64(min(w, longValue))*letter + padding
	}
	if width <= paperFits {
		return ""
	}
	return fmt.Sprintf(` style="font-size:min(1em,max((100vw - %dpx)/%.0f,(100vw - %dpx)*99,(%dvw - 100vh)*99))"`,
		paperMargin, width, paperWidth, paperHeight)
}

func (h *htmlTable) limit() int {
	if h.opts.MaxCell > 0 {
		return h.opts.MaxCell
	}
	return unlimited
}

func (h *htmlTable) Write(rec arrow.Record) error {
	return h.each(rec, func(i int, op string) {
		h.body = append(h.body, "<tr>"...)
		shown := 0
		if h.opts.Changelog {
			h.cell("td", "", shown, []byte(op), false)
			shown++
		}
		for c := range h.columns {
			arr := rec.Column(c)
			if arr.IsNull(i) {
				h.cell("td", "", shown, []byte(h.nullOr(nullText)), true)
			} else {
				h.text = h.columns[c].cell(h.text[:0], arr, i)
				h.cell("td", "", shown, h.text, false)
			}
			shown++
		}
		h.body = append(h.body, "</tr>\n"...)
		switch {
		case h.begun:
			h.out = append(h.out, h.body...)
			h.body = h.body[:0]
		case h.rows >= measured:
			h.begin()
		}
	})
}

// cell adds a cell to a column. NULL looks different from the text "NULL".
func (h *htmlTable) cell(tag, attributes string, column int, text []byte, null bool) {
	start := len(h.body)
	width := h.escape(text, h.limit())
	h.widest[column] = max(h.widest[column], width)
	value := string(h.body[start:])
	if null {
		value = "<i>" + value + "</i>"
	}
	breaks := oneLine
	if width > longValue {
		breaks = severalLines
	}
	h.body = fmt.Appendf(h.body[:start], `<%s%s style="%s%s">%s</%s>`, tag, attributes, h.sides[column], breaks, value, tag)
}

// escape adds text without any markup, and returns its width.
func (h *htmlTable) escape(text []byte, limit int) (width int) {
	h.visible, width, _ = appendVisible(h.visible[:0], text, limit)
	if bytes.ContainsAny(h.visible, `<>&'"`) {
		h.body = append(h.body, html.EscapeString(string(h.visible))...)
	} else {
		h.body = append(h.body, h.visible...)
	}
	return width
}

// Flush writes the rows that were held back.
func (h *htmlTable) Flush() error {
	if !h.begun {
		h.begin()
	}
	return h.sheet.Flush()
}

func (h *htmlTable) Close() error {
	if !h.begun {
		h.begin()
	}
	h.out = append(h.out, "</tbody>\n</table>\n"...)
	return h.Flush()
}
