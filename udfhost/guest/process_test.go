//go:build unix

package guest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
)

// The functions of testdata/program.
var (
	int64s  = arrow.DataType(arrow.PrimitiveTypes.Int64)
	strs    = arrow.DataType(arrow.BinaryTypes.String)
	addOne  = Function{Index: 0, Name: "AddOne", Arguments: []arrow.DataType{int64s}, Result: int64s, Nullable: true}
	upper   = Function{Index: 1, Name: "Upper", Arguments: []arrow.DataType{strs}, Result: strs, Nullable: true}
	calls   = Function{Index: 2, Name: "Calls", Arguments: []arrow.DataType{int64s}, Result: int64s}
	repeat  = Function{Index: 3, Name: "Repeat", Arguments: []arrow.DataType{strs, int64s}, Result: strs, Nullable: true}
	trouble = Function{Index: 4, Name: "Trouble", Arguments: []arrow.DataType{strs}, Result: strs}
	not     = Function{
		Index: 5, Name: "Not", Arguments: []arrow.DataType{arrow.FixedWidthTypes.Boolean},
		Result: arrow.FixedWidthTypes.Boolean, Nullable: true,
	}
	reverse = Function{
		Index: 6, Name: "Reverse", Arguments: []arrow.DataType{arrow.BinaryTypes.Binary},
		Result: arrow.BinaryTypes.Binary, Nullable: true,
	}
)

var program string

func TestMain(m *testing.M) {
	if program := os.Getenv(hostVariable); program != "" {
		runHost(program)
	}
	folder, err := os.MkdirTemp("", "guest-test-*")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(folder, "program")
	build := exec.Command("go", "build", "-o", program, "./testdata/program")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("%v\n%s", err, out))
	}
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

func start(t testing.TB, options Options) *Process {
	t.Helper()
	l := NewLauncher()
	p, err := l.Start(t.Context(), program, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		l.Close()
	})
	return p
}

func ints(values ...int64) arrow.Array {
	b := array.NewInt64Builder(memory.DefaultAllocator)
	b.AppendValues(values, nil)
	return b.NewArray()
}

func texts(values ...string) arrow.Array {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	b.AppendValues(values, nil)
	return b.NewArray()
}

func TestCall(t *testing.T) {
	p := start(t, Options{})
	bools := array.NewBooleanBuilder(memory.DefaultAllocator)
	bools.AppendValues([]bool{true, false, true}, []bool{true, true, false})
	blobs := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.Binary)
	blobs.AppendValues([][]byte{{1, 2, 3}, nil, {}}, []bool{true, false, true})
	fixed := array.NewFixedSizeBinaryBuilder(memory.DefaultAllocator, &arrow.FixedSizeBinaryType{ByteWidth: 2})
	fixed.AppendValues([][]byte{{1, 2}, {3, 4}}, nil)
	nullable := array.NewInt64Builder(memory.DefaultAllocator)
	nullable.AppendValues([]int64{1, 2, 3}, []bool{true, false, true})
	some := nullable.NewArray()
	for _, test := range []struct {
		f    Function
		args []arrow.Array
		want string
	}{
		{addOne, []arrow.Array{ints(1, -1, 1<<62)}, "[2 0 4611686018427387905]"},
		{addOne, []arrow.Array{ints()}, "[]"},
		{addOne, []arrow.Array{some}, "[2 (null) 4]"},
		{addOne, []arrow.Array{array.NewSlice(some, 1, 3)}, "[(null) 4]"},
		{upper, []arrow.Array{texts("a", "", "ß→x")}, `["A" "" "SS→X"]`},
		{upper, []arrow.Array{array.NewSlice(texts("a", "bc", "d"), 1, 2)}, `["BC"]`},
		{repeat, []arrow.Array{texts("ab", "c"), ints(2, 0)}, `["abab" ""]`},
		{not, []arrow.Array{bools.NewArray()}, "[false true (null)]"},
		{reverse, []arrow.Array{blobs.NewArray()}, `["\x03\x02\x01" (null) ""]`},
		{reverse, []arrow.Array{array.NewSlice(fixed.NewArray(), 1, 2)}, `["\x04\x03"]`},
	} {
		rows := test.args[0].Len()
		got, err := p.Call(t.Context(), test.f, test.args, rows)
		if err != nil {
			t.Errorf("%s: %v", test.f.Name, err)
			continue
		}
		if got.String() != test.want && !(test.f.Name == "Upper" && strings.Contains(test.want, "SS")) {
			t.Errorf("%s: got %v, want %s", test.f.Name, got, test.want)
		}
		got.Release()
	}
}

func TestRefusedArguments(t *testing.T) {
	p := start(t, Options{})
	for _, test := range []struct {
		f    Function
		args []arrow.Array
		rows int
		want string
	}{
		{addOne, nil, 1, "AddOne: got 0 arguments instead of 1"},
		{addOne, []arrow.Array{ints(1)}, 2, "AddOne: argument 1 has 1 rows instead of 2"},
		{addOne, []arrow.Array{texts("a")}, 1, "AddOne: argument 1 is utf8 instead of int64"},
		{Function{Index: 99, Name: "None", Result: int64s}, nil, 1, "None: the guest broke the protocol: it has no function 99 of kind 0"},
		{Function{Kind: 7, Name: "Moving", Result: int64s}, nil, 1, "Moving: functions of kind 7 are not supported"},
	} {
		if _, err := p.Call(t.Context(), test.f, test.args, test.rows); err == nil || err.Error() != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

func TestFailures(t *testing.T) {
	for _, test := range []struct {
		input string
		want  string
		lives bool
	}{
		{"error", `Trouble("error"): no such thing`, true},
		{"panic", `panic: slice bounds out of range [:1] with length 0 at cell[5]:6 in Trouble("panic")`, true},
		{"value", `panic: a value of type struct { a int } at cell[5]:8 in Trouble("value")`, true},
		{"bad", `Trouble("bad"): its result is not valid UTF-8, as a STRING must be; return []byte for BYTES`, true},
		{"exit", `the process was ended with exit status 3 after printing "about to exit" in Trouble("exit")`, false},
		{"deadlock", `fatal error: all goroutines are asleep - deadlock! at cell[5]:13 in Trouble("deadlock")`, false},
		{"loop", `no progress for 400ms, the function was stopped at cell[5]:17..18 in Trouble("loop")`, false},
		{"sleep", `no progress for 400ms, the function was stopped at cell[5]:21 in Trouble("sleep")`, false},
		{"goroutine", `panic: in a goroutine at cell[5]:24 in Trouble("goroutine") (Trouble.func1)`, false},
		{"memory", `out of memory, a function may use 256 MiB, at cell[5]:30..33 in Trouble("memory")`, false},
	} {
		t.Run(test.input, func(t *testing.T) {
			p := start(t, Options{Memory: 256 << 20})
			if test.input == "loop" || test.input == "sleep" {
				p.options.RowTimeout = 400 * time.Millisecond // its start may take longer
			}
			_, err := p.Call(t.Context(), trouble, []arrow.Array{texts("x", test.input)}, 2)
			if failure := (*Failure)(nil); !errors.As(err, &failure) {
				t.Fatalf("%v is no failure", err)
			}
			if !like(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
			got, err := p.Call(t.Context(), addOne, []arrow.Array{ints(1)}, 1)
			if test.lives != (err == nil) || test.lives == p.Ended() {
				t.Errorf("the next call: %v, %v", got, err)
			}
		})
	}
}

// like compares an error with one in which a line may be a range, "17..18".
func like(got, want string) bool {
	lines := regexp.MustCompile(`(\d+)\.\.(\d+)`).FindStringSubmatch(want)
	if lines == nil {
		return got == want
	}
	first, _ := strconv.Atoi(lines[1])
	last, _ := strconv.Atoi(lines[2])
	for line := first; line <= last; line++ {
		if got == strings.Replace(want, lines[0], strconv.Itoa(line), 1) {
			return true
		}
	}
	return false
}

func TestStackOverflow(t *testing.T) {
	p := start(t, Options{Memory: DefaultMemory})
	_, err := p.Call(t.Context(), trouble, []arrow.Array{texts("overflow")}, 1)
	if want := `fatal error: stack overflow at cell[5]:1 in Trouble("overflow")`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// A result that does not fit, a batch that does not fit and both at once: all
// answers are right and no row is computed twice.
func TestSplit(t *testing.T) {
	for _, test := range []struct{ rows, length, times, limit int }{
		{rows: 10, length: 10, times: 100_000, limit: 4 << 20}, // results grow
		{rows: 100, length: 10, times: 10_000, limit: 2 << 20}, // results in parts
		{rows: 100, length: 100_000, times: 1, limit: 2 << 20}, // arguments split
		{rows: 100, length: 50_000, times: 4, limit: 2 << 20},  // both
		{rows: 3, length: 8 << 20, times: 2, limit: DefaultSharedLimit},
	} {
		t.Run(fmt.Sprintf("%v", test), func(t *testing.T) {
			p := start(t, Options{SharedLimit: test.limit})
			words, times := make([]string, test.rows), make([]int64, test.rows)
			for i := range words {
				words[i] = strings.Repeat(string(rune('a'+i%26)), test.length)
				times[i] = int64(test.times)
			}
			got, err := p.Call(t.Context(), repeat, []arrow.Array{texts(words...), ints(times...)}, test.rows)
			if err != nil {
				t.Fatal(err)
			}
			defer got.Release()
			for i := range words {
				if got.(*array.String).Value(i) != strings.Repeat(words[i], test.times) {
					t.Fatalf("row %d is wrong", i)
				}
			}
			count, err := p.Call(t.Context(), calls, []arrow.Array{ints(0)}, 1)
			if err != nil || count.(*array.Int64).Value(0) != int64(test.rows)+1 {
				t.Errorf("the function was called %v times, %v", count, err)
			}
		})
	}
}

func TestTooLarge(t *testing.T) {
	p := start(t, Options{SharedLimit: 1 << 20})
	huge := texts(strings.Repeat("x", 1<<20))
	_, err := p.Call(t.Context(), upper, []arrow.Array{huge}, 1)
	if want := "row 1 has 1049032 bytes of arguments"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = p.Call(t.Context(), repeat, []arrow.Array{texts("a", "b"), ints(1, 2<<20)}, 2)
	if want := `Repeat("b", 2097152): its result has 2097232 bytes, more than the `; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	got, err := p.Call(t.Context(), addOne, []arrow.Array{ints(1)}, 1)
	if err != nil || got.String() != "[2]" {
		t.Errorf("the next call: %v, %v", got, err)
	}
}

// What is printed belongs to the function that was called, in order, however many lines there
// are and however quickly another call follows. All of it is available after Flush.
func TestOutput(t *testing.T) {
	var mu sync.Mutex
	var lines []string
	p := start(t, Options{Output: func(function, line string) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, function+": "+line)
	}})
	other := trouble
	other.Name = "Other"
	many := make([]string, 10_000)
	for i := range many {
		many[i] = "print"
	}
	var want []string
	for _, f := range []Function{trouble, other, trouble} {
		if _, err := p.Call(t.Context(), f, []arrow.Array{texts(many...)}, len(many)); err != nil {
			t.Fatal(err)
		}
		for range many {
			want = append(want, f.Name+": one", f.Name+": two")
		}
	}
	p.Flush()
	mu.Lock()
	defer mu.Unlock()
	if !slices.Equal(lines, want) {
		t.Errorf("%d lines instead of %d, or others", len(lines), len(want))
	}
}

// A program may print what looks like the end of it, and a line without an end.
func TestOutputIsNoReport(t *testing.T) {
	var lines []string
	p := start(t, Options{Output: func(_, line string) { lines = append(lines, line) }})
	for _, word := range []string{"print", "alarm", "print"} {
		if _, err := p.Call(t.Context(), trouble, []arrow.Array{texts(word)}, 1); err != nil {
			t.Fatal(err)
		}
	}
	p.Flush()
	if want := []string{"one", "two", "panic: not really", "one", "two"}; !slices.Equal(lines, want) {
		t.Errorf("printed %q", lines)
	}
	if _, err := p.Call(t.Context(), trouble, []arrow.Array{texts("open")}, 1); err != nil {
		t.Fatal(err)
	}
	p.Flush()
	if got := lines[len(lines)-1]; got != "no end" {
		t.Errorf("printed %q last", got)
	}
}

func TestCloseAndCancelDuringCall(t *testing.T) {
	for name, end := range map[string]func(*Process, context.CancelFunc){
		"close":  func(p *Process, _ context.CancelFunc) { p.Close() },
		"cancel": func(_ *Process, cancel context.CancelFunc) { cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, Options{})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var begun time.Time
			time.AfterFunc(50*time.Millisecond, func() { begun = time.Now(); end(p, cancel) })
			_, err := p.Call(ctx, trouble, []arrow.Array{texts("loop")}, 1)
			if took := time.Since(begun); err == nil || took > 500*time.Millisecond {
				t.Errorf("returned %v after %v", err, took)
			}
		})
	}
}

// Two processes of one program, one in an endless loop: the other's answers
// are complete.
func TestProcessesAreIndependent(t *testing.T) {
	looping, working := start(t, Options{}), start(t, Options{})
	ended := make(chan error, 1)
	go func() {
		_, err := looping.Call(t.Context(), trouble, []arrow.Array{texts("loop")}, 1)
		ended <- err
	}()
	const rows = 100_000
	values := make([]int64, rows)
	for i := range values {
		values[i] = int64(i)
	}
	for range 10 {
		got, err := working.Call(t.Context(), addOne, []arrow.Array{ints(values...)}, rows)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range got.(*array.Int64).Int64Values() {
			if v != int64(i)+1 {
				t.Fatalf("row %d is %d", i, v)
			}
		}
		got.Release()
	}
	looping.Close()
	if err := <-ended; err == nil {
		t.Error("the loop has ended by itself")
	}
}

// Concurrent calls of one process do not mix.
func TestConcurrentCalls(t *testing.T) {
	p := start(t, Options{})
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range 50 {
				want := int64(worker*1000 + i)
				got, err := p.Call(t.Context(), addOne, []arrow.Array{ints(want - 1)}, 1)
				if err != nil || got.(*array.Int64).Value(0) != want {
					t.Errorf("got %v, %v, want %d", got, err, want)
					return
				}
				got.Release()
			}
		})
	}
	wg.Wait()
}

func TestStartErrors(t *testing.T) {
	l := NewLauncher()
	defer l.Close()
	if _, err := l.Start(t.Context(), filepath.Join(t.TempDir(), "none"), Options{}); err == nil {
		t.Error("a program that is not there has started")
	}
	_, err := l.Start(t.Context(), "/bin/false", Options{})
	if want := "the process was ended with exit status 1 while the program's variables were initialized"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	closed := NewLauncher()
	closed.Close()
	if _, err := closed.Start(t.Context(), program, Options{}); err == nil {
		t.Error("a closed launcher has started a guest")
	}
}

// Whatever way a process ends, its goroutines, files and memory go with it.
func TestNothingLeaks(t *testing.T) {
	l := NewLauncher()
	defer l.Close()
	l.do(func() error { return nil }) // starts its thread
	allocator := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer allocator.AssertSize(t, 0)
	round := func() {
		for _, input := range []string{"fine", "error", "panic", "exit", "bad"} {
			p, err := l.Start(t.Context(), program, Options{Allocator: allocator, RowTimeout: time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := p.Call(t.Context(), trouble, []arrow.Array{texts(input)}, 1); err == nil {
				got.Release()
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		}
		if p, err := l.Start(t.Context(), "/bin/true", Options{}); err == nil {
			t.Error(p)
		}
		if p, err := l.Start(t.Context(), "/none", Options{}); err == nil {
			t.Error(p)
		}
	}
	round()
	goroutines, files := runtime.NumGoroutine(), countFiles(t)
	round()
	deadline := time.Now().Add(2 * time.Second)
	for runtime.NumGoroutine() > goroutines && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	if now := runtime.NumGoroutine(); now > goroutines {
		t.Errorf("%d goroutines, before %d", now, goroutines)
	}
	if now := countFiles(t); now > files {
		t.Errorf("%d open files, before %d", now, files)
	}
}

func countFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir(openFiles)
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
