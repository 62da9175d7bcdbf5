//go:build unix

package guest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"riffle/udfhost/guest/abi"
	"riffle/udfhost/guest/scope"
)

// newBoard returns both sides of a board in memory of this process.
func newBoard() (*board, *scope.Board) {
	words := make([]uint64, abi.BoardSize/8)
	memory := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), abi.BoardSize)
	return &board{memory: memory}, scope.NewBoard(memory)
}

// all reads the metrics.
func (b *board) all() []Metric {
	b.read(false)
	var all []Metric
	for _, m := range b.metrics {
		all = append(all, m.Metric)
	}
	return all
}

// Goroutines count while the host reads. It never sees a distribution whose numbers do not belong together, and sees
// everything in the end.
func TestBoardCounts(t *testing.T) {
	host, guest := newBoard()
	const reads = 100_000
	var work sync.WaitGroup
	var over atomic.Bool
	var counted [2]atomic.Int64 // by function
	for g := range 2 * len(counted) {
		work.Go(func() {
			function := g % len(counted)
			s := guest.Scope(uint32(function), 0, 1)
			for !over.Load() {
				c, _ := s.Metric(abi.Counter, "c")
				c.Add(1)
				d, _ := s.Metric(abi.Distribution, "d")
				d.Update(3)
				counted[function].Add(1)
			}
		})
	}
	for n := 0; n < reads; {
		for _, m := range host.all() {
			if n++; m.Kind == abi.Distribution && m.Sum != 3*m.Count {
				t.Errorf("read %d: %+v", n, m)
				n = reads
			}
		}
	}
	over.Store(true)
	work.Wait()
	all := host.all()
	if len(all) != 4 {
		t.Errorf("%d metrics", len(all))
	}
	for _, m := range all {
		got := m.Sum
		if m.Kind == abi.Distribution {
			got = m.Count
		}
		if want := counted[m.Function].Load(); got != want || want == 0 {
			t.Errorf("%+v, want %d", m, want)
		}
	}
}

// What a guest counts arrives with its kind, its name and its function. A function cannot have more than its number of
// metrics, nor fill the places of another function.
func TestBoardLimits(t *testing.T) {
	host, guest := newBoard()
	full := 0
	for function := range uint32(100) {
		s := guest.Scope(function, 0, 1)
		for i := range 2 * abi.FunctionMetrics {
			m, first := s.Metric(abi.Gauge, fmt.Sprint("gauge-", i))
			m.Set(int64(i) - 5)
			if first {
				full++
			}
		}
	}
	all := host.all()
	if len(all) != abi.MostMetrics || full != 100 {
		t.Errorf("%d metrics, %d functions are warned", len(all), full)
	}
	for i, m := range all {
		if want := (Metric{Function: i / 100, Name: fmt.Sprint("gauge-", i%100), Kind: abi.Gauge, Sum: int64(i%100) - 5, Count: 1}); m != want {
			t.Fatalf("%+v, want %+v", m, want)
		}
	}
}

// The parameters of a job arrive as they are.
func TestBoardParameters(t *testing.T) {
	host, guest := newBoard()
	p := &Process{board: board{memory: host.memory}}
	want := map[string]string{"": "empty", "a": "", "long": strings.Repeat("ä,:'\n\x00", 9000)}
	if err := p.SetParameters(want); err != nil {
		t.Fatal(err)
	}
	s := guest.Scope(3, 1, 2)
	for name, value := range want {
		if got, found := s.Parameter(name); got != value || !found {
			t.Errorf("%q: %.20q, %v", name, got, found)
		}
	}
	if got, found := s.Parameter("b"); found {
		t.Errorf("b: %q", got)
	}
	want["longer"] = strings.Repeat("x", 3000)
	if err := p.SetParameters(want); err == nil {
		t.Error("too many are accepted")
	}
}

// A guest that adds more metrics than a function can have is not believed.
func TestTooManyMetricsOfAFunction(t *testing.T) {
	host, _ := newBoard()
	for i := range 3 * abi.FunctionMetrics {
		m := (*abi.Metric)(unsafe.Pointer(&host.memory[abi.BoardMetrics+i*abi.MetricSize]))
		m.Kind, m.Function, m.NameBytes = abi.Counter, uint32(i%2), uint32(copy(m.Name[:], fmt.Sprint("m", i)))
	}
	host.header().Metrics = 3 * abi.FunctionMetrics
	if n := len(host.all()); n != 2*abi.FunctionMetrics {
		t.Errorf("%d metrics", n)
	}
}

// Whatever a guest writes on the board, the host reads a limited number of metrics with right names.
func TestHostileBoard(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		host, _ := newBoard()
		for range 200 {
			for range 2000 {
				at := random.IntN(abi.BoardSize)
				if random.IntN(2) == 0 { // in the first metrics
					at = abi.BoardMetrics + random.IntN(40)*abi.MetricSize + random.IntN(16)
				}
				host.memory[at] = byte(random.IntN(256) >> random.IntN(8))
			}
			host.header().Metrics = random.Uint64() >> random.IntN(64)
			counts := map[int]int{}
			for _, m := range host.all() {
				counts[m.Function]++
				if m.Kind < abi.Counter || m.Kind > abi.Distribution || m.Name == "" || len(m.Name) > abi.MetricNameSize ||
					slices.ContainsFunc([]byte(m.Name), func(c byte) bool { return !abi.IsNameByte(c) }) {
					t.Fatalf("%+v", m)
				}
				if counts[m.Function] > abi.FunctionMetrics {
					t.Fatalf("function %d has %d metrics", m.Function, counts[m.Function])
				}
			}
		}
		if host.seen > abi.MostMetrics {
			t.Fatalf("it has looked at %d metrics", host.seen)
		}
	}
}
