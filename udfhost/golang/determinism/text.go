package determinism

import (
	"go/constant"
	"go/types"
	"regexp"
	"slices"
	"strings"
)

// printsText reports whether f is a function of package fmt that formats its arguments as a
// text that the function can use.
func printsText(f *types.Func) bool {
	return f.Pkg().Path() == "fmt" && !strings.HasPrefix(f.Name(), "Print") && !strings.Contains(strings.ToLower(f.Name()), "scan")
}

// addressVerb matches %p with or without flags, a width and the number of its argument.
var addressVerb = regexp.MustCompile(`%[-+# 0-9.*\[\]]*p`)

// textMethods are the methods that packages of the standard library call to format a value,
// whatever static type they receive it as.
var textMethods = []string{"Error", "Format", "GoString", "MarshalJSON", "MarshalText", "MarshalXML", "String"}

// printsItself reports whether package fmt calls a method to print a value of a
// type or a pointer to one.
func printsItself(t *types.Named) bool {
	for m := range t.Methods() {
		if slices.Contains(textMethods, m.Name()) {
			return true
		}
	}
	return types.IsInterface(t) && t.NumMethods() > 0
}

// showsAddress reports whether package fmt shows an address for an argument: for values that it
// does not format itself, for pointers inside others, and with %p.
func showsAddress(arg types.TypeAndValue) bool {
	if arg.Value != nil && arg.Value.Kind() == constant.String {
		return addressVerb.MatchString(strings.ReplaceAll(constant.StringVal(arg.Value), "%%", ""))
	}
	return arg.Type != nil && holdsAddress(arg.Type, 0, map[types.Type]bool{})
}

func holdsAddress(t types.Type, depth int, seen map[types.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	if named, ok := types.Unalias(t).(*types.Named); ok && printsItself(named) {
		return false
	}
	switch t := t.Underlying().(type) {
	case *types.Chan, *types.Signature:
		return true
	case *types.Basic:
		return t.Kind() == types.UnsafePointer
	case *types.Pointer:
		if elem, ok := types.Unalias(t.Elem()).(*types.Named); ok && printsItself(elem) {
			return false
		}
		switch t.Elem().Underlying().(type) {
		case *types.Struct, *types.Array, *types.Slice, *types.Map:
			return depth > 0 || holdsAddress(t.Elem(), depth+1, seen)
		}
		return true
	case *types.Slice:
		return holdsAddress(t.Elem(), depth+1, seen)
	case *types.Array:
		return holdsAddress(t.Elem(), depth+1, seen)
	case *types.Map:
		return holdsAddress(t.Key(), depth+1, seen) || holdsAddress(t.Elem(), depth+1, seen)
	case *types.Struct:
		for field := range t.Fields() {
			if holdsAddress(field.Type(), depth+1, seen) {
				return true
			}
		}
	}
	return false
}
