// Package roster keeps the queries of a session: which run, what they are called, which
// one is kept when it has ended, and how the last ones ended.
//
//	Number ─► query.New ─► Run ─► (ended) ─► Outcome, Usage, Last
//	                        └─ Name
package roster

import (
	"context"
	"maps"
	"slices"
	"sync"

	"riffle/session/query"
)

// Roster is the queries of a session. Its methods may be called from several goroutines.
type Roster struct {
	// mu comes before the locks of queries, which call nothing of the roster while they
	// hold theirs.
	mu           sync.Mutex
	running      []*query.Query          // oldest first
	usages       []query.Usage           // of queries that have ended, oldest first
	outcomes     []outcome               // of those that have ended, oldest first
	lastNumber   int                     // queries so far
	lastInternal int                     // what else has a name
	named        map[string]*query.Query // queries by the names that they were given, also such as have ended
	last         *query.Query            // see Keep
}

// New makes an empty one.
func New() *Roster { return &Roster{named: map[string]*query.Query{}} }

// Queries are the queries and jobs that run, the oldest first.
func (r *Roster) Queries() []*query.Query {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.running)
}

// Query finds a running query by its name or number.
func (r *Roster) Query(id string) (*query.Query, bool) {
	for _, q := range r.Queries() {
		if q.IsCalled(id) {
			return q, true
		}
	}
	return nil, false
}

// Known are those that run, and behind them those that have a name and the last one
// that was kept.
func (r *Roster) Known() []*query.Query {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := slices.Clone(r.running)
	for _, name := range slices.Sorted(maps.Keys(r.named)) {
		if q := r.named[name]; !slices.Contains(known, q) {
			known = append(known, q)
		}
	}
	if r.last != nil {
		known = append(slices.DeleteFunc(known, func(q *query.Query) bool { return q == r.last }), r.last)
	}
	return known
}

// JobsBut are the running queries that have a job, but for one.
func (r *Roster) JobsBut(number string) []*query.Query {
	return slices.DeleteFunc(r.Queries(), func(q *query.Query) bool { return q.Started().Job == "" || q.Number() == number })
}

// Calling are the names of the running queries whose plans call a Go function.
func (r *Roster) Calling(function string) []string {
	var names []string
	for _, q := range r.Queries() {
		if slices.Contains(q.Started().Functions, function) {
			names = append(names, q.ID())
		}
	}
	return names
}

// Ends are closed when the queries end that run now.
func (r *Roster) Ends() []<-chan struct{} {
	var ends []<-chan struct{}
	for _, q := range r.Queries() {
		ends = append(ends, q.Done())
	}
	return ends
}

// Add takes a query in that is going to run. What is returned runs it to its end.
func (r *Roster) Add(q *query.Query) (run func(context.Context)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running = append(r.running, q)
	return func(ctx context.Context) {
		q.Run(ctx)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.keepUsage(q)
		r.keepOutcome(q)
		r.running = slices.DeleteFunc(r.running, func(other *query.Query) bool { return other == q })
	}
}
