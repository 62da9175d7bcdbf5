package coder

import (
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/flinkfn"
	"riffle/udfhost/rowkind"
	"riffle/udfhost/sqltype"
)

// The name that Flink's ArrowUtils gives to the children of nested types.
const elementName = "element"

// schemaOptions selects how logical types become Arrow types.
type schemaOptions struct {
	kinds bool // rows have a column of their kind, see Kinded
	wide  bool // timestamps of more than six digits are of sqltype.WideTimestamp
	// millis says that a TIME of any precision is a Time32 of milliseconds and that a timestamp has at least
	// milliseconds, as Flink stores them. Otherwise the unit follows the precision, and a TIME(0) loses its
	// milliseconds.
	millis bool
}

// Schema returns the Arrow schema of Flink's rows. The types are those that Flink's own ArrowUtils uses for
// the same logical types.
func Schema(s *flinkfn.Schema) (*arrow.Schema, error) { return schemaOptions{}.schema(s) }

func (ty schemaOptions) schema(s *flinkfn.Schema) (*arrow.Schema, error) {
	fields, err := ty.arrowFields(s, 0)
	if err != nil {
		return nil, err
	}
	return arrow.NewSchema(fields, nil), nil
}

func (ty schemaOptions) arrowFields(s *flinkfn.Schema, depth int) ([]arrow.Field, error) {
	if s == nil {
		return nil, errors.New("row type without a schema")
	}
	fields := make([]arrow.Field, len(s.Fields))
	for i, f := range s.Fields {
		dt, err := ty.dataType(f.GetType(), depth)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", f.GetName(), err)
		}
		fields[i] = arrow.Field{Name: f.Name, Type: dt, Nullable: f.Type.Nullable}
	}
	if ty.kinds {
		fields = append(fields, rowkind.Field())
	}
	return fields, nil
}

// dataType returns the Arrow type of a logical type of Flink.
func (ty schemaOptions) dataType(t *flinkfn.Schema_FieldType, depth int) (arrow.DataType, error) {
	if t == nil {
		return nil, errors.New("type missing")
	}
	if depth > sqltype.MaxNesting {
		return nil, fmt.Errorf("type nested deeper than %d", sqltype.MaxNesting)
	}
	row := sqltype.OfWire(t.TypeName.String())
	switch {
	case row == nil || !ofFunctions(row):
		return nil, fmt.Errorf("type %s is not supported for functions", t.TypeName)
	case row.Takes == sqltype.Parts:
		return ty.nestedType(t, depth+1)
	}
	dt, err := row.Arrow(params(t))
	if at, is := dt.(*arrow.TimestampType); is {
		switch {
		case at.Unit == arrow.Nanosecond && ty.wide:
			return sqltype.WideTimestamp(), nil
		case at.Unit == arrow.Second && ty.millis:
			return &arrow.TimestampType{Unit: arrow.Millisecond}, nil
		}
	}
	if err == nil && row.Class == sqltype.Clock && ty.millis {
		return arrow.FixedWidthTypes.Time32ms, nil
	}
	return dt, err
}

// ofFunctions reports whether a function can have an argument of a type. A NULL without a type
// has the type NULL.
func ofFunctions(row *sqltype.Type) bool {
	return len(row.Go) > 0 || row.TakenAs != "" || row.Wire == flinkfn.Schema_NULL.String()
}

// params returns the numbers in a type, if it has any.
func params(t *flinkfn.Schema_FieldType) sqltype.Params {
	switch t.TypeName {
	case flinkfn.Schema_BINARY:
		return sqltype.Params{Length: t.GetBinaryInfo().GetLength()}
	case flinkfn.Schema_DECIMAL:
		return sqltype.Params{Precision: t.GetDecimalInfo().GetPrecision(), Scale: t.GetDecimalInfo().GetScale()}
	case flinkfn.Schema_TIME:
		return sqltype.Params{Precision: t.GetTimeInfo().GetPrecision()}
	case flinkfn.Schema_TIMESTAMP:
		return sqltype.Params{Precision: t.GetTimestampInfo().GetPrecision()}
	case flinkfn.Schema_LOCAL_ZONED_TIMESTAMP:
		return sqltype.Params{Precision: t.GetLocalZonedTimestampInfo().GetPrecision()}
	}
	return sqltype.Params{}
}

func (ty schemaOptions) nestedType(t *flinkfn.Schema_FieldType, depth int) (arrow.DataType, error) {
	switch t.TypeName {
	case flinkfn.Schema_BASIC_ARRAY:
		element := t.GetCollectionElementType()
		dt, err := ty.dataType(element, depth)
		if err != nil {
			return nil, err
		}
		return arrow.ListOfField(arrow.Field{Name: elementName, Type: dt, Nullable: element.Nullable}), nil
	case flinkfn.Schema_MAP:
		key, err := ty.dataType(t.GetMapInfo().GetKeyType(), depth)
		if err != nil {
			return nil, err
		}
		value, err := ty.dataType(t.GetMapInfo().GetValueType(), depth)
		if err != nil {
			return nil, err
		}
		m := arrow.MapOf(key, value)
		m.SetItemNullable(t.GetMapInfo().GetValueType().GetNullable())
		return m, nil
	}
	fields, err := ty.arrowFields(t.GetRowSchema(), depth)
	if err != nil {
		return nil, err
	}
	return arrow.StructOf(fields...), nil
}
