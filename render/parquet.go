package render

import (
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/schema"
)

// parquetFile writes batches as parquet, in row groups that it fills from several batches.
// RATIONALE.md says why it does not use package pqarrow.
type parquetFile struct {
	sink  *sink
	file  *file.Writer
	group file.BufferedRowGroupWriter
	room  int64 // for rows in the group
}

func openParquet(w io.WriteSeeker, stored *arrow.Schema) (batchWriter, error) {
	root, err := group("schema", parquet.Repetitions.Required, stored.Fields())
	if err != nil {
		return nil, err
	}
	properties := parquet.NewWriterProperties(
		parquet.WithVersion(parquet.V2_6), // the first that has nanoseconds
		parquet.WithCompression(compress.Codecs.Snappy),
		parquet.WithMaxRowGroupLength(rowGroup))
	to := &sink{to: w}
	return &parquetFile{sink: to, file: file.NewParquetWriter(to, root, file.WithWriterProps(properties))}, nil
}

// sink keeps the first error and accepts every write: the library panics if it cannot write the
// first bytes of a file, and ignores errors of some of the last.
type sink struct {
	to  io.Writer
	err error
}

func (s *sink) Write(bytes []byte) (int, error) {
	if s.err == nil {
		_, s.err = s.to.Write(bytes)
	}
	return len(bytes), nil
}

// rowGroup limits the rows that the library keeps in memory, and that readers read at a time.
const rowGroup = 1 << 17

func (p *parquetFile) Write(rec arrow.Record) error {
	for from := int64(0); from < rec.NumRows(); {
		if p.room == 0 {
			if err := p.endGroup(); err != nil {
				return err
			}
			p.group, p.room = p.file.AppendBufferedRowGroup(), rowGroup
		}
		to := min(rec.NumRows(), from+p.room)
		if err := p.rows(rec.NewSlice(from, to)); err != nil {
			return err
		}
		p.room -= to - from
		from = to
	}
	return nil
}

// endGroup writes a row group.
func (p *parquetFile) endGroup() error {
	if p.group == nil {
		return nil
	}
	if err := p.group.Close(); err != nil {
		return err
	}
	return p.sink.err
}

// rows adds rows to the group. It takes over the batch. The library refers to the minimum and
// maximum text of a column in the batch's memory until the end of the group. That memory is
// Go's and is not reused.
func (p *parquetFile) rows(rec arrow.Record) error {
	defer rec.Release()
	s := shredder{group: p.group}
	places := make([]place, rec.NumRows())
	for row := range places {
		places[row].row = row
	}
	for i, field := range rec.Schema().Fields() {
		if err := s.column(rec.Column(i), field.Nullable, places, level{}); err != nil {
			return fmt.Errorf("column %d (%s): %w", i+1, field.Name, err)
		}
	}
	return nil
}

func (p *parquetFile) Close() error {
	if err := p.endGroup(); err != nil {
		return err
	}
	if err := p.file.Close(); err != nil {
		return err
	}
	return p.sink.err
}

// group returns a node with child fields.
func group(name string, repetition parquet.Repetition, fields []arrow.Field) (*schema.GroupNode, error) {
	if len(fields) == 0 {
		return nil, fmt.Errorf("parquet has no rows without a field, as %s is", name)
	}
	var nodes schema.FieldList
	for _, f := range fields {
		n, err := node(f)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	return schema.NewGroupNode(name, repetition, nodes, noID)
}

// noID is the ID of fields without an ID.
const noID = -1

// node returns the node of a field. Lists and maps have the form that the format's page on
// nested types requires: https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
func node(f arrow.Field) (schema.Node, error) {
	repetition := parquet.Repetitions.Required
	if f.Nullable {
		repetition = parquet.Repetitions.Optional
	}
	switch dt := f.Type.(type) {
	case *arrow.StructType:
		return group(f.Name, repetition, dt.Fields())
	case *arrow.ListType:
		element, err := node(dt.ElemField())
		if err != nil {
			return nil, err
		}
		return schema.ListOfWithName(f.Name, element, repetition, noID)
	case *arrow.MapType:
		key, err := node(dt.KeyField())
		if err != nil {
			return nil, err
		}
		item, err := node(dt.ItemField())
		if err != nil {
			return nil, err
		}
		return schema.MapOf(f.Name, key, item, repetition, noID)
	}
	physical, logical, length, err := leafType(f.Type)
	if err != nil {
		return nil, err
	}
	return schema.NewPrimitiveNodeLogical(f.Name, repetition, logical, physical, length, noID)
}

// leafType returns the parquet type of a type without children. length is the length in bytes
// of a type that has a fixed one.
func leafType(of arrow.DataType) (physical parquet.Type, logical schema.LogicalType, length int, err error) {
	types := parquet.Types
	logical, length = schema.NoLogicalType{}, -1
	switch of := of.(type) {
	case *arrow.NullType:
		return types.Int32, schema.NullLogicalType{}, length, nil
	case *arrow.BooleanType:
		return types.Boolean, logical, length, nil
	case *arrow.Int8Type, *arrow.Int16Type, *arrow.Int32Type:
		width := of.(arrow.FixedWidthDataType).BitWidth()
		return types.Int32, schema.NewIntLogicalType(int8(width), true), length, nil
	case *arrow.Int64Type:
		return types.Int64, schema.NewIntLogicalType(64, true), length, nil
	case *arrow.Float32Type:
		return types.Float, logical, length, nil
	case *arrow.Float64Type:
		return types.Double, logical, length, nil
	case *arrow.StringType:
		return types.ByteArray, schema.StringLogicalType{}, length, nil
	case *arrow.BinaryType:
		return types.ByteArray, logical, length, nil
	case *arrow.FixedSizeBinaryType:
		return types.FixedLenByteArray, logical, of.ByteWidth, nil
	case *arrow.Decimal128Type:
		return types.FixedLenByteArray, schema.NewDecimalLogicalType(of.Precision, of.Scale), decimalBytes(of.Precision), nil
	case *arrow.Date32Type:
		return types.Int32, schema.DateLogicalType{}, length, nil
	case *arrow.Time32Type:
		return types.Int32, schema.NewTimeLogicalType(false, unitOf(of.Unit)), length, nil
	case *arrow.Time64Type:
		return types.Int64, schema.NewTimeLogicalType(false, unitOf(of.Unit)), length, nil
	case *arrow.TimestampType:
		// With forced, readers from before logical types also recognize it as a timestamp.
		return types.Int64, schema.NewTimestampLogicalTypeForce(of.TimeZone != "", unitOf(of.Unit)), length, nil
	}
	return types.Undefined, nil, 0, fmt.Errorf("parquet has no type for %s", of)
}

// unitOf returns the unit of a time. Parquet has no seconds.
func unitOf(unit arrow.TimeUnit) schema.TimeUnitType {
	switch unit {
	case arrow.Microsecond:
		return schema.TimeUnitMicros
	case arrow.Nanosecond:
		return schema.TimeUnitNanos
	}
	return schema.TimeUnitMillis
}

// decimalBytes returns the number of bytes of a decimal with a precision, including its sign.
func decimalBytes(precision int32) int {
	return int(math.Ceil((float64(precision)*math.Log2(10) + 1) / 8))
}
