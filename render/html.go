package render

import (
	"bytes"
	"html"

	"github.com/apache/arrow/go/v15/arrow"
)

// htmlTable writes a table for a page, as plain as it can be: the page says how it looks, and
// nothing in it needs trust. Only the side that values stand on is said, as pages agree on none.
// Values are shown as a terminal shows them, each on one line.
type htmlTable struct {
	*sheet
	sides   []string // attributes of the cells of each column that is shown
	text    []byte
	visible []byte
}

const (
	onLeft  = ` style="text-align:left"`
	onRight = ` style="text-align:right"`
	// aside keeps a caption on one line without making a narrow table wider.
	aside = "text-align:left;white-space:nowrap;width:0"
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
	h.out = append(h.out, "<table>\n"...)
	if s.opts.Caption != "" {
		h.out = append(h.out, `<caption style="`+aside+`">`...)
		h.escape([]byte(s.opts.Caption), unlimited)
		h.out = append(h.out, "</caption>\n"...)
	}
	h.out = append(h.out, "<thead><tr>"...)
	for i, name := range s.names() {
		h.out = append(append(append(h.out, `<th scope="col"`...), h.sides[i]...), '>')
		h.escape([]byte(name), h.limit())
		h.out = append(h.out, "</th>"...)
	}
	h.out = append(h.out, "</tr></thead>\n<tbody>\n"...)
	return h, nil
}

func (h *htmlTable) limit() int {
	if h.opts.MaxCell > 0 {
		return h.opts.MaxCell
	}
	return unlimited
}

func (h *htmlTable) Write(rec arrow.Record) error {
	return h.each(rec, func(i int, op string) {
		h.out = append(h.out, "<tr>"...)
		if h.opts.Changelog {
			h.cell(onLeft, []byte(op))
		}
		sides := h.sides[len(h.sides)-len(h.columns):]
		for c := range h.columns {
			arr := rec.Column(c)
			if arr.IsNull(i) { // told from a text that says so
				h.out = append(append(append(h.out, "<td"...), sides[c]...), "><i>"...)
				h.escape([]byte(h.nullOr(nullText)), unlimited)
				h.out = append(h.out, "</i></td>"...)
				continue
			}
			h.text = h.columns[c].cell(h.text[:0], arr, i)
			h.cell(sides[c], h.text)
		}
		h.out = append(h.out, "</tr>\n"...)
	})
}

func (h *htmlTable) cell(side string, text []byte) {
	h.out = append(append(append(h.out, "<td"...), side...), '>')
	h.escape(text, h.limit())
	h.out = append(h.out, "</td>"...)
}

// escape appends text in which nothing is markup.
func (h *htmlTable) escape(text []byte, limit int) {
	h.visible, _, _ = appendVisible(h.visible[:0], text, limit)
	if bytes.ContainsAny(h.visible, `<>&'"`) {
		h.out = append(h.out, html.EscapeString(string(h.visible))...)
		return
	}
	h.out = append(h.out, h.visible...)
}

func (h *htmlTable) Close() error {
	h.out = append(h.out, "</tbody>\n</table>\n"...)
	return h.Flush()
}
