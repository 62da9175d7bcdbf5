package golang

import (
	"errors"
	"fmt"
	"go/types"
	"reflect"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/guest"
	"riffle/udfhost/sqltype"
)

// value is a Go type for which SQL has a type.
type value struct {
	// sql is the type of a result. parameter is the type of a parameter, which accepts any
	// precision and scale and therefore has none: TIMESTAMP(9) and TIMESTAMP.
	sql, parameter string
	// arrow is the type of a result; see guest.Accepts for a parameter.
	arrow arrow.DataType
	// kind is the type in the names of packages runtime and columns: "Int64" in Int64s, TypeInt64
	// and SetInt64. "" for a composed type.
	kind string
	// library is the one of these packages that has the type, as the glue writes it.
	library string
	// text is the type as the glue writes it, without the pointer. user is the type as the user
	// reads it.
	text, user string
	pointer    bool
	// named is the user's name for the type, or "". The glue has a type of its own for it, declared as this type.
	named, declared string

	// Parts: of a slice its element, of a map key and element, of a struct its
	// fields.
	key, element *value
	fields       []structField
	structure    bool
}

type structField struct {
	name  string // in Go
	value *value
}

// leafValue maps a Go type that is not composed of others, by its name in package sqltype.
func leafValue(name string) (value, bool) {
	row, g := sqltype.OfGo(name)
	if row == nil {
		return value{}, false
	}
	library := runtimeName
	if strings.Contains(name, ".") { // of a package
		library = columnsName
	}
	v := value{
		kind: g.Kind, parameter: row.Name, library: library, text: library + "." + g.Kind,
	}
	v.returns(row, row.Returned)
	return v, true
}

// returns gives a result the type of a row.
func (v *value) returns(row *sqltype.Type, p sqltype.Params) {
	v.sql, v.arrow = row.Text(p), row.Result(p)
}

// packageType returns the name in package sqltype of a type of a package, or "" if the type
// cannot be there.
func packageType(name *types.TypeName) string {
	switch name.Pkg().Path() {
	case "time":
		return "time." + name.Name()
	case guest.CivilPath:
		return "riffle." + name.Name()
	}
	return ""
}

// mapping maps Go types. It keeps the named types around the current one, which must not occur
// in it, because SQL has no recursive types, and the number of arrays, maps and rows around it.
type mapping struct {
	around []*types.Named
	depth  int
}

// valueOf maps a Go type. Types that the user has declared map if their parts do. Of the types
// of packages only a few map: a time.Duration, for example, is not a number.
func valueOf(t types.Type) (*value, error) { return mapping{}.valueOf(t) }

func (m mapping) valueOf(t types.Type) (*value, error) {
	t = types.Unalias(t)
	if pointer, ok := t.(*types.Pointer); ok {
		v, err := m.valueOf(pointer.Elem())
		if err != nil {
			return nil, err
		}
		if v.pointer {
			return nil, fmt.Errorf("%s has no SQL type; use %s", typeText(t), v.user)
		}
		v.pointer, v.user = true, "*"+v.user
		return v, nil
	}
	named := ""
	if n, ok := t.(*types.Named); ok {
		if n.Obj().Pkg() == nil || n.Obj().Pkg().Path() != "main" || n.TypeArgs().Len() > 0 {
			return m.ofPackage(n)
		}
		if slices.Contains(m.around, n) {
			return nil, fmt.Errorf("%s contains itself; SQL has no recursive types", n.Obj().Name())
		}
		m.around = append(slices.Clone(m.around), n)
		named = n.Obj().Name()
	}
	v, err := m.underlying(t, named)
	if err != nil {
		return nil, err
	}
	v.user = typeText(t)
	if v.named = named; named != "" {
		v.text, v.declared = userPrefix+named, v.text
	}
	return v, nil
}

// ofPackage maps a type of a package.
func (m mapping) ofPackage(n *types.Named) (*value, error) {
	if n.Obj().Pkg() != nil && n.TypeArgs().Len() == 0 {
		if v, ok := leafValue(packageType(n.Obj())); ok {
			v.user = typeText(n)
			return &v, nil
		}
	}
	return nil, noType(n)
}

// underlying maps the underlying type of a type.
func (m mapping) underlying(t types.Type, named string) (*value, error) {
	m.depth++
	switch under := t.Underlying().(type) {
	case *types.Basic:
		if v, ok := leafValue(types.Typ[under.Kind()].Name()); ok {
			return &v, nil
		}
	case *types.Slice:
		if element, basic := types.Unalias(under.Elem()).(*types.Basic); basic && element.Kind() == types.Uint8 {
			v, _ := leafValue("[]byte")
			return &v, nil
		}
		return m.slice(under)
	case *types.Map:
		return m.mapOf(under)
	case *types.Struct:
		if named == "" {
			return nil, errors.New("an anonymous struct cannot be a ROW: declare a type for it")
		}
		return m.structure(under, named)
	}
	return nil, noType(t)
}

// tooDeep returns the error for an array, map or row that is nested more deeply than a type can
// be.
func (m mapping) tooDeep() error {
	if m.depth > sqltype.MaxNesting {
		return fmt.Errorf("arrays, maps and rows can be nested at most %d deep", sqltype.MaxNesting)
	}
	return nil
}

func (m mapping) slice(t *types.Slice) (*value, error) {
	if err := m.tooDeep(); err != nil {
		return nil, err
	}
	element, err := m.valueOf(t.Elem())
	if err != nil {
		return nil, err
	}
	return &value{
		sql: "ARRAY<" + element.sql + ">", parameter: "ARRAY<" + element.parameter + ">",
		arrow: arrow.ListOfField(arrow.Field{Name: "element", Type: element.arrow, Nullable: true}),
		text:  "[]" + element.slotText(), element: element,
	}, nil
}

func (m mapping) mapOf(t *types.Map) (*value, error) {
	if err := m.tooDeep(); err != nil {
		return nil, err
	}
	key, err := m.valueOf(t.Key())
	if err != nil {
		return nil, err
	}
	if key.library != runtimeName || key.pointer || slices.Contains([]string{"Bool", "Float32", "Float64", "Bytes"}, key.kind) {
		return nil, fmt.Errorf("%s has no SQL type; the keys of a map are integers or strings", typeText(t))
	}
	element, err := m.valueOf(t.Elem())
	if err != nil {
		return nil, err
	}
	dt := arrow.MapOf(key.arrow, element.arrow)
	dt.SetItemNullable(true)
	return &value{
		sql:       "MAP<" + key.sql + " NOT NULL, " + element.sql + ">",
		parameter: "MAP<" + key.parameter + ", " + element.parameter + ">",
		arrow:     dt, text: "map[" + key.text + "]" + element.slotText(), key: key, element: element,
	}, nil
}

func (m mapping) structure(t *types.Struct, named string) (*value, error) {
	if err := m.tooDeep(); err != nil {
		return nil, err
	}
	v := &value{structure: true}
	var sql, parameter, slots []string
	var fields []arrow.Field
	for i := range t.NumFields() {
		field := t.Field(i)
		if !field.Exported() || field.Embedded() {
			return nil, fmt.Errorf("field %s of %s is unexported or embedded and cannot be a column of a ROW", field.Name(), named)
		}
		part, err := m.valueOf(field.Type())
		if err != nil {
			return nil, fmt.Errorf("field %s of %s: %w", field.Name(), named, err)
		}
		name := reflect.StructTag(t.Tag(i)).Get("sql")
		if name == "" {
			name = field.Name()
		}
		if slices.ContainsFunc(fields, func(f arrow.Field) bool { return f.Name == name }) {
			return nil, fmt.Errorf("%s has two fields named %s", named, name)
		}
		sql, parameter = append(sql, quoted(name)+" "+part.sql), append(parameter, quoted(name)+" "+part.parameter)
		fields = append(fields, arrow.Field{Name: name, Type: part.arrow, Nullable: true})
		v.fields = append(v.fields, structField{field.Name(), part})
		slots = append(slots, field.Name()+" "+part.slotText())
	}
	if len(fields) == 0 {
		return nil, fmt.Errorf("%s has no fields, but a ROW needs at least one", named)
	}
	v.sql, v.parameter = "ROW<"+strings.Join(sql, ", ")+">", "ROW<"+strings.Join(parameter, ", ")+">"
	v.arrow = arrow.StructOf(fields...)
	v.text = "struct{ " + strings.Join(slots, "; ") + " }"
	return v, nil
}

// quoted returns a name of SQL in quotes.
func quoted(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// slotText returns the type of a slot, pointer included, as the glue writes it.
func (v *value) slotText() string {
	if v.pointer {
		return "*" + v.text
	}
	return v.text
}

// noType returns the error for a type that does not map, with the nearest type that does.
func noType(t types.Type) error {
	for _, g := range givens {
		if g.names(t) {
			return g.noType(t)
		}
	}
	nearest := "bool, int8 to int64, int, float32, float64, string, []byte, time.Time, " +
		"riffle.Date, Time, DateTime or Decimal, or a pointer, slice, map or struct of these"
	switch under := t.Underlying().(type) {
	case *types.Basic:
		switch under.Kind() {
		case types.Uint8:
			nearest = "int16 (SMALLINT), the next wider signed type"
		case types.Uint16:
			nearest = "int32 (INT), the next wider signed type"
		case types.Uint32:
			nearest = "int64 (BIGINT), the next wider signed type"
		case types.Uint, types.Uint64, types.Uintptr:
			nearest = "int64 (BIGINT), the widest signed type, or riffle.Decimal (DECIMAL)"
		default:
			if v, ok := leafValue(types.Typ[under.Kind()].Name()); ok {
				nearest = fmt.Sprintf("%s (%s)", under.Name(), v.sql)
			}
		}
	case *types.Array:
		nearest = "a slice (ARRAY)"
	}
	return fmt.Errorf("%s has no SQL type; use %s", typeText(t), nearest)
}

func typeText(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p.Path() == "main" {
			return ""
		}
		return p.Name()
	})
}
