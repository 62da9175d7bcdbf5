package udfhost_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/session/sessiontest"
	"riffle/udfhost/coder"
	"riffle/udfhost/flinkfn"
	"riffle/udfhost/operation"
)

// The tests in this file run operations that riffle lacks. They are registered here, from
// outside, and Flink plans them from the Java functions of testdata/kinds.

var bigint = arrow.PrimitiveTypes.Int64

// outside returns a registry with four operations, and what these saw.
func outside(seen *sightings) *operation.Registry {
	r := operation.Standard()
	operation.Register(r, "flink:transform:table_function:v1", openPieces, operation.EndMarks)
	operation.Register(r, "riffle-test:transform:repeats:v1", openRepeats, operation.WithCoder("arrow_type", coder.NewColumns))
	operation.RegisterCoder(r, "over_window_arrow_type", newOverCoder)
	operation.Register(r, "flink:transform:batch_over_window_aggregate_function:arrow:v1", openTotals)
	operation.Register(r, "riffle-test:transform:count:v1", func(_ context.Context, m *flinkfn.UserDefinedAggregateFunctions, s *operation.Site) (operation.Operator, error) {
		return seen.openCounter(m, s)
	}, operation.RowKinds, operation.KeyedState)
	return r
}

// kinds brings the functions of testdata/kinds into the session, once.
func (e *flinkEnv) kinds(t *testing.T) {
	t.Helper()
	e.functions.Do(func() {
		jar := filepath.ToSlash(filepath.Join(e.dir, "kinds.jar"))
		sessiontest.BuildJar(t, filepath.Join("testdata", "kinds"), map[string]string{jar: "kinds/,META-INF/services"})
		e.run(t, "ADD JAR '"+jar+"'")
		for _, name := range []string{"Pieces", "Repeats", "Total", "Counted"} {
			e.run(t, fmt.Sprintf("CREATE TEMPORARY FUNCTION go_%s AS 'kinds.%s'", strings.ToLower(name), name))
		}
	})
}

// pieces is the operator of a table function: n rows for the number n, with texts.
type pieces struct {
	calls  *operation.Calls
	number operation.Expression
	output *arrow.Schema
}

func openPieces(ctx context.Context, m *flinkfn.UserDefinedFunctions, site *operation.Site) (operation.Operator, error) {
	p := &pieces{calls: operation.NewCalls(site), output: site.Output}
	args, err := p.calls.Arguments(ctx, "pieces", m.Udfs[0].Inputs, []arrow.DataType{bigint})
	if err == nil {
		p.number = args[0]
	}
	return p, err
}

func (p *pieces) Process(ctx context.Context, batch arrow.Record, out operation.Output) error {
	defer p.calls.Release()
	numbers, err := p.number.Eval(ctx, batch)
	if err != nil {
		return err
	}
	defer numbers.Release()
	for row := range int(batch.NumRows()) {
		// One batch of results for each, as a long iterator would have them.
		for i := range numbers.(*array.Int64).Value(row) {
			if numbers.IsNull(row) {
				break
			}
			if err := p.emit(row, i, out.(operation.RowOutput)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *pieces) emit(row int, i int64, out operation.RowOutput) error {
	b := array.NewRecordBuilder(memory.DefaultAllocator, p.output)
	defer b.Release()
	b.Field(0).(*array.Int64Builder).Append(i)
	if i == 1 {
		b.Field(1).AppendNull()
	} else {
		b.Field(1).(*array.StringBuilder).Append(fmt.Sprintf("p%d", i))
	}
	r := b.NewRecord()
	defer r.Release()
	return out.EmitFor(row, r)
}

func (p *pieces) Finish(context.Context, operation.Output) error { return nil }

func TestOutsideTableFunction(t *testing.T) {
	e := flinkOf(t)
	e.kinds(t)
	seq := e.sequence(t, 4)
	for sql, want := range map[string]string{
		"SELECT id, piece, text FROM %s, LATERAL TABLE(go_pieces(id - 2)) AS t(piece, text)":                             "3 0 p0|4 0 p0|4 1 (null)",
		"SELECT id, piece, text FROM %s LEFT JOIN LATERAL TABLE(go_pieces(NULLIF(id, 2) - 2)) AS t(piece, text) ON TRUE": "1 (null) (null)|2 (null) (null)|3 0 p0|4 0 p0|4 1 (null)",
		"SELECT id, COUNT(*), SUM(piece) FROM %s, LATERAL TABLE(go_pieces(3)) AS t(piece, text) GROUP BY id":             "1 3 3|2 3 3|3 3 3|4 3 3",
		"SELECT COUNT(*), SUM(id) FROM %s, LATERAL TABLE(go_pieces(inc(id * 1000))) AS t(piece, text)":                   "10004 30010",
	} {
		got, err := e.folded(t, fmt.Sprintf(sql, seq))
		if err != nil || strings.Join(got, "|") != want {
			t.Errorf("%s: got %q, %v; want %q", sql, got, err, want)
		}
	}
}

// overCoder is the coder over_window_arrow_type: the bounds of each row's windows as one
// more column, and the rows as Arrow.
type overCoder struct {
	coder.Coder
	schema *arrow.Schema
}

func newOverCoder(d *flinkfn.CoderInfoDescriptor) (coder.Coder, error) {
	rows, err := coder.NewArrow(&flinkfn.CoderInfoDescriptor{DataType: &flinkfn.CoderInfoDescriptor_ArrowType_{
		ArrowType: &flinkfn.CoderInfoDescriptor_ArrowType{Schema: d.GetOverWindowArrowType().GetSchema()},
	}})
	if err != nil {
		return nil, err
	}
	bounds := arrow.Field{Name: "bounds", Type: arrow.ListOf(arrow.PrimitiveTypes.Int32)}
	return &overCoder{rows, arrow.NewSchema(append(rows.Schema().Fields(), bounds), nil)}, nil
}

func (c *overCoder) Schema() *arrow.Schema { return c.schema }

func (c *overCoder) NewDecoder() coder.Decoder { return &overDecoder{c.Coder.NewDecoder(), c.schema} }

type overDecoder struct {
	coder.Decoder
	schema *arrow.Schema
}

func (d *overDecoder) Decode(element []byte) (arrow.Record, error) {
	number := func() (n int) {
		if len(element) >= 4 {
			n, element = int(int32(binary.BigEndian.Uint32(element))), element[4:]
		}
		return n
	}
	windows := make([][]int, number())
	for i := range windows {
		windows[i] = make([]int, number())
		for k := range windows[i] {
			windows[i][k] = number()
		}
	}
	rows, err := d.Decoder.Decode(element)
	if err != nil {
		return nil, err
	}
	defer rows.Release()
	b := array.NewListBuilder(memory.DefaultAllocator, arrow.PrimitiveTypes.Int32)
	defer b.Release()
	n := int(rows.NumRows())
	for row := range n {
		b.Append(true)
		for _, bounds := range windows {
			each := len(bounds) / n
			for _, bound := range bounds[row*each : (row+1)*each] {
				b.ValueBuilder().(*array.Int32Builder).Append(int32(bound))
			}
		}
	}
	bounds := b.NewArray()
	defer bounds.Release()
	return array.NewRecord(d.schema, append(rows.Columns(), bounds), rows.NumRows()), nil
}

// totals is the operator of sums over windows: a batch has the rows of one partition.
type totals struct {
	message *flinkfn.UserDefinedFunctions
	numbers []operation.Expression // of each function
	output  *arrow.Schema
}

func openTotals(ctx context.Context, m *flinkfn.UserDefinedFunctions, site *operation.Site) (operation.Operator, error) {
	o := &totals{message: m, output: site.Output}
	for _, udf := range m.Udfs {
		args, err := operation.NewCalls(site).Arguments(ctx, "total", udf.Inputs, []arrow.DataType{bigint})
		if err != nil {
			return nil, err
		}
		o.numbers = append(o.numbers, args[0])
	}
	return o, nil
}

func (o *totals) Process(ctx context.Context, batch arrow.Record, out operation.Output) error {
	b := array.NewRecordBuilder(memory.DefaultAllocator, o.output)
	defer b.Release()
	bounds := batch.Column(int(batch.NumCols()) - 1).(*array.List)
	for i, udf := range o.message.Udfs {
		numbers, err := o.numbers[i].Eval(ctx, batch)
		if err != nil {
			return err
		}
		for row := range numbers.Len() {
			from, to := o.window(int(udf.WindowIndex), row, numbers.Len(), bounds)
			sum := int64(0)
			for k := from; k < to; k++ {
				sum += numbers.(*array.Int64).Value(k)
			}
			b.Field(i).(*array.Int64Builder).Append(sum)
		}
		numbers.Release()
	}
	r := b.NewRecord()
	defer r.Release()
	return out.Emit(r)
}

// window returns which rows of a partition a row's window has.
func (o *totals) window(index, row, rows int, bounds *array.List) (from, to int) {
	at, _ := bounds.ValueOffsets(row)
	next := func() int {
		at++
		return int(bounds.ListValues().(*array.Int32).Value(int(at) - 1))
	}
	for i, w := range o.message.Windows {
		from, to = 0, rows
		switch w.WindowType {
		case flinkfn.OverWindow_RANGE_UNBOUNDED_PRECEDING:
			to = next()
		case flinkfn.OverWindow_RANGE_UNBOUNDED_FOLLOWING:
			from = next()
		case flinkfn.OverWindow_RANGE_SLIDING:
			from, to = next(), next()
		case flinkfn.OverWindow_ROW_UNBOUNDED_PRECEDING:
			to = min(row+int(w.UpperBoundary)+1, rows)
		case flinkfn.OverWindow_ROW_SLIDING:
			from, to = max(row+int(w.LowerBoundary), 0), min(row+int(w.UpperBoundary)+1, rows)
		}
		if i == index {
			break
		}
	}
	return from, to
}

func (o *totals) Finish(context.Context, operation.Output) error { return nil }

func TestOutsideOverWindows(t *testing.T) {
	e := flinkOf(t)
	e.kinds(t)
	e.configure(t, map[string]string{"execution.runtime-mode": "batch", "parallelism.default": "2"})
	seq := e.sequence(t, 30)
	var want []string
	for id := range 30 {
		sums := [3]int{}
		for other := id % 3; other <= id; other += 3 {
			for i, reach := range []int{30, 5, 6} {
				if id-other <= reach {
					sums[i] += other + 1
				}
			}
		}
		want = append(want, fmt.Sprint(id+1, sums[0], sums[1], sums[2]))
	}
	slices.Sort(want)
	got, err := e.rows(t, fmt.Sprintf(`SELECT id, go_total(id) OVER (PARTITION BY MOD(id, 3) ORDER BY ts),
		go_total(id) OVER (PARTITION BY MOD(id, 3) ORDER BY ts RANGE BETWEEN INTERVAL '5' SECOND PRECEDING AND CURRENT ROW),
		go_total(id) OVER (PARTITION BY MOD(id, 3) ORDER BY ts ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)
		FROM (SELECT id, CAST(TO_TIMESTAMP_LTZ(id, 0) AS TIMESTAMP(3)) AS ts FROM %s)`, seq))
	if err != nil || len(got) != 30 || !slices.Equal(got, want) {
		t.Errorf("got  %q, %v\nwant %q", got, err, want)
	}
}
