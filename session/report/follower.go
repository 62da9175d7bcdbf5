// Package report follows what the Go functions of a job do on a cluster. Their workers report to Flink, and Flink
// passes the reports on with its heartbeats, and at the end of the job.
package report

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"riffle/udfhost/engine"
)

// Read returns the last report of each worker of a job.
type Read func(ctx context.Context) ([]engine.Report, error)

// Follower follows the functions of one job. It has the methods of an engine, which follow the functions of a query in
// riffle's process; all of them concern the one job, whatever query is passed.
type Follower struct {
	read   Read
	failed func(error)     // called if the last reports cannot be read
	ctx    context.Context // ends with Forget
	cancel context.CancelFunc
	polls  sync.WaitGroup

	reading sync.Mutex // held during a read, so that lines keep their order

	mu       sync.Mutex
	observer engine.Observer
	workers  map[string]*worker
	first    map[string]bool // functions whose first failure was passed on
}

// worker is what is known of a worker.
type worker struct {
	last     engine.Report
	lines    int64 // that were passed on or lost
	suppress int64 // of the lines after those
}

// pollEvery is how often reports are read. Flink's heartbeats bring new ones every ten seconds by default.
const pollEvery = 2 * time.Second

// readTimeout is how long a reader waits for the cluster.
const readTimeout = 10 * time.Second

// New returns a Follower that reads reports until ctx ends. It calls failed if the last reports of the job cannot be
// read.
func New(ctx context.Context, read Read, failed func(error)) *Follower {
	f := &Follower{read: read, failed: failed, workers: map[string]*worker{}, first: map[string]bool{}}
	f.ctx, f.cancel = context.WithCancel(ctx)
	return f
}

// Follow notifies an observer of what functions print, and of failures, until Forget.
func (f *Follower) Follow(_ string, o engine.Observer) {
	f.mu.Lock()
	f.observer = o
	f.mu.Unlock()
	f.polls.Go(func() {
		for {
			select {
			case <-time.After(pollEvery):
				_ = f.poll() // the next time may be better
			case <-f.ctx.Done():
				return
			}
		}
	})
}

// poll reads reports. If that fails, the reports before are the last that are known.
func (f *Follower) poll() error {
	f.reading.Lock()
	defer f.reading.Unlock()
	ctx, cancel := context.WithTimeout(f.ctx, readTimeout)
	defer cancel()
	reports, err := f.read(ctx)
	if err != nil {
		return err
	}
	for _, r := range reports {
		f.take(r)
	}
	for _, u := range f.usage() {
		f.passFailure(u)
	}
	return nil
}

// take takes a worker's report, and passes on its new lines.
func (f *Follower) take(r engine.Report) {
	f.mu.Lock()
	w := f.workers[r.Worker]
	if w == nil {
		w = &worker{}
		f.workers[r.Worker] = w
	}
	if r.Number <= w.last.Number {
		f.mu.Unlock()
		return
	}
	w.last, w.suppress = r, r.Suppressed
	o := f.observer
	var lines []engine.Line
	for _, l := range r.Lines {
		if l.Number > w.lines {
			l.Suppressed += l.Number - w.lines - 1 // lines that the report no longer has
			w.lines = l.Number
			lines = append(lines, l.Line)
		}
	}
	f.mu.Unlock()
	for _, l := range lines {
		if o.Printed != nil {
			o.Printed(l)
		}
	}
}

// passFailure passes on a function's first failure that does not fail the query.
func (f *Follower) passFailure(u engine.Usage) {
	if u.First == nil || u.OnError == engine.Fail {
		return
	}
	f.mu.Lock()
	o, known := f.observer, f.first[u.Function]
	f.first[u.Function] = true
	f.mu.Unlock()
	if !known && o.Failed != nil {
		o.Failed(u)
	}
}

// Usage returns what the functions have done, as of the last reports, by name.
func (f *Follower) Usage(string) []engine.Usage { return f.usage() }

// usage adds up the reports of all workers.
func (f *Follower) usage() []engine.Usage {
	f.mu.Lock()
	defer f.mu.Unlock()
	sums := map[string]*engine.Usage{}
	for _, name := range slices.Sorted(maps.Keys(f.workers)) { // a gauge is the same each time
		for _, u := range f.workers[name].last.Functions {
			sum := sums[u.Function]
			if sum == nil {
				sum = &engine.Usage{Function: u.Function, Table: u.Table, OnError: u.OnError}
				sums[u.Function] = sum
			}
			sum.Rows += u.Rows
			sum.Batches += u.Batches
			sum.Failed += u.Failed
			sum.Time += u.Time
			sum.Subtasks += u.Subtasks
			sum.Metrics = engine.AddMetrics(sum.Metrics, u.Metrics)
			if sum.First == nil {
				sum.First = u.First
			}
		}
	}
	var all []engine.Usage
	for _, sum := range sums {
		all = append(all, *sum)
	}
	slices.SortFunc(all, func(x, y engine.Usage) int { return strings.Compare(x.Function, y.Function) })
	return all
}

// Flush passes on everything that has been reported, and returns the number of lines suppressed since the last one.
// It is called at the end of the job, when the reports are complete.
func (f *Follower) Flush(string) (suppressed int64) {
	if err := f.poll(); err != nil {
		f.failed(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, w := range f.workers {
		suppressed, w.suppress = suppressed+w.suppress, 0
	}
	return suppressed
}

// Forget ends the Follower.
func (f *Follower) Forget(string) {
	f.cancel()
	f.polls.Wait()
}
