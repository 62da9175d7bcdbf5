package coder

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"pgregory.net/rapid"

	"riffle/udfhost/flinkfn"
)

// TestRowGolden pins the bytes of each type to Flink's. The mask comes first:
// 00, or 20 where the only field is NULL.
func TestRowGolden(t *testing.T) {
	for _, c := range []struct {
		name  string
		field *fieldType
		json  string
		bytes string
	}{
		{"null", plain(flinkfn.Schema_INT), `null`, "20"},
		{"tinyint", plain(flinkfn.Schema_TINYINT), `-2`, "00 fe"},
		{"smallint", plain(flinkfn.Schema_SMALLINT), `-2`, "00 fffe"},
		{"int", plain(flinkfn.Schema_INT), `-2`, "00 fffffffe"},
		{"bigint", plain(flinkfn.Schema_BIGINT), `258`, "00 0000000000000102"},
		{"boolean", plain(flinkfn.Schema_BOOLEAN), `true`, "00 01"},
		{"float", plain(flinkfn.Schema_FLOAT), `1.5`, "00 3fc00000"},
		{"double", plain(flinkfn.Schema_DOUBLE), `-1.5`, "00 bff8000000000000"},
		{"string", plain(flinkfn.Schema_VARCHAR), `"aß"`, "00 00000003 61c39f"},
		{"bytes", plain(flinkfn.Schema_VARBINARY), `"AQI="`, "00 00000002 0102"},
		{"binary", binaryOf(2), `"AQI="`, "00 00000002 0102"},
		{"decimal", decimalOf(10, 3), `"-0.045"`, "00 00000006 2d302e303435"},
		{"date", plain(flinkfn.Schema_DATE), `"1969-12-31"`, "00 ffffffff"},
		{"time(0)", timeOf(0), `"00:00:01"`, "00 000003e8"},
		{"time(3)", timeOf(3), `"00:00:01.002"`, "00 000003ea"},
		{"time(6)", timeOf(6), `"00:00:01.002"`, "00 000003ea"},
		{"timestamp(0)", timestampOf(0), `"1969-12-31 23:59:59"`, "00 fffffffffffffc18"},
		{"timestamp(3)", timestampOf(3), `"1969-12-31 23:59:59.999"`, "00 ffffffffffffffff"},
		{"timestamp(6)", timestampOf(6), `"1969-12-31 23:59:59.999123"`, "00 ffffffffffffffff 0001e078"},
		{"timestamp(9)", timestampOf(9), `{"milliseconds since 1970":1,"nanoseconds of the millisecond":7}`,
			"00 0000000000000001 00000007"},
		{"timestamp_ltz(3)", zonedOf(3), `"1970-01-01 00:00:00.001"`, "00 0000000000000001"},
		{"array", arrayOf(plain(flinkfn.Schema_TINYINT)), `[1, null]`, "00 00000002 0101 00"},
		{"map", mapOf(plain(flinkfn.Schema_TINYINT), plain(flinkfn.Schema_TINYINT)),
			`[{"key":1,"value":2},{"key":3,"value":null}]`, "00 00000002 01 00 02 03 01"},
		{"row", rowOf(plain(flinkfn.Schema_TINYINT), plain(flinkfn.Schema_TINYINT)), `{"f0":null,"f1":5}`, "00 20 05"},
	} {
		t.Run(c.name, func(t *testing.T) {
			coder := rowCoder(t, c.field)
			batch := batchOf(t, coder.Schema(), fmt.Sprintf(`[{"f0":%s}]`, c.json))
			want := unhex(t, c.bytes)
			out, err := coder.NewEncoder().Encode(nil, batch)
			if err != nil {
				t.Fatal(err)
			}
			if got := elements(t, out); len(got) != 1 || string(got[0]) != string(want) {
				t.Errorf("encoded % x, want % x", got, want)
			}
			back := decodeAll(t, coder, [][]byte{want})
			if len(back) != 1 || !array.RecordEqual(back[0], batch) {
				t.Errorf("decoded %v, want %v", back, batch)
			}
		})
	}
}

// TestRowMask has enough fields for a second byte of mask, and a row kind that
// must not be taken for a NULL.
func TestRowMask(t *testing.T) {
	fields := make([]*fieldType, 7)
	for i := range fields {
		fields[i] = plain(flinkfn.Schema_TINYINT)
	}
	coder := rowCoder(t, fields...)
	// −U, NULL in fields 0 and 6
	got := decodeAll(t, coder, [][]byte{unhex(t, "a080 02 03 04 05 06")})[0]
	want := batchOf(t, coder.Schema(), `[{"f0":null,"f1":2,"f2":3,"f3":4,"f4":5,"f5":6,"f6":null}]`)
	if !array.RecordEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRowRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		field *fieldType
		bytes string
	}{
		{"empty", plain(flinkfn.Schema_INT), ""},
		{"short", plain(flinkfn.Schema_INT), "00 000000"},
		{"long", plain(flinkfn.Schema_INT), "00 00000000 00"},
		{"negative length", plain(flinkfn.Schema_VARCHAR), "00 ffffffff"},
		{"length beyond", plain(flinkfn.Schema_VARCHAR), "00 00000002 61"},
		{"binary width", binaryOf(2), "00 00000001 61"},
		{"huge array", arrayOf(plain(flinkfn.Schema_INT)), "00 7fffffff 00"},
		{"negative array", arrayOf(plain(flinkfn.Schema_INT)), "00 80000000"},
		{"decimal text", decimalOf(10, 3), "00 00000001 78"},
		{"decimal digits", decimalOf(2, 1), "00 00000004 312e3231"},
		{"decimal size", decimalOf(2, 1), "00 00000003 313233"},
		{"far microseconds", timestampOf(6), "00 7fffffffffffffff 00000000"},
		{"typed NULL", plain(flinkfn.Schema_NULL), "00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if b, err := rowCoder(t, c.field).NewDecoder().Decode(unhex(t, c.bytes)); err == nil {
				t.Errorf("no error but %v", b)
			}
		})
	}
}

// TestRowBatches checks that rows come in batches of a bounded size, and none
// is lost between them.
func TestRowBatches(t *testing.T) {
	coder := rowCoder(t, plain(flinkfn.Schema_TINYINT))
	rows := make([][]byte, 2*batchRows+1)
	for i := range rows {
		rows[i] = []byte{0, byte(i)}
	}
	var sizes []int64
	seen := 0
	for _, b := range decodeAll(t, coder, rows) {
		sizes = append(sizes, b.NumRows())
		for _, v := range b.Column(0).(*array.Int8).Int8Values() {
			if v != int8(seen) {
				t.Fatalf("row %d is %d", seen, v)
			}
			seen++
		}
	}
	if len(sizes) != 3 || sizes[0] != batchRows || sizes[1] != batchRows || sizes[2] != 1 {
		t.Errorf("batches of %v rows", sizes)
	}
}

// TestRowKindsAreChecked: an encoder with row kinds writes Flink's kinds, and no others.
func TestRowKindsAreChecked(t *testing.T) {
	plainCoder := rowCoder(t, plain(flinkfn.Schema_TINYINT))
	coder, err := plainCoder.(Kinded).WithKinds()
	if err != nil {
		t.Fatal(err)
	}
	got, err := coder.NewEncoder().Encode(nil, batchOf(t, coder.Schema(), `[{"f0":7,"__kind":0},{"f0":7,"__kind":1},{"f0":7,"__kind":2},{"f0":7,"__kind":3}]`))
	if want := unhex(t, "020007 028007 024007 02c007"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %x, %v; want %x", got, err, want)
	}
	for name, batch := range map[string]arrow.Record{
		"of no meaning": batchOf(t, coder.Schema(), `[{"f0":7,"__kind":4}]`),
		"missing":       batchOf(t, plainCoder.Schema(), `[{"f0":7}]`),
	} {
		if got, err := coder.NewEncoder().Encode(nil, batch); err == nil {
			t.Errorf("a kind %s is written as %x", name, got)
		}
	}
}

// TestRoundTrip: what an encoder writes, a decoder of the same coder reads, for
// every type, NULLs at every depth, and any slicing of a larger batch.
func TestRoundTrip(t *testing.T) {
	for name, coder := range map[string]Coder{"row": rowCoder(t, allTypes()...), "arrow": arrowCoder(t, allTypes()...)} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				// Not empty: no batch of Flink is, and arrow/ipc fails to write an
				// empty slice of nested values.
				whole := drawBatch(r, coder.Schema())
				from := rapid.Int64Range(0, whole.NumRows()-1).Draw(r, "from")
				to := rapid.Int64Range(from+1, whole.NumRows()).Draw(r, "to")
				batch := whole.NewSlice(from, to)
				out, err := coder.NewEncoder().Encode(nil, batch)
				if err != nil {
					r.Fatal(err)
				}
				back := decodeAll(t, coder, elements(t, out))
				if len(back) != 1 || !array.RecordEqual(back[0], batch) {
					r.Fatalf("got %v\nwant %v", back, batch)
				}
			})
		})
	}
}

// FuzzRow feeds arbitrary bytes to a decoder of all types: it may reject them, and what it
// accepts must be encoded to a row of the same values.
func FuzzRow(f *testing.F) {
	coder := rowCoder(f, allTypes()...)
	out, err := coder.NewEncoder().Encode(nil, rapid.Custom(func(r *rapid.T) arrow.Record {
		return drawBatch(r, coder.Schema())
	}).Example(1))
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range elements(f, out) {
		f.Add(e)
	}
	f.Fuzz(func(t *testing.T, row []byte) {
		d := coder.NewDecoder()
		if _, err := d.Decode(row); err != nil {
			return
		}
		batch := d.Flush()
		defer batch.Release()
		out, err := coder.NewEncoder().Encode(nil, batch)
		if err != nil {
			t.Fatal(err)
		}
		again := decodeAll(t, coder, elements(t, out))
		// Times have milliseconds and a NaN differs from itself, so the texts are compared.
		if got, want := fmt.Sprint(again[0]), fmt.Sprint(batch); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	})
}
