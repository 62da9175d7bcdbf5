package udfhost_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/session/gateway"
	"riffle/udfhost/coder"
	"riffle/udfhost/flinkfn"
	"riffle/udfhost/operation"
	"riffle/udfhost/rowkind"
)

// sightings are what counters saw.
type sightings struct {
	mu             sync.Mutex
	opened, closed int
	bundles        map[string]bool
	kinds          map[rowkind.Kind]int
	counts         map[int64]int64 // by key, at the end of the last bundle
}

func (s *sightings) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened, s.closed, s.bundles, s.kinds = 0, 0, map[string]bool{}, map[rowkind.Kind]int{}
	s.counts = map[int64]int64{}
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
		c.mu.Lock()
		c.counts[t.key] = t.now
		c.mu.Unlock()
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
	e.configure(t, map[string]string{"parallelism.default": "2", "python.fn-execution.bundle.size": "7",
		"python.map-state.iterate-response-batch-size": "1"}) // the pairs of a map come in several answers
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

// A job that is stopped with a savepoint and resumed goes on with the counts that it had, both the
// values and the entries of maps, which the counter compares.
func TestOutsideCountResumes(t *testing.T) {
	const rows, keys = 400, 4
	e := flinkOf(t)
	e.kinds(t)
	e.run(t, fmt.Sprintf("CREATE TEMPORARY TABLE counted_slowly (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100', "+
		"'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '%d')", rows))
	e.run(t, "CREATE TEMPORARY TABLE resumed (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole')")
	insert := fmt.Sprintf("INSERT INTO resumed SELECT k, go_counted(id) FROM (SELECT MOD(id, CAST(%d AS BIGINT)) AS k, id FROM counted_slowly) GROUP BY k", keys)
	options := map[string]string{"parallelism.default": "2", "execution.checkpointing.savepoint-dir": "file://" + t.TempDir()}
	e.configure(t, options)

	e.seen.reset()
	first, err := e.start(t, insert)
	if err != nil {
		t.Fatal(err)
	}
	e.awaitCount(t, first.job, rows/8)
	stopped, err := e.gateway.Execute(t.Context(), fmt.Sprintf("STOP JOB '%s' WITH SAVEPOINT", first.job), "stopping")
	if err != nil || len(stopped.Records) != 1 {
		t.Fatalf("%+v, %v", stopped, err)
	}
	options["execution.state-recovery.path"] = stopped.Records[0].Column(0).ValueStr(0)
	e.awaitWorkers(t, func(n int) bool { return n == 0 })
	before, counts := e.seen.counted()
	if before == 0 || before == rows || len(counts) != keys {
		t.Fatalf("%d rows were counted before the savepoint: %v", before, counts)
	}

	e.configure(t, options)
	e.seen.reset()
	second, err := e.start(t, insert)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.gateway.AwaitJob(t.Context(), second.job); err != nil {
		t.Fatal(err)
	}
	after, counts := e.seen.counted()
	if before+after != rows {
		t.Errorf("%d rows were counted before the savepoint and %d after it, of %d", before, after, rows)
	}
	for key, n := range counts {
		if n != rows/keys {
			t.Errorf("key %d has the count %d, want %d", key, n, rows/keys)
		}
	}
	if len(counts) != keys {
		t.Errorf("counts of %d keys", len(counts))
	}
}

// counted returns how many rows were counted, and the counts by key.
func (s *sightings) counted() (rows int, counts map[int64]int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.kinds {
		rows += n
	}
	return rows, maps.Clone(s.counts)
}

// awaitCount waits until so many rows of a job were counted.
func (e *flinkEnv) awaitCount(t *testing.T, job string, least int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.gateway.AwaitJob(ctx, job) }()
	defer cancel()
	for rows := 0; rows < least; rows, _ = e.seen.counted() {
		select {
		case err := <-ended:
			t.Fatalf("the job has ended after %d rows: %v", rows, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// folded returns the table that a query's changelog comes to, sorted.
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
