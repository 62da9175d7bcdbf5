package udfhost_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/session/gateway"
	"riffle/session/sessiontest"
	"riffle/udfhost/coder"
	"riffle/udfhost/flinkfn"
	"riffle/udfhost/operation"
	"riffle/udfhost/rowkind"
)

// The tests in this file run operations that riffle lacks. They are registered here, from
// outside, and Flink plans them from the Java functions of testdata/kinds.

var bigint = arrow.PrimitiveTypes.Int64

// outside is a registry with three operations, and what these saw.
func outside(seen *sightings) *operation.Registry {
	r := operation.Standard()
	operation.Register(r, "flink:transform:table_function:v1", openPieces, operation.EndMarks)
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
		for _, name := range []string{"Pieces", "Total", "Counted"} {
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

// window is which rows of a partition a row's window has.
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

// sightings are what counters saw.
type sightings struct {
	mu             sync.Mutex
	opened, closed int
	bundles        map[string]bool
	kinds          map[rowkind.Kind]int
}

func (s *sightings) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened, s.closed, s.bundles, s.kinds = 0, 0, map[string]bool{}, map[rowkind.Kind]int{}
}

func (s *sightings) get() (opened, closed, bundles int, kinds map[rowkind.Kind]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened, s.closed, len(s.bundles), s.kinds
}

// counter is an operator of a URN of its own, in place of Flink's for aggregates: it counts the
// rows of each key, in Flink's state.
type counter struct {
	*sightings
	message *flinkfn.UserDefinedAggregateFunctions
	output  *arrow.Schema
	state   operation.State
	touched map[string]change // by key, in this bundle
}

// change is what a bundle does to a key's count.
type change struct {
	key         int64
	null        bool
	before, now int64
}

func (s *sightings) openCounter(m *flinkfn.UserDefinedAggregateFunctions, site *operation.Site) (operation.Operator, error) {
	if len(m.Grouping) != 1 {
		return nil, errors.New("the counter wants one column as its key")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened++
	return &counter{sightings: s, message: m, output: site.Output}, nil
}

func (c *counter) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed++
	return nil
}

func (c *counter) Begin(_ context.Context, b operation.Bundle) error {
	c.state, c.touched = b.State, map[string]change{}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bundles[b.ID] = true
	return nil
}

// Process gets (record_type, row, timestamp, key) of Flink, where row has the kind.
func (c *counter) Process(ctx context.Context, batch arrow.Record, _ operation.Output) error {
	rows := batch.Column(1).(*array.Struct)
	keys := rows.Field(int(c.message.Grouping[0])).(*array.Int64)
	kinds := rows.Field(rows.NumField() - 1).(*array.Int8)
	struc, err := array.NewStructArray([]arrow.Array{keys}, []string{"k"})
	if err != nil {
		return err
	}
	defer struc.Release()
	keyOf, err := coder.Keys(struc, c.message.KeyType.GetRowSchema())
	if err != nil {
		return err
	}
	for row := range int(batch.NumRows()) {
		kind := rowkind.Kind(kinds.Value(row))
		if err := c.count(ctx, keyOf(nil, row), keys, row, kind); err != nil {
			return err
		}
	}
	return nil
}

func (c *counter) count(ctx context.Context, key []byte, keys *array.Int64, row int, kind rowkind.Kind) error {
	c.mu.Lock()
	c.kinds[kind]++
	c.mu.Unlock()
	count, err := number(c.state.Value(ctx, "count", key))
	if err != nil {
		return err
	}
	t, ok := c.touched[string(key)]
	if !ok {
		t = change{before: count, null: keys.IsNull(row)}
		if !t.null {
			t.key = keys.Value(row)
		}
		if t.key < 0 {
			return errors.New("a negative key")
		}
	}
	if t.now = count - 1; kind.Adds() {
		t.now = count + 1
	}
	c.touched[string(key)] = t
	c.state.SetValue("count", key, binary.BigEndian.AppendUint64(nil, uint64(t.now)))
	byKind, err := number(c.state.Entry(ctx, "kinds", key, []byte(kind.String())))
	c.state.SetEntry("kinds", key, []byte(kind.String()), binary.BigEndian.AppendUint64(nil, uint64(byKind+1)))
	return err
}

func number(value []byte, err error) (int64, error) {
	if len(value) != 8 {
		return 0, err
	}
	return int64(binary.BigEndian.Uint64(value)), err
}

func (c *counter) Finish(ctx context.Context, out operation.Output) error {
	b := array.NewRecordBuilder(memory.DefaultAllocator, c.output)
	defer b.Release()
	add := func(t change, kind rowkind.Kind, count int64) {
		if t.null {
			b.Field(0).AppendNull()
		} else {
			b.Field(0).(*array.Int64Builder).Append(t.key)
		}
		b.Field(1).(*array.Int64Builder).Append(count)
		b.Field(2).(*array.Int8Builder).Append(int8(kind))
	}
	for key, t := range c.touched {
		if err := c.compare(ctx, []byte(key), t.now); err != nil {
			return err
		}
		switch {
		case t.before == t.now:
		case t.before == 0:
			add(t, rowkind.Insert, t.now)
		case t.now == 0:
			add(t, rowkind.Delete, t.before)
		default:
			add(t, rowkind.UpdateBefore, t.before)
			add(t, rowkind.UpdateAfter, t.now)
		}
	}
	if r := b.NewRecord(); r.NumRows() > 0 {
		defer r.Release()
		return out.Emit(r)
	}
	return nil
}

// compare checks that the map in the state has what the value has.
func (c *counter) compare(ctx context.Context, key []byte, want int64) error {
	sum := int64(0)
	for pair, err := range c.state.Entries(ctx, "kinds", key) {
		n, err := number(pair[1], err)
		if err != nil {
			return err
		}
		if kind := string(pair[0]); kind == "-U" || kind == "-D" {
			n = -n
		}
		sum += n
	}
	if sum != want {
		return fmt.Errorf("the entries of a key come to %d, its value is %d", sum, want)
	}
	return nil
}

func TestOutsideCount(t *testing.T) {
	e := flinkOf(t)
	e.kinds(t)
	e.seen.reset()
	e.configure(t, map[string]string{"parallelism.default": "2", "python.fn-execution.bundle.size": "7"})
	seq := e.sequence(t, 190)
	const counts = `SELECT k, %[2]s(id) FROM (SELECT NULLIF(n, 2) AS k, id FROM (
		SELECT MOD(id, 40) AS id, COUNT(*) AS n FROM %[1]s GROUP BY MOD(id, 40))) GROUP BY k`
	want, err := e.folded(t, fmt.Sprintf(counts, seq, "COUNT"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := e.folded(t, fmt.Sprintf(counts, seq, "go_counted"))
	if err != nil || len(got) == 0 || !slices.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	e.awaitWorkers(t, func(n int) bool { return n == 0 })
	opened, closed, bundles, kinds := e.seen.get()
	if opened != 2 || closed != opened {
		t.Errorf("%d operators of two subtasks were opened, %d closed", opened, closed)
	}
	if bundles < 10 {
		t.Errorf("%d bundles", bundles)
	}
	if kinds[rowkind.Insert] != 40 || kinds[rowkind.UpdateBefore] != 150 || kinds[rowkind.UpdateAfter] != 150 {
		t.Errorf("row kinds %v", kinds)
	}
	// An operator that fails is closed, too.
	e.seen.reset()
	_, err = e.folded(t, fmt.Sprintf("SELECT k, go_counted(id) FROM (SELECT id, id - 100 AS k FROM %s) GROUP BY k", seq))
	if err == nil || !strings.Contains(err.Error(), "a negative key") {
		t.Errorf("a counter that fails: %v", err)
	}
	e.awaitWorkers(t, func(n int) bool { return n == 0 })
	if opened, closed, _, _ := e.seen.get(); closed != opened {
		t.Errorf("%d operators were opened before the query failed, %d closed", opened, closed)
	}
}

// folded is the table that a query's changelog comes to, sorted.
func (e *flinkEnv) folded(t *testing.T, sql string) ([]string, error) {
	t.Helper()
	counts := map[string]int{}
	err := e.deliveries(t, sql, func(d gateway.Delivery) {
		kinds, err := rowkind.Of(d.Record)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range texts(d.Record) {
			if kinds[i].Adds() {
				counts[row]++
			} else {
				counts[row]--
			}
		}
	})
	var out []string
	for row, n := range counts {
		if n < 0 || n > math.MaxInt16 {
			t.Errorf("%s: %d times %q", sql, n, row)
		}
		out = append(out, slices.Repeat([]string{row}, max(n, 0))...)
	}
	slices.Sort(out)
	return out, err
}
