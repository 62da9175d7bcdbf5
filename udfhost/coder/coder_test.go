package coder

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/flinkfn"
	"riffle/udfhost/sqltype"
)

// unhex reads bytes in hexadecimal; spaces are free.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// elements splits framed data.
func elements(t testing.TB, data []byte) [][]byte {
	t.Helper()
	var all [][]byte
	for e, err := range Elements(data) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, bytes.Clone(e))
	}
	return all
}

// decodeAll decodes elements into batches, which it releases with the test.
func decodeAll(t testing.TB, c Coder, all [][]byte) []arrow.Record {
	t.Helper()
	d := c.NewDecoder()
	var batches []arrow.Record
	keep := func(b arrow.Record) {
		if b != nil {
			batches = append(batches, b)
			t.Cleanup(b.Release)
		}
	}
	for _, e := range all {
		b, err := d.Decode(e)
		if err != nil {
			t.Fatal(err)
		}
		keep(b)
	}
	keep(d.Flush())
	return batches
}

// batchOf builds a batch of a schema from JSON, one object a row.
func batchOf(t testing.TB, schema *arrow.Schema, json string) arrow.Record {
	t.Helper()
	batch, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(json))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(batch.Release)
	return batch
}

// Constructors of Flink's logical types.

type fieldType = flinkfn.Schema_FieldType

func plain(name flinkfn.Schema_TypeName) *fieldType {
	return &fieldType{TypeName: name, Nullable: true}
}

func binaryOf(n int32) *fieldType {
	return &fieldType{TypeName: flinkfn.Schema_BINARY, Nullable: true,
		TypeInfo: &flinkfn.Schema_FieldType_BinaryInfo{BinaryInfo: &flinkfn.Schema_BinaryInfo{Length: n}}}
}

func decimalOf(p, s int32) *fieldType {
	return &fieldType{TypeName: flinkfn.Schema_DECIMAL, Nullable: true,
		TypeInfo: &flinkfn.Schema_FieldType_DecimalInfo{DecimalInfo: &flinkfn.Schema_DecimalInfo{Precision: p, Scale: s}}}
}

func timeOf(p int32) *fieldType {
	return &fieldType{TypeName: flinkfn.Schema_TIME, Nullable: true,
		TypeInfo: &flinkfn.Schema_FieldType_TimeInfo{TimeInfo: &flinkfn.Schema_TimeInfo{Precision: p}}}
}

func timestampOf(p int32) *fieldType {
	return &fieldType{TypeName: flinkfn.Schema_TIMESTAMP, Nullable: true,
		TypeInfo: &flinkfn.Schema_FieldType_TimestampInfo{TimestampInfo: &flinkfn.Schema_TimestampInfo{Precision: p}}}
}

func zonedOf(p int32) *fieldType {
	return &fieldType{TypeName: flinkfn.Schema_LOCAL_ZONED_TIMESTAMP, Nullable: true,
		TypeInfo: &flinkfn.Schema_FieldType_LocalZonedTimestampInfo{
			LocalZonedTimestampInfo: &flinkfn.Schema_LocalZonedTimestampInfo{Precision: p}}}
}

func arrayOf(e *fieldType) *fieldType {
	return &fieldType{TypeName: flinkfn.Schema_BASIC_ARRAY, Nullable: true,
		TypeInfo: &flinkfn.Schema_FieldType_CollectionElementType{CollectionElementType: e}}
}

func mapOf(k, v *fieldType) *fieldType {
	k.Nullable = false
	return &fieldType{TypeName: flinkfn.Schema_MAP, Nullable: true,
		TypeInfo: &flinkfn.Schema_FieldType_MapInfo{MapInfo: &flinkfn.Schema_MapInfo{KeyType: k, ValueType: v}}}
}

func rowOf(fields ...*fieldType) *fieldType {
	return &fieldType{TypeName: flinkfn.Schema_ROW, Nullable: true,
		TypeInfo: &flinkfn.Schema_FieldType_RowSchema{RowSchema: schemaOf(fields...)}}
}

// schemaOf returns a schema with columns f0, f1, ….
func schemaOf(fields ...*fieldType) *flinkfn.Schema {
	s := new(flinkfn.Schema)
	for i, f := range fields {
		s.Fields = append(s.Fields, &flinkfn.Schema_Field{Name: "f" + string(rune('0'+i)), Type: f})
	}
	return s
}

func rowCoder(t testing.TB, fields ...*fieldType) Coder {
	t.Helper()
	c, err := NewFlattenRow(&flinkfn.CoderInfoDescriptor{DataType: &flinkfn.CoderInfoDescriptor_FlattenRowType_{
		FlattenRowType: &flinkfn.CoderInfoDescriptor_FlattenRowType{Schema: schemaOf(fields...)}}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func arrowCoder(t testing.TB, fields ...*fieldType) Coder {
	t.Helper()
	c, err := NewArrow(&flinkfn.CoderInfoDescriptor{DataType: &flinkfn.CoderInfoDescriptor_ArrowType_{
		ArrowType: &flinkfn.CoderInfoDescriptor_ArrowType{Schema: schemaOf(fields...)}}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// columnsCoder returns the coder of riffle's own operator.
func columnsCoder(t testing.TB, fields ...*fieldType) Coder {
	t.Helper()
	c, err := NewColumns(&flinkfn.CoderInfoDescriptor{DataType: &flinkfn.CoderInfoDescriptor_ArrowType_{
		ArrowType: &flinkfn.CoderInfoDescriptor_ArrowType{Schema: schemaOf(fields...)}}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestElements(t *testing.T) {
	data := appendElement(nil, []byte("ab"), []byte("c"))
	data = appendElement(data)
	data = appendElement(data, bytes.Repeat([]byte{7}, 300))
	got := elements(t, data)
	if len(got) != 3 || string(got[0]) != "abc" || len(got[1]) != 0 || len(got[2]) != 300 {
		t.Fatalf("got %q", got)
	}
	for _, bad := range []string{"02 01", "80", "ff ff ff ff ff ff ff ff ff ff 01"} {
		var last error
		for _, err := range Elements(unhex(t, bad)) {
			last = err
		}
		if last == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	deep := plain(flinkfn.Schema_INT)
	for range 100 {
		deep = arrayOf(deep)
	}
	for name, f := range map[string]*fieldType{
		"missing":      nil,
		"multiset":     plain(flinkfn.Schema_MULTISET),
		"zoned":        plain(flinkfn.Schema_ZONED_TIMESTAMP),
		"binary 0":     binaryOf(0),
		"decimal 39":   decimalOf(39, 0),
		"decimal s>p":  decimalOf(3, 4),
		"timestamp 10": timestampOf(10),
		"time -1":      timeOf(-1),
		"no element":   arrayOf(nil),
		"no map":       plain(flinkfn.Schema_MAP),
		"no row":       plain(flinkfn.Schema_ROW),
		"unknown":      plain(99),
		"deep":         deep,
	} {
		if dt, err := (schemaOptions{}).dataType(f, 0); err == nil {
			t.Errorf("%s: no error but %v", name, dt)
		}
	}
}

// allTypes returns one column of every type.
func allTypes() []*fieldType {
	return []*fieldType{
		plain(flinkfn.Schema_TINYINT), plain(flinkfn.Schema_SMALLINT), plain(flinkfn.Schema_INT), plain(flinkfn.Schema_BIGINT),
		plain(flinkfn.Schema_BOOLEAN), plain(flinkfn.Schema_FLOAT), plain(flinkfn.Schema_DOUBLE),
		plain(flinkfn.Schema_CHAR), plain(flinkfn.Schema_VARCHAR), plain(flinkfn.Schema_VARBINARY), binaryOf(2), decimalOf(10, 3), plain(flinkfn.Schema_DATE), plain(flinkfn.Schema_NULL),
		timeOf(0), timeOf(3), timeOf(6), timeOf(9),
		timestampOf(0), timestampOf(3), timestampOf(6), timestampOf(9), zonedOf(3),
		arrayOf(arrayOf(plain(flinkfn.Schema_INT))), mapOf(plain(flinkfn.Schema_VARCHAR), decimalOf(38, 18)),
		rowOf(plain(flinkfn.Schema_INT), rowOf(plain(flinkfn.Schema_VARCHAR), arrayOf(plain(flinkfn.Schema_BOOLEAN)))),
	}
}

// Each type of the Fn API is in the table of types, and each coder has codecs for columns of
// the types that functions have.
func TestEveryTypeOfTheWire(t *testing.T) {
	for number, name := range flinkfn.Schema_TypeName_name {
		row := sqltype.OfWire(name)
		if row == nil {
			t.Errorf("the table of types has no row for %s", name)
			continue
		}
		f := plain(flinkfn.Schema_TypeName(number))
		if !ofFunctions(row) {
			if _, err := (schemaOptions{}).dataType(f, 0); err == nil || !strings.Contains(err.Error(), "not supported for functions") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if !slices.ContainsFunc(allTypes(), func(t *fieldType) bool { return t.TypeName == f.TypeName }) {
			t.Errorf("no test of the coders has a column of %s", name)
		}
	}
}
