package kernel

import (
	"fmt"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"riffle/render"
)

// Limits of the table in a notebook, which is stored in a file and sent again and again.
const (
	rowsMost     = 100
	latestMost   = 20 // rows of a stream, so that the newest are visible as they arrive
	columnsMost  = 30
	bytesMost    = 150_000
	plainRows    = 20
	plainWidth   = 120 // columns of text
	valueWidth   = 300 // likewise, of one value
	captionParts = " · "
	moreColumns  = "Name other columns in SELECT to see them, or write all of them to a file with %save."
)

// rows are the rows of a table.
type rows interface {
	Schema() *arrow.Schema
	Rows() int
	Slice(lo, hi int) (arrow.Record, error)
}

// batch is a record batch without row kinds, as rows.
type batch struct{ arrow.Record }

func (b batch) Rows() int { return int(b.NumRows()) }

func (b batch) Slice(lo, hi int) (arrow.Record, error) { return b.NewSlice(int64(lo), int64(hi)), nil }

// picture is the drawing for clients.
type picture struct {
	bundle   object // by media type
	body     string // the content without the time: two pictures with the same body are equal
	metadata object // the same for all pictures of a display; nil for none
}

// look is how a table is drawn.
type look struct {
	caption  []string
	hint     string         // what the user can do; "" for no hint
	stamp    string         // when it was drawn, "" if that does not matter
	location *time.Location // of TIMESTAMP_LTZ values
	latest   bool           // if not all rows fit, the last ones are shown
	progress bool           // it is growing, and will end
}

// draw draws a table of which there are total rows.
func (l look) draw(table rows, total int64) picture {
	page, err := l.page(table, total)
	if err != nil {
		text := "the table cannot be shown: " + err.Error()
		return picture{bundle: object{"text/plain": text}, body: text}
	}
	plain, err := l.text(table, total, "table", plainRows, render.Options{MaxWidth: plainWidth})
	if err != nil {
		plain = "the table cannot be shown: " + err.Error()
	}
	_, body, _ := strings.Cut(page, "</caption>")
	return picture{bundle: object{"text/html": page, "text/plain": plain}, body: strings.Join(l.caption, captionParts) + l.hint + body}
}

// page draws a table for a browser, with as many rows as fit.
func (l look) page(table rows, total int64) (string, error) {
	most := rowsMost
	if l.latest {
		most = latestMost
	}
	for ; ; most /= 2 {
		text, err := l.text(table, total, "html", most, render.Options{MaxCell: valueWidth})
		if err != nil || len(text) <= bytesMost || most == 1 {
			if l.progress {
				text += "<progress></progress>\n"
			}
			return text, err
		}
	}
}

// text draws at most most rows in a format, and reports what it leaves out.
func (l look) text(table rows, total int64, format string, most int, o render.Options) (string, error) {
	lo, hi := 0, min(table.Rows(), most)
	caption, hints, between := l.caption, []string(nil), captionParts
	if format == "html" {
		between = "\n"
	}
	if l.hint != "" {
		hints = append(hints, l.hint)
	}
	which := "first"
	if l.latest {
		lo, hi, which = table.Rows()-hi, table.Rows(), "last"
	}
	if int64(hi-lo) < total {
		caption = append(caption[:len(caption):len(caption)], fmt.Sprintf("the %s %s shown", which, render.Count(int64(hi-lo))))
	}
	rec, err := table.Slice(lo, hi)
	if err != nil {
		return "", err
	}
	defer rec.Release()
	if n := int(rec.NumCols()); n > columnsMost {
		caption = append(caption[:len(caption):len(caption)], fmt.Sprintf("the first %d of %d columns", columnsMost, n))
		schema := arrow.NewSchema(rec.Schema().Fields()[:columnsMost], nil)
		narrow := array.NewRecord(schema, rec.Columns()[:columnsMost], rec.NumRows())
		defer narrow.Release()
		rec = narrow
		hints = append(hints, moreColumns)
	}
	if l.stamp != "" {
		caption = append(caption[:len(caption):len(caption)], l.stamp)
	}
	o.DataOnly, o.Location, o.Caption = true, l.location, strings.Join(append([]string{strings.Join(caption, captionParts)}, hints...), between)
	var out strings.Builder
	w, err := render.New(format, &out, rec.Schema(), o)
	if err != nil {
		return "", err
	}
	if err := w.Write(rec); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}
