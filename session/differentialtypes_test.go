package session_test

import (
	"fmt"
	"strings"

	"riffle/udfhost/sqltype"
)

const differentialFunctions = `
func Same(n int64) int64 { return n }
func Runes(s string) int64 { return int64(utf8.RuneCountInString(s)) }
func AddUp(a int32, b int64) int64 { return int64(a) + b }

func leaf[T any](x *T) string {
	if x == nil { return "NULL" }
	return fmt.Sprint(*x)
}
func list[T any](show func(*T) string) func(*[]*T) string {
	return func(x *[]*T) string {
		if x == nil { return "NULL" }
		var all []string
		for _, e := range *x { all = append(all, show(e)) }
		return "[" + strings.Join(all, ", ") + "]"
	}
}
func dict[K cmp.Ordered, V any](show func(*V) string) func(*map[K]*V) string {
	return func(x *map[K]*V) string {
		if x == nil { return "NULL" }
		var all []string
		for _, k := range slices.Sorted(maps.Keys(*x)) { all = append(all, fmt.Sprint(k, "=", show((*x)[k]))) }
		return "{" + strings.Join(all, ", ") + "}"
	}
}
`

// taken returns the nearest type that functions take. An exact type is one that they also return.
func (t sqlType) taken(exact bool) sqlType {
	out := sqlType{name: t.name}
	for _, c := range t.children {
		out.children = append(out.children, c.taken(exact))
	}
	if t.name == "MAP" {
		out.children[0] = sqlType{name: mapKey(t.children[0].name)}
	}
	if row := typeOf(t); exact && len(row.Go) > 0 && t.children == nil {
		out.name = row.Text(row.Returned)
	}
	return out
}

// mapKey returns a type that can be the key of a Go map, in place of any.
func mapKey(name string) string {
	switch name {
	case "SMALLINT", "BIGINT":
		return name + " NOT NULL"
	case "BOOLEAN", "DATE":
		return "TINYINT NOT NULL"
	}
	return "STRING NOT NULL"
}

func typeOf(t sqlType) *sqltype.Type {
	name, _, _ := strings.Cut(strings.TrimSuffix(t.name, " NOT NULL"), "(")
	return sqltype.OfName(name)
}

// goMirror declares Go types and functions for types of SQL.
type goMirror struct {
	declarations strings.Builder
	declared     int
}

// keep declares a function that returns its argument.
func (g *goMirror) keep(t sqlType) string {
	goType, _ := g.of(t)
	return g.function("Keep", fmt.Sprintf("(x *%s) *%[1]s { return x }", goType))
}

// show declares a function that returns its argument as text.
func (g *goMirror) show(t sqlType) string {
	goType, show := g.of(t)
	return g.function("Show", fmt.Sprintf("(x *%s) string { return %s(x) }", goType, show))
}

func (g *goMirror) function(name, rest string) string {
	g.declared++
	name += fmt.Sprint(g.declared)
	fmt.Fprintf(&g.declarations, "func %s%s\n", name, rest)
	return name
}

// of returns the Go type for a type, and an expression of a function that returns the text of a pointer to it.
func (g *goMirror) of(t sqlType) (goType, show string) {
	switch t.name {
	case "ARRAY":
		element, show := g.of(t.children[0])
		return "[]*" + element, fmt.Sprintf("list[%s](%s)", element, show)
	case "MAP":
		key, _ := g.of(t.children[0])
		value, show := g.of(t.children[1])
		return "map[" + key + "]*" + value, fmt.Sprintf("dict[%s, %s](%s)", key, value, show)
	case "ROW":
		return g.structure(t.children)
	}
	row := typeOf(t)
	for _, other := range sqltype.All() {
		if other.Root == row.TakenAs {
			row = &other
		}
	}
	goType = row.Go[0].Type
	return goType, "leaf[" + goType + "]"
}

func (g *goMirror) structure(fields []sqlType) (goType, show string) {
	g.declared++
	goType, show = fmt.Sprintf("row%d", g.declared), fmt.Sprintf("show%d", g.declared)
	var types, texts []string
	for i, field := range fields {
		fieldType, fieldShow := g.of(field)
		types = append(types, fmt.Sprintf(`F%d *%s "sql:\"f%[1]d, `+"`<"+`\""`, i, fieldType))
		texts = append(texts, fmt.Sprintf("%s(x.F%d)", fieldShow, i))
	}
	fmt.Fprintf(&g.declarations, "type %s struct { %s }\nfunc %s(x *%[1]s) string { if x == nil { return \"NULL\" }; return \"(\" + %[4]s + \")\" }\n",
		goType, strings.Join(types, "; "), show, strings.Join(texts, ` + ", " + `))
	return goType, show
}
