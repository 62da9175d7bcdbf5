package render

import (
	"encoding/binary"
	"fmt"
	"slices"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/file"
)

// Parquet stores the values in lists, maps and structs in columns of their own, one for each
// leaf. Next to each value it stores two levels: the depth down to which the path to the value
// is defined, and the depth of the list that the value continues. So a NULL or an empty list is
// a place without a value. See https://parquet.apache.org/docs/file-format/nestedencoding.

// place is the place of a value in a column.
type place struct {
	row int // of the array, absent if there is no value
	level
}

const absent = -1

// level is a depth: definition counts the levels that could have been missing and were not,
// repetition counts the lists.
type level struct{ definition, repetition int16 }

// shredder writes the columns of a row group, one leaf after the other.
type shredder struct {
	group file.BufferedRowGroupWriter
	leaf  int
}

// column writes an array's values at their places. most is the deepest level above it.
func (s *shredder) column(arr arrow.Array, nullable bool, places []place, most level) error {
	if nullable {
		most.definition++
		places = defined(arr, places, most.definition)
	}
	switch arr := arr.(type) {
	case *array.Struct:
		for i, f := range arr.DataType().(*arrow.StructType).Fields() {
			if err := s.column(arr.Field(i), f.Nullable, places, most); err != nil {
				return err
			}
		}
		return nil
	case *array.List:
		elements, most := repeated(arr, places, most)
		return s.column(arr.ListValues(), arr.DataType().(*arrow.ListType).ElemField().Nullable, elements, most)
	case *array.Map:
		entries, most := repeated(arr, places, most)
		if err := s.column(arr.Keys(), false, entries, most); err != nil {
			return err
		}
		return s.column(arr.Items(), arr.DataType().(*arrow.MapType).ItemField().Nullable, entries, most)
	}
	to, err := s.group.Column(s.leaf)
	if err != nil {
		return err
	}
	s.leaf++
	return leafValues(to, arr, places, most)
}

// defined distinguishes values from NULLs.
func defined(arr arrow.Array, places []place, definition int16) []place {
	places = slices.Clone(places)
	for i, p := range places {
		switch {
		case p.row == absent:
		case arr.IsNull(p.row):
			places[i].row = absent
		default:
			places[i].definition = definition
		}
	}
	return places
}

// repeated returns the places of the elements of lists.
func repeated(arr array.ListLike, places []place, most level) ([]place, level) {
	most = level{most.definition + 1, most.repetition + 1}
	elements := make([]place, 0, len(places))
	for _, p := range places {
		if p.row == absent {
			elements = append(elements, p)
			continue
		}
		from, to := arr.ValueOffsets(p.row)
		if from == to {
			p.row = absent
			elements = append(elements, p)
		}
		for at, repetition := from, p.repetition; at < to; at, repetition = at+1, most.repetition {
			elements = append(elements, place{int(at), level{most.definition, repetition}})
		}
	}
	return elements, most
}

// leafValues writes values without children.
func leafValues(to file.ColumnChunkWriter, arr arrow.Array, places []place, most level) error {
	switch arr := arr.(type) {
	case *array.Null:
		return writeLeaf(to, places, most, func(int) int32 { return 0 })
	case *array.Boolean:
		return writeLeaf(to, places, most, arr.Value)
	case *array.Int8:
		return writeLeaf(to, places, most, func(row int) int32 { return int32(arr.Value(row)) })
	case *array.Int16:
		return writeLeaf(to, places, most, func(row int) int32 { return int32(arr.Value(row)) })
	case *array.Int32:
		return writeLeaf(to, places, most, arr.Value)
	case *array.Int64:
		return writeLeaf(to, places, most, arr.Value)
	case *array.Float32:
		return writeLeaf(to, places, most, arr.Value)
	case *array.Float64:
		return writeLeaf(to, places, most, arr.Value)
	case *array.String:
		return writeLeaf(to, places, most, func(row int) parquet.ByteArray { return textBytes(arr.Value(row)) })
	case *array.Binary:
		return writeLeaf(to, places, most, func(row int) parquet.ByteArray { return arr.Value(row) })
	case *array.FixedSizeBinary:
		return writeLeaf(to, places, most, func(row int) parquet.FixedLenByteArray { return arr.Value(row) })
	case *array.Decimal128:
		return decimals(to, arr, places, most)
	case *array.Date32:
		return writeLeaf(to, places, most, func(row int) int32 { return int32(arr.Value(row)) })
	case *array.Time32:
		unit := int32(times(arr.DataType().(*arrow.Time32Type).Unit))
		return writeLeaf(to, places, most, func(row int) int32 { return int32(arr.Value(row)) * unit })
	case *array.Time64:
		return writeLeaf(to, places, most, func(row int) int64 { return int64(arr.Value(row)) })
	case *array.Timestamp:
		unit := times(arr.DataType().(*arrow.TimestampType).Unit)
		return writeLeaf(to, places, most, func(row int) int64 { return int64(arr.Value(row)) * unit })
	}
	return fmt.Errorf("parquet has no values of %s", arr.DataType())
}

// times returns the factor that converts a unit of Arrow to that of unitOf.
func times(unit arrow.TimeUnit) int64 {
	if unit == arrow.Second {
		return 1000
	}
	return 1
}

// textBytes returns the bytes of a text, which must not be changed. An empty text is not nil,
// because nil means no value in statistics.
func textBytes(text string) []byte {
	if text == "" {
		return []byte{}
	}
	return unsafe.Slice(unsafe.StringData(text), len(text))
}

// decimals writes integers of as many bytes as the precision needs, the highest byte first.
func decimals(to file.ColumnChunkWriter, arr *array.Decimal128, places []place, most level) error {
	const all = 16
	first := all - decimalBytes(arr.DataType().(*arrow.Decimal128Type).Precision)
	bytes := make([]byte, 0, all*len(places))
	return writeLeaf(to, places, most, func(row int) parquet.FixedLenByteArray {
		v := arr.Value(row)
		bytes = binary.BigEndian.AppendUint64(bytes, uint64(v.HighBits()))
		bytes = binary.BigEndian.AppendUint64(bytes, v.LowBits())
		return bytes[len(bytes)-all+first:]
	})
}

// writeLeaf writes a leaf's values and levels to the file. Levels that can only be zero are
// omitted.
func writeLeaf[V any](to file.ColumnChunkWriter, places []place, most level, value func(row int) V) error {
	typed, ok := to.(interface {
		WriteBatch(values []V, definitions, repetitions []int16) (int64, error)
	})
	if !ok {
		return fmt.Errorf("parquet's column is of %s", to.Type())
	}
	values := make([]V, 0, len(places))
	var definitions, repetitions []int16
	if most.definition > 0 {
		definitions = make([]int16, 0, len(places))
	}
	if most.repetition > 0 {
		repetitions = make([]int16, 0, len(places))
	}
	for _, p := range places {
		if p.row != absent {
			values = append(values, value(p.row))
		}
		if definitions != nil {
			definitions = append(definitions, p.definition)
		}
		if repetitions != nil {
			repetitions = append(repetitions, p.repetition)
		}
	}
	_, err := typed.WriteBatch(values, definitions, repetitions)
	return err
}
