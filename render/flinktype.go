package render

import (
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
)

// typeKey is the key of a field's metadata under which Flink's own type is.
const typeKey = "flink.type"

// flinkType is what Flink's type tells beyond Arrow's. The zero value is of a type that is not
// known: Arrow's alone decides.
type flinkType struct {
	local     bool // TIMESTAMP_LTZ
	precision int  // digits of a second's fraction; meaningful with known
	known     bool
	children  []flinkType // element, key and value, or the fields of a row
}

// typeOf reads Flink's type of a field, nothing if it has none or one that cannot be read.
func typeOf(field arrow.Field) flinkType {
	text, ok := field.Metadata.GetValue(typeKey)
	if !ok {
		return flinkType{}
	}
	p := typeParser{rest: text}
	t := p.parse()
	if p.failed || strings.TrimSpace(p.rest) != "" {
		return flinkType{}
	}
	return t
}

func (t flinkType) child(i int) flinkType {
	if i < len(t.children) {
		return t.children[i]
	}
	return flinkType{}
}

// digits gives the digits of a second's fraction: the type's precision, else all of the unit.
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

// maxDepth bounds the nesting, which comes from outside.
const maxDepth = 100

func (p *typeParser) parse() flinkType {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		p.failed = true
		return flinkType{}
	}
	var t flinkType
	name := p.word()
	if p.accept('(') {
		end := strings.IndexByte(p.rest, ')')
		if end < 0 {
			p.failed = true
			return t
		}
		n, err := strconv.Atoi(strings.TrimSpace(p.rest[:end]))
		t.precision, t.known = n, err == nil && n >= 0 && strings.HasPrefix(name, "TIME")
		p.rest = p.rest[end+1:]
	}
	if p.accept('<') {
		t.children = p.list(name == "ROW")
	}
	tail := p.word() // NOT NULL, WITH LOCAL TIME ZONE, *ROWTIME*
	p.quoted('\'')
	t.local = name == "TIMESTAMP_LTZ" || strings.HasPrefix(tail, "WITH LOCAL TIME ZONE")
	return t
}

// list reads the children of a type up to the closing bracket.
func (p *typeParser) list(named bool) []flinkType {
	var children []flinkType
	for !p.failed && !p.accept('>') {
		if len(children) > 0 && !p.accept(',') {
			p.failed = true
			break
		}
		if named && !p.quoted('`') {
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

// quoted skips a quoted text, in which a doubled quote stands for itself.
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
