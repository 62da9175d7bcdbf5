package guest

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"riffle/udfhost/guest/abi"
)

// Metric is what a function has counted or measured under a name since its process started.
type Metric struct {
	Function int // index into the program's functions
	Name     string
	Kind     uint32 // as package abi numbers them
	Sum      int64  // see abi.Metric for these
	Count    int64
	Min, Max int64
}

// board is the host's side of the board (abi). A guest can write anything there, at any time. The name of a metric is
// read once, when it is new; there are at most abi.MostMetrics, and abi.FunctionMetrics for a function.
type board struct {
	mu      sync.Mutex
	memory  []byte // nil without Options.Metrics, and after the end
	seen    int    // places that have been looked at
	metrics []placed
	counts  map[int]int // of the metrics of a function
}

// placed is a metric with its place.
type placed struct {
	Metric
	values *abi.Metric
}

// Metrics returns the metrics of the program's functions, those that have been there longest first. It needs
// Options.Metrics. It can be called at any time, and does not wait for calls. After Close, it returns the metrics at the
// end of the process.
func (p *Process) Metrics() []Metric {
	b := &p.board
	b.mu.Lock()
	defer b.mu.Unlock()
	b.read(false)
	all := make([]Metric, len(b.metrics))
	for i, m := range b.metrics {
		all[i] = m.Metric
	}
	return all
}

// SetParameters sets the parameters of the job that functions see. It needs Options.Metrics, and must not be called
// after the first call of a function.
func (p *Process) SetParameters(parameters map[string]string) error {
	if len(parameters) == 0 {
		return nil
	}
	var text []byte
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		for _, part := range []string{name, parameters[name]} {
			text = binary.LittleEndian.AppendUint32(text, uint32(len(part)))
			text = append(text, part...)
			text = append(text, make([]byte, abi.Align(len(text))-len(text))...)
		}
	}
	const room = abi.BoardMetrics - abi.BoardTexts
	if len(text) > room {
		return fmt.Errorf("the job parameters (pipeline.global-job-parameters) have %d bytes, and a function can get %d", len(text), room)
	}
	b := &p.board
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.memory != nil {
		copy(b.memory[abi.BoardTexts:], text)
		b.header().ParameterBytes = uint64(len(text))
	}
	return nil
}

// end reads the board for the last time.
func (b *board) end() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.memory == nil {
		return nil
	}
	b.read(true)
	memory := b.memory
	b.memory = nil
	return closeBoard(memory)
}

func (b *board) header() *abi.Board { return (*abi.Board)(unsafe.Pointer(&b.memory[0])) }

// read reads the metrics. last is set if the process has ended; b.mu is held.
func (b *board) read(last bool) {
	if b.memory == nil {
		return
	}
	for n := int(min(atomic.LoadUint64(&b.header().Metrics), abi.MostMetrics)); b.seen < n; b.seen++ {
		b.add((*abi.Metric)(unsafe.Pointer(&b.memory[abi.BoardMetrics+b.seen*abi.MetricSize])))
	}
	for i := range b.metrics {
		b.metrics[i].load(last)
	}
}

// add adds a metric, if it is right.
func (b *board) add(values *abi.Metric) {
	m := Metric{Function: int(values.Function), Kind: values.Kind}
	bytes, name := values.NameBytes, values.Name
	if m.Kind < abi.Counter || m.Kind > abi.Distribution || bytes == 0 || bytes > abi.MetricNameSize {
		return
	}
	for _, c := range name[:bytes] {
		if !abi.IsNameByte(c) {
			return
		}
	}
	if b.counts == nil {
		b.counts = map[int]int{}
	}
	if b.counts[m.Function]++; b.counts[m.Function] > abi.FunctionMetrics {
		return
	}
	m.Name = string(name[:bytes])
	b.metrics = append(b.metrics, placed{m, values})
}

// load reads the values of the metric. Those of a distribution belong together. If they change all the time, the values
// before are kept, unless these are the last: a process can end in the middle of a change.
func (p *placed) load(last bool) {
	const tries = 100
	for i := range tries {
		m := p.Metric
		before := atomic.LoadUint32(&p.values.Version)
		m.Sum, m.Count = atomic.LoadInt64(&p.values.Sum), atomic.LoadInt64(&p.values.Count)
		m.Min, m.Max = atomic.LoadInt64(&p.values.Min), atomic.LoadInt64(&p.values.Max)
		if after := atomic.LoadUint32(&p.values.Version); before == after && after%2 == 0 || last && i == tries-1 {
			p.Metric = m
			return
		}
	}
}
