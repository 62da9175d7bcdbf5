package render

import (
	"strconv"

	"github.com/apache/arrow/go/v15/arrow"
)

// vertical writes each row as a block with a line for each column. Nothing is cut.
type vertical struct {
	*sheet
	names [][]byte // padded to one width
	width int
	text  []byte
}

// ruler is the width of the line that begins a block.
const ruler = 40

func openVertical(s *sheet) (Writer, error) {
	v := &vertical{sheet: s}
	var widths []int
	for _, name := range s.names() {
		visible, width, _ := appendVisible(nil, []byte(name), unlimited)
		v.names = append(v.names, visible)
		widths = append(widths, width)
		v.width = max(v.width, width)
	}
	for i, width := range widths {
		v.names[i] = appendSpaces(v.names[i], v.width-width)
	}
	return v, nil
}

func (v *vertical) Write(rec arrow.Record) error {
	return v.each(rec, func(i int, op string) {
		v.drawTitle()
		names := v.names
		if v.opts.Changelog {
			v.drawLine(names[0], []byte(op), false)
			names = names[1:]
		}
		for c := range v.columns {
			arr := rec.Column(c)
			if arr.IsNull(i) {
				v.drawLine(names[c], []byte(v.nullOr(nullText)), true)
				continue
			}
			v.text = v.columns[c].cell(v.text[:0], arr, i)
			v.drawLine(names[c], v.text, false)
		}
	})
}

func (v *vertical) drawTitle() {
	title := "row "
	if v.opts.Changelog {
		title = "change "
	}
	title += strconv.FormatInt(v.rows+1, 10)
	v.out = append(v.out, "─[ "...)
	v.out = append(v.out, title...)
	v.out = append(v.out, " ]"...)
	for range max(ruler-len(title)-5, 1) {
		v.out = append(v.out, "─"...)
	}
	v.out = append(v.out, '\n')
}

func (v *vertical) drawLine(name, text []byte, null bool) {
	v.out = append(v.out, name...)
	v.out = append(v.out, " │ "...)
	visible, _, _ := appendVisible(nil, text, unlimited)
	v.out = appendNull(v.out, visible, null, v.opts.Faint)
	v.out = append(v.out, '\n')
}

func (v *vertical) Close() error {
	if v.rows == 0 { // the columns of an empty result
		for _, name := range v.names {
			v.drawLine(name, nil, false)
		}
	}
	if v.opts.ShowFooter {
		v.out = append(v.out, "("+v.counted()+")\n"...)
	}
	return v.Flush()
}
