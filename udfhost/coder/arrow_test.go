package coder

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"pgregory.net/rapid"

	"riffle/udfhost/flinkfn"
	"riffle/udfhost/sqltype"
)

// flinkElement is what Flink 2.3's ArrowSerializer writes for the rows
// (258, 'aß'), (NULL, NULL), (−1, ”) of BIGINT and STRING.
const flinkElement = `
ffffffffc80000001000000000000a000e0006000d0008000a000000000004001000000000010a000c000000080004000a00000008000000
0800000000000000020000004c00000004000000ceffffff1400000014000000180000000000050114000000000000000000000004000400
0400000002000000663100000000120018001400130012000c000000080004001200000014000000140000001c0000000000020120000000
000000000000000008000c0008000700080000000000000140000000020000006630000000000000ffffffffc80000001400000000000000
0c0016000e001500100004000c0000004000000000000000000004001000000000030a0018000c00080004000a0000001400000068000000
0300000000000000000000000500000000000000000000000100000000000000080000000000000018000000000000002000000000000000
0100000000000000280000000000000010000000000000003800000000000000030000000000000000000000020000000300000000000000
010000000000000003000000000000000100000000000000050000000000000002010000000000000000000000000000ffffffffffffffff
05000000000000000000000003000000030000000300000061c39f0000000000`

const flinkRows = `[{"f0":258,"f1":"aß"},{"f0":null,"f1":null},{"f0":-1,"f1":""}]`

func flinkBytes(t testing.TB) []byte { return unhex(t, strings.ReplaceAll(flinkElement, "\n", "")) }

func bigintString() []*fieldType {
	return []*fieldType{plain(flinkfn.Schema_BIGINT), plain(flinkfn.Schema_VARCHAR)}
}

func TestArrowDecodesFlink(t *testing.T) {
	coder := arrowCoder(t, bigintString()...)
	want := batchOf(t, coder.Schema(), flinkRows)
	e := flinkBytes(t)
	for _, got := range decodeAll(t, coder, [][]byte{e, append([]byte(nil), e...)}) {
		if !array.RecordEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

// TestArrowDecodesInPlace: a batch consists of the element's own bytes, wherever they begin.
func TestArrowDecodesInPlace(t *testing.T) {
	coder := arrowCoder(t, bigintString()...)
	for shift := range 8 {
		e := append(make([]byte, shift), flinkBytes(t)...)[shift:]
		batch := decodeAll(t, coder, [][]byte{e})[0]
		if want := batchOf(t, coder.Schema(), flinkRows); !array.RecordEqual(batch, want) {
			t.Errorf("at %d: got %v, want %v", shift, batch, want)
		}
		e[bytes.Index(e, []byte("a\xc3\x9f"))] = 'b'
		if got := batch.Column(1).(*array.String).Value(0); got != "b\u00df" {
			t.Errorf("at %d: got %s after the element has changed, so it is a copy", shift, got)
		}
	}
}

// TestArrowElementsAreStreams: Flink reads every element by itself, so each
// has the schema, and none an end marker.
func TestArrowElementsAreStreams(t *testing.T) {
	coder := arrowCoder(t, bigintString()...)
	encoder := coder.NewEncoder()
	var out []byte
	for _, rows := range []string{flinkRows, `[{"f0":1,"f1":"x"}]`} {
		var err error
		if out, err = encoder.Encode(out, batchOf(t, coder.Schema(), rows)); err != nil {
			t.Fatal(err)
		}
	}
	for i, e := range elements(t, out) {
		r, err := ipc.NewReader(bytes.NewReader(e))
		if err != nil {
			t.Fatal(err)
		}
		if !r.Next() || !r.Schema().Equal(coder.Schema()) {
			t.Errorf("element %d: schema %v, error %v", i, r.Schema(), r.Err())
		}
		if bytes.HasSuffix(e, []byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}) {
			t.Errorf("element %d ends in an end marker", i)
		}
	}
}

// TestArrowNoColumns: a batch of no columns is only a number of rows.
func TestArrowNoColumns(t *testing.T) {
	coder := arrowCoder(t)
	out, err := coder.NewEncoder().Encode(nil, array.NewRecord(coder.Schema(), nil, 7))
	if err != nil {
		t.Fatal(err)
	}
	if back := decodeAll(t, coder, elements(t, out)); len(back) != 1 || back[0].NumRows() != 7 {
		t.Errorf("got %v", back)
	}
}

// TestArrowTimestamps: Flink's reader fails at fractions of a millisecond
// before 1970.
func TestArrowTimestamps(t *testing.T) {
	for _, c := range []struct {
		precision int32
		value     string
		ok        bool
	}{
		{3, "1969-12-31 23:59:59.999", true},
		{6, "1969-12-31 23:59:59.999", true},
		{6, "1969-12-31 23:59:59.999001", false},
		{6, "1970-01-01 00:00:00.000001", true},
		{9, "1969-12-31 23:59:59.999999999", false},
		{9, "1970-01-01 00:00:00.000000001", true},
	} {
		coder := arrowCoder(t, timestampOf(c.precision))
		_, err := coder.NewEncoder().Encode(nil, batchOf(t, coder.Schema(), fmt.Sprintf(`[{"f0":%q},{"f0":null}]`, c.value)))
		if (err == nil) != c.ok {
			t.Errorf("TIMESTAMP(%d) %s: %v", c.precision, c.value, err)
		}
	}
}

// TestColumnsKeepTimes: in the columns of riffle's own operator, no time loses digits or fails, at the top and
// inside of other types.
func TestColumnsKeepTimes(t *testing.T) {
	const wide = `{"milliseconds since 1970":-1,"nanoseconds of the millisecond":999999}`
	for _, c := range []struct {
		field *fieldType
		form  arrow.DataType
		value string
	}{
		{timeOf(0), arrow.FixedWidthTypes.Time32ms, `"12:34:56.789"`},
		{timeOf(3), arrow.FixedWidthTypes.Time32ms, `"12:34:56.789"`},
		{timeOf(9), arrow.FixedWidthTypes.Time32ms, `"12:34:56.789"`},
		{timestampOf(0), &arrow.TimestampType{Unit: arrow.Millisecond}, `"1969-12-31 23:59:59.999"`},
		{zonedOf(3), &arrow.TimestampType{Unit: arrow.Millisecond}, `"1969-12-31 23:59:59.999"`},
		{timestampOf(6), &arrow.TimestampType{Unit: arrow.Microsecond}, `"1969-12-31 23:59:59.999999"`},
		{timestampOf(7), sqltype.WideTimestamp(), wide},
		{zonedOf(9), sqltype.WideTimestamp(), wide},
	} {
		for name, shape := range map[string]struct {
			field *fieldType
			form  arrow.DataType
			value string
		}{
			"plain": {c.field, c.form, c.value},
			"array": {arrayOf(c.field), arrow.ListOfField(arrow.Field{Name: elementName, Type: c.form, Nullable: true}), "[" + c.value + ", null]"},
			"row":   {rowOf(c.field), arrow.StructOf(arrow.Field{Name: "f0", Type: c.form, Nullable: true}), `{"f0":` + c.value + "}"},
		} {
			coder := columnsCoder(t, shape.field)
			if got := coder.Schema().Field(0).Type; !arrow.TypeEqual(got, shape.form) {
				t.Errorf("%s %v: the column is %v, want %v", name, c.field, got, shape.form)
				continue
			}
			batch := batchOf(t, coder.Schema(), fmt.Sprintf(`[{"f0":%s},{"f0":null}]`, shape.value))
			out, err := coder.NewEncoder().Encode(nil, batch)
			if err != nil {
				t.Errorf("%s %v: %v", name, c.field, err)
				continue
			}
			if back := decodeAll(t, coder, elements(t, out)); !array.RecordEqual(back[0], batch) {
				t.Errorf("%s %v: got %v, want %v", name, c.field, back[0], batch)
			}
		}
	}
}

// TestColumnsSurvive sends batches of all types there and back.
func TestColumnsSurvive(t *testing.T) {
	coder := columnsCoder(t, allTypes()...)
	encoder, decoder := coder.NewEncoder(), coder.NewDecoder()
	rapid.Check(t, func(r *rapid.T) {
		whole := drawBatch(r, coder.Schema())
		from := rapid.Int64Range(0, whole.NumRows()).Draw(r, "from")
		for _, batch := range []arrow.Record{whole, whole.NewSlice(from, rapid.Int64Range(from, whole.NumRows()).Draw(r, "to"))} {
			out, err := encoder.Encode(nil, batch)
			if err != nil {
				r.Fatal(err)
			}
			back, err := decoder.Decode(elements(t, out)[0])
			if err != nil {
				r.Fatal(err)
			}
			if !array.RecordEqual(back, batch) {
				r.Errorf("got %v, want %v", back, batch)
			}
			back.Release()
			theirs, err := ipc.NewReader(bytes.NewReader(elements(t, out)[0]))
			if err != nil {
				r.Fatal(err)
			}
			if !theirs.Next() || !array.RecordEqual(theirs.Record(), batch) {
				r.Errorf("arrow/go reads %v, want %v", theirs.Record(), batch)
			}
			theirs.Release()
		}
	})
}

// TestColumnsOfSlices: the parts of an array that a slice leaves out are not sent.
func TestColumnsOfSlices(t *testing.T) {
	coder := columnsCoder(t, plain(flinkfn.Schema_VARCHAR), arrayOf(plain(flinkfn.Schema_VARCHAR)))
	long := strings.Repeat("x", 1000)
	whole := batchOf(t, coder.Schema(), fmt.Sprintf(`[{"f0":%q,"f1":[%q]},{"f0":"a","f1":["b"]},{"f0":%q,"f1":[%q]}]`, long, long, long, long))
	part := whole.NewSlice(1, 2)
	defer part.Release()
	out, err := coder.NewEncoder().Encode(nil, part)
	if err != nil {
		t.Fatal(err)
	}
	if back := decodeAll(t, coder, elements(t, out)); !array.RecordEqual(back[0], part) || len(out) > 1000 {
		t.Errorf("got %v in %d bytes", back[0], len(out))
	}
}

// TestNullKeys: a map with a NULL key is not a Go map. Its columns are those of an array of rows.
func TestNullKeys(t *testing.T) {
	number := plain(flinkfn.Schema_INT)
	pairs, maps := columnsCoder(t, arrayOf(rowOf(number, number))), columnsCoder(t, mapOf(plain(flinkfn.Schema_INT), number))
	for rows, want := range map[string]error{
		`[{"f0":[{"f0":1,"f1":null}]}]`: nil,
		`[{"f0":[{"f0":null,"f1":1}]}]`: errNullKey,
	} {
		out, err := pairs.NewEncoder().Encode(nil, batchOf(t, pairs.Schema(), rows))
		if err != nil {
			t.Fatal(err)
		}
		_, metadata, rest, err := splitElement(elements(t, out)[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := readBatch(maps.Schema(), metadata, rest); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", rows, err, want)
		}
	}
}

func TestArrowRefuses(t *testing.T) {
	element := flinkBytes(t)
	// with changes some bytes of a copy of the element.
	with := func(at int, b ...byte) []byte {
		e := bytes.Clone(element)
		copy(e[at:], b)
		return e
	}
	const metadata = 208 + 8 // of the batch
	buffers := metadata + bytes.Index(element[metadata:], unhex(t, "05000000 0000000000000000 0100000000000000"))
	nodes := metadata + bytes.Index(element[metadata:], unhex(t, "02000000 0300000000000000 0100000000000000"))
	offsets := len(element) - 24 // string column: 0 3 3 3, then its bytes
	for _, c := range []struct {
		name    string
		element []byte
		fields  []*fieldType
	}{
		{"empty", nil, bigintString()},
		{"cut in the schema", element[:100], bigintString()},
		{"cut after the schema", element[:208], bigintString()},
		{"cut in the body", element[:len(element)-40], bigintString()},
		{"no continuation", with(0, 0), bigintString()},
		{"schema size", with(4, 0xff, 0xff, 0xff, 0xff), bigintString()},
		{"schema size small", with(4, 0), bigintString()},
		{"fewer columns", element, bigintString()[:1]},
		{"other type", element, []*fieldType{plain(flinkfn.Schema_INT), plain(flinkfn.Schema_VARCHAR)}},
		{"schema twice", append(bytes.Clone(element[:208]), element[:208]...), bigintString()},
		{"buffer size", with(buffers+4+8, 0xff, 0xff, 0xff, 0x7f), bigintString()},
		{"buffer size negative", with(buffers+4+15, 0xff), bigintString()},
		{"buffer offset", with(buffers+4, 0xff, 0xff), bigintString()},
		{"rows of a column", with(nodes+4, 9), bigintString()},
		{"rows negative", with(nodes+11, 0xff), bigintString()},
		{"fewer nodes", with(nodes, 1), bigintString()},
		{"more nodes than bytes", with(nodes, 0xff, 0xff, 0xff, 0x7f), bigintString()},
		{"fewer buffers", with(buffers, 4), bigintString()},
		{"null count", with(nodes+12, 9), bigintString()},
		{"descending offsets", with(offsets+4, 9), bigintString()},
		{"offsets beyond", with(offsets+4, 9, 0, 0, 0, 9, 0, 0, 0, 9), bigintString()},
		{"negative offset", with(offsets+3, 0xff), bigintString()},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := arrowCoder(t, c.fields...).NewDecoder().Decode(c.element)
			if err == nil {
				t.Errorf("no error but %v", b)
			}
		})
	}
}

// nestedTypes has a column of each shape that buffers come in, in few bytes.
func nestedTypes() []*fieldType {
	return []*fieldType{
		arrayOf(arrayOf(plain(flinkfn.Schema_INT))), mapOf(plain(flinkfn.Schema_VARCHAR), decimalOf(10, 3)),
		rowOf(plain(flinkfn.Schema_BOOLEAN), binaryOf(2)),
	}
}

// damagedElements returns elements to damage, and a coder that reads each.
func damagedElements(t testing.TB) (all [][]byte, coders []Coder) {
	all, coders = [][]byte{flinkBytes(t)}, []Coder{arrowCoder(t, bigintString()...)}
	for _, c := range []Coder{arrowCoder(t, nestedTypes()...), columnsCoder(t, allTypes()...), columnsCoder(t)} {
		out, err := c.NewEncoder().Encode(nil, rapid.Custom(func(r *rapid.T) arrow.Record {
			return drawBatch(r, c.Schema())
		}).Example(1))
		if err != nil {
			t.Fatal(err)
		}
		all, coders = append(all, elements(t, out)[0]), append(coders, c)
	}
	return all, coders
}

// survive decodes bytes that may be malformed: they may be rejected, but every value of what is
// accepted must be readable.
func survive(coder Coder, element []byte) {
	if batch, err := coder.NewDecoder().Decode(element); err == nil {
		_ = fmt.Sprint(batch)
		batch.Release()
	}
}

// TestArrowLeftOver: each node and buffer belongs to a column.
func TestArrowLeftOver(t *testing.T) {
	_, metadata, rest, err := splitElement(flinkBytes(t))
	if err != nil {
		t.Fatal(err)
	}
	one := arrowCoder(t, bigintString()[:1]...).Schema()
	if batch, err := readBatch(one, metadata, rest); err == nil || !strings.Contains(err.Error(), "1 nodes and 3 buffers belong to no column") {
		t.Errorf("got %v, %v", batch, err)
	}
}

// TestArrowManyRows: where a row takes no byte, its number must be bounded.
func TestArrowManyRows(t *testing.T) {
	for _, fields := range [][]*fieldType{nil, {plain(flinkfn.Schema_NULL)}} {
		coder := columnsCoder(t, fields...)
		for rows, ok := range map[int]bool{maxRows: true, maxRows + 1: false} {
			var columns []arrow.Array
			for range fields {
				columns = append(columns, array.NewNull(rows))
			}
			out, err := coder.NewEncoder().Encode(nil, array.NewRecord(coder.Schema(), columns, int64(rows)))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := coder.NewDecoder().Decode(elements(t, out)[0]); (err == nil) != ok {
				t.Errorf("%d rows of %d columns: %v", rows, len(fields), err)
			}
		}
	}
}

// TestArrowDamaged changes a few bytes of good elements.
func TestArrowDamaged(t *testing.T) {
	all, coders := damagedElements(t)
	rapid.Check(t, func(r *rapid.T) {
		for i, e := range all {
			damaged := bytes.Clone(e)
			for range rapid.IntRange(1, 4).Draw(r, "changes") {
				damaged[rapid.IntRange(0, len(e)-1).Draw(r, "at")] = rapid.Byte().Draw(r, "byte")
			}
			survive(coders[i], damaged)
		}
	})
}

func FuzzArrow(f *testing.F) {
	all, coders := damagedElements(f)
	for _, e := range all {
		f.Add(e)
	}
	f.Fuzz(func(t *testing.T, element []byte) {
		for _, c := range coders {
			survive(c, element)
		}
	})
}

// benchmarkBatch returns a batch of BIGINT and 12-byte STRING.
func benchmarkBatch(b *testing.B, schema *arrow.Schema) arrow.Record {
	const rows = 5000
	var json strings.Builder
	for i := range rows {
		fmt.Fprintf(&json, `%c{"f0":%d,"f1":"string%06d"}`, ",["[min(1, (rows-i)/rows)], i, i)
	}
	json.WriteByte(']')
	return batchOf(b, schema, json.String())
}

func BenchmarkDecode(b *testing.B) { benchmarkCoders(b, true) }

func BenchmarkEncode(b *testing.B) { benchmarkCoders(b, false) }

// benchmarkCoders measures a batch of 5,000 rows; ns/row is the figure to read.
func benchmarkCoders(b *testing.B, decode bool) {
	for name, coder := range map[string]Coder{"arrow": arrowCoder(b, bigintString()...), "row": rowCoder(b, bigintString()...)} {
		b.Run(name, func(b *testing.B) {
			batch := benchmarkBatch(b, coder.Schema())
			encoder, decoder := coder.NewEncoder(), coder.NewDecoder()
			data, err := encoder.Encode(nil, batch)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if decode {
					decodeBench(b, decoder, data)
				} else if data, err = encoder.Encode(data[:0], batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(int64(b.N)*batch.NumRows()), "ns/row")
		})
	}
}

func decodeBench(b *testing.B, d Decoder, data []byte) {
	for e, err := range Elements(data) {
		if err != nil {
			b.Fatal(err)
		}
		batch, err := d.Decode(e)
		if err != nil {
			b.Fatal(err)
		}
		if batch != nil {
			batch.Release()
		}
	}
	if batch := d.Flush(); batch != nil {
		batch.Release()
	}
}
