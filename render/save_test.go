package render

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/decimal128"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// saved writes batches to a file of the format and reads it with Arrow's own readers.
func saved(t rapid.TB, folder, format string, schema *arrow.Schema, recs ...arrow.Record) (arrow.Table, []string) {
	t.Helper()
	path := filepath.Join(folder, "saved."+format)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	remarks, err := Save(f, format, schema, Options{DataOnly: true}, batchesOf(recs))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	table, err := map[string]func(string) (arrow.Table, error){"parquet": readParquet, "arrow": readArrow}[format](path)
	if err != nil {
		t.Fatal(err)
	}
	return table, remarks
}

func batchesOf(recs []arrow.Record) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		for _, rec := range recs {
			if !yield(rec, nil) {
				return
			}
		}
	}
}

func readParquet(path string) (arrow.Table, error) {
	f, err := file.OpenParquetFile(path, false)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{BatchSize: 100}, memory.DefaultAllocator)
	if err != nil {
		return nil, err
	}
	return r.ReadTable(context.Background())
}

func readArrow(path string) (arrow.Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := ipc.NewFileReader(f)
	if err != nil {
		return nil, err
	}
	var recs []arrow.Record
	for i := range r.NumRecords() {
		rec, err := r.RecordAt(i)
		if err != nil {
			return nil, err
		}
		recs = append(recs, rec)
	}
	return array.NewTableFromRecords(r.Schema(), recs), nil
}

// kindOfType is a type that a result's column can have, and draws values of it.
type kindOfType struct {
	sql    string
	arrow  arrow.DataType
	append func(*rapid.T, array.Builder)
}

func leaf[V any, B interface{ Append(V) }](sql string, dt arrow.DataType, values *rapid.Generator[V]) kindOfType {
	return kindOfType{sql, dt, func(t *rapid.T, b array.Builder) { any(b).(B).Append(values.Draw(t, sql)) }}
}

func leaves() []kindOfType {
	nanos := rapid.Map(rapid.Int64(), func(v int64) decimal128.Num { return decimal128.FromI64(v) })
	wide := rapid.Map(rapid.Int64Range(-62135510400, 253402300799), func(s int64) decimal128.Num {
		return decimal128.FromI64(s).Mul(decimal128.FromI64(1_000_000_000)).Add(decimal128.FromI64(123_456_789))
	})
	seconds := rapid.Map(rapid.Int64Range(-62135510400, 253402300799), func(s int64) arrow.Timestamp { return arrow.Timestamp(s) })
	return []kindOfType{
		leaf[bool, *array.BooleanBuilder]("BOOLEAN", arrow.FixedWidthTypes.Boolean, rapid.Bool()),
		leaf[int8, *array.Int8Builder]("TINYINT", arrow.PrimitiveTypes.Int8, rapid.Int8()),
		leaf[int16, *array.Int16Builder]("SMALLINT", arrow.PrimitiveTypes.Int16, rapid.Int16()),
		leaf[int32, *array.Int32Builder]("INT", arrow.PrimitiveTypes.Int32, rapid.Int32()),
		leaf[int64, *array.Int64Builder]("BIGINT", arrow.PrimitiveTypes.Int64, rapid.Int64()),
		leaf[float32, *array.Float32Builder]("FLOAT", arrow.PrimitiveTypes.Float32, rapid.Float32()),
		leaf[float64, *array.Float64Builder]("DOUBLE", arrow.PrimitiveTypes.Float64, rapid.Float64()),
		leaf[decimal128.Num, *array.Decimal128Builder]("DECIMAL(20, 2)", &arrow.Decimal128Type{Precision: 20, Scale: 2}, nanos),
		leaf[decimal128.Num, *array.Decimal128Builder]("DECIMAL(38, 0)", &arrow.Decimal128Type{Precision: 38}, wide),
		leaf[string, *array.StringBuilder]("STRING", arrow.BinaryTypes.String, rapid.String()),
		leaf[string, *array.StringBuilder]("VARIANT", arrow.BinaryTypes.String, rapid.Just(`{"a":1}`)),
		leaf[[]byte, *array.BinaryBuilder]("BYTES", arrow.BinaryTypes.Binary, rapid.SliceOf(rapid.Byte())),
		leaf[[]byte, *array.FixedSizeBinaryBuilder]("BINARY(3)", &arrow.FixedSizeBinaryType{ByteWidth: 3}, rapid.SliceOfN(rapid.Byte(), 3, 3)),
		leaf[arrow.Date32, *array.Date32Builder]("DATE", arrow.FixedWidthTypes.Date32, rapid.Just(arrow.Date32(-700_000))),
		leaf[arrow.Time32, *array.Time32Builder]("TIME(0)", arrow.FixedWidthTypes.Time32s, rapid.Just(arrow.Time32(86399))),
		leaf[arrow.Time32, *array.Time32Builder]("TIME(3)", arrow.FixedWidthTypes.Time32ms, rapid.Just(arrow.Time32(86399999))),
		leaf[arrow.Timestamp, *array.TimestampBuilder]("TIMESTAMP(0)", &arrow.TimestampType{Unit: arrow.Second}, seconds),
		leaf[arrow.Timestamp, *array.TimestampBuilder]("TIMESTAMP(3)", &arrow.TimestampType{Unit: arrow.Millisecond}, seconds),
		leaf[arrow.Timestamp, *array.TimestampBuilder]("TIMESTAMP_LTZ(6)", &arrow.TimestampType{Unit: arrow.Microsecond}, seconds),
		leaf[decimal128.Num, *array.Decimal128Builder]("TIMESTAMP(9)", &arrow.Decimal128Type{Precision: 38, Scale: 9}, nanos),
		leaf[decimal128.Num, *array.Decimal128Builder]("TIMESTAMP_LTZ(7)", &arrow.Decimal128Type{Precision: 38, Scale: 9}, wide),
	}
}

// appendNullable appends a value, or NULL.
func (k kindOfType) appendNullable(t *rapid.T, b array.Builder) {
	if rapid.IntRange(0, 3).Draw(t, "null") == 0 {
		b.AppendNull()
	} else {
		k.append(t, b)
	}
}

// kinds draws types, including arrays, maps and rows with other types in them.
func kinds(depth int) *rapid.Generator[kindOfType] {
	plain := rapid.SampledFrom(leaves())
	if depth == 0 {
		return plain
	}
	return rapid.Custom(func(t *rapid.T) kindOfType {
		child := kinds(depth - 1)
		switch rapid.IntRange(0, 4).Draw(t, "shape") {
		case 0:
			return arrayOfKind(child.Draw(t, "element"))
		case 1:
			return mapOfKind(plain.Draw(t, "key"), child.Draw(t, "item"), rapid.Bool().Draw(t, "key is NOT NULL"))
		case 2:
			return rowOfKinds(rapid.SliceOfN(child, 1, 3).Draw(t, "fields"))
		}
		return plain.Draw(t, "plain")
	})
}

func arrayOfKind(element kindOfType) kindOfType {
	return kindOfType{"ARRAY<" + element.sql + ">", arrow.ListOf(element.arrow), func(t *rapid.T, b array.Builder) {
		list := b.(*array.ListBuilder)
		list.Append(true)
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			element.appendNullable(t, list.ValueBuilder())
		}
	}}
}

func mapOfKind(key, item kindOfType, required bool) kindOfType {
	sql, dt := key.sql+" NOT NULL", key.arrow
	if !required {
		sql, dt = key.sql, arrow.StructOf(arrow.Field{Name: "key", Type: key.arrow, Nullable: true})
	}
	return kindOfType{fmt.Sprintf("MAP<%s, %s>", sql, item.sql), arrow.MapOf(dt, item.arrow), func(t *rapid.T, b array.Builder) {
		entries := b.(*array.MapBuilder)
		entries.Append(true)
		for range rapid.IntRange(0, 3).Draw(t, "entries") {
			if required {
				key.append(t, entries.KeyBuilder())
			} else {
				wrapped := entries.KeyBuilder().(*array.StructBuilder)
				wrapped.Append(true)
				if rapid.IntRange(0, 40).Draw(t, "NULL key") == 0 {
					wrapped.FieldBuilder(0).AppendNull()
				} else {
					key.append(t, wrapped.FieldBuilder(0))
				}
			}
			item.appendNullable(t, entries.ItemBuilder())
		}
	}}
}

func rowOfKinds(of []kindOfType) kindOfType {
	var texts []string
	var fields []arrow.Field
	for i, k := range of {
		name := fmt.Sprintf("f%d", i)
		texts = append(texts, fmt.Sprintf("`%s` %s", name, k.sql))
		fields = append(fields, arrow.Field{Name: name, Type: k.arrow, Nullable: true})
	}
	return kindOfType{"ROW<" + strings.Join(texts, ", ") + ">", arrow.StructOf(fields...), func(t *rapid.T, b array.Builder) {
		row := b.(*array.StructBuilder)
		row.Append(true)
		for i, k := range of {
			k.appendNullable(t, row.FieldBuilder(i))
		}
	}}
}

// The values read from a file equal those of the table, for all types and values.
func TestSavedRowsComeBack(t *testing.T) {
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		var fields []arrow.Field
		columns := rapid.SliceOfN(kinds(2), 1, 4).Draw(t, "columns")
		for i, k := range columns {
			field := flinkField(fmt.Sprintf("c%d", i), k.arrow, k.sql)
			field.Nullable = true
			fields = append(fields, field)
		}
		schema := arrow.NewSchema(fields, nil)
		var recs []arrow.Record
		for range rapid.IntRange(0, 3).Draw(t, "batches") {
			b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
			for range rapid.IntRange(1, 5).Draw(t, "rows") {
				for i, k := range columns {
					k.appendNullable(t, b.Field(i))
				}
			}
			recs = append(recs, b.NewRecord())
		}
		for _, format := range []string{"parquet", "arrow"} {
			got, _ := saved(t, folder, format, schema, recs...)
			want := array.NewTableFromRecords(schema, recs)
			for i, field := range fields {
				of, err := typeOf(field)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(textsOf(t, want.Column(i), of), textsOf(t, got.Column(i), keysNotNull(of))); diff != "" {
					t.Fatalf("%s: %s as %s: %s", format, columns[i].sql, got.Column(i).DataType(), diff)
				}
			}
		}
	})
}

// keysNotNull returns a type in which no map has wrapped keys.
func keysNotNull(t flinkType) flinkType {
	t.children = slices.Clone(t.children)
	for i, c := range t.children {
		t.children[i] = keysNotNull(c)
	}
	if t.name == "MAP" {
		t.children[0].required = true
	}
	return t
}

func textsOf(t rapid.TB, column *arrow.Column, of flinkType) []string {
	t.Helper()
	cell, err := textCell(column.DataType(), of, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{}
	for _, arr := range column.Data().Chunks() {
		for row := range arr.Len() {
			texts = append(texts, string(cell(nil, arr, row)))
		}
	}
	return texts
}

// The files have types that other programs know, and a remark lists the columns written as
// text.
func TestSavedTypes(t *testing.T) {
	dec := &arrow.Decimal128Type{Precision: 38, Scale: 9}
	wrapped := arrow.MapOf(arrow.StructOf(arrow.Field{Name: "key", Type: arrow.BinaryTypes.String, Nullable: true}), arrow.PrimitiveTypes.Int32)
	for _, test := range []struct {
		sql            string
		of             arrow.DataType
		value          string
		parquet, arrow string
		said           string // of both, or of parquet alone
	}{
		{"TIMESTAMP(3)", &arrow.TimestampType{Unit: arrow.Millisecond}, `"1500-01-01 00:00:00"`, "timestamp[ms, tz=UTC]", "timestamp[ms]", ""},
		{"TIMESTAMP_LTZ(3)", &arrow.TimestampType{Unit: arrow.Millisecond}, `"1500-01-01 00:00:00"`, "timestamp[ms, tz=UTC]", "timestamp[ms, tz=UTC]", ""},
		{"TIMESTAMP(9)", dec, `"1.000000001"`, "timestamp[ns, tz=UTC]", "timestamp[ns]", ""},
		{"TIMESTAMP(9)", dec, `"9223372036.854775807"`, "timestamp[ns, tz=UTC]", "timestamp[ns]", ""},
		{"TIMESTAMP(9)", dec, `"9223372036.854775808"`, "utf8", "utf8", "as text: c (TIMESTAMP before 1677 or after 2262)"},
		{"TIMESTAMP_LTZ(9)", dec, `"-9223372036.854775808"`, "timestamp[ns, tz=UTC]", "timestamp[ns, tz=UTC]", ""},
		{"TIMESTAMP_LTZ(9)", dec, `"-9223372036.854775809"`, "utf8", "utf8", "as text: c (TIMESTAMP_LTZ before 1677 or after 2262)"},
		{"INTERVAL YEAR TO MONTH", arrow.FixedWidthTypes.MonthInterval, `{"months":14}`, "utf8", "month_day_nano_interval", "as text: c (INTERVAL YEAR TO MONTH)"},
		{"INTERVAL DAY TO SECOND(3)", arrow.FixedWidthTypes.Duration_ms, `"12ms"`, "utf8", "duration[ms]", "as text: c (INTERVAL DAY TO SECOND)"},
		{"MAP<STRING, INT>", wrapped, `[{"key":{"key":"a"},"value":1}]`, "map<utf8, int32, items_nullable>", "map<utf8, int32, items_nullable>", ""},
		{"MAP<STRING, INT>", wrapped, `[{"key":{"key":null},"value":1}]`, "utf8", "utf8", "as text: c (MAP with a NULL key)"},
		{"ARRAY<VARIANT>", arrow.ListOf(arrow.BinaryTypes.String), `["1"]`, "list<list: utf8, nullable>", "list<item: utf8, nullable>", "as text: c (VARIANT)"},
	} {
		schema := arrow.NewSchema([]arrow.Field{flinkField("c", test.of, test.sql)}, nil)
		rec := recordOf(t, schema, `[{"c":`+test.value+`}]`)
		for format, want := range map[string]string{"parquet": test.parquet, "arrow": test.arrow} {
			table, remarks := saved(t, t.TempDir(), format, schema, rec)
			if got := table.Column(0).DataType().String(); got != want {
				t.Errorf("%s: %s %s is %s, want %s", format, test.sql, test.value, got, want)
			}
			said := strings.Join(remarks, "; ")
			if want == "utf8" || format == "parquet" || strings.Contains(test.sql, "VARIANT") {
				if said != test.said {
					t.Errorf("%s: %s %s: says %q, want %q", format, test.sql, test.value, said, test.said)
				}
			} else if said != "" {
				t.Errorf("%s: %s %s: says %q", format, test.sql, test.value, said)
			}
		}
	}
}

// Arrow's Go reader treats all parquet timestamps as UTC. The file itself is right.
func TestSavedTimestampsHaveAZoneOrNot(t *testing.T) {
	timestamp := &arrow.TimestampType{Unit: arrow.Millisecond}
	for sql, test := range map[string]struct {
		of   arrow.DataType
		want string
	}{
		"TIMESTAMP(3)":     {timestamp, "isAdjustedToUTC=false"},
		"TIMESTAMP_LTZ(3)": {timestamp, "isAdjustedToUTC=true"},
		"TIME(3)":          {arrow.FixedWidthTypes.Time32ms, "isAdjustedToUTC=false"},
	} {
		schema := arrow.NewSchema([]arrow.Field{flinkField("c", test.of, sql)}, nil)
		folder := t.TempDir()
		saved(t, folder, "parquet", schema)
		f, err := file.OpenParquetFile(filepath.Join(folder, "saved.parquet"), false)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.MetaData().Schema.Column(0).LogicalType().String(); !strings.Contains(got, test.want) {
			t.Errorf("%s is %s, want %s", sql, got, test.want)
		}
		f.Close()
	}
}

func TestSavedColumnsOfOneNameAreToldApart(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		flinkField("a", arrow.PrimitiveTypes.Int32, "INT"), flinkField("a", arrow.BinaryTypes.String, "STRING"),
	}, nil)
	for _, format := range []string{"parquet", "arrow"} {
		table, remarks := saved(t, t.TempDir(), format, schema)
		if names := []string{table.Schema().Field(0).Name, table.Schema().Field(1).Name}; !slices.Equal(names, []string{"a", "a_1"}) || table.NumRows() != 0 {
			t.Errorf("%s: columns %q, %d rows", format, names, table.NumRows())
		}
		if !slices.Equal(remarks, []string{"a second a is a_1"}) {
			t.Errorf("%s: says %q", format, remarks)
		}
	}
}

// A table with more rows than the library keeps in memory is complete.
func TestSavedRowGroups(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{flinkField("n", arrow.PrimitiveTypes.Int64, "BIGINT NOT NULL")}, nil)
	var recs []arrow.Record
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	const rows = 2*rowGroup + 1000
	for n := range int64(rows) {
		b.Field(0).(*array.Int64Builder).Append(n)
		if n%8192 == 8191 || n == rows-1 {
			recs = append(recs, b.NewRecord())
		}
	}
	for _, format := range []string{"parquet", "arrow"} {
		table, _ := saved(t, t.TempDir(), format, schema, recs...)
		next := int64(0)
		for _, chunk := range table.Column(0).Data().Chunks() {
			for _, n := range chunk.(*array.Int64).Int64Values() {
				if n != next {
					t.Fatalf("%s: row %d is %d", format, next, n)
				}
				next++
			}
		}
		if next != rows {
			t.Errorf("%s: %d rows", format, next)
		}
	}
}

// Readers derive the size of a decimal from its precision, so all must agree.
func TestDecimalBytes(t *testing.T) {
	for precision := int32(1); precision <= 38; precision++ {
		if got, want := decimalBytes(precision), int(pqarrow.DecimalSize(precision)); got != want {
			t.Errorf("DECIMAL(%d) takes %d bytes, want %d", precision, got, want)
		}
	}
}

// full is a disk with room for n bytes.
type full struct {
	io.WriteSeeker
	room int
}

var errFull = errors.New("no room")

func (f *full) Write(bytes []byte) (int, error) {
	if f.room -= len(bytes); f.room < 0 {
		return 0, errFull
	}
	return len(bytes), nil
}

// Wherever in a file the disk becomes full, that is an error.
func TestSavedOnAFullDisk(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{flinkField("n", arrow.PrimitiveTypes.Int64, "BIGINT")}, nil)
	rec := recordOf(t, schema, `[{"n":1},{"n":null}]`)
	for room := 0; ; room++ {
		disk := &full{room: room}
		_, err := Save(disk, "parquet", schema, Options{DataOnly: true}, batchesOf([]arrow.Record{rec}))
		if err == nil && disk.room == 0 {
			return // all of it
		}
		if !errors.Is(err, errFull) {
			t.Fatalf("with room for %d bytes: %v", room, err)
		}
	}
}

func TestAFileOfColumnsIsNoTextFormat(t *testing.T) {
	_, err := New("parquet", nil, orders, Options{})
	if want := `parquet is a file, no text: \save FILE.parquet writes the last result to one`; err == nil || err.Error() != want {
		t.Errorf("says %v, want %s", err, want)
	}
}
