package guest

import (
	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/guest/abi"
	"riffle/udfhost/sqltype"
)

// columnType returns the type of the column in which values of an Arrow type are sent to a
// guest and back: a type of its own, or abi.Packed.
func columnType(dt arrow.DataType) abi.Type {
	switch dt.ID() {
	case arrow.BOOL:
		return abi.Bool
	case arrow.INT8:
		return abi.Int8
	case arrow.INT16:
		return abi.Int16
	case arrow.INT32:
		return abi.Int32
	case arrow.INT64:
		return abi.Int64
	case arrow.FLOAT32:
		return abi.Float32
	case arrow.FLOAT64:
		return abi.Float64
	case arrow.STRING:
		return abi.String
	case arrow.BINARY, arrow.FIXED_SIZE_BINARY:
		return abi.Bytes
	}
	return abi.Packed
}

// Accepts reports whether a parameter of one type accepts a column of another. The types must be the
// same, except for what the values themselves contain: the length of a BINARY, the precision and scale
// of a DECIMAL and the precision of times.
func Accepts(parameter, column arrow.DataType) bool {
	if isTimestamp(parameter) || isTimestamp(column) {
		return isTimestamp(parameter) && isTimestamp(column)
	}
	switch parameter := parameter.(type) {
	case *arrow.BinaryType:
		return column.ID() == arrow.BINARY || column.ID() == arrow.FIXED_SIZE_BINARY
	case *arrow.Time32Type, *arrow.Time64Type:
		return column.ID() == arrow.TIME32 || column.ID() == arrow.TIME64
	case *arrow.ListType:
		column, ok := column.(*arrow.ListType)
		return ok && Accepts(parameter.Elem(), column.Elem())
	case *arrow.MapType:
		column, ok := column.(*arrow.MapType)
		return ok && Accepts(parameter.KeyType(), column.KeyType()) && Accepts(parameter.ItemType(), column.ItemType())
	case *arrow.StructType:
		column, ok := column.(*arrow.StructType)
		if !ok || column.NumFields() != parameter.NumFields() {
			return false
		}
		for i, field := range parameter.Fields() {
			if !Accepts(field.Type, column.Field(i).Type) {
				return false
			}
		}
		return true
	}
	return parameter.ID() == column.ID()
}

func isTimestamp(dt arrow.DataType) bool {
	return dt.ID() == arrow.TIMESTAMP || sqltype.IsWideTimestamp(dt)
}
