package browse_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"pgregory.net/rapid"

	"riffle/session/browse"
	"riffle/udfhost/sqltype"
)

// rows is a table of one batch.
type rows struct{ arrow.Record }

func (r rows) Rows() int                    { return int(r.NumRows()) }
func (r rows) At(i int) (arrow.Record, int) { return r.Record, i }
func tableOf(t testing.TB, json string) rows {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: arrow.PrimitiveTypes.Int64, Nullable: true, Metadata: flinkType("BIGINT")},
		{Name: "item", Type: arrow.BinaryTypes.String, Nullable: true, Metadata: flinkType("STRING")},
		{Name: "price", Type: &arrow.Decimal128Type{Precision: 10, Scale: 2}, Nullable: true, Metadata: flinkType("DECIMAL(10, 2)")},
		{Name: "share", Type: arrow.PrimitiveTypes.Float64, Nullable: true, Metadata: flinkType("DOUBLE")},
		{Name: "two words", Type: arrow.FixedWidthTypes.Timestamp_ns, Nullable: true, Metadata: flinkType("TIMESTAMP(9)")},
	}, nil)
	rec, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(json))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(rec.Release)
	return rows{rec}
}

func flinkType(name string) arrow.Metadata {
	return arrow.NewMetadata([]string{sqltype.MetadataKey}, []string{name})
}

const fruit = `[
	{"id": "9007199254740993", "item": "Pear", "price": "2.50", "share": 0.1, "two words": "2024-01-01 00:00:00.000000002"},
	{"id": "9007199254740992", "item": "apple", "price": "10.00", "share": -0.0, "two words": "2024-01-01 00:00:00.000000001"},
	{"id": -1, "item": "", "price": "-3.10", "share": -2.5, "two words": "1969-12-31 00:00:00"},
	{"id": null, "item": null, "price": null, "share": null, "two words": null},
	{"id": 3, "item": "Äpfel < Birnen", "price": "2.50", "share": 0, "two words": "2024-01-01 00:00:00.000000001"}
]`

func arrangement(t testing.TB, table rows) *browse.Arrangement {
	t.Helper()
	a, err := browse.New(table.Schema(), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestSort(t *testing.T) {
	table := tableOf(t, fruit)
	for _, c := range []struct {
		column     int
		descending bool
		want       []int32
	}{
		{-1, false, []int32{0, 1, 2, 3, 4}},
		{0, false, []int32{2, 4, 1, 0, 3}}, // as doubles the first two would be equal
		{0, true, []int32{0, 1, 4, 2, 3}},
		{1, false, []int32{2, 0, 1, 4, 3}},
		{2, false, []int32{2, 0, 4, 1, 3}}, // equal ones in the table's order, in both directions
		{2, true, []int32{1, 0, 4, 2, 3}},
		{3, false, []int32{2, 1, 4, 0, 3}},
		{4, false, []int32{2, 1, 4, 0, 3}},
	} {
		a := arrangement(t, table)
		a.Sort(c.column, c.descending)
		if got := a.Rows(table); !slices.Equal(got, c.want) {
			t.Errorf("column %d, descending %v: %v, want %v", c.column, c.descending, got, c.want)
		}
	}
}

func TestFilter(t *testing.T) {
	table := tableOf(t, fruit)
	for text, want := range map[string]string{
		"":                      "0 1 2 3 4",
		"  ":                    "0 1 2 3 4",
		"PEAR":                  "0",
		"äpfel":                 "4",
		"null":                  "3",
		"'Äpfel < birnen'":      "4", // a text
		"Äpfel < birnen":        "error",
		"'it''s = x'":           "",
		"item == Pear":          "0",
		"idd = 3":               "error",
		"id >":                  "error",
		"item =":                "error",
		"item ~ ":               "error",
		"https://x?y=1":         "", // an address is no comparison
		"id = 9007199254740993": "0",
		"ID != -1":              "0 1 3 4",
		"price>=2.5":            "0 1 4",
		"price = 2.50":          "0 4",
		"share <= 0":            "1 2 4",
		"item = ''":             "2",
		"item <> Pear":          "1 2 3 4",
		"item ~ (?i)^p|<":       "0 4",
		"item !~ e":             "2 3",
		"`two words` ~ 000002$": "0",
		"`two words` < 2024":    "2",
		"share = 0.1":           "0",
		"price < 1e9":           "error",
		"price = 2.505":         "error",
		"id > many":             "error",
		"item ~ (":              "error",
	} {
		a := arrangement(t, table)
		if err := a.Filter(text); err != nil {
			if want != "error" {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		if got := strings.Trim(fmt.Sprint(a.Rows(table)), "[]"); got != want {
			t.Errorf("%s: rows %s, want %s", text, got, want)
		}
	}
}

// A filter on a column that does not exist suggests the right one, and changes nothing.
func TestFilterSaysWhichColumnWasMeant(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "customer_id", Type: arrow.PrimitiveTypes.Int64},
		{Name: "amount", Type: arrow.PrimitiveTypes.Int64},
		{Name: "amount_paid", Type: arrow.PrimitiveTypes.Int64},
		{Name: "Amount", Type: arrow.BinaryTypes.String},
	}, nil)
	for text, want := range map[string]string{
		"customer = 3":        "no column customer, did you mean customer_id?",
		"CUSTOMER=3":          "no column CUSTOMER, did you mean customer_id?",
		"customer id = 3":     "no column customer id, did you mean customer_id?",
		"`customer_ids` != 3": "no column customer_ids, did you mean customer_id?",
		"amt = 3":             "no column amt; as a text it is searched for in quotes: 'amt = 3'",
		"it's = 3":            "",
		"level=error":         "no column level; as a text it is searched for in quotes: 'level=error'",
		"amount >":            "a value is missing after amount > ('' is the empty string)",
		"Amount = x":          "",
	} {
		a, err := browse.New(schema, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Filter("before"); err != nil {
			t.Fatal(err)
		}
		err = a.Filter(text)
		if got := fmt.Sprint(err); got != want && (want != "" || err != nil) {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
		if err != nil && a.FilterText() != "before" {
			t.Errorf("%s: the filter is %q", text, a.FilterText())
		}
	}
}

func TestFind(t *testing.T) {
	table := tableOf(t, fruit)
	a := arrangement(t, table)
	all := a.Rows(table)
	for _, c := range []struct {
		from      int
		text      string
		backwards bool
		want      int
	}{
		{0, "2.50", false, 0}, {1, "2.50", false, 4}, {3, "2.50", true, 0}, {4, "APPLE", false, 1}, {0, "nowhere", true, -1},
	} {
		if got := a.Find(table, all, c.from, c.text, c.backwards); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

func TestTurn(t *testing.T) {
	a := arrangement(t, tableOf(t, "[]"))
	var got []string
	for _, column := range []int{2, 2, 2, 0, 1, 1} {
		a.CycleSort(column)
		at, descending := a.Order()
		got = append(got, fmt.Sprint(at, descending))
	}
	if want := "2 false|2 true|-1 false|0 false|1 false|1 true"; strings.Join(got, "|") != want {
		t.Errorf("%s, want %s", strings.Join(got, "|"), want)
	}
}

// Whatever the values are, sorting by numbers gives the order of the values.
func TestSortsLikeNumbers(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		values := rapid.SliceOf(rapid.Float64()).Draw(r, "values")
		b := array.NewFloat64Builder(memory.DefaultAllocator)
		defer b.Release()
		b.AppendValues(values, nil)
		column := b.NewArray()
		defer column.Release()
		schema := arrow.NewSchema([]arrow.Field{{Name: "x", Type: arrow.PrimitiveTypes.Float64}}, nil)
		table := rows{array.NewRecord(schema, []arrow.Array{column}, int64(len(values)))}
		defer table.Release()
		a, err := browse.New(schema, time.UTC)
		if err != nil {
			r.Fatal(err)
		}
		a.Sort(0, false)
		got := a.Rows(table)
		if !slices.IsSortedFunc(got, func(x, y int32) int {
			switch vx, vy := values[x], values[y]; {
			case vx < vy:
				return -1
			case vx > vy:
				return 1
			}
			return 0
		}) {
			r.Fatalf("%v gives %v", values, got)
		}
	})
}
