package coder

import (
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/flinkfn"
)

// Names that Flink's ArrowUtils gives to the children of nested types.
const elementName = "element"

// wideTimestamp is what TIMESTAMP(7) to TIMESTAMP(9) and the same with local
// time zone are in a batch of the Row coder: the two numbers that Flink itself
// keeps and sends. Arrow's timestamp in nanoseconds would end in 2262.
var wideTimestamp = arrow.StructOf(
	arrow.Field{Name: "milliseconds since 1970", Type: arrow.PrimitiveTypes.Int64},
	arrow.Field{Name: "nanoseconds of the millisecond", Type: arrow.PrimitiveTypes.Int32},
)

// WideTimestamp is the type of a TIMESTAMP(9) that goes through the Row coder.
func WideTimestamp() arrow.DataType { return wideTimestamp }

// IsWideTimestamp reports whether a column holds timestamps in this form.
func IsWideTimestamp(dt arrow.DataType) bool {
	return dt.ID() == arrow.STRUCT && arrow.TypeEqual(dt, wideTimestamp)
}

// maxNesting bounds the depth of a type. A schema is a recursive message, so
// without a bound its sender would choose how deep we recurse.
const maxNesting = 32

// typing is how logical types become Arrow types.
type typing struct {
	wide bool // timestamps of more than six digits are of wideTimestamp
}

// Schema returns the Arrow schema of Flink's rows: the types are those that
// Flink's own ArrowUtils gives to the same logical types.
func Schema(s *flinkfn.Schema) (*arrow.Schema, error) { return typing{}.schema(s) }

// DataType returns the Arrow type of a logical type of Flink.
func DataType(t *flinkfn.Schema_FieldType) (arrow.DataType, error) { return typing{}.dataType(t, 0) }

func (ty typing) schema(s *flinkfn.Schema) (*arrow.Schema, error) {
	fields, err := ty.arrowFields(s, 0)
	if err != nil {
		return nil, err
	}
	return arrow.NewSchema(fields, nil), nil
}

func (ty typing) arrowFields(s *flinkfn.Schema, depth int) ([]arrow.Field, error) {
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
	return fields, nil
}

func (ty typing) dataType(t *flinkfn.Schema_FieldType, depth int) (arrow.DataType, error) {
	if t == nil {
		return nil, errors.New("type missing")
	}
	if depth > maxNesting {
		return nil, fmt.Errorf("type nested deeper than %d", maxNesting)
	}
	switch t.TypeName {
	case flinkfn.Schema_TINYINT:
		return arrow.PrimitiveTypes.Int8, nil
	case flinkfn.Schema_SMALLINT:
		return arrow.PrimitiveTypes.Int16, nil
	case flinkfn.Schema_INT:
		return arrow.PrimitiveTypes.Int32, nil
	case flinkfn.Schema_BIGINT:
		return arrow.PrimitiveTypes.Int64, nil
	case flinkfn.Schema_BOOLEAN:
		return arrow.FixedWidthTypes.Boolean, nil
	case flinkfn.Schema_FLOAT:
		return arrow.PrimitiveTypes.Float32, nil
	case flinkfn.Schema_DOUBLE:
		return arrow.PrimitiveTypes.Float64, nil
	case flinkfn.Schema_CHAR, flinkfn.Schema_VARCHAR:
		return arrow.BinaryTypes.String, nil
	case flinkfn.Schema_VARBINARY:
		return arrow.BinaryTypes.Binary, nil
	case flinkfn.Schema_DATE:
		return arrow.FixedWidthTypes.Date32, nil
	case flinkfn.Schema_NULL:
		return arrow.Null, nil
	case flinkfn.Schema_BINARY, flinkfn.Schema_DECIMAL, flinkfn.Schema_TIME,
		flinkfn.Schema_TIMESTAMP, flinkfn.Schema_LOCAL_ZONED_TIMESTAMP:
		return ty.parametricType(t)
	case flinkfn.Schema_BASIC_ARRAY, flinkfn.Schema_MAP, flinkfn.Schema_ROW:
		return ty.nestedType(t, depth+1)
	}
	return nil, fmt.Errorf("type %s is not supported for functions", t.TypeName)
}

// parametricType returns the types with a length, precision or scale.
func (ty typing) parametricType(t *flinkfn.Schema_FieldType) (arrow.DataType, error) {
	switch t.TypeName {
	case flinkfn.Schema_BINARY:
		n := t.GetBinaryInfo().GetLength()
		if n < 1 {
			return nil, fmt.Errorf("BINARY of length %d", n)
		}
		return &arrow.FixedSizeBinaryType{ByteWidth: int(n)}, nil
	case flinkfn.Schema_DECIMAL:
		p, s := t.GetDecimalInfo().GetPrecision(), t.GetDecimalInfo().GetScale()
		if p < 1 || p > 38 || s < 0 || s > p {
			return nil, fmt.Errorf("DECIMAL(%d, %d)", p, s)
		}
		return &arrow.Decimal128Type{Precision: p, Scale: s}, nil
	case flinkfn.Schema_TIME:
		unit, err := timeUnit(t.GetTimeInfo().GetPrecision())
		if err != nil {
			return nil, err
		}
		if unit < arrow.Microsecond {
			return &arrow.Time32Type{Unit: unit}, nil
		}
		return &arrow.Time64Type{Unit: unit}, nil
	}
	p := t.GetTimestampInfo().GetPrecision()
	if t.TypeName == flinkfn.Schema_LOCAL_ZONED_TIMESTAMP {
		p = t.GetLocalZonedTimestampInfo().GetPrecision()
	}
	unit, err := timeUnit(p)
	if err != nil {
		return nil, err
	}
	if unit == arrow.Nanosecond && ty.wide {
		return wideTimestamp, nil
	}
	return &arrow.TimestampType{Unit: unit}, nil
}

// timeUnit is the coarsest unit that holds p fractional digits of a second.
func timeUnit(p int32) (arrow.TimeUnit, error) {
	switch {
	case p < 0 || p > 9:
		return 0, fmt.Errorf("time precision %d", p)
	case p == 0:
		return arrow.Second, nil
	case p <= 3:
		return arrow.Millisecond, nil
	case p <= 6:
		return arrow.Microsecond, nil
	}
	return arrow.Nanosecond, nil
}

func (ty typing) nestedType(t *flinkfn.Schema_FieldType, depth int) (arrow.DataType, error) {
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
