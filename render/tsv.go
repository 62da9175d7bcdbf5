package render

import "github.com/apache/arrow/go/v15/arrow"

// tsv writes tab-separated values with a header line. Tab, newline, carriage return and
// backslash are written as \t, \n, \r and \\, so that each line is a row and each tab ends a
// field. NULL is \N.
type tsv struct {
	*sheet
	null string
	text []byte
}

func openTSV(s *sheet) (Writer, error) {
	t := &tsv{sheet: s, null: s.nullOr(`\N`)}
	for i, name := range s.names() {
		t.field(i, []byte(name))
	}
	t.out = append(t.out, '\n')
	return t, nil
}

func (t *tsv) Write(rec arrow.Record) error {
	return t.each(rec, func(i int, op string) {
		first := 0
		if t.opts.Changelog {
			t.out = append(t.out, op...)
			first = 1
		}
		for c := range t.columns {
			arr := rec.Column(c)
			if arr.IsNull(i) {
				t.separate(first + c)
				t.out = append(t.out, t.null...)
				continue
			}
			t.text = t.columns[c].cell(t.text[:0], arr, i)
			t.field(first+c, t.text)
		}
		t.out = append(t.out, '\n')
	})
}

func (t *tsv) separate(i int) {
	if i > 0 {
		t.out = append(t.out, '\t')
	}
}

func (t *tsv) field(i int, text []byte) {
	t.separate(i)
	for _, b := range text {
		switch b {
		case '\t':
			t.out = append(t.out, `\t`...)
		case '\n':
			t.out = append(t.out, `\n`...)
		case '\r':
			t.out = append(t.out, `\r`...)
		case '\\':
			t.out = append(t.out, `\\`...)
		default:
			t.out = append(t.out, b)
		}
	}
}

func (t *tsv) Close() error { return t.Flush() }
