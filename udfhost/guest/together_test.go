//go:build unix

package guest

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// results releases the results of calls and returns their texts.
func results(outcomes []Outcome) (all []string) {
	for _, o := range outcomes {
		all = append(all, o.Result.String())
		o.Result.Release()
	}
	return all
}

// requestsAtOnce returns how many requests the last chain had.
func requestsAtOnce(p *Process) int {
	n := 1
	for at := 0; requestAt(p.shared.bytes, at).Next != 0; n++ {
		at = int(requestAt(p.shared.bytes, at).Next)
	}
	return n
}

// Calls for the same rows go to the guest at once. An argument that they share is there once.
func TestCallsTogether(t *testing.T) {
	p := start(t, Options{})
	numbers, words := ints(1, 2, 3), texts("a", "b", "c")
	invocations := []Invocation{
		{Function: addOne, Arguments: []arrow.Array{numbers}}, {Function: upper, Arguments: []arrow.Array{words}},
		{Function: repeat, Arguments: []arrow.Array{words, numbers}},
		{Function: not, Arguments: []arrow.Array{array.MakeArrayOfNull(p.options.Allocator, not.Result, 3)}},
		{Function: calls, Arguments: []arrow.Array{numbers}},
	}
	for i := range 2 {
		outcomes, err := p.CallAll(t.Context(), invocations, 3)
		if err != nil {
			t.Fatal(err)
		}
		counted := []string{"[4 5 6]", "[10 11 12]"}[i] // Repeat counts, too
		if got := results(outcomes); !slices.Equal(got, []string{"[2 3 4]", `["A" "B" "C"]`, `["a" "bb" "ccc"]`, "[(null) (null) (null)]", counted}) {
			t.Errorf("got %v", got)
		}
		if got := requestsAtOnce(p); got != len(invocations) {
			t.Errorf("%d requests at once, want %d", got, len(invocations))
		}
	}
	first, err := p.newCall(invocations[0], 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := p.newCall(invocations[4], 3, []*call{first})
	if err != nil {
		t.Fatal(err)
	}
	if g := newGroup([]*call{first, second}); len(g.arguments) != 1 {
		t.Errorf("an argument of two calls is there %d times", len(g.arguments))
	}
}

// A call that fails is reported, with its row. The calls before it are done, those after it are not made.
func TestFailureAmongCalls(t *testing.T) {
	p := start(t, Options{})
	words, numbers := texts("a", "error"), ints(1, 2)
	counting := Invocation{Function: calls, Arguments: []arrow.Array{numbers}}
	outcomes, err := p.CallAll(t.Context(), []Invocation{
		counting, {Function: trouble, Arguments: []arrow.Array{words}}, counting,
	}, 2)
	if got := results(outcomes); len(got) != 1 || got[0] != "[1 2]" {
		t.Errorf("got %v", got)
	}
	var failure *Failure
	if !errors.As(err, &failure) || failure.Error() != `Trouble("error"): no such thing` || failure.Row != 1 {
		t.Errorf("got %v", err)
	}
	outcomes, err = p.CallAll(t.Context(), []Invocation{
		{Function: trouble, Arguments: []arrow.Array{words}, Tolerant: true}, counting,
		{Function: trouble, Arguments: []arrow.Array{texts("panic", "b")}, Tolerant: true}, counting,
	}, 2)
	if err != nil {
		t.Fatal(err)
	}
	if outcomes[0].Failures.Count != 1 || outcomes[2].Failures.Count != 1 || string(outcomes[2].Failures.Rows) != "\x01" {
		t.Errorf("failures %+v and %+v", outcomes[0].Failures, outcomes[2].Failures)
	}
	if got := results(outcomes); !slices.Equal(got, []string{`["a" (null)]`, "[3 4]", `[(null) "b"]`, "[5 6]"}) {
		t.Errorf("got %v", got)
	}
}

// A process that ends in a later call has not ended in the first one.
func TestEndAmongCalls(t *testing.T) {
	for word, want := range map[string]string{
		"exit":      `the process was ended with exit status 3 after printing "about to exit" in Trouble("exit")`,
		"goroutine": `panic: in a goroutine at cell[5]:24 in Trouble("goroutine") (Trouble.func1)`,
		"loop":      `no progress for 1s, the function was stopped at cell[5]:17..18 in Trouble("loop")`,
	} {
		p := start(t, Options{RowTimeout: time.Second})
		words := texts("a", word)
		outcomes, err := p.CallAll(t.Context(), []Invocation{
			{Function: upper, Arguments: []arrow.Array{words}}, {Function: trouble, Arguments: []arrow.Array{words}},
		}, 2)
		var failure *Failure
		if !errors.As(err, &failure) || failure.Function != "Trouble" || failure.Row != 1 || !like(err.Error(), want) {
			t.Errorf("%s: %v, want %s", word, err, want)
		}
		results(outcomes)
	}
}

// Where there is no room for several calls, or for their results, no row is lost or computed twice.
func TestRoomForCalls(t *testing.T) {
	for _, limit := range []int{1 << 20, 4 << 20, DefaultSharedLimit} {
		p := start(t, Options{SharedLimit: limit})
		const rows = 100
		words, times := make([]string, rows), make([]int64, rows)
		for i := range words {
			words[i], times[i] = strings.Repeat("x", 1000), int64(i%50)
		}
		text, number := texts(words...), ints(times...)
		for round := range int64(2) {
			outcomes, err := p.CallAll(t.Context(), []Invocation{
				{Function: repeat, Arguments: []arrow.Array{text, number}}, {Function: upper, Arguments: []arrow.Array{text}},
				{Function: repeat, Arguments: []arrow.Array{text, number}}, {Function: calls, Arguments: []arrow.Array{number}},
			}, rows)
			if err != nil {
				t.Fatal(err)
			}
			for i := range rows {
				for _, o := range []int{0, 2} {
					if got := len(outcomes[o].Result.(*array.String).Value(i)); got != 1000*int(times[i]) {
						t.Fatalf("limit %d: row %d has %d bytes", limit, i, got)
					}
				}
			}
			if got, want := outcomes[3].Result.(*array.Int64).Value(rows-1), 3*rows*(round+1); got != want {
				t.Errorf("limit %d: %d rows were computed instead of %d", limit, got, want)
			}
			results(outcomes)
		}
		// The second time, the room for the results is known.
		if got := requestsAtOnce(p); limit == DefaultSharedLimit && got != 4 {
			t.Errorf("%d requests at once after results that did not fit", got)
		}
	}
}

// One huge result does not make later calls go one by one.
func TestOneHugeResultAmongCalls(t *testing.T) {
	p := start(t, Options{})
	const rows = 1000
	for _, sizes := range [][]int64{{1}, {32 << 20}, {60 << 20}, make([]int64, rows)} {
		number, text := ints(sizes...), texts(slices.Repeat([]string{"x"}, len(sizes))...)
		both := Invocation{Function: repeat, Arguments: []arrow.Array{text, number}}
		outcomes, err := p.CallAll(t.Context(), []Invocation{both, both, {Function: addOne, Arguments: []arrow.Array{number}}}, len(sizes))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(outcomes[1].Result.(*array.String).Value(0)); got != int(sizes[0]) {
			t.Errorf("%d bytes instead of %d", got, sizes[0])
		}
		for _, o := range outcomes {
			o.Result.Release()
		}
	}
	if got := requestsAtOnce(p); got != 3 {
		t.Errorf("%d requests at once, want 3", got)
	}
}

// Each line belongs to the function that has printed it, also among several calls, of which some print much and
// some nothing.
func TestOutputOfCallsTogether(t *testing.T) {
	var mu sync.Mutex
	var lines, want []string
	p := start(t, Options{Output: func(function, line string) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, function+": "+line)
	}})
	named := func(name string, words arrow.Array) Invocation {
		f := trouble
		f.Name = name
		return Invocation{Function: f, Arguments: []arrow.Array{words}}
	}
	const rows = 5000
	words := make([]string, rows)
	silent := texts(words...)
	words[rows-1] = "print"
	once := texts(words...)
	for i := range words {
		words[i] = "print"
	}
	much := texts(words...)
	for range 3 {
		outcomes, err := p.CallAll(t.Context(), []Invocation{
			named("A", silent), named("B", once), named("C", silent), named("D", much), named("E", once), named("F", silent),
		}, rows)
		if err != nil {
			t.Fatal(err)
		}
		results(outcomes)
		want = append(want, "B: one", "B: two")
		for range rows {
			want = append(want, "D: one", "D: two")
		}
		want = append(want, "E: one", "E: two")
	}
	outcomes, err := p.CallAll(t.Context(), []Invocation{named("A", silent), named("B", texts(slices.Repeat([]string{"exit"}, rows)...))}, rows)
	if err == nil {
		t.Error("the process goes on")
	}
	results(outcomes)
	p.Flush()
	mu.Lock()
	defer mu.Unlock()
	if want = append(want, "B: about to exit"); !slices.Equal(lines, want) {
		for i := range min(len(lines), len(want)) {
			if lines[i] != want[i] {
				t.Fatalf("line %d is %q, want %q", i, lines[i], want[i])
			}
		}
		t.Errorf("%d lines instead of %d", len(lines), len(want))
	}
}

// A guest that goes on to the next call makes progress, although it is on the same row.
func TestWatchdogSeesCalls(t *testing.T) {
	var w watchdog
	var mu sync.Mutex
	var p position
	checks, expired := make(chan struct{}, 100), make(chan struct{})
	w.start(func() position {
		mu.Lock()
		defer mu.Unlock()
		p.call++
		checks <- struct{}{}
		return p
	}, 4*time.Millisecond, func() { close(expired) })
	for range 3 * checksPerTimeout {
		<-checks
	}
	w.stop()
	if w.hasExpired() {
		t.Error("a guest that makes one call after the other was ended")
	}
}
