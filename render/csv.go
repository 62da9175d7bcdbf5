package render

import (
	"bytes"

	"github.com/apache/arrow/go/v15/arrow"
)

// csv writes RFC 4180 with a header line and \n at the end of lines, as command-line tools do.
// NULL is Options.Null without quotes, empty by default. A value with that text is quoted, so
// that the two differ. The NULL of a single column is "", because readers skip empty lines.
type csv struct {
	*sheet
	null string
	text []byte
}

func openCSV(s *sheet) (Writer, error) {
	c := &csv{sheet: s, null: s.nullOr("")}
	for i, name := range s.names() {
		c.field(i, []byte(name))
	}
	c.out = append(c.out, '\n')
	return c, nil
}

func (c *csv) Write(rec arrow.Record) error {
	return c.each(rec, func(i int, op string) {
		first := 0
		if c.opts.Changelog {
			c.out = append(c.out, op...)
			first = 1
		}
		for k := range c.columns {
			arr := rec.Column(k)
			if arr.IsNull(i) {
				c.nullField(first + k)
				continue
			}
			c.text = c.columns[k].cell(c.text[:0], arr, i)
			c.field(first+k, c.text)
		}
		c.out = append(c.out, '\n')
	})
}

func (c *csv) nullField(i int) {
	if i > 0 {
		c.out = append(c.out, ',')
	}
	if c.null == "" && len(c.columns) == 1 && !c.opts.Changelog {
		c.out = append(c.out, `""`...)
		return
	}
	c.out = append(c.out, c.null...)
}

func (c *csv) field(i int, text []byte) {
	if i > 0 {
		c.out = append(c.out, ',')
	}
	if string(text) != c.null && !bytes.ContainsAny(text, ",\"\r\n") && !hasOuterSpace(text) {
		c.out = append(c.out, text...)
		return
	}
	c.out = append(c.out, '"')
	for part := range bytes.SplitAfterSeq(text, []byte{'"'}) {
		c.out = append(c.out, part...)
		if bytes.HasSuffix(part, []byte{'"'}) {
			c.out = append(c.out, '"')
		}
	}
	c.out = append(c.out, '"')
}

// hasOuterSpace reports whether a text has white space at an end, which some readers trim without quotes.
func hasOuterSpace(text []byte) bool { return len(bytes.TrimSpace(text)) != len(text) }

func (c *csv) Close() error { return c.Flush() }
