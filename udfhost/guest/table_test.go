//go:build unix

package guest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/guest/abi"
)

// spell is the table function of testdata/program.
var spell = Function{
	Kind: abi.KindTable, Index: 7, Name: "Spell", Arguments: []arrow.DataType{strs, int64s},
	Result: arrow.StructOf(arrow.Field{Name: "word", Type: strs, Nullable: true}, arrow.Field{Name: "n", Type: int64s, Nullable: true}),
}

// table is what a call of spell has returned: "row word n" for each result.
type table struct {
	results []string
	batches int
	outcome Outcome
}

func (r *table) take(results TableResults) error {
	r.batches++
	for i, row := range results.Rows.Int32Values() {
		word := results.Columns[0].(*array.String)
		text := "NULL"
		if !word.IsNull(i) {
			text = strings.Clone(word.Value(i))
		}
		r.results = append(r.results, fmt.Sprint(row, " ", text, " ", results.Columns[1].ValueStr(i)))
	}
	return nil
}

// spelled calls spell for each word.
func spelled(ctx context.Context, p *Process, tolerant, marked bool, times int64, words ...string) (r table, err error) {
	in := Invocation{Function: spell, Arguments: []arrow.Array{texts(words...), ints(slices.Repeat([]int64{times}, len(words))...)}, Tolerant: tolerant}
	r.outcome, err = p.CallTable(ctx, in, len(words), marked, r.take)
	return r, err
}

// A row has any number of results, in their order. A nil iterator has no results.
func TestTable(t *testing.T) {
	p := start(t, Options{})
	for range 2 {
		got, err := spelled(t.Context(), p, false, false, 2, "a", "nil", "", "b")
		want := []string{"0 a 0", "0 a 1", "2  0", "2  1", "3 b 0", "3 b 1"}
		if err != nil || !slices.Equal(got.results, want) {
			t.Errorf("got %q, %v; want %q", got.results, err, want)
		}
	}
	if got, err := spelled(t.Context(), p, false, false, 0, "a", "b"); err != nil || got.batches != 0 {
		t.Errorf("without results: %q, %v", got.results, err)
	}
	if got, err := spelled(t.Context(), p, false, false, 3); err != nil || got.batches != 0 {
		t.Errorf("without rows: %q, %v", got.results, err)
	}
}

// The results of a row do not have to fit into the memory, nor do the arguments. Other calls of the process are made
// in between.
func TestTableInBatches(t *testing.T) {
	const rows = 3
	times := int64(100_000)
	p := start(t, Options{SharedLimit: 8 << 20})
	var got table
	longest := strings.Repeat("y", 3<<20)
	in := Invocation{Function: spell, Arguments: []arrow.Array{texts("a", longest, "b"), ints(times, 2, times)}}
	_, err := p.CallTable(t.Context(), in, rows, false, func(r TableResults) error {
		if r.Rows.Len() > abi.BatchResults {
			t.Errorf("a batch of %d results", r.Rows.Len())
		}
		sum, err := p.Call(t.Context(), addOne, []arrow.Array{ints(41)}, 1)
		if err != nil || sum.String() != "[42]" {
			t.Errorf("another call: %v, %v", sum, err)
		}
		return got.take(r)
	})
	if err != nil || len(got.results) != int(2*times)+2 || got.batches < 20 {
		t.Fatalf("%d results in %d batches, %v", len(got.results), got.batches, err)
	}
	for i, text := range got.results {
		want := fmt.Sprint("0 a ", i)
		switch k := i - int(times); {
		case k >= 2:
			want = fmt.Sprint("2 b ", k-2)
		case k >= 0:
			want = fmt.Sprint("1 ", longest, " ", k)
		}
		if text != want {
			t.Fatalf("result %d: %.40q, want %.40q", i, text, want)
		}
	}
}

// A result that is larger than a batch, and several of them, are fetched as often as it takes.
func TestTableOfLargeResults(t *testing.T) {
	p := start(t, Options{SharedLimit: 4 << 20})
	got, err := spelled(t.Context(), p, false, false, 20, "long")
	if err != nil || len(got.results) != 20 || len(got.results[19]) != 700_005 {
		t.Errorf("%d results, %v", len(got.results), err)
	}
	p = start(t, Options{SharedLimit: 1 << 20})
	var failure *Failure
	if got, err = spelled(t.Context(), p, false, false, 20, "a", "long"); err == nil && len(got.results) != 40 || err != nil && !errors.As(err, &failure) {
		t.Errorf("%d results, %v", len(got.results), err)
	}
}

// Two calls of the same process are suspended at a time, and each goes on where it was.
func TestTablesSuspended(t *testing.T) {
	p := start(t, Options{})
	var inner table
	outer, err := table{}, error(nil)
	in := Invocation{Function: spell, Arguments: []arrow.Array{texts("a"), ints(50_000)}}
	_, err = p.CallTable(t.Context(), in, 1, false, func(r TableResults) error {
		if inner.batches == 0 {
			in := Invocation{Function: spell, Arguments: []arrow.Array{texts("b"), ints(30_000)}}
			if _, err := p.CallTable(t.Context(), in, 1, false, inner.take); err != nil {
				t.Error(err)
			}
		}
		return outer.take(r)
	})
	if err != nil || len(outer.results) != 50_000 || len(inner.results) != 30_000 || outer.results[49_999] != "0 a 49999" || inner.results[29_999] != "0 b 29999" {
		t.Errorf("%d and %d results, %v", len(outer.results), len(inner.results), err)
	}
}

// The results of a slow function do not wait until a batch is full.
func TestTableOfSlowResults(t *testing.T) {
	p := start(t, Options{})
	if got, err := spelled(t.Context(), p, false, false, 300, "slow"); err != nil || len(got.results) != 300 || got.batches < 3 {
		t.Errorf("%d results in %d batches, %v", len(got.results), got.batches, err)
	}
}

func TestTableFailures(t *testing.T) {
	for word, test := range map[string]struct {
		want  string
		lives bool
	}{
		"error": {`Spell("error", 3): no such word`, true},
		"panic": {`panic: too far at cell[8]:17 in Spell("panic", 3) (Spell.func1)`, true},
		"bad":   {`Spell("bad", 3): its result is not valid UTF-8, as a STRING must be; return []byte for BYTES`, true},
		"hang":  {`no progress for 400ms, the function was stopped at cell[8]:26 in Spell("hang", 3) (Spell.func1)`, false},
	} {
		t.Run(word, func(t *testing.T) {
			p := start(t, Options{})
			if word == "hang" {
				p.options.RowTimeout = 400 * time.Millisecond
			}
			_, err := spelled(t.Context(), p, false, false, 3, "a", word, "b")
			if failure := (*Failure)(nil); !errors.As(err, &failure) || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
			if got, err := spelled(t.Context(), p, false, false, 1, "c"); test.lives != (err == nil) {
				t.Errorf("the next call: %q, %v", got.results, err)
			}
		})
	}
}

// A row that fails in a tolerant call keeps the results that it had, and has no more. Marks come behind them.
func TestTolerantTable(t *testing.T) {
	p := start(t, Options{})
	words := []string{"error", "a", "panic", "bad", "b", "error"}
	for marked, want := range map[bool][]string{
		false: {"1 a 0", "1 a 1", "1 a 2", "2 panic 0", "2 panic 1", "3 bad 0", "4 b 0", "4 b 1", "4 b 2"},
		true: {
			"-1 NULL (null)", "1 a 0", "1 a 1", "1 a 2", "2 panic 0", "2 panic 1", "-3 NULL (null)",
			"3 bad 0", "-4 NULL (null)", "4 b 0", "4 b 1", "4 b 2", "-6 NULL (null)",
		},
	} {
		got, err := spelled(t.Context(), p, true, marked, 3, words...)
		if err != nil || !slices.Equal(got.results, want) {
			t.Errorf("marked %v: got %q, %v; want %q", marked, got.results, err, want)
		}
		f := got.outcome.Failures
		if f.Count != 4 || f.First == nil || f.First.Error() != `Spell("error", 3): no such word` || f.Rows[0] != 0b101101 {
			t.Errorf("failed: %d, %v, %b", f.Count, f.First, f.Rows)
		}
	}
	// A wrong value in one batch, and more results of its row in others.
	got, err := spelled(t.Context(), p, true, false, 50_000, "bad", "c")
	if err != nil || len(got.results) != 50_001 || got.outcome.Failures.Count != 1 {
		t.Errorf("%d results, %+v, %v", len(got.results), got.outcome.Failures, err)
	}
}

// A caller that has enough stops the iterator: its deferred calls are made, and the process goes on. So does the end of
// a context, in the middle of a batch and between two.
func TestTableStops(t *testing.T) {
	enough := errors.New("enough")
	for name, stop := range map[string]func(cancel func(), batches int) error{
		"by the caller": func(_ func(), batches int) error { return enough },
		"by a context": func(cancel func(), batches int) error {
			if batches == 2 {
				cancel()
			}
			return nil
		},
		"in a batch": func(cancel func(), batches int) error {
			if batches == 2 {
				time.AfterFunc(time.Millisecond, cancel)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			var printed []string
			var mu sync.Mutex
			p := start(t, Options{Output: func(_, line string) {
				mu.Lock()
				defer mu.Unlock()
				printed = append(printed, line)
			}})
			ctx, cancel := context.WithCancelCause(t.Context())
			batches := 0
			in := Invocation{Function: spell, Arguments: []arrow.Array{texts("a"), ints(-1)}}
			_, err := p.CallTable(ctx, in, 1, false, func(TableResults) error {
				batches++
				return stop(func() { cancel(enough) }, batches)
			})
			if !errors.Is(err, enough) {
				t.Errorf("after %d batches: %v", batches, err)
			}
			p.Flush()
			mu.Lock()
			defer mu.Unlock()
			if p.Ended() || !slices.Equal(printed, []string{"the end of a"}) {
				t.Errorf("printed %q, ended: %v", printed, p.Ended())
			}
		})
	}
}

// An iterator stops, too, if its results do not fit into the memory.
func TestTableStopsForLargeResults(t *testing.T) {
	var printed []string
	var mu sync.Mutex
	p := start(t, Options{SharedLimit: 512 << 10, Output: func(_, line string) {
		mu.Lock()
		defer mu.Unlock()
		printed = append(printed, line)
	}})
	_, err := spelled(t.Context(), p, false, false, -1, "long")
	if failure := (*Failure)(nil); !errors.As(err, &failure) || !strings.Contains(err.Error(), "its result has 700") {
		t.Errorf("got %v", err)
	}
	p.Flush()
	mu.Lock()
	defer mu.Unlock()
	if p.Ended() || !slices.Equal(printed, []string{"the end of long"}) {
		t.Errorf("printed %q, ended: %v", printed, p.Ended())
	}
}

// A process that is closed waits until its iterators have stopped.
func TestTableStopsBeforeItsProcess(t *testing.T) {
	for _, word := range []string{"late", "a"} {
		var printed []string
		p := start(t, Options{Output: func(_, line string) { printed = append(printed, line) }})
		ctx, cancel := context.WithCancel(t.Context())
		in := Invocation{Function: spell, Arguments: []arrow.Array{texts(word), ints(-1)}}
		closed := make(chan error)
		_, err := p.CallTable(ctx, in, 1, false, func(TableResults) error {
			if ctx.Err() == nil {
				cancel()
				go func() { closed <- p.Close() }()
			}
			return nil
		})
		if failed := <-closed; !errors.Is(err, context.Canceled) || failed != nil {
			t.Errorf("%s: %v, %v", word, err, failed)
		}
		if !slices.Equal(printed, []string{"the end of " + word}) {
			t.Errorf("%s: printed %q", word, printed)
		}
	}
}

// An iterator that does not stop ends with its process.
func TestTableThatDoesNotStop(t *testing.T) {
	for name, limit := range map[string]func(*Process){
		"time to stop": func(p *Process) { p.stopGrace = 100 * time.Millisecond },
		"row timeout":  func(p *Process) { p.options.RowTimeout = 200 * time.Millisecond },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		p := start(t, Options{Output: func(string, string) { cancel() }})
		limit(p)
		in := Invocation{Function: spell, Arguments: []arrow.Array{texts("hang"), ints(-1)}}
		begun := time.Now()
		if _, err := p.CallTable(ctx, in, 1, false, new(table).take); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", name, err)
		}
		if took := time.Since(begun); !p.Ended() || took > stopGrace {
			t.Errorf("%s: ended %v after %v", name, p.Ended(), took)
		}
	}
	// One that does not look at what yield returns is ended by the Go runtime.
	p := start(t, Options{})
	in := Invocation{Function: spell, Arguments: []arrow.Array{texts("deaf"), ints(-1)}}
	enough := errors.New("enough")
	if _, err := p.CallTable(t.Context(), in, 1, false, func(TableResults) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
	if got, err := p.Call(t.Context(), addOne, []arrow.Array{ints(1)}, 1); err != nil || got.String() != "[2]" {
		t.Errorf("the next call: %v, %v", got, err)
	}
}

// tableReply is a reply of results of a column of strings: their rows, and the texts.
func tableReply(status uint32, rows []int32, texts string, offsets ...byte) []byte {
	a := new(answer)
	a.column(abi.Row, len(rows))
	var numbers []byte
	for _, row := range rows {
		numbers = append(numbers, byte(row), byte(row>>8), byte(row>>16), byte(row>>24))
	}
	a.fixed(abi.Int32, len(rows), string(numbers), "")
	a.spans(abi.String, texts, offsets...)
	bytes := a.reply(len(rows))
	reply := (*abi.Reply)(unsafe.Pointer(&bytes[0]))
	reply.Kind, reply.Status = abi.KindTable, status
	return bytes
}

var tableOfTexts = arrow.StructOf(arrow.Field{Name: "w", Type: arrow.BinaryTypes.String, Nullable: true})

// A guest that leaves anything at all in the memory gets an error, or results whose rows are in order.
func FuzzTableReply(f *testing.F) {
	f.Add(tableReply(abi.StatusDone, []int32{0, 0, 2}, "abc", 0, 1, 2, 3), uint8(3), uint8(0), false)
	f.Add(tableReply(abi.StatusMore, []int32{1, ^1}, "abc", 0, 1, 3), uint8(3), uint8(abi.OpMore), true)
	f.Add(tableReply(abi.StatusMore, []int32{1, 0}, "abc", 0, 1, 3), uint8(3), uint8(abi.OpFetch), true)
	f.Add(tableReply(abi.StatusDone, nil, "", 0), uint8(1), uint8(abi.OpStop), false)
	f.Fuzz(func(t *testing.T, bytes []byte, rows, op uint8, marked bool) {
		allocator := memory.NewCheckedAllocator(memory.NewGoAllocator())
		defer allocator.AssertSize(t, 0)
		shared := sharedBytes(bytes)
		request := requestOf(shared, uint64(rows), abi.FlagPartial)
		request.Kind, request.Op = abi.KindTable, uint32(op)
		reply, err := readReply(shared, request)
		if err != nil || reply.Status != abi.StatusDone && reply.Status != abi.StatusMore {
			return
		}
		b := newTableBatch(tableOfTexts, allocator)
		defer b.release()
		if b.read(shared, request, reply, 0, marked) != nil {
			return
		}
		b.number(1000)
		results := b.results(0, len(b.rows))
		defer results.release()
		last := 1000
		for i, row := range results.Rows.Int32Values() {
			if of := rowOf(row); of < last || of >= 1000+int(rows) || row < 0 && !marked {
				t.Fatalf("result %d is of row %d, after one of row %d", i, row, last)
			} else {
				last = of
			}
			_ = results.Columns[0].ValueStr(i)
		}
	})
}

func TestHostileTableReplies(t *testing.T) {
	good := func() []byte { return tableReply(abi.StatusDone, []int32{0, 2}, "abc", 0, 1, 3) }
	reply := func(b []byte) *abi.Reply { return (*abi.Reply)(unsafe.Pointer(&b[0])) }
	for name, spoil := range map[string]func() []byte{
		"":                     good,
		"row beyond":           func() []byte { return tableReply(abi.StatusDone, []int32{0, 3}, "abc", 0, 1, 3) },
		"rows in disorder":     func() []byte { return tableReply(abi.StatusDone, []int32{2, 0}, "abc", 0, 1, 3) },
		"mark":                 func() []byte { return tableReply(abi.StatusDone, []int32{0, ^2}, "abc", 0, 1, 3) },
		"more without results": func() []byte { return tableReply(abi.StatusMore, nil, "", 0) },
		"left without results": func() []byte { b := tableReply(abi.StatusDone, nil, "", 0); reply(b).Left = 1; return b },
		"left without a part":  func() []byte { b := good(); reply(b).Left = 1; return b },
		"many results":         func() []byte { b := good(); reply(b).Rows = abi.BatchResults + 1; return b },
		"many left":            func() []byte { b := good(); reply(b).Left = 1 << 63; return b },
		"from":                 func() []byte { b := good(); reply(b).From = 1; return b },
		"failures":             func() []byte { b := good(); reply(b).Failed = 1; return b },
		"another kind":         func() []byte { b := good(); reply(b).Kind = abi.KindScalar; return b },
		"failure in a row":     func() []byte { b := good(); reply(b).Status, reply(b).FailingRow = abi.StatusFailed, 3; return b },
		"growth in a row": func() []byte {
			b := good()
			reply(b).Status, reply(b).Need, reply(b).FailingRow = abi.StatusGrow, 1<<40, 3
			return b
		},
		"columns":               func() []byte { b := good(); reply(b).Columns = 2; return b },
		"fewer texts than rows": func() []byte { return tableReply(abi.StatusDone, []int32{0, 1, 2}, "abc", 0, 1, 3) },
	} {
		shared := sharedBytes(spoil())
		request := requestOf(shared, 3, 0)
		request.Kind = abi.KindTable
		got, err := readReply(shared, request)
		b := newTableBatch(tableOfTexts, memory.DefaultAllocator)
		if err == nil {
			err = b.read(shared, request, got, 0, false)
		}
		if good := err == nil; good != (name == "") {
			t.Errorf("%q: %v", name, err)
		}
		b.release()
	}
}
