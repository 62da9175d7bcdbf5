package engine

import (
	"fmt"
	"slices"
	"sync"

	"riffle/udfhost/guest"
	"riffle/udfhost/guest/abi"
	"riffle/udfhost/operation"
)

// Metric is what a function has counted or measured under a name, in all places and subtasks.
type Metric struct {
	Name string
	Kind operation.MetricKind
	// Sum is the count of a counter or a meter, the last value of a gauge, or the sum of a distribution's values.
	Sum             int64
	Count, Min, Max int64 // of the values of a distribution
}

// String returns the metric as in "misses=3" or "bytes=120 (3 values, 10 to 70)".
func (m Metric) String() string {
	text := fmt.Sprintf("%s=%d", m.Name, m.Sum)
	switch {
	case m.Kind != operation.Distribution:
		return text
	case m.Count == 1:
		return text + " (1 value)"
	}
	return text + fmt.Sprintf(" (%d values, %d to %d)", m.Count, m.Min, m.Max)
}

// maxMetrics is the number of metrics of a function that are kept for a query: each subtask can have others.
const maxMetrics = 10 * abi.FunctionMetrics

// AddMetrics adds changes of metrics to a list, whose order is that in which the metrics came. A metric that is not in
// the list is added, unless the list is full.
func AddMetrics(to, changes []Metric) []Metric {
	for _, c := range changes {
		to, _ = addMetric(to, c, maxMetrics)
	}
	return to
}

// addMetric adds a change of a metric to a list of at most so many. It reports whether there was room for it.
func addMetric(to []Metric, c Metric, most int) (_ []Metric, added bool) {
	i := slices.IndexFunc(to, func(m Metric) bool { return m.Name == c.Name && m.Kind == c.Kind })
	switch {
	case i >= 0:
		to[i].add(c)
	case len(to) < most:
		to = append(to, c)
	default:
		return to, false
	}
	return to, true
}

func (m *Metric) add(c Metric) {
	switch m.Kind {
	case operation.Gauge:
		m.Sum = c.Sum
	case operation.Distribution:
		m.Count += c.Count
		m.Min, m.Max = min(m.Min, c.Min), max(m.Max, c.Max)
		fallthrough
	default:
		m.Sum += c.Sum
	}
}

// metricKinds are the kinds of metrics, as a guest numbers them.
var metricKinds = map[uint32]operation.MetricKind{
	abi.Counter: operation.Counter, abi.Meter: operation.Meter, abi.Gauge: operation.Gauge, abi.Distribution: operation.Distribution,
}

// change returns how a metric has changed, and whether it has. A new metric has no values before.
func change(before, after guest.Metric) (c Metric, changed bool) {
	c = Metric{Name: after.Name, Kind: metricKinds[after.Kind], Sum: after.Sum - before.Sum}
	switch c.Kind {
	case operation.Gauge:
		c.Sum = after.Sum
		return c, after.Count != before.Count
	case operation.Distribution:
		c.Count, c.Min, c.Max = after.Count-before.Count, after.Min, after.Max
		return c, c.Count != 0
	}
	return c, c.Sum != 0
}

// collector takes what the functions of a process count and measure from time to time, so that each event is taken
// once, also if the process is replaced.
type collector struct {
	mu    sync.Mutex
	taken []guest.Metric // as they were the last time
}

// collect adds what the functions of the process have counted and measured since the last time to the account of its
// query, and to what its worker reports.
func (p *Process) collect() {
	if !p.counts {
		return
	}
	p.mu.Lock()
	account, unreported := p.account, p.unreported
	p.mu.Unlock()
	if account == nil {
		return // no function was called
	}
	p.collected.mu.Lock()
	defer p.collected.mu.Unlock()
	now := p.Metrics()
	for i, m := range now {
		var before guest.Metric
		if i < len(p.collected.taken) {
			before = p.collected.taken[i]
		}
		c, changed := change(before, m)
		if !changed || m.Function >= len(p.program.Functions) {
			continue
		}
		function := p.program.Functions[m.Function].Name
		account.count(function, c)
		unreported.add(function, c)
	}
	p.collected.taken = now
}

// count adds a change of a function's metric. If there are too many metrics, it says so once.
func (a *account) count(function string, c Metric) {
	a.mu.Lock()
	all, added := addMetric(a.metrics[function], c, maxMetrics)
	a.metrics[function] = all
	first := !added && !a.crowded[function]
	a.crowded[function] = a.crowded[function] || !added
	a.mu.Unlock()
	if first {
		a.notify(func(o *Observer) {
			o.Printed(Line{Function: function, Text: fmt.Sprintf("more than %d metrics in all subtasks: \\stats lacks %s and all further ones", maxMetrics, c.Name)})
		})
	}
}

// counts reports whether functions of the program can have metrics.
func (p *Program) counts() bool {
	return slices.ContainsFunc(p.Functions, func(f Function) bool { return f.Context })
}

// changes are the changes of metrics that a worker has not yet reported to Flink, by function. Flink keeps every metric
// that it has heard of, so there are limits for the worker, whose process a function can end again and again.
type changes struct {
	mu      sync.Mutex
	known   map[string][]Metric // all so far
	pending map[string][]Metric
}

func newChanges() *changes {
	return &changes{known: map[string][]Metric{}, pending: map[string][]Metric{}}
}

func (c *changes) add(function string, change Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var added bool
	if c.known[function], added = addMetric(c.known[function], change, abi.FunctionMetrics); added {
		c.pending[function], _ = addMetric(c.pending[function], change, abi.FunctionMetrics)
	}
}

// take returns the changes of some functions, and drops them.
func (c *changes) take(functions []string) []Metric {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []Metric
	for _, f := range functions {
		all = append(all, c.pending[f]...)
		delete(c.pending, f)
	}
	return all
}

// Metrics implements operation.Metered. A worker calls functions of the same name of one program only.
func (in *instance) Metrics(functions []string) []operation.Metric {
	for _, p := range in.processes() {
		p.collect()
	}
	var all []operation.Metric
	for _, m := range in.unreported.take(functions) {
		all = append(all, operation.Metric(m))
	}
	return all
}

// processes returns the processes of the worker.
func (in *instance) processes() []*Process {
	in.mu.Lock()
	defer in.mu.Unlock()
	var all []*Process
	for _, g := range in.guests {
		g.mu.Lock()
		if g.process != nil {
			all = append(all, g.process)
		}
		g.mu.Unlock()
	}
	return all
}

// SetTask implements operation.OfTask.
func (f *function) SetTask(t operation.Task) {
	f.task = t
	f.call.Subtask, f.call.Subtasks = t.Subtask, t.Subtasks
}

// tell tells the process the parameters of the job, once: it works for one job.
func (p *Process) tell(f *function) error {
	if !f.context {
		return nil
	}
	p.telling.Do(func() { p.told = p.SetParameters(f.task.Parameters) })
	if p.told != nil {
		return fmt.Errorf("%s: %w", f.call.Name, p.told)
	}
	return nil
}
