package render

import (
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
)

// markdown writes a table of GitHub's Markdown, each value on one line and shown literally:
// neither markup nor HTML in the data has an effect.
type markdown struct {
	*sheet
	text    []byte
	visible []byte
}

func openMarkdown(s *sheet) (Writer, error) {
	m := &markdown{sheet: s}
	names := s.names()
	for _, name := range names {
		m.field([]byte(name))
	}
	m.out = append(m.out, "|\n"...)
	for i := range names {
		c := i - (len(names) - len(s.columns))
		if c >= 0 && s.columns[c].numeric {
			m.out = append(m.out, "| ---: "...)
		} else {
			m.out = append(m.out, "| --- "...)
		}
	}
	m.out = append(m.out, "|\n"...)
	return m, nil
}

func (m *markdown) Write(rec arrow.Record) error {
	return m.each(rec, func(i int, op string) {
		if m.opts.Changelog {
			m.field([]byte(op))
		}
		for c := range m.columns {
			arr := rec.Column(c)
			if arr.IsNull(i) {
				m.field([]byte(m.nullOr(nullText)))
				continue
			}
			m.text = m.columns[c].cell(m.text[:0], arr, i)
			m.field(m.text)
		}
		m.out = append(m.out, "|\n"...)
	})
}

func (m *markdown) field(text []byte) {
	m.visible, _, _ = appendVisible(m.visible[:0], text, unlimited)
	m.out = append(m.out, "| "...)
	for i, b := range m.visible {
		if strings.IndexByte("\\`*[]<>|~&$", b) >= 0 || b == '_' && !within(m.visible, i) {
			m.out = append(m.out, '\\')
		}
		m.out = append(m.out, b)
	}
	m.out = append(m.out, ' ')
}

// within reports whether a byte is between letters or digits, where _ is not markup.
func within(text []byte, i int) bool {
	return i > 0 && i+1 < len(text) && wordByte(text[i-1]) && wordByte(text[i+1])
}

func wordByte(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

func (m *markdown) Close() error { return m.Flush() }
