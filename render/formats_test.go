package render

import (
	"bytes"
	stdcsv "encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"

	"riffle/udfhost/rowkind"
)

var update = flag.Bool("update", false, "write the golden files in testdata")

// orders is an ordinary result, with a hostile row.
var orders = arrow.NewSchema([]arrow.Field{
	flinkField("id", arrow.PrimitiveTypes.Int64, "BIGINT NOT NULL"),
	flinkField("product", arrow.BinaryTypes.String, "STRING"),
	flinkField("amount", arrow.PrimitiveTypes.Float64, "DOUBLE"),
	flinkField("tags", arrow.ListOf(arrow.BinaryTypes.String), "ARRAY<STRING>"),
	flinkField("id", arrow.PrimitiveTypes.Int32, "INT"),
	{Name: rowkind.Column, Type: arrow.PrimitiveTypes.Int8},
}, nil)

const orderRows = `[
	{"id":1,"product":"tea","amount":12.5,"tags":["hot","green"],"id_1":7,"__kind":0},
	{"id":2,"product":null,"amount":null,"tags":null,"__kind":0},
	{"id":3,"product":"","amount":1e10,"tags":[],"__kind":0},
	{"id":40,"product":"お茶 🍵 \"x, y\"","amount":-0.25,"tags":["a\tb","c\\d","e\nf",null],"__kind":0},
	{"id":5,"product":"\u001b[31mred\u001b[0m\u202e|*_a_b_*<b>\u200b","amount":7,"tags":[" "],"__kind":0}
]`

// recordOf reads rows whose columns have the names that unique returns, because a JSON object
// has each name only once.
func recordOf(t testing.TB, schema *arrow.Schema, rows string) arrow.Record {
	t.Helper()
	var names []string
	fields := schema.Fields()
	for _, field := range fields {
		names = append(names, field.Name)
	}
	for i, name := range unique(names) {
		fields[i].Name = name
	}
	read, _, err := array.RecordFromJSON(memory.DefaultAllocator, arrow.NewSchema(fields, nil), strings.NewReader(rows))
	if err != nil {
		t.Fatal(err)
	}
	defer read.Release()
	rec := array.NewRecord(schema, read.Columns(), read.NumRows())
	t.Cleanup(rec.Release)
	return rec
}

func write(t testing.TB, format string, schema *arrow.Schema, opts Options, recs ...arrow.Record) string {
	t.Helper()
	var out bytes.Buffer
	w, err := New(format, &out, schema, opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, rec := range recs {
		if err := w.Write(rec); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got), write it anew with -update:\n%s", path, diff)
	}
}

func TestGolden(t *testing.T) {
	all := recordOf(t, orders, orderRows)
	none := all.NewSlice(0, 0)
	defer none.Release()
	changes := recordOf(t, orders, `[
		{"id":1,"product":"tea","amount":1,"tags":[],"__kind":0},
		{"id":1,"product":"tea","amount":1,"tags":[],"__kind":1},
		{"id":1,"product":"tea","amount":2,"tags":[],"__kind":2},
		{"id":1,"product":"tea","amount":2,"tags":[],"__kind":3}]`)
	cases := []struct {
		name   string
		rec    arrow.Record
		opts   Options
		people bool // only in the formats that the options are for
	}{
		{"rows", all, Options{ShowFooter: true}, false},
		{"empty", none, Options{ShowFooter: true}, false},
		{"changelog", changes, Options{ShowFooter: true, Changelog: true}, false},
		{"narrow", all, Options{ShowFooter: true, MaxWidth: 40}, true},
		{"tiny", all, Options{ShowFooter: true, MaxWidth: 20}, true},
		{"color", all, Options{Faint: "2", Null: "∅"}, true},
	}
	for _, format := range Formats() {
		for _, c := range cases {
			if c.people && format.Name != "table" && format.Name != "vertical" {
				continue
			}
			t.Run(format.Name+"/"+c.name, func(t *testing.T) {
				golden(t, c.name+"."+format.Name, write(t, format.Name, orders, c.opts, c.rec))
			})
		}
	}
}

func TestBatchesAreOneResult(t *testing.T) {
	all := recordOf(t, orders, orderRows)
	head, tail := all.NewSlice(0, 2), all.NewSlice(2, all.NumRows())
	defer head.Release()
	defer tail.Release()
	for _, format := range Formats() {
		whole := write(t, format.Name, orders, Options{}, all)
		if diff := cmp.Diff(whole, write(t, format.Name, orders, Options{}, head, tail)); diff != "" {
			t.Errorf("%s in two batches differs (-one +two):\n%s", format.Name, diff)
		}
	}
}

func TestTableFitsTerminal(t *testing.T) {
	all := recordOf(t, orders, orderRows)
	for width := 12; width < 140; width++ {
		for _, changelog := range []bool{false, true} {
			out := write(t, "table", orders, Options{MaxWidth: width, Changelog: changelog}, all)
			lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
			if last := lines[len(lines)-1]; strings.HasPrefix(last, "(") { // it says what is missing
				lines = lines[:len(lines)-1]
			} else if strings.Contains(out, ellipsis) {
				t.Fatalf("does not say what is cut:\n%s", out)
			}
			for _, line := range lines {
				if w := uniseg.StringWidth(line); w > width || w != uniseg.StringWidth(lines[0]) {
					t.Fatalf("a line is %d wide, the first %d, the terminal %d:\n%s", w, uniseg.StringWidth(lines[0]), width, out)
				}
			}
		}
	}
}

// TestTableKeepsNumbersWhole: however narrow the terminal, and however late the widest value comes,
// half a number, date, time or boolean is never shown.
func TestTableKeepsNumbersWhole(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		flinkField("a text of the first column", arrow.BinaryTypes.String, "STRING"),
		flinkField("number", arrow.PrimitiveTypes.Int64, "BIGINT"),
		flinkField("share", arrow.PrimitiveTypes.Float64, "DOUBLE"),
		flinkField("day", arrow.FixedWidthTypes.Date32, "DATE"),
		flinkField("sure", arrow.FixedWidthTypes.Boolean, "BOOLEAN"),
		flinkField("text", arrow.BinaryTypes.String, "STRING"),
	}, nil)
	const row = `{"a text of the first column":%q,"number":%d,"share":%g,"day":"2026-11-29","sure":%t,"text":%q}`
	narrow := recordOf(t, schema, "["+fmt.Sprintf(row, "a", 1, 0.5, true, "b")+"]")
	wide := recordOf(t, schema, "["+fmt.Sprintf(row, strings.Repeat("wide ", 9), 1724515853123, 0.123456789, false, strings.Repeat("text ", 9))+"]")
	whole := []map[string]bool{
		1: {"1": true, "1724515853123": true}, 2: {"0.5": true, "0.123456789": true}, 3: {"2026-11-29": true}, 4: {"TRUE": true, "FALSE": true}, 5: nil,
	}
	for width := 12; width < 150; width++ {
		var out bytes.Buffer
		w, err := New("table", &out, schema, Options{MaxWidth: width})
		if err != nil {
			t.Fatal(err)
		}
		for _, rec := range []arrow.Record{narrow, wide, narrow} {
			if err := errors.Join(w.Write(rec), w.Flush()); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		names := 0
		for line := range strings.Lines(out.String()) {
			if wide := uniseg.StringWidth(strings.TrimSuffix(line, "\n")); wide > width && !strings.HasPrefix(line, "(") {
				t.Fatalf("a line of %d in a terminal of %d:\n%s", wide, width, &out)
			}
			cells := strings.Split(line, "│")
			if len(cells) < 3 {
				names = 2 // the next line has names, unless it is one of rows
				continue
			}
			if names--; names == 1 && strings.HasPrefix(strings.TrimSpace(cells[1]), "a t") {
				continue
			}
			for c, cell := range cells[1 : len(cells)-1] {
				if cell = strings.TrimSpace(cell); c < len(whole) && whole[c] != nil && cell != "…" && !whole[c][cell] {
					t.Fatalf("column %d has %q in a terminal of %d:\n%s", c, cell, width, &out)
				}
			}
		}
		if width > 40 && !strings.Contains(out.String(), "1724515853123") {
			t.Fatalf("there is room for a number in %d:\n%s", width, &out)
		}
	}
}

// TestTableMarksWhatHasNoRoom: a number that is wider than the terminal is never shown as
// another number.
func TestTableMarksWhatHasNoRoom(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{flinkField("n", arrow.PrimitiveTypes.Int64, "BIGINT")}, nil)
	out := write(t, "table", schema, Options{MaxWidth: 10, ShowFooter: true}, recordOf(t, schema, `[{"n":1724515853},{"n":7}]`))
	if !strings.Contains(out, "│ ###### │\n│      7 │") || !strings.Contains(out, "1 value cut") {
		t.Errorf("%s", out)
	}
}

// TestTableStreams: after the widths are decided, wider values are shown in full without a
// terminal, and cut with a mark on one.
func TestTableStreams(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{flinkField("s", arrow.BinaryTypes.String, "STRING")}, nil)
	short, long := recordOf(t, schema, `[{"s":"ab"}]`), recordOf(t, schema, `[{"s":"abcdef"}]`)
	stream := func(opts Options) string {
		var out bytes.Buffer
		w, err := New("table", &out, schema, opts)
		if err != nil {
			t.Fatal(err)
		}
		for _, rec := range []arrow.Record{short, long} {
			if err := w.Write(rec); err != nil {
				t.Fatal(err)
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), "ab") {
				t.Error("a flushed row is held back")
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if got := stream(Options{ShowFooter: true}); !strings.Contains(got, "│ abcdef │") {
		t.Errorf("a value is lost:\n%s", got)
	}
	const grown = "│ ab │\n├────────┤\n│ abcdef │\n└────────┘\n(2 rows)\n"
	if got := stream(Options{ShowFooter: true, MaxWidth: 80}); !strings.HasSuffix(got, grown) {
		t.Errorf("a column does not grow while there is room:\n%s", got)
	}
	if got := stream(Options{ShowFooter: true, MaxWidth: 8}); !strings.Contains(got, "│ abc… │") || !strings.Contains(got, "1 value cut") {
		t.Errorf("a value is not cut aloud:\n%s", got)
	}
	remarks := func() []string { return []string{"0.21 s"} }
	if got := stream(Options{ShowFooter: true, MaxWidth: 8, Remarks: remarks}); !strings.HasSuffix(got, "(2 rows, 0.21 s; 1 value cut to fit 8 columns)\n") {
		t.Errorf("the footer has not all:\n%s", got)
	}
}

func TestTableHoldsFewRows(t *testing.T) {
	var rows strings.Builder
	for range tableRows + 1 {
		rows.WriteString(`{"s":"x"},`)
	}
	schema := arrow.NewSchema([]arrow.Field{flinkField("s", arrow.BinaryTypes.String, "STRING")}, nil)
	many := recordOf(t, schema, "["+strings.TrimSuffix(rows.String(), ",")+"]")
	big := recordOf(t, schema, `[{"s":"`+strings.Repeat("y", tableBytes)+`"}]`)
	for _, rec := range []arrow.Record{many, big} {
		var out bytes.Buffer
		w, err := New("table", &out, schema, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(rec); err != nil {
			t.Fatal(err)
		}
		if out.Len() == 0 {
			t.Errorf("%d rows are held back", rec.NumRows())
		}
	}
}

func FuzzCSV(f *testing.F) {
	f.Add("a", "b,c\"d\n", true)
	f.Add("", "", false)
	f.Add("\r\n", " ", true)
	schema := arrow.NewSchema([]arrow.Field{
		flinkField("x", arrow.BinaryTypes.String, ""), flinkField("y", arrow.BinaryTypes.String, "")}, nil)
	f.Fuzz(func(t *testing.T, x, y string, null bool) {
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		defer b.Release()
		b.Field(0).(*array.StringBuilder).Append(x)
		if null {
			b.Field(1).AppendNull()
		} else {
			b.Field(1).(*array.StringBuilder).Append(y)
		}
		rec := b.NewRecord()
		defer rec.Release()
		rows, err := stdcsv.NewReader(strings.NewReader(write(t, "csv", schema, Options{Null: "NULL"}, rec))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		// encoding/csv reads \r\n within quotes as \n.
		lf := strings.NewReplacer("\r\n", "\n")
		want := [][]string{{"x", "y"}, {lf.Replace(x), lf.Replace(y)}}
		if null {
			want[1][1] = "NULL"
		}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Errorf("rows differ (-want +got):\n%s", diff)
		}
	})
}

func TestCSVNull(t *testing.T) {
	two := arrow.NewSchema([]arrow.Field{
		flinkField("x", arrow.BinaryTypes.String, ""), flinkField("y", arrow.BinaryTypes.String, "")}, nil)
	one := arrow.NewSchema(two.Fields()[:1], nil)
	tests := []struct {
		schema *arrow.Schema
		rows   string
		opts   Options
		want   string
	}{
		{two, `[{"x":null,"y":""}]`, Options{}, "x,y\n,\"\"\n"},
		{two, `[{"x":null,"y":"NULL"}]`, Options{Null: "NULL"}, "x,y\nNULL,\"NULL\"\n"},
		{one, `[{"x":null}]`, Options{}, "x\n\"\"\n"},
	}
	for _, test := range tests {
		if got := write(t, "csv", test.schema, test.opts, recordOf(t, test.schema, test.rows)); got != test.want {
			t.Errorf("%s is %q, want %q", test.rows, got, test.want)
		}
	}
}

func TestJSONIsValid(t *testing.T) {
	all := recordOf(t, orders, orderRows)
	var rows []map[string]any
	if err := json.Unmarshal([]byte(write(t, "json", orders, Options{}, all)), &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 5 || rows[3]["product"] != "お茶 🍵 \"x, y\"" || rows[0]["id"] != 1.0 {
		t.Errorf("rows are %v", rows)
	}
	if _, ok := rows[0]["id_1"]; !ok {
		t.Errorf("the second id is lost: %v", rows[0])
	}
	for line := range strings.Lines(write(t, "jsonl", orders, Options{}, all)) {
		if !json.Valid([]byte(line)) {
			t.Errorf("line %s is no JSON", line)
		}
	}
}

func FuzzJSONString(f *testing.F) {
	f.Add([]byte("a\"\\\n\u2028\x1b\xff"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var back string
		if err := json.Unmarshal(appendJSONString(nil, text), &back); err != nil {
			t.Fatal(err)
		}
		if want := string([]rune(string(text))); back != want { // each bad byte is U+FFFD
			t.Errorf("%q came back as %q", text, back)
		}
	})
}

func TestUniqueNames(t *testing.T) {
	got := unique([]string{"a", "a", "a_1", "a", "b"})
	if diff := cmp.Diff([]string{"a", "a_2", "a_1", "a_3", "b"}, got); diff != "" {
		t.Errorf("names differ (-want +got):\n%s", diff)
	}
}

func TestRefused(t *testing.T) {
	changes := recordOf(t, orders, `[{"id":1,"__kind":1}]`)
	bad := recordOf(t, orders, `[{"id":1,"__kind":9}]`)
	other := recordOf(t, arrow.NewSchema(orders.Fields()[:2], nil), `[{"id":1}]`)
	for _, format := range Formats() {
		for want, rec := range map[string]arrow.Record{"fold": changes, "unknown row kind": bad, "2 columns": other} {
			var out bytes.Buffer
			w, err := New(format.Name, &out, orders, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Write(rec); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error is %v, want one with %q", format.Name, err, want)
			}
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	for name, want := range map[string]string{"jason": "did you mean json?", "tabel": "did you mean table?", "xlsx-workbook": "there are table, vertical"} {
		if _, err := New(name, nil, orders, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want one with %q", name, err, want)
		}
	}
	if _, err := New("CSV", nil, orders, Options{}); err != nil {
		t.Errorf("names have no case: %v", err)
	}
}

func TestChangelogNeedsKinds(t *testing.T) {
	if _, err := New("csv", nil, orders, Options{DataOnly: true, Changelog: true}); err == nil {
		t.Error("rows without kinds are shown as a changelog")
	}
	rec := recordOf(t, orders, `[{"id":1,"__kind":9}]`)
	if got := write(t, "tsv", orders, Options{DataOnly: true}, rec); !strings.Contains(got, "\t9\n") {
		t.Errorf("a column of data named %s is lost:\n%s", rowkind.Column, got)
	}
}

// failing accepts n bytes.
type failing struct{ n int }

func (f *failing) Write(p []byte) (int, error) {
	if len(p) > f.n {
		return 0, os.ErrClosed
	}
	f.n -= len(p)
	return len(p), nil
}

func TestWriteErrors(t *testing.T) {
	all := recordOf(t, orders, orderRows)
	for _, format := range Formats() {
		w, err := New(format.Name, &failing{}, orders, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Write(all), w.Close()); err == nil {
			t.Errorf("%s loses the error of its output", format.Name)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	var rows strings.Builder
	for range 1000 {
		rows.WriteString(`{"id":123456,"product":"green tea","amount":12.5,"tags":["hot"],"__kind":0},`)
	}
	schema := arrow.NewSchema(append(orders.Fields()[:4:4], orders.Field(5)), nil)
	rec := recordOf(b, schema, "["+strings.TrimSuffix(rows.String(), ",")+"]")
	for _, format := range Formats() {
		b.Run(format.Name, func(b *testing.B) {
			w, err := New(format.Name, io.Discard, schema, Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := w.Write(rec); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
