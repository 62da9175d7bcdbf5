package golang

import (
	"slices"

	"riffle/udfhost/guest"
)

// gluePlace says where the glue of a signature is.
type gluePlace struct {
	key    string // of the signature
	in     *subpackage
	number int // of the function in it
}

// glues has the subpackages with the glue for the signatures that a session's functions have had.
type glues map[string]gluePlace // by the key of the signature

// place returns where the glue of each function is. Signatures that are new form a subpackage together: to compile them one by
// one would take longer, and most cells have one at most.
func (g glues) place(functions []*signature) []gluePlace {
	keys := make([]string, len(functions))
	missing := map[string]*signature{}
	for i, f := range functions {
		keys[i] = f.glueKey()
		if _, known := g[keys[i]]; !known {
			missing[keys[i]] = f
		}
	}
	g.add(missing)
	places := make([]gluePlace, len(functions))
	for i, key := range keys {
		places[i] = g[key]
	}
	return places
}

// add adds a subpackage for signatures. Their order is that of their keys, so that it depends on nothing else.
func (g glues) add(signatures map[string]*signature) {
	if len(signatures) == 0 {
		return
	}
	keys := make([]string, 0, len(signatures))
	for key := range signatures {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	ordered := make([]*signature, len(keys))
	for i, key := range keys {
		ordered[i] = signatures[key]
	}
	p := newSubpackage("glue", guest.ImportPrefix+"glue/", []string{glueSource(ordered)}, libraryOf(ordered))
	for i, key := range keys {
		g[key] = gluePlace{key, p, i}
	}
}
