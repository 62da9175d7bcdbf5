package udfhost_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/session/gateway"
	"riffle/session/sessiontest/sample"
	"riffle/udfhost/flinkfn"
	"riffle/udfhost/operation"
)

// repeats is the operator of a table function on columns. A number has as many results as the remainder of
// its division by four. Results are sent with the index of their row, in batches of a few that take no
// account of rows. A batch without results ends those of a batch of rows.
type repeats struct {
	calls  *operation.Calls
	number operation.Expression
	output *arrow.Schema
}

// Numbers that are called differently.
const (
	repeatsOften  = -1        // has manyRepeats
	repeatsNever  = -2        // fails if repeatsFail is set, and clears it
	repeatsSlowly = 1_000_000 // numbers from here on have one result each, and take a millisecond
	manyRepeats   = 4_000_000 // 48 MB
)

func openRepeats(ctx context.Context, m *flinkfn.UserDefinedFunctions, site *operation.Site) (operation.Operator, error) {
	r := &repeats{calls: operation.NewCalls(site), output: site.Output}
	args, err := r.calls.Arguments(ctx, "repeats", m.Udfs[0].Inputs, []arrow.DataType{bigint})
	if err == nil {
		r.number = args[0]
	}
	return r, err
}

func (r *repeats) Process(ctx context.Context, batch arrow.Record, out operation.Output) error {
	defer r.calls.Release()
	values, err := r.number.Eval(ctx, batch)
	if err != nil {
		return err
	}
	defer values.Release()
	b := array.NewRecordBuilder(memory.DefaultAllocator, r.output)
	defer b.Release()
	emit := func() error {
		results := b.NewRecord()
		defer results.Release()
		return out.Emit(results)
	}
	count := 0
	for row, number := range values.(*array.Int64).Int64Values() {
		if number == repeatsNever && repeatsFail.Swap(false) {
			return errors.New("repeats fails as it should")
		}
		for i := range repeated(number) {
			b.Field(0).(*array.Int32Builder).Append(int32(row))
			b.Field(1).(*array.Int64Builder).Append(i)
			if count++; count%5 != 0 || count > 100 && count%25_000 != 0 {
				continue
			}
			if err := emit(); err != nil {
				return err
			}
		}
	}
	if b.Field(0).Len() > 0 {
		if err := emit(); err != nil {
			return err
		}
	}
	return emit()
}

// repeatsFail makes the next call for repeatsNever fail.
var repeatsFail atomic.Bool

// repeated returns the number of results of a number.
func repeated(number int64) int64 {
	n := number % 4
	switch {
	case number == repeatsOften:
		n = manyRepeats
	case number >= repeatsSlowly:
		time.Sleep(time.Millisecond)
		n = 1
	}
	return n
}

func (r *repeats) Finish(context.Context, operation.Output) error { return nil }

// A watermark comes out behind exactly the results of the rows before it, whatever the number of results of a
// row, and whatever the size of bundles and batches.
func TestOutsideRepeatsKeepWatermarks(t *testing.T) {
	e := flinkOf(t)
	e.kinds(t)
	e.run(t, `CREATE TEMPORARY TABLE marked (id BIGINT, ts AS TO_TIMESTAMP_LTZ(id * 1000, 3), WATERMARK FOR ts AS ts) WITH (
		'connector' = 'datagen', 'rows-per-second' = '1000000000', 'number-of-rows' = '2000',
		'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '2000')`)
	e.run(t, "CREATE TEMPORARY VIEW marked_repeats AS SELECT id, ts, n FROM marked, LATERAL TABLE(go_repeats(id)) AS t(n)")
	straight, err := e.rows(t, "SELECT id, CURRENT_WATERMARK(ts) FROM marked")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, row := range straight {
		id, mark, _ := strings.Cut(row, " ")
		number, err := strconv.Atoi(id)
		if err != nil {
			t.Fatal(err)
		}
		for n := range number % 4 {
			want = append(want, fmt.Sprint(id, n, " ", mark))
		}
	}
	slices.Sort(want)
	for _, options := range sample.Every(2, []map[string]string{
		{"python.fn-execution.bundle.size": "7", "python.fn-execution.arrow.batch.size": "3"},
		{"python.fn-execution.arrow.batch.size": "1"},
		{},
	}) {
		e.configure(t, options)
		got, err := e.rows(t, "SELECT id, n, CURRENT_WATERMARK(ts) FROM marked_repeats")
		for i, row := range got {
			fields := strings.SplitN(row, " ", 3)
			got[i] = fmt.Sprint(fields[0], fields[1], " ", fields[2])
		}
		slices.Sort(got)
		if err != nil || len(got) != 3000 || !slices.Equal(got, want) {
			t.Errorf("%v: %d rows, %.200q, %v; want %d, %.200q", options, len(got), got, err, len(want), want)
		}
	}
}

// Not only watermarks keep their place: watermark statuses, latency markers and record attributes do as well,
// for functions with one result a row and with several. The operator in the job checks this.
func TestOutsideStreamElementsKeepTheirPlace(t *testing.T) {
	e := flinkOf(t)
	e.kinds(t)
	e.run(t, `CREATE TEMPORARY TABLE stirring (stirred BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000000',
		'number-of-rows' = '5000', 'fields.stirred.kind' = 'sequence', 'fields.stirred.start' = '1', 'fields.stirred.end' = '5000')`)
	for _, options := range []map[string]string{
		{},
		{"python.fn-execution.bundle.size": "50", "python.fn-execution.arrow.batch.size": "8"},
	} {
		e.configure(t, options)
		for sql, want := range map[string]int{
			"SELECT stirred, inc(stirred) FROM stirring":                                  5000,
			"SELECT stirred, n FROM stirring, LATERAL TABLE(go_repeats(stirred)) AS t(n)": 7500,
		} {
			if got, err := e.rows(t, sql); err != nil || len(got) != want {
				t.Errorf("%v, %s: %d rows, %v", options, sql, len(got), err)
			}
		}
	}
}

// A row has as many results as it likes. Beam holds a hundred messages of a bundle: with more of them, the bundle
// would never end.
func TestOutsideManyResultsOfARow(t *testing.T) {
	e := flinkOf(t)
	e.kinds(t)
	seq := e.sequence(t, 2)
	got, err := e.rows(t, fmt.Sprintf("SELECT id, n FROM %s, LATERAL TABLE(go_repeats(id - 2)) AS t(n) WHERE MOD(n + 1, %d) = 0", seq, manyRepeats/2))
	if want := []string{fmt.Sprintf("1 %d", manyRepeats/2-1), fmt.Sprintf("1 %d", manyRepeats-1)}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

// A checkpoint's barrier waits for the rows that a function has been given. A slow function is given few.
func TestOutsideSlowFunctionHasFewRows(t *testing.T) {
	e := flinkOf(t)
	e.kinds(t)
	e.run(t, `CREATE TEMPORARY TABLE measuring (measured BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000000',
		'number-of-rows' = '1500', 'fields.measured.min' = '1000000', 'fields.measured.max' = '1000001')`)
	got, err := e.folded(t, "SELECT measured = 0, COUNT(*), MAX(n) < 400, MAX(n) FROM measuring, LATERAL TABLE(go_repeats(measured)) AS t(n) GROUP BY measured = 0")
	if err != nil || len(got) != 2 || got[0] != "false 1500 true 0" || !strings.HasPrefix(got[1], "true 1 true ") {
		t.Errorf("the rows, then the most rows in the function at a time: %q, %v", got, err)
	}
}

// A bundle fails while others are in progress. The query ends with that error, or the job restarts and each row comes
// once.
func TestOutsideBundleFailsAmongOthers(t *testing.T) {
	e := flinkOf(t)
	e.kinds(t)
	// Each row takes a millisecond, so three bundles of ten are in progress almost at once.
	e.run(t, fmt.Sprintf(`CREATE TEMPORARY TABLE failing (id BIGINT, number AS CASE WHEN id = 45 THEN %d ELSE id + %d END) WITH (
		'connector' = 'datagen', 'rows-per-second' = '1000000000', 'number-of-rows' = '200',
		'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '200')`, repeatsNever, repeatsSlowly))
	const query = "SELECT id, n FROM failing, LATERAL TABLE(go_repeats(number)) AS t(n)"
	e.configure(t, map[string]string{"python.fn-execution.bundle.size": "10"})
	repeatsFail.Store(true)
	if got, err := e.rows(t, query); err == nil || strings.Count(err.Error(), "repeats fails as it should") != 1 {
		t.Errorf("%d rows, %v", len(got), err)
	}
	e.configure(t, map[string]string{"python.fn-execution.bundle.size": "10", "restart-strategy.type": "fixed-delay",
		"restart-strategy.fixed-delay.attempts": "1", "restart-strategy.fixed-delay.delay": "1 ms"})
	repeatsFail.Store(true)
	var got []string
	restarts := 0
	err := e.deliveries(t, query, func(d gateway.Delivery) {
		if d.Restarted {
			got, restarts = nil, restarts+1
			return
		}
		got = append(got, texts(d.Record)...)
	})
	slices.Sort(got)
	if unique := slices.Compact(slices.Clone(got)); err != nil || restarts != 1 || len(got) != 199 || len(unique) != 199 {
		t.Errorf("%d rows, %d of them different, after %d restarts, %v", len(got), len(unique), restarts, err)
	}
}
