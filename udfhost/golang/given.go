package golang

import (
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"slices"

	"riffle/udfhost/guest"
)

// A function can have parameters that riffle passes, and that SQL does not see. They come before the others.

// given is such a parameter.
type given struct {
	// path and name are those of its type, without the pointer.
	path, name string
	pointer    bool
	written    string // the type as the user writes it
	// library is the package of guest.Sources that the glue needs for it.
	library string
	// opened is a statement of the glue, before the rows, after which argument is the expression for it. It is "" if
	// argument is known without it.
	opened, argument string
}

// givens are the parameters that a function can have before those that SQL sees, in this order.
var givens = []*given{contextParameter, riffleContext}

// contextParameter makes a function asynchronous. writeAsync passes it.
var contextParameter = &given{path: "context", name: "Context", written: "context.Context", library: asyncPath, argument: "riffle_ctx"}

// riffleContext is a function's riffle.Context.
var riffleContext = &given{
	path: guest.CivilPath, name: "Context", pointer: true, written: "*riffle.Context", library: guest.CivilPath,
	opened: "riffle_x := " + civilName + ".ContextOf(riffle_c.Scope())", argument: "riffle_x",
}

// text returns the type as the glue writes it.
func (g *given) text() string {
	text := importNames[g.library] + "." + g.name
	if g.pointer {
		return "*" + text
	}
	return text
}

// is reports whether t is the type of the parameter.
func (g *given) is(t types.Type) bool {
	t = types.Unalias(t)
	if g.pointer {
		pointer, ok := t.(*types.Pointer)
		if !ok {
			return false
		}
		t = types.Unalias(pointer.Elem())
	}
	return g.names(t)
}

// names reports whether t is the named type of the parameter.
func (g *given) names(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == g.path && named.Obj().Name() == g.name
}

// within reports whether t is the named type of the parameter, or a pointer, slice, array, map or channel of it.
func (g *given) within(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		return g.names(t)
	case *types.Map:
		return g.within(t.Key()) || g.within(t.Elem())
	case interface{ Elem() types.Type }:
		return g.within(t.Elem())
	}
	return false
}

// placedError is an error about a part of a declaration.
type placedError struct {
	pos token.Pos
	err error
}

func (e *placedError) Error() string { return e.err.Error() }

// takeGiven returns the parameters of a signature that SQL does not see, and the signature without them. It returns an
// error for one of them at another place.
func takeGiven(name string, sig *types.Signature) (found []*given, rest *types.Signature, err error) {
	parameters := slices.Collect(sig.Params().Variables())
	for _, g := range givens {
		if len(parameters) > 0 && g.is(parameters[0].Type()) {
			found, parameters = append(found, g), parameters[1:]
		}
	}
	for i, p := range parameters {
		for _, g := range givens {
			if g.within(p.Type()) {
				at := i + len(found)
				return nil, nil, &placedError{p.Pos(), fmt.Errorf("parameter %s of %s: %w", paramName(p, at), name, g.misplaced(p.Type(), found))}
			}
		}
	}
	for r := range sig.Results().Variables() {
		for _, g := range givens {
			if g.within(r.Type()) {
				return nil, nil, &placedError{r.Pos(), fmt.Errorf("result of %s: %s cannot be returned: riffle passes it as a parameter", name, g.written)}
			}
		}
	}
	return found, types.NewSignatureType(nil, nil, nil, types.NewTuple(parameters...), sig.Results(), sig.Variadic()), nil
}

// misplaced returns what is wrong with a parameter of a type, which is not where it belongs. found are those that the
// function has in their places.
func (g *given) misplaced(t types.Type, found []*given) error {
	switch {
	case g.is(t) && slices.Contains(found, g):
		return fmt.Errorf("a function has one %s", g.written)
	case g.is(t) && slices.Equal(found, []*given{contextParameter}):
		return fmt.Errorf("%s must follow %s", g.written, contextParameter.written)
	case g.is(t):
		return fmt.Errorf("%s must be the first parameter", g.written)
	case g.names(t) && g.pointer:
		return fmt.Errorf("%s is passed as a pointer: write %s", typeText(t), g.written)
	}
	return g.noType(t)
}

// noType returns the error for a type with the parameter's type in it.
func (g *given) noType(t types.Type) error {
	return errors.New(typeText(t) + " has no SQL type; a function gets one " + g.written + ", as its first parameter")
}
