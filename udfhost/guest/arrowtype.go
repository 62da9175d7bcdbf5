package guest

import (
	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/guest/abi"
	"riffle/udfhost/sqltype"
)

// columnType returns the type of the column in which values of an Arrow type are sent to a guest and back.
func columnType(dt arrow.DataType) (typ abi.Type, ok bool) {
	switch dt.ID() {
	case arrow.BOOL:
		return abi.Bool, true
	case arrow.INT8:
		return abi.Int8, true
	case arrow.INT16:
		return abi.Int16, true
	case arrow.INT32, arrow.DATE32:
		return abi.Int32, true
	case arrow.INT64, arrow.TIME32, arrow.TIME64:
		return abi.Int64, true
	case arrow.FLOAT32:
		return abi.Float32, true
	case arrow.FLOAT64:
		return abi.Float64, true
	case arrow.STRING:
		return abi.String, true
	case arrow.BINARY, arrow.FIXED_SIZE_BINARY:
		return abi.Bytes, true
	case arrow.TIMESTAMP:
		return abi.Timestamp, true
	case arrow.DECIMAL128:
		return abi.Decimal, true
	case arrow.LIST, arrow.MAP:
		return abi.List, true
	case arrow.STRUCT:
		if sqltype.IsWideTimestamp(dt) {
			return abi.Timestamp, true
		}
		return abi.Row, true
	}
	return 0, false
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
