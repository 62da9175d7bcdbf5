package golang

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
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

func texts(values ...string) arrow.Array {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	b.AppendValues(values, nil)
	return b.NewArray()
}

// open returns an instance that ends with the test.
func open(t testing.TB, s *Store) operation.Instance {
	t.Helper()
	in, err := s.Engine().Open(context.Background(), operation.Caller{Worker: t.Name(), Zone: "Asia/Kolkata", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	return in
}

// payloadOf returns the payload with which a function of a program is registered.
func payloadOf(t testing.TB, p *Program, name string, o engine.OnError) payload.Payload {
	t.Helper()
	i := slices.IndexFunc(p.Functions, func(f Function) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("no function %s", name)
	}
	read, err := payload.Parse(p.Payload(p.Functions[i], o, engine.DefaultAsync))
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// resolve returns a function of a program.
func resolve(t testing.TB, in operation.Instance, p *Program, name string, args ...arrow.Array) operation.Function {
	t.Helper()
	var types []arrow.DataType
	for _, arg := range args {
		types = append(types, arg.DataType())
	}
	f, err := in.Function(t.Context(), payloadOf(t, p, name, engine.Fail), types, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func call(t testing.TB, s *Store, name string, args ...string) string {
	t.Helper()
	column := texts(args...)
	got, err := resolve(t, open(t, s), s.Program(), name, column).Call(t.Context(), []arrow.Array{column}, len(args))
	if err != nil {
		t.Fatal(err)
	}
	return got.String()
}

func callErr(t testing.TB, s *Store, name string, args ...string) error {
	t.Helper()
	column := texts(args...)
	_, err := resolve(t, open(t, s), s.Program(), name, column).Call(t.Context(), []arrow.Array{column}, len(args))
	return err
}

// A million rows, in batches as Flink sends them and from two workers at once, give the same
// results as the same code here.
func TestMillionRows(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", `func Mix(x int64, s string) (string, error) {
	if x%1000 == 999 { return "", nil }
	return strings.ToUpper(s) + strconv.FormatInt(x*x, 16), nil
}`)
	mix := func(x int64, s string) string {
		if x%1000 == 999 {
			return ""
		}
		return strings.ToUpper(s) + strconv.FormatInt(x*x, 16)
	}
	const workers, batches, rows = 2, 50, 10_000
	var wg sync.WaitGroup
	for worker := range workers {
		in := open(t, s)
		f := resolve(t, in, p, "Mix", ints(0), texts(""))
		wg.Go(func() {
			for batch := range batches {
				first := int64((worker*batches + batch) * rows)
				numbers, words := make([]int64, rows), make([]string, rows)
				for i := range rows {
					numbers[i], words[i] = first+int64(i), fmt.Sprint("product-", i)
				}
				got, err := f.Call(t.Context(), []arrow.Array{ints(numbers...), texts(words...)}, rows)
				if err != nil {
					t.Error(err)
					return
				}
				for i := range rows {
					if want := mix(numbers[i], words[i]); got.(*array.String).Value(i) != want {
						t.Errorf("row %d: got %s, want %s", numbers[i], got.(*array.String).Value(i), want)
						return
					}
				}
				got.Release()
			}
		})
	}
	wg.Wait()
}

func ints(values ...int64) arrow.Array {
	b := array.NewInt64Builder(memory.DefaultAllocator)
	b.AppendValues(values, nil)
	return b.NewArray()
}

// A query keeps the program that it was planned with, also after a redefinition and next to a
// function of a newer one.
func TestProgramsLiveOn(t *testing.T) {
	s := newStore(t, guest.Options{})
	first, _ := define(t, s, "cell[1]", "func F(s string) string { return s + \"1\" }")
	in := open(t, s)
	old := resolve(t, in, first, "F", texts(""))
	second, _ := define(t, s, "cell[2]", "func F(s string) string { return s + \"2\" }")
	current := resolve(t, in, second, "F", texts(""))
	restarted := resolve(t, open(t, s), first, "F", texts(""))
	for want, f := range map[string]operation.Function{`["a1"]`: old, `["a2"]`: current, `["a1"] `: restarted} {
		got, err := f.Call(t.Context(), []arrow.Array{texts("a")}, 1)
		if err != nil || got.String() != strings.TrimSpace(want) {
			t.Errorf("got %v, %v, want %s", got, err, want)
		}
	}
}

func TestRefusedPayloads(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", "func F(s string, n int) string { return s }")
	str, num := arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64
	in := open(t, s)
	f := payloadOf(t, p, "F", engine.Fail)
	for _, test := range []struct {
		payload payload.Payload
		args    []arrow.DataType
		result  arrow.DataType
		want    string
	}{
		{payload.Payload{Kind: "moving", Program: p.Hash, Function: "F"}, nil, nil, `functions of kind "moving" are not supported`},
		{payload.Payload{Kind: payload.Kept}, nil, nil, `functions of kind "kept" are not supported`},
		{payload.Payload{Kind: payload.Scalar, Program: p.Hash, Function: "F", OnError: "explode"}, nil, nil, `F: how to handle failed rows: "explode" is not fail, null or skip`},
		{payload.Payload{Kind: payload.Scalar, Program: "0123", Function: "F"}, nil, nil, "F belongs to a program that this session has not built: define the function again and restart the query"},
		{payload.Payload{Kind: payload.Scalar, Program: p.Hash, Function: "G"}, nil, nil, "the program of G has no scalar function of that name"},
		{f, []arrow.DataType{str}, str, "F(STRING, BIGINT) → STRING takes 2 arguments, not 1"},
		{f, []arrow.DataType{str, arrow.PrimitiveTypes.Int32}, str, "F(STRING, BIGINT) → STRING: argument 2 is int32; write CAST(… AS BIGINT)"},
		{f, []arrow.DataType{str, num}, num, "F(STRING, BIGINT) → STRING: the plan expects its result to be int64"},
	} {
		if _, err := in.Function(t.Context(), test.payload, test.args, test.result); err == nil || err.Error() != test.want {
			t.Errorf("got  %v\nwant %s", err, test.want)
		}
	}
	resolved, err := in.Function(t.Context(), f, []arrow.DataType{str, nil}, nil)
	if err != nil || resolved.Args()[1].ID() != arrow.INT64 || resolved.Result().ID() != arrow.STRING {
		t.Errorf("got %+v, %v", resolved, err)
	}
}

// One query's function loops for ever: the other's answers are complete, and
// closing ends the loop.
func TestLoopEndsWithItsWorker(t *testing.T) {
	s := newStore(t, guest.Options{})
	p, _ := define(t, s, "cell[1]", "var n int\nfunc F(s string) string { for s == \"loop\" { n++; runtime.Gosched() }; return s }")
	looping, working := open(t, s), open(t, s)
	loop := resolve(t, looping, p, "F", texts(""))
	f := resolve(t, working, p, "F", texts(""))
	ended := make(chan error, 1)
	go func() {
		_, err := loop.Call(t.Context(), []arrow.Array{texts("loop")}, 1)
		ended <- err
	}()
	for range 100 {
		got, err := f.Call(t.Context(), []arrow.Array{texts("a", "b")}, 2)
		if err != nil || got.String() != `["a" "b"]` {
			t.Fatalf("got %v, %v", got, err)
		}
		got.Release()
	}
	select {
	case err := <-ended:
		t.Fatalf("the loop has ended: %v", err)
	default:
	}
	begun := time.Now()
	if err := looping.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil || time.Since(begun) > time.Second {
		t.Errorf("ended with %v after %v", err, time.Since(begun))
	}
}

// After a function has ended its process, the next call gets a new one. The endless loop has no
// condition: a condition that compares s would share code with the line before, and a function
// that is stopped in that code is reported there by the compiler's line table. The limit also
// applies to the start of a guest, which takes a while on a busy machine.
func TestEndedGuestIsReplaced(t *testing.T) {
	s := newStore(t, guest.Options{RowTimeout: 2 * time.Second})
	p, _ := define(t, s, "cell[1]", "func F(s string) string {\n\tif s == \"exit\" { os.Exit(7) }\n\tif s == \"loop\" { for { time.Sleep(1e6) } }\n\treturn s\n}")
	f := resolve(t, open(t, s), p, "F", texts(""))
	for _, test := range []struct{ in, want string }{
		{"exit", `the process was ended with exit status 7 in F("exit")`},
		{"loop", `no progress for 2s, the function was stopped at cell[1]:3 in F("loop")`},
	} {
		_, err := f.Call(t.Context(), []arrow.Array{texts(test.in)}, 1)
		if err == nil || err.Error() != test.want {
			t.Errorf("got  %v\nwant %s", err, test.want)
		}
		got, err := f.Call(t.Context(), []arrow.Array{texts("fine")}, 1)
		if err != nil || got.String() != `["fine"]` {
			t.Errorf("got %v, %v", got, err)
		}
	}
}

// Stores, workers and their processes leave nothing behind.
func TestNothingLeaks(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	round := func() {
		s := New(Options{CacheDir: cacheDir})
		p, _ := define(t, s, "cell[1]", "func F(s string) string { return s }")
		for range 3 {
			in, err := s.Engine().Open(t.Context(), operation.Caller{Worker: "worker"})
			if err != nil {
				t.Fatal(err)
			}
			f := resolve(t, in, p, "F", texts(""))
			got, err := f.Call(t.Context(), []arrow.Array{texts("a")}, 1)
			if err != nil {
				t.Fatal(err)
			}
			got.Release()
			if err := in.Close(); err != nil {
				t.Error(err)
			}
			if _, err := f.Call(t.Context(), []arrow.Array{texts("a")}, 1); err == nil {
				t.Error("a closed worker answers")
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := s.Engine().Open(t.Context(), operation.Caller{Worker: "worker"}); err == nil {
			t.Error("a closed engine opens workers")
		}
	}
	round()
	goroutines, files, children := runtime.NumGoroutine(), count(t, "/dev/fd"), childCount(t)
	round()
	deadline := time.Now().Add(2 * time.Second)
	for runtime.NumGoroutine() > goroutines && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	if now := runtime.NumGoroutine(); now > goroutines {
		t.Errorf("%d goroutines, before %d", now, goroutines)
	}
	if now := count(t, "/dev/fd"); now > files {
		t.Errorf("%d open files, before %d", now, files)
	}
	if now := childCount(t); now > children {
		t.Errorf("%d child processes, before %d", now, children)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "riffle-golang-*", "build-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func count(t *testing.T, folder string) int {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// childCount returns the number of processes, zombies too, that are children of
// this one.
func childCount(t *testing.T) int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // has just ended
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) {
			n++
		}
	}
	return n
}
