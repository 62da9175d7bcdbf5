package render

import (
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/decimal128"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/sqltype"
)

func flinkField(name string, dt arrow.DataType, flink string) arrow.Field {
	f := arrow.Field{Name: name, Type: dt, Nullable: true}
	if flink != "" {
		f.Metadata = arrow.NewMetadata([]string{sqltype.MetadataKey}, []string{flink})
	}
	return f
}

func fromJSON(t testing.TB, dt arrow.DataType, cells string) arrow.Array {
	t.Helper()
	arr, _, err := array.FromJSON(memory.DefaultAllocator, dt, strings.NewReader(cells))
	if err != nil {
		t.Fatalf("%s of %s: %v", cells, dt, err)
	}
	t.Cleanup(arr.Release)
	return arr
}

func kolkata(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

var (
	second      = &arrow.TimestampType{Unit: arrow.Second}
	millisecond = &arrow.TimestampType{Unit: arrow.Millisecond}
	microsecond = &arrow.TimestampType{Unit: arrow.Microsecond}
	nanosecond  = &arrow.TimestampType{Unit: arrow.Nanosecond}
	timeSecond  = &arrow.Time32Type{Unit: arrow.Second}
	timeMilli   = &arrow.Time32Type{Unit: arrow.Millisecond}
	timeNano    = &arrow.Time64Type{Unit: arrow.Nanosecond}
	nullableKey = arrow.StructOf(arrow.Field{Name: "key", Type: arrow.PrimitiveTypes.Int32, Nullable: true})
	innerRow    = arrow.StructOf(
		arrow.Field{Name: "at", Type: millisecond, Nullable: true},
		arrow.Field{Name: "t", Type: timeMilli, Nullable: true})
)

func decimal(precision, scale int32) arrow.DataType {
	return &arrow.Decimal128Type{Precision: precision, Scale: scale}
}

// TestText has texts that Flink 2.3.0 returned for CAST(x AS STRING) in the session's time zone
// Asia/Kolkata, except those marked ours. json is riffle's own.
var textTests = []struct {
	flink string
	dt    arrow.DataType
	cell  string
	text  string
	json  string
}{
	{"BOOLEAN", arrow.FixedWidthTypes.Boolean, `true`, "TRUE", `true`},
	{"BOOLEAN", arrow.FixedWidthTypes.Boolean, `false`, "FALSE", `false`},
	{"TINYINT", arrow.PrimitiveTypes.Int8, `-7`, "-7", `-7`},
	{"SMALLINT", arrow.PrimitiveTypes.Int16, `-32768`, "-32768", `-32768`},
	{"INT", arrow.PrimitiveTypes.Int32, `2147483647`, "2147483647", `2147483647`},
	{"BIGINT", arrow.PrimitiveTypes.Int64, `"9223372036854775807"`, "9223372036854775807", `9223372036854775807`},
	{"DECIMAL(10, 3)", decimal(10, 3), `"1.50"`, "1.500", `1.500`},
	{"DECIMAL(10, 3)", decimal(10, 3), `"-0.005"`, "-0.005", `-0.005`},
	{"DECIMAL(38, 10)", decimal(38, 10), `"0.00000001"`, "0.0000000100", `0.0000000100`},
	{"DECIMAL(38, 18)", decimal(38, 18), `"0"`, "0.000000000000000000", `0.000000000000000000`},
	{"DECIMAL(6, 3)", decimal(6, 3), `"123.456"`, "123.456", `123.456`},
	{"DATE", arrow.FixedWidthTypes.Date32, `"2020-02-29"`, "2020-02-29", `"2020-02-29"`},
	{"DATE", arrow.FixedWidthTypes.Date32, `"0001-01-01"`, "0001-01-01", `"0001-01-01"`},
	{"DATE", arrow.FixedWidthTypes.Date32, `"9999-12-31"`, "9999-12-31", `"9999-12-31"`},
	{"TIME(0)", timeSecond, `"12:34:56"`, "12:34:56", `"12:34:56"`},
	{"TIME(3)", timeMilli, `"12:34:56.789"`, "12:34:56.789", `"12:34:56.789"`},
	{"TIME(1)", timeMilli, `"12:34:56.7"`, "12:34:56.7", `"12:34:56.7"`},
	{"TIME(3)", timeMilli, `"12:34:56.700"`, "12:34:56.7", `"12:34:56.700"`},
	{"TIME(3)", timeMilli, `"12:34:56"`, "12:34:56.0", `"12:34:56.000"`},
	{"TIME(3)", timeMilli, `"12:34:56.05"`, "12:34:56.05", `"12:34:56.050"`},
	{"TIME(9)", timeNano, `"12:34:56.789000001"`, "12:34:56.789000001", `"12:34:56.789000001"`}, // ours
	{"TIMESTAMP(0)", second, `"2020-01-01 00:00:00"`, "2020-01-01 00:00:00", `"2020-01-01T00:00:00"`},
	{"TIMESTAMP(3)", millisecond, `"2020-01-01 00:00:00"`, "2020-01-01 00:00:00.000", `"2020-01-01T00:00:00.000"`},
	{"TIMESTAMP(3) *ROWTIME*", millisecond, `"2020-01-01 00:00:00"`, "2020-01-01 00:00:00.000", `"2020-01-01T00:00:00.000"`},
	{"TIMESTAMP(5)", microsecond, `"2020-01-01 01:02:03.12345"`, "2020-01-01 01:02:03.12345", `"2020-01-01T01:02:03.12345"`},
	{"TIMESTAMP(9)", nanosecond, `"2020-01-01 01:02:03.1"`, "2020-01-01 01:02:03.100000000", `"2020-01-01T01:02:03.100000000"`},
	{"TIMESTAMP(3)", millisecond, `"1969-12-31 23:59:59.999"`, "1969-12-31 23:59:59.999", `"1969-12-31T23:59:59.999"`},
	{"TIMESTAMP(0)", second, `"0001-01-01 00:00:00"`, "0001-01-01 00:00:00", `"0001-01-01T00:00:00"`},
	{"TIMESTAMP(6)", microsecond, `"9999-12-31 23:59:59.999999"`, "9999-12-31 23:59:59.999999", `"9999-12-31T23:59:59.999999"`},
	{"TIMESTAMP_LTZ(3)", millisecond, `1577836800123`, "2020-01-01 05:30:00.123", `"2020-01-01T05:30:00.123+05:30"`},
	{"TIMESTAMP_LTZ(0)", second, `1577836800`, "2020-01-01 05:30:00", `"2020-01-01T05:30:00+05:30"`},
	{"TIMESTAMP_LTZ(6)", microsecond, `-1000`, "1970-01-01 05:29:59.999000", `"1970-01-01T05:29:59.999000+05:30"`},
	{"TIMESTAMP(3) WITH LOCAL TIME ZONE NOT NULL", millisecond, `0`, "1970-01-01 05:30:00.000", `"1970-01-01T05:30:00.000+05:30"`},
	{"", microsecond, `"2020-01-01 01:02:03.1"`, "2020-01-01 01:02:03.100000", `"2020-01-01T01:02:03.100000"`}, // ours
	{"BINARY(5)", &arrow.FixedSizeBinaryType{ByteWidth: 5}, `"aGVsbG8="`, "hello", `"aGVsbG8="`},
	{"BYTES", arrow.BinaryTypes.Binary, `"/wA="`, "x'ff00'", `"/wA="`}, // ours
	{"CHAR(5)", arrow.BinaryTypes.String, `"ab   "`, "ab   ", `"ab   "`},
	{"ARRAY<INT>", arrow.ListOf(arrow.PrimitiveTypes.Int32), `[1, null, 3]`, "[1, NULL, 3]", `[1,null,3]`},
	{"ARRAY<VARCHAR(3) NOT NULL>", arrow.ListOf(arrow.BinaryTypes.String), `["a", "b,c", ""]`, "[a, b,c, ]", `["a","b,c",""]`},
	{"ARRAY<DOUBLE NOT NULL>", arrow.ListOf(arrow.PrimitiveTypes.Float64), `[1]`, "[1.0]", `[1]`},
	{"ARRAY<INT>", arrow.ListOf(arrow.PrimitiveTypes.Int32), `[]`, "[]", `[]`},
	{"ARRAY<TIMESTAMP_LTZ(3)>", arrow.ListOf(millisecond), `[1577836800123]`, "[2020-01-01 05:30:00.123]", `["2020-01-01T05:30:00.123+05:30"]`},
	{"MAP<CHAR(1) NOT NULL, INT NOT NULL>", arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int32),
		`[{"key":"a","value":1},{"key":"b","value":null}]`, "{a=1, b=NULL}", `{"a":1,"b":null}`},
	{"MAP<INT NOT NULL, ARRAY<BOOLEAN>>", arrow.MapOf(arrow.PrimitiveTypes.Int32, arrow.ListOf(arrow.FixedWidthTypes.Boolean)),
		`[{"key":1,"value":[true]}]`, "{1=[TRUE]}", `{"1":[true]}`},
	{"MAP<INT, ARRAY<BOOLEAN>>", arrow.MapOf(nullableKey, arrow.ListOf(arrow.FixedWidthTypes.Boolean)),
		`[{"key":{"key":1},"value":[true]},{"key":{"key":null},"value":[]}]`, "{1=[TRUE], NULL=[]}", `{"1":[true],"NULL":[]}`},
	{"MULTISET<INT NOT NULL> NOT NULL", arrow.MapOf(arrow.PrimitiveTypes.Int32, arrow.PrimitiveTypes.Int32),
		`[{"key":7,"value":2}]`, "{7=2}", `{"7":2}`},
	{"INTERVAL YEAR(4) TO MONTH NOT NULL", arrow.FixedWidthTypes.MonthInterval, `{"months":-14}`, "-1-02", `"-1-02"`},
	{"INTERVAL DAY(3) TO SECOND(3)", arrow.FixedWidthTypes.Duration_ms, `273906789`, "+3 04:05:06.789", `"+3 04:05:06.789"`},
	{"ARRAY<INTERVAL SECOND(3) NOT NULL>", arrow.ListOf(arrow.FixedWidthTypes.Duration_ms), `[-1]`, "[-0 00:00:00.001]", `["-0 00:00:00.001"]`},
	{"STRUCTURED<'com.example.User', `at` TIMESTAMP_LTZ(3), `t` TIME(0) NOT NULL>", innerRow,
		`{"at":0,"t":"01:02:03"}`, "(at=1970-01-01 05:30:00.000, t=01:02:03)", `{"at":"1970-01-01T05:30:00.000+05:30","t":"01:02:03"}`},
	{"VARIANT", arrow.BinaryTypes.String, `"{\"a\":[1.50, \"\u202e\"]}"`, "{\"a\":[1.50, \"\u202e\"]}", `{"a":[1.50,"\u202e"]}`},
	{"RAW('java.lang.Class', 'a)''b(')", arrow.BinaryTypes.String, `"x"`, "x", `"x"`},
	{"BITMAP", arrow.BinaryTypes.String, `"{1,2}"`, "{1,2}", `"{1,2}"`},
	{"ROW<`at` TIMESTAMP_LTZ(3), `t` TIME(0) NOT NULL> NOT NULL", innerRow,
		`{"at":1577836800123,"t":"01:02:03"}`, "(2020-01-01 05:30:00.123, 01:02:03)", `{"at":"2020-01-01T05:30:00.123+05:30","t":"01:02:03"}`},
	{"ROW<`at` TIMESTAMP(3) 'it''s > <', `t``,` TIME(3)>", innerRow,
		`{"at":null,"t":"01:02:03"}`, "(NULL, 01:02:03.0)", `{"at":null,"t":"01:02:03.000"}`},
	{"NULL", arrow.Null, `null`, "NULL", `null`},
}

func TestText(t *testing.T) {
	loc := kolkata(t)
	for _, test := range textTests {
		field := flinkField("c", test.dt, test.flink)
		arr := fromJSON(t, test.dt, "["+test.cell+", null]")
		text, err := CellOf(field, loc)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(text(nil, arr, 0)); got != test.text {
			t.Errorf("%s %s: text is %s, want %s", test.flink, test.cell, got, test.text)
		}
		if got := string(text(nil, arr, 1)); got != nullText {
			t.Errorf("%s: NULL is %s", test.flink, got)
		}
		flink, err := typeOf(field)
		if err != nil {
			t.Fatal(err)
		}
		json, err := jsonCell(test.dt, flink, loc)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(json(nil, arr, 0)); got != test.json {
			t.Errorf("%s %s: JSON is %s, want %s", test.flink, test.cell, got, test.json)
		}
		if got := string(json(nil, arr, 1)); got != "null" {
			t.Errorf("%s: NULL is %s in JSON", test.flink, got)
		}
	}
}

func TestJavaFloat(t *testing.T) {
	tests := []struct {
		value float64
		bits  int
		text  string
		json  string
	}{
		{1, 64, "1.0", "1"},
		{1e10, 64, "1.0E10", "10000000000"},
		{12345678.9, 64, "1.23456789E7", "12345678.9"},
		{9999999, 64, "9999999.0", "9999999"},
		{0.001, 64, "0.001", "0.001"},
		{0.00099, 64, "9.9E-4", "0.00099"},
		{100, 64, "100.0", "100"},
		{123.456, 64, "123.456", "123.456"},
		{math.Copysign(0, -1), 64, "-0.0", "-0"},
		{math.NaN(), 64, "NaN", `"NaN"`},
		{math.Inf(1), 64, "Infinity", `"Infinity"`},
		{math.Inf(-1), 64, "-Infinity", `"-Infinity"`},
		{math.SmallestNonzeroFloat64, 64, "4.9E-324", "5e-324"},
		{2.0e-323, 64, "2.0E-323", "2e-323"},
		{math.MaxFloat64, 64, "1.7976931348623157E308", "1.7976931348623157e+308"},
		{-1.5e-7, 64, "-1.5E-7", "-1.5e-07"},
		{float64(float32(0.1)), 32, "0.1", "0.1"},
		{16777216, 32, "1.6777216E7", "16777216"},
		{math.SmallestNonzeroFloat32, 32, "1.4E-45", "1e-45"},
		{math.MaxFloat32, 32, "3.4028235E38", "3.4028235e+38"},
	}
	for _, test := range tests {
		if got := string(appendJavaFloat(nil, test.value, test.bits)); got != test.text {
			t.Errorf("%g is %s, want %s", test.value, got, test.text)
		}
		if got := string(appendJSONFloat(nil, test.value, test.bits)); got != test.json {
			t.Errorf("%g is %s in JSON, want %s", test.value, got, test.json)
		}
	}
}

func TestDecimalOfThreeWords(t *testing.T) {
	b := array.NewDecimal128Builder(memory.DefaultAllocator, &arrow.Decimal128Type{Precision: 38, Scale: 4})
	defer b.Release()
	for _, text := range []string{"1234567890123456789012345678901234.5678", "-9999999999999999999999999999999999.9999"} {
		if err := b.AppendValueFromString(text); err != nil {
			t.Fatal(err)
		}
		arr := b.NewArray()
		defer arr.Release()
		// Arrow reads the text through floating point: compare with its own digits.
		want := arr.(*array.Decimal128).Value(0).BigInt().String()
		got := string(decimalCell(4)(nil, arr, 0))
		if strings.Replace(got, ".", "", 1) != want || got[len(got)-5] != '.' {
			t.Errorf("%s became %s of %s", text, got, want)
		}
	}
}

// A timestamp of more than six digits comes as seconds with nine decimals.
func TestTimestampsBeyondNanoseconds(t *testing.T) {
	nanos := func(text string) decimal128.Num {
		n, ok := new(big.Int).SetString(text, 10)
		if !ok {
			t.Fatal(text)
		}
		return decimal128.FromBigInt(n)
	}
	loc := kolkata(t)
	for _, test := range []struct{ flink, nanos, text, json string }{
		{"TIMESTAMP(9)", "253402300799999999999", "9999-12-31 23:59:59.999999999", `"9999-12-31T23:59:59.999999999"`},
		{"TIMESTAMP(7)", "-62135596799999999900", "0001-01-01 00:00:00.0000001", `"0001-01-01T00:00:00.0000001"`},
		{"TIMESTAMP(9)", "-1", "1969-12-31 23:59:59.999999999", `"1969-12-31T23:59:59.999999999"`},
		{"TIMESTAMP(8)", "-1000000000", "1969-12-31 23:59:59.00000000", `"1969-12-31T23:59:59.00000000"`},
		{"TIMESTAMP_LTZ(9)", "1", "1970-01-01 05:30:00.000000001", `"1970-01-01T05:30:00.000000001+05:30"`},
		// Kolkata's local mean time is +05:53:28, which ISO 8601 cannot express.
		{"TIMESTAMP_LTZ(9)", "-62135596800000000001", "0001-01-01 05:53:27.999999999", `"0000-12-31T23:59:59.999999999Z"`},
	} {
		dt := decimal(38, 9)
		b := array.NewDecimal128Builder(memory.DefaultAllocator, dt.(*arrow.Decimal128Type))
		defer b.Release()
		b.Append(nanos(test.nanos))
		arr := b.NewArray()
		defer arr.Release()
		flink, err := typeOf(flinkField("c", dt, test.flink))
		if err != nil {
			t.Fatal(err)
		}
		for want, make := range map[string]func(arrow.DataType, flinkType, *time.Location) (Cell, error){test.text: textCell, test.json: jsonCell} {
			cell, err := make(dt, flink, loc)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(cell(nil, arr, 0)); got != want {
				t.Errorf("%s of %s is %s, want %s", test.flink, test.nanos, got, want)
			}
		}
	}
}

// A type that cannot be read is an error: its values are not shown in a guessed form.
func TestUnreadableTypes(t *testing.T) {
	for _, text := range []string{"ROW<`a", "ARRAY<INT", "MAP<INT>>", "RAW('a", "STRUCTURED<`a` INT>", "`cat`.`db`.`type`", "INT)"} {
		if _, err := CellOf(flinkField("c", innerRow, text), nil); err == nil {
			t.Errorf("%s was read", text)
		}
	}
}

func FuzzFlinkType(f *testing.F) {
	for _, test := range textTests {
		f.Add(test.flink)
	}
	f.Add(strings.Repeat("ARRAY<", 5000))
	f.Add("ROW<`a")
	f.Add("TIMESTAMP(")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := typeOf(flinkField("c", arrow.Null, text))
		if d := got.digits(arrow.Nanosecond); err == nil && d < 0 || d > 9 {
			t.Errorf("%q has %d digits", text, d)
		}
	})
}

func TestUnsupportedType(t *testing.T) {
	dt := arrow.FixedWidthTypes.Duration_s
	schema := arrow.NewSchema([]arrow.Field{{Name: "d", Type: dt}}, nil)
	for _, f := range Formats() {
		if _, err := New(f.Name, nil, schema, Options{}); err == nil || !strings.Contains(err.Error(), "column 1 (d)") {
			t.Errorf("%s: error is %v, want one that names the column", f.Name, err)
		}
	}
}
