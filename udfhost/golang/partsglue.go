package golang

import (
	"fmt"
	"slices"
	"strings"
)

// partsGlue generates what reads and writes the values of arrays, maps and rows, once for each type:
// a type with the columns of its parts, which reads a value, and a function that writes one. It also declares the
// types that stand for the user's.
type partsGlue struct {
	text    strings.Builder
	readers map[string]string // their names, by the key of the type
	writers map[string]string
	named   map[string]bool // the user's types that are declared
}

func newPartsGlue() *partsGlue {
	return &partsGlue{readers: map[string]string{}, writers: map[string]string{}, named: map[string]bool{}}
}

// declare declares types that stand for those of the user in v. They have the same fields in the same order, and so the
// same layout in memory.
func (g *partsGlue) declare(v *value) {
	v.some(func(part *value) bool {
		if part.named != "" && !g.named[part.named] {
			g.named[part.named] = true
			fmt.Fprintf(&g.text, "\ntype %s %s\n", part.text, part.declared)
		}
		return false
	})
}

// composed reports whether values are arrays, maps or rows.
func (v *value) composed() bool { return v.kind == "" }

// direct reports whether a result is written to its place in the shared memory: its type is Go's own and of
// fixed width.
func (v *value) direct() bool {
	return v.library == runtimeName && v.kind != "String" && v.kind != "Bytes"
}

// slice reports whether package runtime reads values of the type as a slice.
func (v *value) slice() bool { return v.direct() && v.kind != "Bool" }

// canFail reports whether reading or writing a value can fail: its parts can be NULL, or its type
// has values that SQL does not have. A time needs a zone.
func (v *value) canFail() bool {
	return v.composed() || v.library == columnsName && v.kind != "Decimal"
}

// some reports whether the type or one of its parts is one for which is is true.
func (v *value) some(is func(*value) bool) bool {
	return is(v) || v.key != nil && v.key.some(is) || v.element != nil && v.element.some(is) ||
		slices.ContainsFunc(v.fields, func(f structField) bool { return f.value.some(is) })
}

// readsColumns reports whether package columns is needed for an argument.
func (v *value) readsColumns() bool {
	return v.some(func(v *value) bool { return v.library == columnsName })
}

// writesColumns is readsColumns for a result.
func (v *value) writesColumns() bool {
	return v.some(func(v *value) bool { return v.library == columnsName || v.key != nil })
}

// layout returns the types of the column and its parts, as Call.Result takes them.
func (v *value) layout() []string {
	switch {
	case v.structure:
		all := []string{"riffle_guest.TypeRow", fmt.Sprint(len(v.fields))}
		for _, f := range v.fields {
			all = append(all, f.value.layout()...)
		}
		return all
	case v.key != nil:
		return slices.Concat([]string{"riffle_guest.TypeList", "riffle_guest.TypeRow", "2"}, v.key.layout(), v.element.layout())
	case v.element != nil:
		return append([]string{"riffle_guest.TypeList"}, v.element.layout()...)
	}
	kind := v.kind
	switch kind {
	case "Int", "Time":
		kind = "Int64"
	case "Date":
		kind = "Int32"
	case "DateTime", "Instant":
		kind = "Timestamp"
	}
	return []string{"riffle_guest.Type" + kind}
}

// descriptors returns the number of the column's descriptors.
func (v *value) descriptors() (n int) {
	v.some(func(part *value) bool {
		n++
		if part.key != nil { // the entries
			n++
		}
		return false
	})
	return n
}

// open returns the expression for the values of the argument, or part of one, at a descriptor.
func (g *partsGlue) open(v *value, at string) string {
	switch {
	case v.composed():
		return fmt.Sprintf("%s_open(riffle_c, %s)", g.reader(v), at)
	case v.kind == "Bytes":
		return fmt.Sprintf("riffle_guest.Blobs(riffle_c, %s)", at)
	}
	return fmt.Sprintf("%s.%ss(riffle_c, %s)", v.library, v.kind, at)
}

// opened returns the type of what open returns.
func (g *partsGlue) opened(v *value) string {
	switch {
	case v.composed():
		return "*" + g.reader(v)
	case v.slice():
		return "[]riffle_guest." + v.kind
	case v.kind == "Bool":
		return "riffle_guest.Bits"
	}
	return fmt.Sprintf("%s.%sColumn", v.library, v.kind)
}

// reader is a column of values, and the index of one of them, as expressions.
type reader struct {
	v             *value
	column, valid string
	targets       string // riffle_guest.Targets for values that are pointers
	index         string
	where         string // the place of the value in its type, for the error if it is NULL. "": it is not NULL.
}

// value returns the expression for the value of a type that is not composed.
func (r reader) value() string {
	text := fmt.Sprintf("%s.At(%s)", r.column, r.index)
	if r.v.slice() {
		text = fmt.Sprintf("%s[%s]", r.column, r.index)
	}
	if r.v.named != "" {
		return fmt.Sprintf("%s(%s)", r.v.text, text)
	}
	return text
}

// read returns the statement that reads a value into to, a variable that is zero.
func (g *partsGlue) read(r reader, to string) string {
	plain := func(to string) string {
		if r.v.composed() {
			g.reader(r.v)
			return fmt.Sprintf("%s.riffle_read(riffle_c, %s, &%s)", r.column, r.index, to)
		}
		return fmt.Sprintf("%s = %s", to, r.value())
	}
	switch {
	case r.v.pointer:
		return fmt.Sprintf("if !riffle_guest.IsNull(%s, %s) { riffle_v := %s.New(); %s; %s = riffle_v }",
			r.valid, r.index, r.targets, plain("(*riffle_v)"), to)
	case r.where != "":
		return fmt.Sprintf("if riffle_guest.IsNull(%s, %s) { riffle_c.RejectNull(%q) } else { %s }",
			r.valid, r.index, r.where, plain(to))
	}
	return plain(to)
}

// part is a column within another, from the view of its reader.
type part struct {
	v     *value
	at    int // its descriptor, after that of the other
	where string
}

// parts returns the columns in one of a composed type.
func (v *value) parts() (all []part) {
	at := 1
	add := func(p *value, where string) {
		all = append(all, part{p, at, where})
		at += p.descriptors()
	}
	switch {
	case v.structure:
		for _, f := range v.fields {
			add(f.value, fmt.Sprintf("in field %s of %s: make it a *%s", f.name, v.named, f.value.user))
		}
	case v.key != nil:
		at++ // the entries
		add(v.key, "")
		add(v.element, fmt.Sprintf("as a value of %s: make it a map[%s]*%s", v.user, v.key.user, v.element.user))
	default:
		add(v.element, fmt.Sprintf("as an element of %s: make it a []*%s", v.user, v.element.user))
	}
	return all
}

// reader returns the reader of the i-th part at an index.
func (p part) reader(i int, index string) reader {
	return reader{
		v: p.v, column: fmt.Sprintf("riffle_r.riffle_%d", i), valid: fmt.Sprintf("riffle_r.riffle_v%d", i),
		targets: fmt.Sprintf("riffle_r.riffle_t%d", i), index: index, where: p.where,
	}
}

// reader returns the name of the type that reads values of v, which is composed.
func (g *partsGlue) reader(v *value) string {
	key := v.text + " " + v.user
	if name, ok := g.readers[key]; ok {
		return name
	}
	name := fmt.Sprintf("riffle_in%d", len(g.readers))
	g.readers[key] = name
	var fields, opens strings.Builder
	list := !v.structure
	if list {
		fields.WriteString("\triffle_list riffle_guest.ListColumn\n")
		opens.WriteString("riffle_list: riffle_guest.Lists(riffle_c, riffle_at), ")
	}
	if list && v.key == nil {
		fmt.Fprintf(&fields, "\triffle_room riffle_guest.Room[%s]\n", v.element.slotText())
	}
	for i, p := range v.parts() {
		at := fmt.Sprintf("riffle_at+%d", p.at)
		fmt.Fprintf(&fields, "\triffle_%d %s\n\triffle_v%d riffle_guest.Bits\n", i, g.opened(p.v), i)
		if p.v.pointer {
			fmt.Fprintf(&fields, "\triffle_t%d riffle_guest.Targets[%s]\n", i, p.v.text)
		}
		fmt.Fprintf(&opens, "riffle_%d: %s, riffle_v%d: riffle_c.Valid(%s), ", i, g.open(p.v, at), i, at)
	}
	body := g.readBody(v)
	fmt.Fprintf(&g.text, "\ntype %s struct {\n%s}\n", name, fields.String())
	fmt.Fprintf(&g.text, "\nfunc %s_open(riffle_c *riffle_guest.Call, riffle_at riffle_guest.Int) *%s {\n\treturn &%s{%s}\n}\n",
		name, name, name, opens.String())
	fmt.Fprintf(&g.text, "\nfunc (riffle_r *%s) riffle_read(riffle_c *riffle_guest.Call, riffle_i riffle_guest.Int, riffle_to *%s) {\n%s}\n",
		name, v.text, body)
	return name
}

// readBody returns the statements that read value riffle_i of v.
func (g *partsGlue) readBody(v *value) string {
	parts := v.parts()
	var b strings.Builder
	if v.structure {
		for i, p := range parts {
			fmt.Fprintf(&b, "\t%s\n", g.read(p.reader(i, "riffle_i"), "riffle_to."+v.fields[i].name))
		}
		return b.String()
	}
	b.WriteString("\triffle_from, riffle_end := riffle_r.riffle_list.At(riffle_i)\n")
	if v.key != nil {
		fmt.Fprintf(&b, "\triffle_m := riffle_guest.NewMap[%s, %s](riffle_end - riffle_from)\n", v.key.text, v.element.slotText())
		b.WriteString("\tfor riffle_k := riffle_from; riffle_k < riffle_end; riffle_k++ {\n")
		fmt.Fprintf(&b, "\t\tvar riffle_e %s\n\t\t%s\n", v.element.slotText(), g.read(parts[1].reader(1, "riffle_k"), "riffle_e"))
		fmt.Fprintf(&b, "\t\triffle_m[%s] = riffle_e\n\t}\n\t*riffle_to = riffle_m\n", parts[0].reader(0, "riffle_k").value())
		return b.String()
	}
	b.WriteString("\triffle_all := riffle_r.riffle_room.Take(riffle_r.riffle_list, riffle_from, riffle_end)\n")
	fmt.Fprintf(&b, "\tfor riffle_k := range riffle_all {\n\t\t%s\n\t}\n\t*riffle_to = riffle_all\n",
		g.read(parts[0].reader(0, "riffle_from+riffle_k"), "riffle_all[riffle_k]"))
	return b.String()
}

// put returns the statement that appends value, an addressable expression, to the column at an index of parts.
func (g *partsGlue) put(v *value, parts string, at int, value string) string {
	switch {
	case v.composed():
		return fmt.Sprintf("%s(riffle_c, %s[%d:], &%s)", g.writer(v), parts, at, value)
	case v.library == columnsName:
		name := v.kind
		return fmt.Sprintf("riffle_columns.Set%s(riffle_c, &%s[%d], riffle_columns.%s(%s))", name, parts, at, name, value)
	}
	return fmt.Sprintf("%s[%d].Set%s(riffle_guest.%s(%s))", parts, at, v.kind, v.kind, value)
}

// putPart is put for a part of a column.
func (g *partsGlue) putPart(v *value, at int, value string) string {
	if !v.pointer {
		return g.put(v, "riffle_p", at, value)
	}
	return fmt.Sprintf("if riffle_guest.IsSet(%s) { %s } else { riffle_p[%d:].SetNull() }",
		value, g.put(v, "riffle_p", at, "(*"+value+")"), at)
}

// writer returns the name of the function that writes values of v, which is composed.
func (g *partsGlue) writer(v *value) string {
	key := v.text + " " + v.user
	if name, ok := g.writers[key]; ok {
		return name
	}
	name := fmt.Sprintf("riffle_out%d", len(g.writers))
	g.writers[key] = name
	parts := v.parts()
	var b strings.Builder
	switch {
	case v.structure:
		b.WriteString("\triffle_p[0].SetRow()\n")
		for i, p := range parts {
			fmt.Fprintf(&b, "\t%s\n", g.putPart(p.v, p.at, "riffle_v."+v.fields[i].name))
		}
	case v.key != nil:
		b.WriteString("\tfor _, riffle_k := range riffle_columns.Sorted(*riffle_v) {\n\t\triffle_p[1].SetRow()\n")
		fmt.Fprintf(&b, "\t\t%s\n\t\triffle_e := (*riffle_v)[riffle_k]\n\t\t%s\n\t}\n\triffle_p.SetList()\n",
			g.putPart(v.key, parts[0].at, "riffle_k"), g.putPart(v.element, parts[1].at, "riffle_e"))
	default:
		fmt.Fprintf(&b, "\tfor riffle_k := range *riffle_v {\n\t\t%s\n\t}\n\triffle_p.SetList()\n",
			g.putPart(v.element, 1, "(*riffle_v)[riffle_k]"))
	}
	fmt.Fprintf(&g.text, "\nfunc %s(riffle_c *riffle_guest.Call, riffle_p riffle_guest.Parts, riffle_v *%s) {\n%s}\n", name, v.text, b.String())
	return name
}
