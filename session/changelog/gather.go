package changelog

import (
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/decimal128"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// gather builds a batch of n rows. Row k is the row that at(k) returns. The columns of the
// batches that at returns begin with those of the schema. The caller owns the result, and must
// make sure that no column exceeds Arrow's 32-bit offsets.
func gather(mem memory.Allocator, schema *arrow.Schema, n int, at func(k int) (arrow.Record, int)) arrow.Record {
	columns := make([]arrow.Array, schema.NumFields())
	for c := range columns {
		columns[c] = gatherColumn(mem, schema.Field(c).Type, n, c, at)
		defer columns[c].Release()
	}
	return array.NewRecord(schema, columns, int64(n))
}

// Gather builds a batch of some columns of n rows. at(k) locates the k-th row. The caller owns the
// batch. It is for a screen or a chunk of a file: n rows must fit one batch, 2 GiB.
func Gather(schema *arrow.Schema, columns []int, n int, at func(k int) (arrow.Record, int)) arrow.Record {
	fields := make([]arrow.Field, len(columns))
	arrays := make([]arrow.Array, len(columns))
	for i, c := range columns {
		fields[i] = schema.Field(c)
		arrays[i] = gatherColumn(memory.DefaultAllocator, fields[i].Type, n, c, at)
		defer arrays[i].Release()
	}
	meta := schema.Metadata()
	return array.NewRecord(arrow.NewSchema(fields, &meta), arrays, int64(n))
}

func gatherColumn(mem memory.Allocator, dt arrow.DataType, n, c int, at func(k int) (arrow.Record, int)) arrow.Array {
	builder := array.NewBuilder(mem, dt)
	defer builder.Release()
	builder.Reserve(n)
	copyCell, err := copier(builder)
	if err != nil { // New checked every column's type
		panic(err)
	}
	for k := range n {
		rec, row := at(k)
		copyCell(rec.Column(c), row)
	}
	return builder.NewArray()
}

// supported reports whether a view can hold columns of the type.
func supported(dt arrow.DataType) error {
	builder := array.NewBuilder(memory.DefaultAllocator, dt)
	defer builder.Release()
	if _, err := copier(builder); err != nil {
		return err
	}
	empty := builder.NewArray()
	defer empty.Release()
	_, err := bind(empty)
	return err
}

// copier returns a function that appends a cell of an array to the builder of its type.
func copier(builder array.Builder) (func(src arrow.Array, row int), error) {
	switch b := builder.(type) {
	case *array.NullBuilder:
		return func(arrow.Array, int) { b.AppendNull() }, nil
	case *array.BooleanBuilder:
		return plain[bool, *array.Boolean](b), nil
	case *array.Int8Builder:
		return plain[int8, *array.Int8](b), nil
	case *array.Int16Builder:
		return plain[int16, *array.Int16](b), nil
	case *array.Int32Builder:
		return plain[int32, *array.Int32](b), nil
	case *array.Int64Builder:
		return plain[int64, *array.Int64](b), nil
	case *array.Float32Builder:
		return plain[float32, *array.Float32](b), nil
	case *array.Float64Builder:
		return plain[float64, *array.Float64](b), nil
	case *array.Decimal128Builder:
		return plain[decimal128.Num, *array.Decimal128](b), nil
	case *array.Date32Builder:
		return plain[arrow.Date32, *array.Date32](b), nil
	case *array.Time32Builder:
		return plain[arrow.Time32, *array.Time32](b), nil
	case *array.Time64Builder:
		return plain[arrow.Time64, *array.Time64](b), nil
	case *array.TimestampBuilder:
		return plain[arrow.Timestamp, *array.Timestamp](b), nil
	case *array.DurationBuilder:
		return plain[arrow.Duration, *array.Duration](b), nil
	case *array.MonthIntervalBuilder:
		return plain[arrow.MonthInterval, *array.MonthInterval](b), nil
	case *array.StringBuilder:
		return plain[string, *array.String](b), nil
	case *array.BinaryBuilder:
		return plain[[]byte, *array.Binary](b), nil
	case *array.FixedSizeBinaryBuilder:
		return plain[[]byte, *array.FixedSizeBinary](b), nil
	default:
		return nestedCopier(builder)
	}
}

func nestedCopier(builder array.Builder) (func(src arrow.Array, row int), error) {
	switch b := builder.(type) {
	case *array.ListBuilder:
		copyElement, err := copier(b.ValueBuilder())
		return func(src arrow.Array, row int) {
			copyElements(b, copyElement, src.(*array.List), row)
		}, err
	case *array.MapBuilder:
		copyKey, err := copier(b.KeyBuilder())
		if err != nil {
			return nil, err
		}
		copyItem, err := copier(b.ItemBuilder())
		copyEntry := func(src arrow.Array, row int) {
			entries := src.(*array.Struct)
			copyKey(entries.Field(0), row)
			copyItem(entries.Field(1), row)
		}
		return func(src arrow.Array, row int) {
			copyElements(b, copyEntry, src.(*array.Map).List, row)
		}, err
	case *array.StructBuilder:
		return structCopier(b)
	default:
		return nil, fmt.Errorf("a view cannot hold the Arrow type %s", builder.Type())
	}
}

// appender is the part of Arrow's builders that appends one value. For lists, the value says
// whether the list is not NULL.
type appender[V any] interface {
	Append(V)
	AppendNull()
}

func copyElements(b appender[bool], copyElement func(arrow.Array, int), src *array.List, row int) {
	if src.IsNull(row) {
		b.AppendNull()
		return
	}
	b.Append(true)
	from, to := src.ValueOffsets(row)
	for i := from; i < to; i++ {
		copyElement(src.ListValues(), int(i))
	}
}

func structCopier(b *array.StructBuilder) (func(src arrow.Array, row int), error) {
	fields := make([]func(arrow.Array, int), b.NumField())
	for i := range fields {
		var err error
		if fields[i], err = copier(b.FieldBuilder(i)); err != nil {
			return nil, err
		}
	}
	return func(src arrow.Array, row int) {
		if src.IsNull(row) {
			b.AppendNull()
			return
		}
		b.Append(true)
		for i, copyField := range fields {
			copyField(src.(*array.Struct).Field(i), row)
		}
	}, nil
}

// plain copies values that consist of one piece.
func plain[V any, A interface {
	arrow.Array
	Value(int) V
}](b appender[V]) func(src arrow.Array, row int) {
	return func(src arrow.Array, row int) {
		if src.IsNull(row) {
			b.AppendNull()
			return
		}
		b.Append(src.(A).Value(row))
	}
}
