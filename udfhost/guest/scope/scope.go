// Package scope is linked into guests whose functions have a parameter *riffle.Context. A Scope is what such a function
// knows about its job, and what it counts. Package runtime makes it, and package riffle shows it to users. Everything
// passes through the board, which package abi describes:
//
//	Board ─► Function   the metrics of a function, each with a place on the board
//	      └► Scope      of the function in one subtask
//
// It imports as little as package runtime does.
package scope

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"riffle/udfhost/guest/abi"
)

// Board is the guest's side of the board.
type Board struct {
	memory []byte

	mu        sync.Mutex
	functions map[uint32]*Function
	scopes    map[key]*Scope

	parameters func() map[string]string
}

// key is what a Scope is for.
type key struct{ function, subtask, subtasks uint32 }

// NewBoard returns the board in some memory.
func NewBoard(memory []byte) *Board {
	b := &Board{memory: memory, functions: map[uint32]*Function{}, scopes: map[key]*Scope{}}
	b.parameters = sync.OnceValue(b.readParameters)
	return b
}

// header returns the start of the board.
func (b *Board) header() *abi.Board { return (*abi.Board)(unsafe.Pointer(&b.memory[0])) }

// Scope returns the scope of a function, by its index, in a subtask. It always returns the same one.
func (b *Board) Scope(function, subtask, subtasks uint32) *Scope {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := key{function, subtask, subtasks}
	s := b.scopes[k]
	if s == nil {
		f := b.functions[function]
		if f == nil {
			f = &Function{board: b, index: function}
			f.known.Store(&map[string]*Metric{})
			b.functions[function] = f
		}
		s = &Scope{Function: f, Subtask: int(subtask), Subtasks: int(subtasks)}
		b.scopes[k] = s
	}
	return s
}

// readParameters reads the parameters of the job, which do not change once a function is called.
func (b *Board) readParameters() map[string]string {
	text := b.memory[abi.BoardTexts:min(abi.BoardMetrics, abi.BoardTexts+b.header().ParameterBytes)]
	next := func() string {
		n := *(*uint32)(unsafe.Pointer(&text[0]))
		value := string(text[4 : 4+n])
		text = text[abi.Align(int(4+n)):]
		return value
	}
	all := map[string]string{}
	for len(text) > 0 {
		name := next()
		all[name] = next()
	}
	return all
}

// Scope is what a function knows and counts in one subtask. Several goroutines can use it.
type Scope struct {
	*Function
	Subtask, Subtasks int
	// Shown is what package riffle makes of the Scope.
	Shown any
}

// Parameter returns a parameter of the job.
func (s *Scope) Parameter(name string) (value string, found bool) {
	value, found = s.board.parameters()[name]
	return value, found
}

// Function has the metrics of a function in this process.
type Function struct {
	board *Board
	index uint32
	known atomic.Pointer[map[string]*Metric] // replaced by each new one, so that finding one needs no lock
	full  bool                               // a metric had no place; guarded by Board.mu
}

// Metric is a metric of a function.
type Metric struct {
	values *abi.Metric // on the board, or in memory of the guest if the board has no place for it
	kind   uint32
	mu     sync.Mutex // of a distribution
}

// Metric returns the metric of a kind and a name. It panics if the name cannot be one, or belongs to another kind. first
// is set if the metric is the first of the function for which there is no place, so that nobody reads it.
func (f *Function) Metric(kind uint32, name string) (m *Metric, first bool) {
	m = (*f.known.Load())[name]
	if m == nil {
		m, first = f.add(kind, name)
	}
	if m.kind != kind {
		panic("the metric " + name + " is a " + kinds[m.kind] + ", not a " + kinds[kind])
	}
	return m, first
}

var kinds = [...]string{abi.Counter: "counter", abi.Meter: "meter", abi.Gauge: "gauge", abi.Distribution: "distribution"}

// add adds a metric.
func (f *Function) add(kind uint32, name string) (m *Metric, first bool) {
	f.board.mu.Lock()
	defer f.board.mu.Unlock()
	known := *f.known.Load()
	if m := known[name]; m != nil {
		return m, false
	}
	checkName(name)
	m = &Metric{kind: kind}
	if len(known) < abi.FunctionMetrics {
		m.values = f.board.place(kind, f.index, name)
	}
	if m.values == nil { // no more are kept, because a function could use a new name for each row
		first = !f.full
		f.full = true
		m.values = new(abi.Metric)
		return m, first
	}
	next := make(map[string]*Metric, len(known)+1)
	for name, m := range known {
		next[name] = m
	}
	next[name] = m
	f.known.Store(&next)
	return m, false
}

// checkName panics if a metric cannot have the name.
func checkName(name string) {
	valid := 0 < len(name) && len(name) <= abi.MetricNameSize
	for i := range len(name) {
		valid = valid && abi.IsNameByte(name[i])
	}
	if !valid {
		const shown = 100
		if len(name) > shown {
			name = name[:shown] + "…"
		}
		panic("a metric cannot have the name \"" + name + "\": a name has up to 80 letters, digits, and the characters _ - .")
	}
}

// place returns a new place on the board, or nil if it is full; b.mu is held.
func (b *Board) place(kind, function uint32, name string) *abi.Metric {
	n := b.header().Metrics
	if n >= abi.MostMetrics {
		return nil
	}
	m := (*abi.Metric)(unsafe.Pointer(&b.memory[abi.BoardMetrics+n*abi.MetricSize]))
	m.Kind, m.Function, m.NameBytes = kind, function, uint32(copy(m.Name[:], name))
	atomic.StoreUint64(&b.header().Metrics, n+1)
	return m
}

// Add adds to what a counter or a meter has counted.
func (m *Metric) Add(n int64) { atomic.AddInt64(&m.values.Sum, n) }

// Set sets a gauge.
func (m *Metric) Set(n int64) {
	atomic.StoreInt64(&m.values.Sum, n)
	atomic.AddInt64(&m.values.Count, 1)
}

// Update adds a value to a distribution.
func (m *Metric) Update(n int64) {
	m.mu.Lock()
	v := m.values
	atomic.AddUint32(&v.Version, 1)
	if v.Count == 0 || n < v.Min {
		atomic.StoreInt64(&v.Min, n)
	}
	if v.Count == 0 || n > v.Max {
		atomic.StoreInt64(&v.Max, n)
	}
	atomic.AddInt64(&v.Sum, n)
	atomic.AddInt64(&v.Count, 1)
	atomic.AddUint32(&v.Version, 1)
	m.mu.Unlock()
}
