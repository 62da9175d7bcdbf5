package golang

import (
	"fmt"
	"strings"
)

// partsGlue generates the functions that read and write packed values, one for each type and
// each kind of slot, from the functions of package packed.
type partsGlue struct {
	text  strings.Builder
	names map[string]string // of the functions, by signature and body
}

func newPartsGlue() *partsGlue { return &partsGlue{names: map[string]string{}} }

// function returns the name of the generated function with a signature ("(…) T") and a body. It
// is generated once.
func (g *partsGlue) function(signature, body string) string {
	key := signature + body
	name, ok := g.names[key]
	if !ok {
		name = fmt.Sprintf("riffle_part%d", len(g.names))
		g.names[key] = name
		fmt.Fprintf(&g.text, "\nfunc %s%s { %s }\n", name, signature, body)
	}
	return name
}

// get returns the function that reads a value of v, not of a pointer to it.
func (g *partsGlue) get(v *value) string {
	const in = "(riffle_r *riffle_packed.Reader) "
	switch {
	case v.structure:
		var fields []string
		for _, f := range v.fields {
			where := fmt.Sprintf("in field %s of %s: make it a *%s", f.name, v.named, f.value.user)
			fields = append(fields, fmt.Sprintf("%s: %s(riffle_r)", f.name, g.getSlot(f.value, where)))
		}
		return g.function(in+v.text, fmt.Sprintf("return %s{%s}", v.text, strings.Join(fields, ", ")))
	case v.key != nil:
		where := fmt.Sprintf("as a value of %s: make it a map[%s]*%s", v.user, v.key.user, v.element.user)
		return g.function(in+v.text, fmt.Sprintf("return riffle_packed.GetMap[%s](riffle_r, %s, %s)",
			v.text, g.get(v.key), g.getSlot(v.element, where)))
	case v.element != nil:
		where := fmt.Sprintf("as an element of %s: make it a []*%s", v.user, v.element.user)
		return g.function(in+v.text, fmt.Sprintf("return riffle_packed.GetSlice[%s](riffle_r, %s)",
			v.text, g.getSlot(v.element, where)))
	case v.named != "":
		return g.function(in+v.text, fmt.Sprintf("return %s(riffle_packed.Get%s(riffle_r))", v.text, v.kind))
	}
	return "riffle_packed.Get" + v.kind
}

// getSlot returns the function that reads a slot of v. where is the text of the error for a
// NULL in it.
func (g *partsGlue) getSlot(v *value, where string) string {
	signature := "(riffle_r *riffle_packed.Reader) " + v.slotText()
	if v.pointer {
		return g.function(signature, fmt.Sprintf("return riffle_packed.GetPointer(riffle_r, %s)", g.get(v)))
	}
	return g.function(signature, fmt.Sprintf("return riffle_packed.GetPlain(riffle_r, %q, %s)", where, g.get(v)))
}

// put returns the function that writes a value of v, not of a pointer to it.
func (g *partsGlue) put(v *value) string {
	signature := fmt.Sprintf("(riffle_w *riffle_packed.Writer, riffle_r %s)", v.text)
	switch {
	case v.structure:
		var fields []string
		for _, f := range v.fields {
			fields = append(fields, fmt.Sprintf("%s(riffle_w, riffle_r.%s)", g.putSlot(f.value), f.name))
		}
		return g.function(signature, strings.Join(fields, "; "))
	case v.key != nil:
		return g.function(signature, fmt.Sprintf("riffle_packed.PutMap(riffle_w, riffle_r, %s, %s)", g.put(v.key), g.putSlot(v.element)))
	case v.element != nil:
		return g.function(signature, fmt.Sprintf("riffle_packed.PutSlice(riffle_w, riffle_r, %s)", g.putSlot(v.element)))
	case v.named != "":
		return g.function(signature, fmt.Sprintf("riffle_packed.Put%s(riffle_w, riffle_guest.%s(riffle_r))", v.kind, v.kind))
	}
	return "riffle_packed.Put" + v.kind
}

// putSlot returns the function that writes a slot of v.
func (g *partsGlue) putSlot(v *value) string {
	signature := fmt.Sprintf("(riffle_w *riffle_packed.Writer, riffle_r %s)", v.slotText())
	if v.pointer {
		return g.function(signature, fmt.Sprintf("riffle_packed.PutPointer(riffle_w, riffle_r, %s)", g.put(v)))
	}
	return g.function(signature, fmt.Sprintf("riffle_packed.PutPlain(riffle_w, riffle_r, %s)", g.put(v)))
}
