package trial

import "strings"

// sqlType is the SQL text of a type, with its parts: the element of an ARRAY, key and value of a MAP, the fields of a
// ROW. Arrow's types do not distinguish TIMESTAMP from TIMESTAMP_LTZ.
type sqlType struct {
	text  string
	name  string // without parameters: DECIMAL
	parts []sqlType
}

// readType reads the text of a type of a function, as package golang writes it.
func readType(text string) sqlType {
	r := typeReader{rest: text}
	return r.read()
}

type typeReader struct{ rest string }

func (r *typeReader) read() sqlType {
	begin := r.rest
	end := strings.IndexAny(r.rest, "(<,>")
	if end < 0 {
		end = len(r.rest)
	}
	t := sqlType{name: strings.TrimSuffix(strings.TrimSpace(r.rest[:end]), " NOT NULL")}
	r.rest = r.rest[end:]
	if strings.HasPrefix(r.rest, "(") {
		_, r.rest, _ = strings.Cut(r.rest, ")")
	}
	if strings.HasPrefix(r.rest, "<") {
		for r.rest != "" && r.rest[0] != '>' {
			r.rest = strings.TrimLeft(r.rest[1:], " ")
			r.skipName()
			t.parts = append(t.parts, r.read())
		}
		r.rest = strings.TrimPrefix(r.rest, ">")
	}
	t.text = strings.TrimSpace(begin[:len(begin)-len(r.rest)])
	r.rest = strings.TrimPrefix(r.rest, " NOT NULL")
	return t
}

// skipName skips the name of a field, which is in back-ticks.
func (r *typeReader) skipName() {
	for strings.HasPrefix(r.rest, "`") { // two in the name are written as four
		end := strings.IndexByte(r.rest[1:], '`')
		if end < 0 {
			return
		}
		r.rest = r.rest[end+2:]
	}
	r.rest = strings.TrimLeft(r.rest, " ")
}
