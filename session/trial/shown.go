package trial

import (
	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/decimal128"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/sqltype"
)

// shown returns a column of results in the form in which rows come from Flink's sink, which package render shows.
// Only timestamps differ. The caller releases it.
func shown(results arrow.Array) arrow.Array {
	data := shownData(results.Data(), shownType(results.DataType()))
	defer data.Release()
	return array.MakeFromData(data)
}

// secondsType is the sink's type for a TIMESTAMP(9): seconds since 1970.
var secondsType = &arrow.Decimal128Type{Precision: sqltype.MaxPrecision, Scale: 9}

func shownType(dt arrow.DataType) arrow.DataType {
	switch dt := dt.(type) {
	case *arrow.MapType:
		m := arrow.MapOf(shownType(dt.KeyType()), shownType(dt.ItemType()))
		m.SetItemNullable(true)
		return m
	case *arrow.ListType:
		element := dt.ElemField()
		element.Type = shownType(element.Type)
		return arrow.ListOfField(element)
	case *arrow.StructType:
		if sqltype.IsWideTimestamp(dt) {
			return secondsType
		}
		var fields []arrow.Field
		for _, field := range dt.Fields() {
			field.Type = shownType(field.Type)
			fields = append(fields, field)
		}
		return arrow.StructOf(fields...)
	}
	return dt
}

func shownData(data arrow.ArrayData, to arrow.DataType) arrow.ArrayData {
	var types []arrow.DataType // of the parts
	switch to := to.(type) {
	case *arrow.MapType:
		types = []arrow.DataType{to.Elem()}
	case *arrow.ListType:
		types = []arrow.DataType{to.Elem()}
	case *arrow.StructType:
		for _, field := range to.Fields() {
			types = append(types, field.Type)
		}
	default:
		if sqltype.IsWideTimestamp(data.DataType()) {
			return secondsOf(data)
		}
		data.Retain()
		return data
	}
	var parts []arrow.ArrayData
	for i, part := range data.Children() {
		converted := shownData(part, types[i])
		defer converted.Release()
		parts = append(parts, converted)
	}
	return array.NewData(to, data.Len(), data.Buffers(), parts, data.NullN(), data.Offset())
}

// secondsOf converts timestamps of results.
func secondsOf(data arrow.ArrayData) arrow.ArrayData {
	times := array.NewStructData(data)
	defer times.Release()
	millis, nanos := times.Field(0).(*array.Int64), times.Field(1).(*array.Int32)
	b := array.NewDecimal128Builder(memory.DefaultAllocator, secondsType)
	defer b.Release()
	for i := range times.Len() {
		if times.IsNull(i) {
			b.AppendNull()
			continue
		}
		b.Append(decimal128.FromI64(millis.Value(i)).Mul(decimal128.FromI64(1e6)).Add(decimal128.FromI64(int64(nanos.Value(i)))))
	}
	column := b.NewDecimal128Array()
	defer column.Release()
	converted := column.Data()
	converted.Retain()
	return converted
}
