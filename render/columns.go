package render

import (
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/sqltype"
)

// fileType is the form of a type's values in a file of columns. It is the form that they have
// in a query's batches if other readers know it; otherwise the nearest type that holds each
// value exactly; otherwise text. The choice can depend on the values, so all of them are read
// before the first is written.
type fileType struct {
	batchType arrow.DataType // in a query's batches
	flink     flinkType
	children  []*fileType // element; key and item; fields
	text      Cell        // the values as text
	file      columnFile
	overflows bool // a value was seen that the type in the file has no room for
}

func newFileType(dt arrow.DataType, t flinkType, loc *time.Location, file columnFile) (*fileType, error) {
	s := &fileType{batchType: dt, flink: t, file: file}
	var err error
	if s.text, err = textCell(dt, t, loc); err != nil {
		return nil, err
	}
	child := func(dt arrow.DataType, t flinkType) {
		c, failed := newFileType(dt, t, loc, file)
		if failed != nil {
			err = failed
		}
		s.children = append(s.children, c)
	}
	switch dt := dt.(type) {
	case *arrow.ListType:
		child(dt.Elem(), t.child(0))
	case *arrow.MapType:
		key := dt.KeyType()
		if s.wrapped() {
			key = key.(*arrow.StructType).Field(0).Type
		}
		child(key, t.child(0))
		child(dt.ItemType(), t.child(1))
	case *arrow.StructType:
		for i := range dt.NumFields() {
			child(dt.Field(i).Type, t.child(i))
		}
	}
	return s, err
}

// wrapped reports whether a map's keys are the only field of a struct, as keys that may be NULL
// are.
func (s *fileType) wrapped() bool {
	key := s.flink.child(0)
	return key.name != "" && !key.required
}

// fixedType reports whether the type in the file does not depend on the values.
func (s *fileType) fixedType() bool {
	for _, c := range s.children {
		if !c.fixedType() {
			return false
		}
	}
	return !s.nanos() && !(s.batchType.ID() == arrow.MAP && s.wrapped())
}

// nanos reports whether values are timestamps of more than six digits, which batches have as decimals.
func (s *fileType) nanos() bool { return s.batchType.ID() == arrow.DECIMAL128 && s.flink.timestamp() }

// inspect records values that do not fit the file's type.
func (s *fileType) inspect(arr arrow.Array) {
	switch arr := arr.(type) {
	case *array.Decimal128:
		for row := 0; s.nanos() && !s.overflows && row < arr.Len(); row++ {
			if arr.IsValid(row) {
				_, fits := nanosSince1970(arr, row)
				s.overflows = !fits
			}
		}
	case *array.List:
		s.children[0].inspect(arr.ListValues())
	case *array.Map:
		keys := arr.Keys()
		if s.wrapped() {
			keys = keys.(*array.Struct).Field(0)
			s.overflows = s.overflows || keys.NullN() > 0
		}
		s.children[0].inspect(keys)
		s.children[1].inspect(arr.Items())
	case *array.Struct:
		for i, c := range s.children {
			c.inspect(arr.Field(i))
		}
	}
}

// nanosSince1970 returns a timestamp as 64-bit nanoseconds, as Arrow counts it.
func nanosSince1970(arr arrow.Array, row int) (nanos int64, fits bool) {
	v := arr.(*array.Decimal128).Value(row)
	nanos = int64(v.LowBits())
	return nanos, v.HighBits() == nanos>>63
}

// asText reports whether values are written as text, though they have another type in Flink.
func (s *fileType) asText() bool {
	switch s.batchType.ID() {
	case arrow.INTERVAL_MONTHS, arrow.DURATION:
		return !s.file.intervals
	}
	return s.overflows
}

// texts lists the types below s that are written as text, s itself with them.
func (s *fileType) texts() []string {
	switch {
	case s.batchType.ID() == arrow.MAP && s.overflows:
		return []string{s.flink.name + " with a NULL key"}
	case s.overflows:
		return []string{s.flink.name + " before 1677 or after 2262"}
	case s.asText(), s.batchType.ID() == arrow.STRING && s.flink.name != "" && s.flink.class() != sqltype.Text:
		return []string{s.flink.name}
	}
	var all []string
	for _, c := range s.children {
		all = append(all, c.texts()...)
	}
	return all
}

// dataType returns the type in the file. Inside other types, everything except a map's keys can
// be NULL.
func (s *fileType) dataType() arrow.DataType {
	if s.asText() {
		return arrow.BinaryTypes.String
	}
	switch dt := s.batchType.(type) {
	case *arrow.TimestampType:
		return &arrow.TimestampType{Unit: dt.Unit, TimeZone: s.zone()}
	case *arrow.Decimal128Type:
		if s.nanos() {
			return &arrow.TimestampType{Unit: arrow.Nanosecond, TimeZone: s.zone()}
		}
	case *arrow.MonthIntervalType:
		return arrow.FixedWidthTypes.MonthDayNanoInterval
	case *arrow.ListType:
		return arrow.ListOf(s.children[0].dataType())
	case *arrow.MapType:
		return arrow.MapOf(s.children[0].dataType(), s.children[1].dataType())
	case *arrow.StructType:
		fields := make([]arrow.Field, len(s.children))
		for i, c := range s.children {
			fields[i] = arrow.Field{Name: dt.Field(i).Name, Type: c.dataType(), Nullable: true}
		}
		return arrow.StructOf(fields...)
	}
	return s.batchType
}

func (s *fileType) zone() string {
	if s.flink.local {
		return "UTC"
	}
	return ""
}

// array converts the values of a batch to those of the file. The caller releases the result.
func (s *fileType) array(arr arrow.Array) arrow.Array {
	if s.asText() {
		return build(arr, array.NewStringBuilder(memory.DefaultAllocator), func(b *array.StringBuilder, row int) {
			b.Append(string(s.text(nil, arr, row)))
		})
	}
	switch a := arr.(type) {
	case *array.Decimal128:
		if s.nanos() {
			b := array.NewTimestampBuilder(memory.DefaultAllocator, s.dataType().(*arrow.TimestampType))
			return build(arr, b, func(b *array.TimestampBuilder, row int) {
				nanos, _ := nanosSince1970(arr, row)
				b.Append(arrow.Timestamp(nanos))
			})
		}
	case *array.MonthInterval:
		b := array.NewMonthDayNanoIntervalBuilder(memory.DefaultAllocator)
		return build(arr, b, func(b *array.MonthDayNanoIntervalBuilder, row int) {
			b.Append(arrow.MonthDayNanoInterval{Months: int32(a.Value(row))})
		})
	case *array.List:
		return s.nested(arr, s.children[0].array(a.ListValues()))
	case *array.Map:
		return s.nested(arr, s.entries(a))
	case *array.Struct:
		fields := make([]arrow.Array, len(s.children))
		for i, c := range s.children {
			field := array.MakeFromData(arr.Data().Children()[i])
			fields[i] = c.array(field)
			field.Release()
		}
		return s.nested(arr, fields...)
	}
	return s.nested(arr)
}

// entries converts the keys and items of a map.
func (s *fileType) entries(arr *array.Map) arrow.Array {
	keys := arr.Keys()
	if s.wrapped() {
		keys = keys.(*array.Struct).Field(0)
	}
	columns := []arrow.Array{s.children[0].array(keys), s.children[1].array(arr.Items())}
	defer columns[0].Release()
	defer columns[1].Release()
	entry := s.dataType().(*arrow.MapType).Elem().(*arrow.StructType)
	data := array.NewData(entry, keys.Len(), []*memory.Buffer{nil}, dataOf(columns), 0, 0)
	defer data.Release()
	return array.MakeFromData(data)
}

// nested rebuilds an array with the file's type and these children, which it takes over.
func (s *fileType) nested(arr arrow.Array, children ...arrow.Array) arrow.Array {
	old := arr.Data()
	data := array.NewData(s.dataType(), old.Len(), old.Buffers(), dataOf(children), old.NullN(), old.Offset())
	defer data.Release()
	for _, c := range children {
		defer c.Release()
	}
	return array.MakeFromData(data)
}

func dataOf(arrays []arrow.Array) []arrow.ArrayData {
	data := make([]arrow.ArrayData, len(arrays))
	for i, arr := range arrays {
		data[i] = arr.Data()
	}
	return data
}

// build returns an array with a value for each value of arr that is not NULL.
func build[B array.Builder](arr arrow.Array, b B, value func(b B, row int)) arrow.Array {
	defer b.Release()
	b.Reserve(arr.Len())
	for row := range arr.Len() {
		if arr.IsNull(row) {
			b.AppendNull()
		} else {
			value(b, row)
		}
	}
	return b.NewArray()
}
