package render

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/sqltype"
)

// flinkType is the information in Flink's type that Arrow's type lacks. The zero value means
// that Flink's type is unknown, and Arrow's alone decides.
type flinkType struct {
	name      string // e.g. TIMESTAMP_LTZ, INTERVAL DAY
	required  bool   // NOT NULL
	local     bool   // TIMESTAMP_LTZ
	precision int    // digits of a second's fraction; meaningful with known
	known     bool
	children  []flinkType // element, key and value, or the fields of a row
}

// typeOf reads Flink's type of a field. A field without one has the zero value. A type that
// cannot be read is an error and not an unknown type, because its values might be shown wrong.
func typeOf(field arrow.Field) (flinkType, error) {
	text, ok := field.Metadata.GetValue(sqltype.MetadataKey)
	if !ok {
		return flinkType{}, nil
	}
	p := typeParser{rest: text}
	t := p.parse()
	if p.failed || strings.TrimSpace(p.rest) != "" {
		return flinkType{}, fmt.Errorf("the type %s cannot be read", text)
	}
	return t, nil
}

// class returns the class of the type's values, according to the table of types.
func (t flinkType) class() sqltype.Class {
	if row := sqltype.OfName(t.name); row != nil {
		return row.Class
	}
	return sqltype.Unknown
}

// timestamp reports whether values are TIMESTAMP or TIMESTAMP_LTZ, whatever carries them.
func (t flinkType) timestamp() bool { return t.class() == sqltype.Timestamp }

// classOf returns the class of a field's values. Arrow's type decides if Flink's is unknown.
func classOf(field arrow.Field) sqltype.Class {
	t, err := typeOf(field)
	if class := t.class(); class != sqltype.Unknown || err != nil {
		return class
	}
	if row := sqltype.OfArrow(field.Type); row != nil {
		return row.Class
	}
	return sqltype.Unknown
}

func (t flinkType) child(i int) flinkType {
	if i < len(t.children) {
		return t.children[i]
	}
	return flinkType{}
}

// digits returns the number of digits of a second's fraction: the type's precision, or all
// digits of the unit.
func (t flinkType) digits(unit arrow.TimeUnit) int {
	most := map[arrow.TimeUnit]int{arrow.Second: 0, arrow.Millisecond: 3, arrow.Microsecond: 6, arrow.Nanosecond: 9}[unit]
	if t.known {
		return min(t.precision, most)
	}
	return most
}

// typeParser reads a type as Flink's LogicalType.asSummaryString writes it, and asSerializableString
// too: ROW<`a` TIMESTAMP_LTZ(3) NOT NULL, `b` ARRAY<INT>> 'comment'.
type typeParser struct {
	rest   string
	depth  int
	failed bool
}

// maxDepth limits the nesting of types, which come from outside.
const maxDepth = 100

func (p *typeParser) parse() flinkType {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		p.failed = true
		return flinkType{}
	}
	var t flinkType
	t.name, t.required = strings.CutSuffix(p.word(), " NOT NULL")
	p.failed = p.failed || t.name == ""
	var tail []string // NOT NULL, WITH LOCAL TIME ZONE, *ROWTIME*, TO SECOND
	for !p.failed {
		switch {
		case p.accept('('):
			n, err := strconv.Atoi(p.arguments())
			if len(tail) == 0 && strings.HasPrefix(t.name, "TIME") {
				t.precision, t.known = n, err == nil && n >= 0
			}
			continue
		case p.accept('<'):
			t.children = p.list(t.name)
			continue
		case p.quoted('\''): // a comment
			continue
		}
		word := p.word()
		if word == "" {
			break
		}
		tail = append(tail, word)
	}
	t.required = t.required || slices.ContainsFunc(tail, func(word string) bool { return strings.HasSuffix(word, "NOT NULL") })
	t.local = t.name == "TIMESTAMP_LTZ" ||
		slices.ContainsFunc(tail, func(word string) bool { return strings.HasPrefix(word, "WITH LOCAL TIME ZONE") })
	return t
}

// arguments reads up to the closing parenthesis, over quoted texts.
func (p *typeParser) arguments() string {
	from := p.rest
	for !p.failed && p.rest != "" && p.rest[0] != ')' {
		if !p.quoted('\'') && p.rest != "" {
			p.rest = p.rest[1:]
		}
	}
	text := from[:len(from)-len(p.rest)]
	p.failed = p.failed || !p.accept(')')
	return strings.TrimSpace(text)
}

// list reads the children of a type up to the closing bracket: types, fields with names, or the class
// of a structured type and its fields.
func (p *typeParser) list(of string) []flinkType {
	if of == "STRUCTURED" {
		p.failed = p.failed || !p.quoted('\'') || !p.accept(',')
	}
	named := of == "STRUCTURED" || of == "ROW"
	var children []flinkType
	for !p.failed && !p.accept('>') {
		if len(children) > 0 && !p.accept(',') || named && !p.quoted('`') {
			p.failed = true
			break
		}
		children = append(children, p.parse())
		p.failed = p.failed || p.rest == ""
	}
	return children
}

// word reads up to what ends a word's place: a bracket, a comma, a quote.
func (p *typeParser) word() string {
	end := strings.IndexAny(p.rest, "(<>,'`)")
	if end < 0 {
		end = len(p.rest)
	}
	word := strings.TrimSpace(p.rest[:end])
	p.rest = p.rest[end:]
	return word
}

func (p *typeParser) accept(c byte) bool {
	p.rest = strings.TrimLeft(p.rest, " ")
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// quoted skips a quoted text, in which a doubled quote means one quote.
func (p *typeParser) quoted(quote byte) bool {
	if !p.accept(quote) {
		return false
	}
	for i := 0; i < len(p.rest); i++ {
		if p.rest[i] != quote {
			continue
		}
		if i+1 < len(p.rest) && p.rest[i+1] == quote {
			i++
			continue
		}
		p.rest = p.rest[i+1:]
		return true
	}
	p.failed = true
	return false
}
