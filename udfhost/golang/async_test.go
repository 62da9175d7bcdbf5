package golang

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/udfhost/engine"
	"riffle/udfhost/guest"
	"riffle/udfhost/operation"
	"riffle/udfhost/payload"
)

// waiting are asynchronous functions, with types of all ways in which arguments and results are passed.
const waiting = `
var mu sync.Mutex
var inProgress, most, calls int
func begin() func() {
	mu.Lock()
	defer mu.Unlock()
	inProgress++
	calls++
	most = max(most, inProgress)
	return func() { mu.Lock(); defer mu.Unlock(); inProgress-- }
}
// Later returns its text, the first rows last.
func Later(ctx context.Context, text string, x int64) (string, error) {
	defer begin()()
	select {
	case <-time.After(time.Duration(20-x%20) * time.Millisecond):
		return text, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
func Most(x int64) int64 { mu.Lock(); defer mu.Unlock(); n := most; most = 0; return int64(n) }
func Calls(x int64) int64 { mu.Lock(); defer mu.Unlock(); n := calls; calls = 0; return int64(n) }
func Twice(ctx context.Context, x int64) int64 { time.Sleep(time.Millisecond); return 2 * x }
func Even(_ context.Context, x *int64) *bool { if x == nil { return nil }; even := *x%2 == 0; return &even }
type pair struct { A int64; B []string }
func Pair(ctx context.Context, p pair) (pair, error) { time.Sleep(time.Millisecond); return pair{p.A + 1, append(p.B, "x")}, nil }
func Third(ctx context.Context, x int64) (int64, error) {
	defer begin()()
	switch {
	case x%3 == 0:
		return 0, fmt.Errorf("%d is a multiple of three", x)
	case x == 7:
		panic("seven")
	}
	return x, nil
}
func Sometimes(ctx context.Context, x int64) (int64, error) {
	defer begin()()
	mu.Lock()
	defer mu.Unlock()
	if calls < 3 { return 0, errors.New("not yet") }
	return x, nil
}
func First(ctx context.Context, x int64) (int64, error) {
	if x == 1 { return 0, errors.New("one") }
	<-ctx.Done()
	return 0, fmt.Errorf("%d: %w", x, context.Cause(ctx))
}
func Never(ctx context.Context, x int64) int64 { fmt.Println("never", x); time.Sleep(time.Hour); return x }
func Waits(ctx context.Context, x int64) (int64, error) {
	defer func() { fmt.Println("ended", x, context.Cause(ctx)) }()
	fmt.Println("begun", x)
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(time.Minute):
		return x, nil
	}
}
func Dies(ctx context.Context, x int64) int64 { if x == 3 { os.Exit(4) }; time.Sleep(10 * time.Millisecond); return x }
func Leaves(ctx context.Context, x int64) int64 { if x == 3 { runtime.Goexit() }; return x }
func Inside(ctx context.Context, x int64) int64 {
	return func() int64 { if x > 1 { panic("inside") }; return x }()
}
func Background(ctx context.Context, x int64) int64 { time.AfterFunc(time.Millisecond, func() { panic("late") }); time.Sleep(time.Second); return x }
func Noted(ctx context.Context, c *riffle.Context, x int64) (string, error) {
	c.Counter("calls").Inc(1)
	c.Distribution("x").Update(x)
	if x == 0 { c.Logger().Info("zero") }
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case <-time.After(time.Duration(x%3) * time.Millisecond):
		return fmt.Sprint(c.Subtask(), "/", c.Subtasks(), " ", x), nil
	}
}
func Long(ctx context.Context, x int64) string { time.Sleep(time.Millisecond); return strings.Repeat("x", int(x)) }
func Left(ctx context.Context) (int64, error) {
	deadline, ok := ctx.Deadline()
	if !ok { return 0, errors.New("no deadline") }
	return time.Until(deadline).Round(time.Second).Milliseconds(), nil
}
`

func nullable(values ...int64) arrow.Array {
	b := array.NewInt64Builder(memory.DefaultAllocator)
	for _, v := range values {
		if v < 0 {
			b.AppendNull()
		} else {
			b.Append(v)
		}
	}
	return b.NewArray()
}

func upTo(n int) []int64 {
	values := make([]int64, n)
	for i := range values {
		values[i] = int64(i)
	}
	return values
}

// callWith calls a function of an instance for all rows of its arguments.
func callWith(t *testing.T, in operation.Instance, p *Program, name string, o engine.OnError, a payload.Async, args ...arrow.Array) (arrow.Array, error) {
	t.Helper()
	of := payloadOf(t, p, name, o)
	of.Async = a
	types, rows := []arrow.DataType{}, 1
	for _, arg := range args {
		types, rows = append(types, arg.DataType()), arg.Len()
	}
	f, err := in.Function(t.Context(), of, types, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f.Call(t.Context(), args, rows)
}

// Rows are in progress together, as many as the setting says, and results have the order of the rows.
func TestAsync(t *testing.T) {
	s := newStore(t, guest.Options{RowTimeout: guest.DefaultRowTimeout, Memory: guest.DefaultMemory})
	p, _ := define(t, s, "cell[1]", waiting)
	in := open(t, s)
	text := func(name string, a payload.Async, args ...arrow.Array) string {
		t.Helper()
		got, err := callWith(t, in, p, name, engine.Fail, a, args...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return got.String()
	}
	var labels []string
	for i := range 1000 {
		labels = append(labels, fmt.Sprint("row ", i))
	}
	for _, concurrent := range []int{1, 7, 200, 5000} {
		rows := min(1000, 30*concurrent)
		got := text("Later", payload.Async{Concurrent: concurrent, Timeout: 10_000}, texts(labels[:rows]...), nullable(upTo(rows)...))
		if want := texts(labels[:rows]...).String(); got != want {
			t.Errorf("%d at a time: %s", concurrent, got)
		}
		most := text("Most", payload.Async{}, nullable(1))
		if want := fmt.Sprintf("[%d]", concurrent); concurrent < rows && most != want || concurrent > rows && len(most) < len("[200]") {
			t.Errorf("%d at a time: %s were in progress", concurrent, most)
		}
	}
	for name, test := range map[string]struct {
		arg  arrow.Array
		want string
	}{
		"Twice": {nullable(1, -1, 3), "[2 (null) 6]"},
		"Even":  {nullable(1, -1, 4), "[false (null) true]"},
	} {
		if got := text(name, engine.DefaultAsync, test.arg); got != test.want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := text("Left", payload.Async{Concurrent: 1, Timeout: 60_000}); got != "[60000]" {
		t.Errorf("the deadline is in %s ms", got)
	}
	for _, f := range p.Functions {
		if f.Name == "Later" && (!f.Async || f.Declaration() != "Later(STRING, BIGINT) → STRING, asynchronous, not deterministic: it selects between channels") {
			t.Error(f.Declaration())
		}
	}
}

// A row that fails is tried again, as the setting says, but not after a panic. Failures are handled as those of other
// functions.
func TestAsyncFailures(t *testing.T) {
	s := newStore(t, guest.Options{RowTimeout: guest.DefaultRowTimeout, Memory: guest.DefaultMemory})
	p, _ := define(t, s, "cell[1]", waiting)
	in := open(t, s)
	once := payload.Async{Concurrent: 5, Timeout: 10_000}
	calls := func() string {
		got, err := callWith(t, in, p, "Calls", engine.Fail, payload.Async{}, nullable(1))
		if err != nil {
			t.Fatal(err)
		}
		return got.String()
	}
	got, err := callWith(t, in, p, "Third", engine.Null, once, nullable(1, 2, 3, 4, 5, 6, 7, 8, -1))
	if err != nil || got.String() != "[1 2 (null) 4 5 (null) (null) 8 (null)]" {
		t.Errorf("%v, %v", got, err)
	}
	if n := calls(); n != "[8]" {
		t.Errorf("%s calls", n)
	}
	retried := payload.Async{Concurrent: 5, Timeout: 10_000, Retries: 2, Delay: 1}
	if _, err := callWith(t, in, p, "Third", engine.Fail, retried, nullable(3)); err == nil || err.Error() != "Third(3): 3 is a multiple of three (after 3 attempts)" {
		t.Error(err)
	}
	if n := calls(); n != "[3]" {
		t.Errorf("%s calls", n)
	}
	if _, err := callWith(t, in, p, "Third", engine.Fail, retried, nullable(7)); err == nil || err.Error() != "panic: seven at cell[1]:34 in Third(7)" {
		t.Error(err)
	}
	if n := calls(); n != "[1]" {
		t.Errorf("%s calls", n)
	}
	if got, err := callWith(t, in, p, "Sometimes", engine.Fail, retried, nullable(9)); err != nil || got.String() != "[9]" {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := callWith(t, in, p, "First", engine.Fail, once, nullable(5, 4, 1, 3, 2)); err == nil || err.Error() != "First(1): one" {
		t.Error(err)
	}
	begun := time.Now()
	short := payload.Async{Concurrent: 5, Timeout: 100, Retries: 5}
	if _, err := callWith(t, in, p, "First", engine.Fail, short, nullable(2)); err == nil ||
		err.Error() != "First(2): no result within 100ms: 2: context deadline exceeded" || time.Since(begun) > 5*time.Second {
		t.Errorf("%v after %v", err, time.Since(begun))
	}
	if got, err := callWith(t, in, p, "First", engine.Skip, short, nullable(2, 1)); err != nil || got.String() != "[(null) (null)]" {
		t.Errorf("%v, %v", got, err)
	}
}

// A function that ignores its context ends its process, like one that loops. The next call gets another one.
func TestAsyncThatIgnoresItsContext(t *testing.T) {
	s := newStore(t, guest.Options{RowTimeout: 300 * time.Millisecond})
	p, _ := define(t, s, "cell[1]", waiting)
	in := open(t, s)
	_, err := callWith(t, in, p, "Never", engine.Fail, payload.Async{Concurrent: 5, Timeout: 500}, nullable(1, 2))
	if err == nil || !strings.HasPrefix(err.Error(), "no progress for 800ms, the function was stopped at cell[1]:") {
		t.Error(err)
	}
	if got, err := callWith(t, in, p, "Twice", engine.Fail, engine.DefaultAsync, nullable(2)); err != nil || got.String() != "[4]" {
		t.Errorf("the next call: %v, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	of := payloadOf(t, p, "Never", engine.Null)
	of.Async = payload.Async{Concurrent: 5, Timeout: 200}
	f, err := in.Function(ctx, of, []arrow.DataType{arrow.PrimitiveTypes.Int64}, nil)
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if _, err := f.Call(ctx, []arrow.Array{nullable(1)}, 1); err == nil || err.Error() != "Never: context canceled" || time.Since(begun) > 4*time.Second {
		t.Errorf("a call that is cancelled: %v after %v", err, time.Since(begun))
	}
	if got, err := callWith(t, in, p, "Twice", engine.Fail, engine.DefaultAsync, nullable(3)); err != nil || got.String() != "[6]" {
		t.Errorf("the next call: %v, %v", got, err)
	}
}

// If a query ends while its rows wait, their contexts are cancelled, their deferred calls are made, and the process
// lives on.
func TestAsyncEndsWithTheQuery(t *testing.T) {
	s := newStore(t, guest.Options{RowTimeout: guest.DefaultRowTimeout})
	p, _ := define(t, s, "cell[1]", waiting)
	in := openFor(t, s, "q1", slog.New(slog.DiscardHandler))
	var l lines
	s.Engine().Follow("q1", l.observer())
	for _, o := range []engine.OnError{engine.Fail, engine.Null} {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(50*time.Millisecond, func() { cancel(errors.New("enough")) })
		f, err := in.Function(ctx, payloadOf(t, p, "Waits", o), []arrow.DataType{arrow.PrimitiveTypes.Int64}, nil)
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		if _, err := f.Call(ctx, []arrow.Array{nullable(1, 2, 3)}, 3); err == nil || err.Error() != "Waits: enough" || time.Since(begun) > 5*time.Second {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
		s.Engine().Flush("q1")
		got := l.take()
		slices.Sort(got)
		want := []string{
			"Waits: begun 1", "Waits: begun 2", "Waits: begun 3",
			"Waits: ended 1 the query has ended", "Waits: ended 2 the query has ended", "Waits: ended 3 the query has ended",
		}
		if !slices.Equal(got, want) {
			t.Errorf("printed %q", got)
		}
	}
	if processes := s.Engine().Usage("q1")[0].Subtasks; processes != 1 {
		t.Errorf("%d processes", processes)
	}
}

// What ends a goroutine fails a row, and what ends the process fails the query, at its line.
func TestAsyncPanics(t *testing.T) {
	s := newStore(t, guest.Options{RowTimeout: guest.DefaultRowTimeout})
	p, _ := define(t, s, "cell[1]", waiting)
	in := open(t, s)
	for name, want := range map[string]string{
		"Inside":     "panic: inside at cell[1]:LINE in Inside",
		"Leaves":     "panic: runtime.Goexit ends only a goroutine at cell[1]:LINE in Leaves(3)",
		"Background": "panic: late at cell[1]:LINE in Background",
		"Dies":       "the process was ended with exit status 4 in Dies",
	} {
		_, err := callWith(t, in, p, name, engine.Fail, engine.DefaultAsync, nullable(1, 2, 3, 4))
		line := strings.Count(waiting[:strings.Index(waiting, "func "+name+"(")], "\n") + 1
		if name == "Inside" {
			line++
		}
		if want = strings.ReplaceAll(want, "LINE", strconv.Itoa(line)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	if got, err := callWith(t, in, p, "Leaves", engine.Null, engine.DefaultAsync, nullable(1, 3, 4)); err != nil || got.String() != "[1 (null) 4]" {
		t.Errorf("%v, %v", got, err)
	}
}

// A function can have both contexts. Results that need more memory than there is come in parts.
func TestAsyncCounts(t *testing.T) {
	s := newStore(t, guest.Options{RowTimeout: guest.DefaultRowTimeout, SharedLimit: 2 << 20})
	p, _ := define(t, s, "cell[1]", waiting)
	in := openFor(t, s, "q1", slog.New(slog.DiscardHandler))
	got, err := callWith(t, in, p, "Noted", engine.Fail, engine.DefaultAsync, nullable(upTo(1000)...))
	if err != nil || got.ValueStr(999) != "0/0 999" {
		t.Errorf("%v, %v", got, err)
	}
	if got := metricsOf(s, "q1", "Noted"); got != "calls=1000 x=499500 (1000 values, 0 to 999)" {
		t.Errorf("counted %s", got)
	}
	lengths := make([]int64, 400)
	for i := range lengths {
		lengths[i] = int64(i) * 100
	}
	got, err = callWith(t, in, p, "Long", engine.Fail, engine.DefaultAsync, nullable(lengths...))
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range lengths {
		if len(got.ValueStr(i)) != int(n) {
			t.Errorf("result %d has %d bytes", i, len(got.ValueStr(i)))
		}
	}
}

// A context at another place is refused with the place.
func TestContextsThatAreRefused(t *testing.T) {
	s := newStore(t, guest.Options{})
	for text, want := range map[string]string{
		"func F(x int64, ctx context.Context) int64 { return x }":                                    "cell[1]:1:17: parameter ctx of F: context.Context must be the first parameter",
		"func F(a, b context.Context) int64 { return 1 }":                                            "cell[1]:1:11: parameter b of F: a function has one context.Context",
		"func F(ctx *context.Context) int64 { return 1 }":                                            "parameter ctx of F: ",
		"func F(x int64) (context.Context, error) { return nil, nil }":                               "result of F: context.Context cannot be returned: riffle passes it as a parameter",
		"func F(ctx context.Context, x riffle.Column[int64]) []int64 { return x.Values }":            "cell[1]:1:1: F takes a context.Context, and a vectorized function cannot be asynchronous: take the values of one row, or remove the context",
		"//riffle:vectorized\nfunc F(ctx context.Context, x []int64) []int64 { return x }":           "cell[1]:2:1: F takes a context.Context, and a vectorized function cannot be asynchronous",
		"func F(ctx context.Context, x int64) iter.Seq[int64] { return nil }":                        "cell[1]:1:1: F takes a context.Context, and a table function cannot be asynchronous: return a slice, which UNNEST turns into rows, or remove the context",
		"func F(ctx context.Context, x int64) (iter.Seq2[int64, string], error) { return nil, nil }": "F takes a context.Context, and a table function cannot be asynchronous",
		"func F(c *riffle.Context, ctx context.Context, x int64) int64 { return x }":                 "cell[1]:1:27: parameter ctx of F: context.Context must be the first parameter",
		"func F(ctx context.Context, x int64, c *riffle.Context) int64 { return x }":                 "cell[1]:1:38: parameter c of F: *riffle.Context must follow context.Context",
		"func F(ctx context.Context, c riffle.Context, x int64) int64 { return x }":                  "parameter c of F: riffle.Context is passed as a pointer: write *riffle.Context",
	} {
		if err := refuse(t, s, "cell[1]", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n%v", text, err)
		}
	}
}
