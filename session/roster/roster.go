// Package roster keeps the queries of a session: those that are running, their names, the one
// whose table is kept after its end, and how the last ones ended.
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

// Roster keeps the queries of a session. Its methods may be called from several goroutines.
type Roster struct {
	// mu is locked before the locks of queries. Queries do not call the roster while they hold
	// their locks.
	mu           sync.Mutex
	running      []*query.Query          // oldest first
	usages       []query.Usage           // of queries that have ended, oldest first
	outcomes     []outcome               // of queries that have ended, oldest first
	lastNumber   int                     // queries so far
	lastInternal int                     // internal names so far
	named        map[string]*query.Query // queries by the names that users gave them, including ended ones; a name is used again
	last         *query.Query            // see Keep
}

// New returns an empty roster.
func New() *Roster { return &Roster{named: map[string]*query.Query{}} }

// Queries returns the running queries and jobs, the oldest first.
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

// Known returns the running queries, followed by those that have a name and the last one that was kept.
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

// JobsBut returns the running queries that have a job, except one.
func (r *Roster) JobsBut(number string) []*query.Query {
	return slices.DeleteFunc(r.Queries(), func(q *query.Query) bool { return q.Started().Job == "" || q.Number() == number })
}

// Calling returns the names of the running queries whose plans call a Go function.
func (r *Roster) Calling(function string) []string {
	var names []string
	for _, q := range r.Queries() {
		if slices.Contains(q.Started().Functions, function) {
			names = append(names, q.ID())
		}
	}
	return names
}

// Ends returns the channels that the running queries close at their end.
func (r *Roster) Ends() []<-chan struct{} {
	var ends []<-chan struct{}
	for _, q := range r.Queries() {
		ends = append(ends, q.Done())
	}
	return ends
}

// Add adds a query that is going to run. The returned function runs it to its end.
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
