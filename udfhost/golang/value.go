package golang

import (
	"errors"
	"fmt"
	"go/types"
	"reflect"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/coder"
	"riffle/udfhost/guest"
)

// value is a Go type that SQL has a type for.
type value struct {
	// sql is the type of a result, parameter that of a parameter, which takes
	// any precision and scale and says none: TIMESTAMP(9) and TIMESTAMP.
	sql, parameter string
	// arrow is the type of a result; see guest.Accepts for a parameter.
	arrow arrow.DataType
	// kind is what packages runtime and packed call the type in their own names:
	// "Int64" in Int64s, GetInt64 and PutInt64. "" for a type made of others.
	kind string
	// column: values have a column of their own, else they travel packed.
	column bool
	// text is the type as the glue writes it, without the pointer, user as the
	// user reads it.
	text, user string
	pointer    bool
	// named is the user's name for the type, or "".
	named string

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

// basicValue maps a basic type.
func basicValue(kind types.BasicKind) (value, bool) {
	column := func(kind, sql string, dt arrow.DataType) (value, bool) {
		return value{kind: kind, sql: sql, parameter: sql, arrow: dt, column: true, text: "riffle_guest." + kind}, true
	}
	switch kind {
	case types.Bool:
		return column("Bool", "BOOLEAN", arrow.FixedWidthTypes.Boolean)
	case types.Int8:
		return column("Int8", "TINYINT", arrow.PrimitiveTypes.Int8)
	case types.Int16:
		return column("Int16", "SMALLINT", arrow.PrimitiveTypes.Int16)
	case types.Int32:
		return column("Int32", "INT", arrow.PrimitiveTypes.Int32)
	case types.Int64:
		return column("Int64", "BIGINT", arrow.PrimitiveTypes.Int64)
	case types.Int:
		return column("Int", "BIGINT", arrow.PrimitiveTypes.Int64)
	case types.Float32:
		return column("Float32", "FLOAT", arrow.PrimitiveTypes.Float32)
	case types.Float64:
		return column("Float64", "DOUBLE", arrow.PrimitiveTypes.Float64)
	case types.String:
		return column("String", "STRING", arrow.BinaryTypes.String)
	}
	return value{}, false
}

// packageValue maps the types of packages that SQL has a type for.
func packageValue(name *types.TypeName) (value, bool) {
	packed := func(kind, parameter, sql string, dt arrow.DataType) (value, bool) {
		return value{kind: kind, sql: sql, parameter: parameter, arrow: dt, text: "riffle_packed." + kind}, true
	}
	switch name.Pkg().Path() + "." + name.Name() {
	case "time.Time":
		return packed("Instant", "TIMESTAMP_LTZ", "TIMESTAMP_LTZ(9)", coder.WideTimestamp())
	case guest.CivilPath + ".DateTime":
		return packed("DateTime", "TIMESTAMP", "TIMESTAMP(9)", coder.WideTimestamp())
	case guest.CivilPath + ".Date":
		return packed("Date", "DATE", "DATE", arrow.FixedWidthTypes.Date32)
	case guest.CivilPath + ".Time":
		return packed("Time", "TIME", "TIME(3)", arrow.FixedWidthTypes.Time32ms)
	case guest.CivilPath + ".Decimal":
		return decimalValue(defaultPrecision, defaultScale), true
	}
	return value{}, false
}

// The DECIMAL of a result for which its function has no directive.
const (
	maxPrecision     = 38
	defaultPrecision = 38
	defaultScale     = 18
)

func decimalValue(precision, scale int32) value {
	return value{
		kind: "Decimal", sql: fmt.Sprintf("DECIMAL(%d, %d)", precision, scale), parameter: "DECIMAL",
		arrow: &arrow.Decimal128Type{Precision: precision, Scale: scale}, text: "riffle_packed.Decimal",
	}
}

// mapping maps Go types. It knows the named types around the one at hand, which
// none of its parts can be: SQL has no recursive types.
type mapping struct{ around []*types.Named }

// valueOf maps a Go type. Of the user's own types those map that are made of
// types that do; of those of packages only a few, since a time.Duration is no
// number.
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
			return nil, fmt.Errorf("%s contains itself, and SQL has no such types", n.Obj().Name())
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
		v.text = named
	}
	return v, nil
}

// ofPackage maps a type of a package.
func (m mapping) ofPackage(n *types.Named) (*value, error) {
	if n.Obj().Pkg() != nil && n.TypeArgs().Len() == 0 {
		if v, ok := packageValue(n.Obj()); ok {
			v.user = typeText(n)
			return &v, nil
		}
	}
	return nil, noType(n)
}

// underlying maps what a type is made of.
func (m mapping) underlying(t types.Type, named string) (*value, error) {
	switch under := t.Underlying().(type) {
	case *types.Basic:
		if v, ok := basicValue(under.Kind()); ok {
			return &v, nil
		}
	case *types.Slice:
		if element, basic := types.Unalias(under.Elem()).(*types.Basic); basic && element.Kind() == types.Uint8 {
			return &value{
				kind: "Bytes", sql: "BYTES", parameter: "BYTES", arrow: arrow.BinaryTypes.Binary,
				column: true, text: "riffle_guest.Bytes",
			}, nil
		}
		return m.slice(under)
	case *types.Map:
		return m.mapOf(under)
	case *types.Struct:
		if named == "" {
			return nil, errors.New("a struct needs a name to be a ROW: declare a type for it")
		}
		return m.structure(under, named)
	}
	return nil, noType(t)
}

func (m mapping) slice(t *types.Slice) (*value, error) {
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
	key, err := m.valueOf(t.Key())
	if err != nil {
		return nil, err
	}
	if !key.column || key.pointer || slices.Contains([]string{"Bool", "Float32", "Float64", "Bytes"}, key.kind) {
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
	v := &value{structure: true}
	var sql, parameter []string
	var fields []arrow.Field
	for i := range t.NumFields() {
		field := t.Field(i)
		if !field.Exported() || field.Embedded() {
			return nil, fmt.Errorf("field %s of %s is not exported or embedded, and would have no column in a ROW", field.Name(), named)
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
			return nil, fmt.Errorf("%s has two fields of the name %s", named, name)
		}
		quoted := "`" + strings.ReplaceAll(name, "`", "``") + "` "
		sql, parameter = append(sql, quoted+part.sql), append(parameter, quoted+part.parameter)
		fields = append(fields, arrow.Field{Name: name, Type: part.arrow, Nullable: true})
		v.fields = append(v.fields, structField{field.Name(), part})
	}
	if len(fields) == 0 {
		return nil, fmt.Errorf("%s has no fields, and a ROW has one at least", named)
	}
	v.sql, v.parameter = "ROW<"+strings.Join(sql, ", ")+">", "ROW<"+strings.Join(parameter, ", ")+">"
	v.arrow = arrow.StructOf(fields...)
	return v, nil
}

// slotText is the type of a slot, pointer included, as the glue writes it.
func (v *value) slotText() string {
	if v.pointer {
		return "*" + v.text
	}
	return v.text
}

// byRow reports whether Flink sends or reads some value wrong in an Arrow
// column. Its reader fails for a timestamp before 1970 that is not of whole
// milliseconds, its writer overflows for one of nanoseconds after 2262, and a
// TIME(0) loses its milliseconds. Arrays, maps and rows may have such parts.
func (v *value) byRow() bool {
	return !v.column && v.kind != "Date" && v.kind != "Decimal"
}

// noType says that a type does not map and which one is nearest.
func noType(t types.Type) error {
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
			if v, ok := basicValue(under.Kind()); ok {
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
