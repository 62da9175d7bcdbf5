package determinism

import (
	"go/ast"
	"go/token"
	"go/types"
)

// sources returns the variables whose memory the value of e may share.
func (ch *changes) sources(e ast.Expr) []types.Object {
	if t := ch.Info.TypeOf(e); t != nil && !hasReferences(t, map[types.Type]bool{}) {
		return nil
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		if v, ok := ch.Info.ObjectOf(e).(*types.Var); ok {
			return []types.Object{v}
		}
	case *ast.SelectorExpr:
		if v, ok := ch.Info.Uses[e.Sel].(*types.Var); ok && !v.IsField() {
			return []types.Object{v}
		}
		return ch.stores(e.X)
	case *ast.IndexExpr:
		return ch.sourcesOf(e.X)
	case *ast.SliceExpr:
		return ch.stores(e.X) // of an array it is the array itself
	case *ast.StarExpr:
		return ch.sourcesOf(e.X)
	case *ast.TypeAssertExpr:
		return ch.sourcesOf(e.X)
	case *ast.KeyValueExpr:
		return ch.sourcesOf(e.Value)
	case *ast.UnaryExpr:
		if _, ok := ast.Unparen(e.X).(*ast.CompositeLit); !ok && e.Op == token.AND {
			return ch.stores(e.X)
		}
		return ch.sourcesOf(e.X)
	case *ast.CompositeLit:
		return ch.sourcesOf(e.Elts...)
	case *ast.FuncLit:
		return ch.captured(e)
	case *ast.CallExpr:
		return ch.results(e)
	}
	return nil
}

// captured returns the variables around a function literal that it uses.
func (ch *changes) captured(literal *ast.FuncLit) []types.Object {
	var objects []types.Object
	ast.Inspect(literal.Body, func(n ast.Node) bool {
		ident, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		v, ok := ch.Info.Uses[ident].(*types.Var)
		if ok && !v.IsField() && (v.Pos() < literal.Pos() || v.Pos() > literal.End()) {
			objects = append(objects, v)
		}
		return true
	})
	return objects
}

func (ch *changes) sourcesOf(all ...ast.Expr) []types.Object {
	var objects []types.Object
	for _, e := range all {
		if e, ok := e.(*ast.KeyValueExpr); ok {
			objects = append(objects, ch.sources(e.Value)...)
			continue
		}
		objects = append(objects, ch.sources(e)...)
	}
	return objects
}

// results returns the variables whose memory the result of a call may share.
func (ch *changes) results(call *ast.CallExpr) []types.Object {
	f := calledFunc(ch.Info, call)
	switch {
	case ch.Info.Types[call.Fun].IsType():
		return ch.sourcesOf(call.Args...)
	case f == nil:
		if name := calledName(call); name != nil {
			if b, ok := ch.Info.Uses[name].(*types.Builtin); ok {
				args := call.Args
				if b.Name() == "append" && call.Ellipsis.IsValid() && !ch.elementsShare(args[1]) {
					args = args[:1]
				}
				return ch.sourcesOf(args...)
			}
		}
		return []types.Object{ch.returned}
	case isAbstract(f):
		objects := ch.sourcesOf(call.Args...)
		for _, m := range ch.methods[f.Name()] {
			objects = append(objects, m)
		}
		return objects
	case f.Pkg() == ch.Package:
		return []types.Object{f}
	case copiesResult(f) && !ch.elementsShare(call):
		return nil
	}
	objects := ch.sourcesOf(call.Args...)
	if selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && f.Signature().Recv() != nil {
		objects = append(objects, ch.receiver(f, selector.X)...)
	}
	return objects
}

// elementsShare reports whether copies of the elements of e, a slice or a map,
// share memory.
func (ch *changes) elementsShare(e ast.Expr) bool {
	t := ch.Info.TypeOf(e)
	if t == nil {
		return true
	}
	switch t := t.Underlying().(type) {
	case *types.Basic: // append(b, "text"...)
		return false
	case *types.Slice:
		return hasReferences(t.Elem(), map[types.Type]bool{})
	case *types.Map:
		return hasReferences(t.Key(), map[types.Type]bool{}) || hasReferences(t.Elem(), map[types.Type]bool{})
	}
	return true
}

// hasReferences reports whether copies of values of a type share memory.
func hasReferences(t types.Type, seen map[types.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t := t.Underlying().(type) {
	case *types.Basic:
		return t.Kind() == types.UnsafePointer
	case *types.Array:
		return hasReferences(t.Elem(), seen)
	case *types.Struct:
		for field := range t.Fields() {
			if hasReferences(field.Type(), seen) {
				return true
			}
		}
		return false
	case *types.Tuple:
		for v := range t.Variables() {
			if hasReferences(v.Type(), seen) {
				return true
			}
		}
		return false
	}
	return true
}

// holdsFunctions reports whether values of a type can contain functions.
func holdsFunctions(t types.Type, seen map[types.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t := t.Underlying().(type) {
	case *types.Signature, *types.Interface:
		return true
	case *types.Struct:
		for field := range t.Fields() {
			if holdsFunctions(field.Type(), seen) {
				return true
			}
		}
	case *types.Map:
		return holdsFunctions(t.Elem(), seen)
	case interface{ Elem() types.Type }:
		return holdsFunctions(t.Elem(), seen)
	}
	return false
}
