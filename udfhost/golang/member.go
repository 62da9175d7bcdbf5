package golang

import (
	"context"
	"fmt"
	"go/token"
	"go/types"
	"strings"

	"riffle/udfhost/guest"
)

// Member is a name that Go code can use: an exported name of a package, or a name that the session's
// Go declares.
type Member struct {
	Name   string
	Kind   string // func, type, var or const
	Detail string // a signature, a type or a value, one line
	Type   string // of a var or const, "" for others; of a const also such as untyped int
}

// Members returns the exported names of a package that cells can import, sorted. It reads them from the
// compiler's export data. A package that was never compiled is compiled first.
func (s *Store) Members(ctx context.Context, path string) ([]Member, error) {
	if err := allowedImport(path); err != nil {
		return nil, err
	}
	m, err := s.machine(ctx)
	if err != nil {
		return nil, err
	}
	if err := m.packages.need(ctx, []string{path}); err != nil {
		return nil, err
	}
	pkg, err := m.packages.importer(token.NewFileSet()).Import(path)
	if err != nil {
		return nil, fmt.Errorf("read the names of package %s: %w", path, err)
	}
	return membersOf(pkg, func(name string) bool {
		return token.IsExported(name) && (path != guest.CivilPath || name != "ContextOf") // which is for the glue
	}), nil
}

// membersOf returns the names of a package for which accept returns true.
func membersOf(pkg *types.Package, accept func(name string) bool) []Member {
	var members []Member
	for _, name := range pkg.Scope().Names() {
		if accept(name) {
			members = append(members, memberOf(pkg.Scope().Lookup(name)))
		}
	}
	return members
}

func memberOf(object types.Object) Member {
	short := func(other *types.Package) string {
		if other == object.Pkg() {
			return ""
		}
		return other.Name()
	}
	m := Member{Name: object.Name(), Kind: "var", Detail: types.TypeString(object.Type(), short)}
	m.Type = m.Detail
	switch object := object.(type) {
	case *types.Func:
		m.Kind, m.Detail, m.Type = "func", object.Name()+strings.TrimPrefix(m.Detail, "func"), ""
	case *types.Const:
		m.Kind, m.Detail = "const", object.Val().String()
	case *types.TypeName:
		m.Kind, m.Type = "type", ""
		switch object.Type().Underlying().(type) {
		case *types.Struct:
			m.Detail = "struct"
		case *types.Interface:
			m.Detail = "interface"
		default:
			m.Detail = types.TypeString(object.Type().Underlying(), short)
		}
	}
	return m
}
