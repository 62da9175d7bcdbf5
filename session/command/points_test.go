package command_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/render/chart"
	"riffle/session/changelog"
	"riffle/session/command"
	"riffle/udfhost/sqltype"
)

// tableOf folds rows that are only added to a table; the last field is the row kind.
func tableOf(t *testing.T, fields []arrow.Field, rows ...[]any) *changelog.Snapshot {
	t.Helper()
	schema := arrow.NewSchema(append(fields, changelog.KindField()), nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for _, row := range rows {
		for i, v := range append(row, int8(0)) {
			switch v := v.(type) {
			case nil:
				b.Field(i).AppendNull()
			case int8:
				b.Field(i).(*array.Int8Builder).Append(v)
			case int64:
				b.Field(i).(*array.Int64Builder).Append(v)
			case float64:
				b.Field(i).(*array.Float64Builder).Append(v)
			case string:
				b.Field(i).(*array.StringBuilder).Append(v)
			case time.Time:
				b.Field(i).(*array.TimestampBuilder).Append(arrow.Timestamp(v.UnixMilli()))
			}
		}
	}
	record := b.NewRecord()
	defer record.Release()
	view, err := changelog.New(memory.DefaultAllocator, schema, changelog.Config{Mode: changelog.Append})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(view.Close)
	if err := view.Apply(record); err != nil {
		t.Fatal(err)
	}
	table := view.Snapshot()
	t.Cleanup(table.Release)
	return table
}

func field(name string, of arrow.DataType, flink string) arrow.Field {
	return arrow.Field{Name: name, Type: of, Nullable: true, Metadata: arrow.NewMetadata([]string{sqltype.MetadataKey}, []string{flink})}
}

// drawn returns a chart's points, as Vega-Lite gets them.
func drawn(t *testing.T, c *chart.Chart) string {
	t.Helper()
	text, err := c.Spec()
	if err != nil {
		t.Fatal(err)
	}
	var spec struct {
		Data struct{ Values json.RawMessage }
	}
	if err := json.Unmarshal(text, &spec); err != nil {
		t.Fatal(err)
	}
	return string(spec.Data.Values)
}

func TestPlotLeavesOutWhatIsNoNumber(t *testing.T) {
	table := tableOf(t, []arrow.Field{field("x", arrow.PrimitiveTypes.Int64, "BIGINT"), field("y", arrow.PrimitiveTypes.Float64, "DOUBLE")},
		[]any{int64(2), 1.5}, []any{int64(1), -2.0}, []any{int64(3), math.NaN()}, []any{int64(4), math.Inf(-1)}, []any{nil, 1.0}, []any{int64(6), nil})
	c, err := command.Chart{Kind: chart.Line, X: 0, Y: []int{1}, Color: -1}.Plot(table, 6, time.UTC, "q1 · running")
	if err != nil {
		t.Fatal(err)
	}
	if got := drawn(t, c); got != `[{"x":1,"y":-2},{"x":2,"y":1.5}]` {
		t.Errorf("%s", got)
	}
	want := "y by x (line chart)\nq1 · running\n     points  min  max  last\n  y       2   -2  1.5   1.5\nnot shown: 2 NULL, 1 NaN, 1 infinite\n"
	if got := c.Summary(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestPlotTakesTheNewestRows(t *testing.T) {
	var rows [][]any
	for i := range 5000 {
		rows = append(rows, []any{int64(i), float64(i)})
	}
	table := tableOf(t, []arrow.Field{field("x", arrow.PrimitiveTypes.Int64, "BIGINT"), field("y", arrow.PrimitiveTypes.Float64, "DOUBLE")}, rows...)
	for _, test := range []struct {
		chart  command.Chart
		points int
		remark string
	}{
		{command.Chart{Kind: chart.Line, X: 0, Y: []int{1}, Color: -1}, 2000, "the newest 2,000 of 9,000 rows"},
		{command.Chart{Kind: chart.Scatter, X: -1, Y: []int{0, 1}, Color: -1}, 2000, "the newest 1,000 of 9,000 rows"},
		{command.Chart{Kind: chart.Histogram, X: -1, Y: []int{1}, Color: -1}, 5000, "the newest 5,000 of 9,000 rows"},
		{command.Chart{Kind: chart.Bar, X: 0, Y: []int{1}, Color: -1}, 100, "not shown: 1,900 of further names"},
	} {
		c, err := test.chart.Plot(table, 9000, time.UTC, "")
		if err != nil {
			t.Fatal(err)
		}
		if c.Points() != test.points || !strings.Contains(c.Summary(), test.remark) {
			t.Errorf("%s: %d points\n%s", test.chart.Kind, c.Points(), c.Summary())
		}
	}
}

// A time is where a clock in the query's zone shows it. If that was put back meanwhile,
// it is UTC's.
func TestPlotTimesAreInTheQuerysZone(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(month time.Month, hour int) time.Time { return time.Date(2026, month, 25, hour, 0, 0, 0, time.UTC) }
	millis := func(at time.Time) int64 { return at.UnixMilli() }
	for _, test := range []struct {
		flink      string
		first, end time.Time
		zone       string
		x          int64
	}{
		{"TIMESTAMP_LTZ(3)", at(6, 8), at(6, 9), "Europe/Berlin", millis(at(6, 10))},
		{"TIMESTAMP_LTZ(3)", at(10, 0), at(10, 3), "UTC", millis(at(10, 0))},
		{"TIMESTAMP(3)", at(6, 8), at(6, 9), "", millis(at(6, 8))},
	} {
		table := tableOf(t, []arrow.Field{field("ts", arrow.FixedWidthTypes.Timestamp_ms.(*arrow.TimestampType), test.flink), field("n", arrow.PrimitiveTypes.Int64, "BIGINT")},
			[]any{test.first, int64(1)}, []any{test.end, int64(2)})
		c, err := command.Chart{Kind: chart.Line, X: 0, Y: []int{1}, Color: -1}.Plot(table, 2, berlin, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := drawn(t, c); c.Zone != test.zone || !strings.HasPrefix(got, fmt.Sprintf(`[{"x":%d,"y":1}`, test.x)) {
			t.Errorf("%s: in %q %s, want %d", test.flink, c.Zone, got, test.x)
		}
	}
}

func TestPlotHasASeriesForEachValue(t *testing.T) {
	table := tableOf(t, []arrow.Field{
		field("item", arrow.BinaryTypes.String, "STRING"), field("n", arrow.PrimitiveTypes.Int64, "BIGINT"), field("sum", arrow.PrimitiveTypes.Float64, "DOUBLE"), field("by", arrow.BinaryTypes.String, "STRING"),
	}, []any{"tea", int64(1), 1.5, "a"}, []any{"tea", int64(2), 2.5, "b"}, []any{"tea", int64(3), 3.5, "b"})
	for _, test := range []struct {
		chart command.Chart
		want  string
	}{
		{command.Chart{Kind: chart.Bar, X: 0, Y: []int{1, 2}, Color: -1}, `[{"x":"tea","y":3,"s":"n"},{"x":"tea","y":3.5,"s":"sum"}]`},
		{command.Chart{Kind: chart.Scatter, X: 0, Y: []int{1}, Color: 3}, `[{"x":"tea","y":1,"s":"a"},{"x":"tea","y":2,"s":"b"},{"x":"tea","y":3,"s":"b"}]`},
		{command.Chart{Kind: chart.Bar, X: 0, Y: []int{1, 2}, Color: 3}, `[{"x":"tea","y":1,"s":"n a"},{"x":"tea","y":3,"s":"n b"},{"x":"tea","y":1.5,"s":"sum a"},{"x":"tea","y":3.5,"s":"sum b"}]`},
	} {
		c, err := test.chart.Plot(table, 3, time.UTC, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := drawn(t, c); got != test.want {
			t.Errorf("%s\nwant %s", got, test.want)
		}
	}
}

func TestPlotHasBarsOfTimesInTheirOrder(t *testing.T) {
	at := func(minute, second int) time.Time { return time.Date(2026, 11, 28, 10, minute, second, 0, time.UTC) }
	fields := []arrow.Field{field("ts", arrow.FixedWidthTypes.Timestamp_ms, "TIMESTAMP(3)"), field("n", arrow.PrimitiveTypes.Int64, "BIGINT")}
	for _, test := range []struct {
		first, second time.Time
		want, axis    string
	}{
		{at(5, 0), at(0, 0), `[{"x":"10:00","y":2},{"x":"10:05","y":1}]`, "ts on 2026-11-28"},
		{at(5, 0), at(0, 30), `[{"x":"10:00:30","y":2},{"x":"10:05:00","y":1}]`, "ts on 2026-11-28"},
		{at(5, 0), at(24*60, 0), `[{"x":"2026-11-28 10:05","y":1},{"x":"2026-11-29 10:00","y":2}]`, "ts"},
	} {
		table := tableOf(t, fields, []any{test.first, int64(1)}, []any{test.second, int64(2)}, []any{nil, int64(3)})
		c, err := command.Chart{Kind: chart.Bar, X: 0, Y: []int{1}, Color: -1}.Plot(table, 3, time.UTC, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := drawn(t, c); got != test.want || c.X != test.axis {
			t.Errorf("%s over %s\nwant %s over %s", got, c.X, test.want, test.axis)
		}
	}
}
