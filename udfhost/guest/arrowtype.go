package guest

import (
	"github.com/apache/arrow/go/v15/arrow"

	"riffle/udfhost/guest/abi"
)

// ArrowType is the Arrow type of columns of typ; nil for a number that is no
// type.
func ArrowType(typ abi.Type) arrow.DataType {
	switch typ {
	case abi.Bool:
		return arrow.FixedWidthTypes.Boolean
	case abi.Int8:
		return arrow.PrimitiveTypes.Int8
	case abi.Int16:
		return arrow.PrimitiveTypes.Int16
	case abi.Int32:
		return arrow.PrimitiveTypes.Int32
	case abi.Int64:
		return arrow.PrimitiveTypes.Int64
	case abi.Float32:
		return arrow.PrimitiveTypes.Float32
	case abi.Float64:
		return arrow.PrimitiveTypes.Float64
	case abi.String:
		return arrow.BinaryTypes.String
	case abi.Bytes:
		return arrow.BinaryTypes.Binary
	}
	return nil
}

// Accepts reports whether a parameter of typ takes a column of an Arrow type:
// its own, and for Bytes also one of a fixed size, which BINARY(n) is.
func Accepts(typ abi.Type, column arrow.DataType) bool {
	if typ == abi.Bytes && column.ID() == arrow.FIXED_SIZE_BINARY {
		return true
	}
	own := ArrowType(typ)
	return own != nil && own.ID() == column.ID()
}
