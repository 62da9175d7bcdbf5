package coder

import (
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/decimal128"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"pgregory.net/rapid"

	"riffle/udfhost/sqltype"
)

// drawBatch draws a batch of a schema of one to ten rows. Values lie in the
// range that Flink has for their type.
func drawBatch(r *rapid.T, schema *arrow.Schema) arrow.Record {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for range rapid.IntRange(1, 10).Draw(r, "rows") {
		for i, f := range schema.Fields() {
			drawValue(r, b.Field(i), f.Nullable)
		}
	}
	return b.NewRecord()
}

func drawValue(r *rapid.T, b array.Builder, nullable bool) {
	if b.Type().ID() == arrow.NULL || nullable && rapid.IntRange(0, 3).Draw(r, "null") == 0 {
		b.AppendNull()
		return
	}
	const day = 24 * 60 * 60 * 1000 // ms
	switch b := b.(type) {
	case *array.Int8Builder:
		b.Append(rapid.Int8().Draw(r, "int8"))
	case *array.Int16Builder:
		b.Append(rapid.Int16().Draw(r, "int16"))
	case *array.Int32Builder:
		b.Append(rapid.Int32().Draw(r, "int32"))
	case *array.Int64Builder:
		b.Append(rapid.Int64().Draw(r, "int64"))
	case *array.BooleanBuilder:
		b.Append(rapid.Bool().Draw(r, "bool"))
	case *array.Float32Builder:
		b.Append(rapid.Float32().Draw(r, "float32"))
	case *array.Float64Builder:
		b.Append(rapid.Float64().Draw(r, "float64"))
	case *array.StringBuilder:
		b.Append(rapid.String().Draw(r, "string"))
	case *array.BinaryBuilder:
		b.Append(rapid.SliceOf(rapid.Byte()).Draw(r, "bytes"))
	case *array.FixedSizeBinaryBuilder:
		b.Append(rapid.SliceOfN(rapid.Byte(), 2, 2).Draw(r, "binary"))
	case *array.Decimal128Builder:
		b.Append(decimal128.FromI64(rapid.Int64Range(-9999999999, 9999999999).Draw(r, "decimal")))
	case *array.Date32Builder:
		b.Append(arrow.Date32(rapid.Int32().Draw(r, "date")))
	case *array.Time32Builder:
		unit := b.Type().(*arrow.Time32Type).Unit
		b.Append(arrow.Time32(rapid.Int64Range(0, day-1).Draw(r, "time") * 1e6 / int64(unit.Multiplier())))
	case *array.Time64Builder:
		unit := b.Type().(*arrow.Time64Type).Unit
		perMilli := int64(unit.Multiplier()) // ns in a unit
		b.Append(arrow.Time64(rapid.Int64Range(0, day-1).Draw(r, "time") * (1e6 / perMilli)))
	case *array.TimestampBuilder:
		// A range that nanoseconds reach and Flink can read below 1970, too.
		b.Append(arrow.Timestamp(rapid.Int64Range(0, 9e15).Draw(r, "timestamp")))
	default:
		drawNested(r, b)
	}
}

func drawNested(r *rapid.T, b array.Builder) {
	switch b := b.(type) {
	case *array.ListBuilder:
		b.Append(true)
		for range rapid.IntRange(0, 3).Draw(r, "elements") {
			drawValue(r, b.ValueBuilder(), true)
		}
	case *array.MapBuilder:
		b.Append(true)
		for range rapid.IntRange(0, 3).Draw(r, "entries") {
			drawValue(r, b.KeyBuilder(), false)
			drawValue(r, b.ItemBuilder(), true)
		}
	case *array.StructBuilder:
		b.Append(true)
		for i := range b.NumField() {
			drawValue(r, b.FieldBuilder(i), !sqltype.IsWideTimestamp(b.Type()))
		}
	default:
		panic(fmt.Sprintf("no values for %s", b.Type()))
	}
}
