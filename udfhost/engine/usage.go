package engine

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"riffle/udfhost/guest"
	"riffle/udfhost/guest/abi"
	"riffle/udfhost/operation"
)

// Usage says what a function has done for a query, in all places and subtasks.
type Usage struct {
	Function string
	Table    bool // it is a table function
	OnError  OnError
	Rows     int64 // passed to it; it is not called for rows in which a strict parameter is NULL
	Batches  int64
	Failed   int64 // rows
	// Time is the time of its calls: the function's own, and the transfer of the rows to its process
	// and back. The times of parallel subtasks add up.
	Time     time.Duration
	Subtasks int            // maximum number that ran in parallel
	First    *guest.Failure // the first reported failure, or nil
	// Metrics are what it has counted and measured with its riffle.Context, in the order in which they came.
	Metrics []Metric
}

// Observer is notified of the output and the failures of a query's functions. Its functions are called
// from any goroutine.
type Observer struct {
	Printed func(Line)
	Failed  func(Usage) // at a function's first row that fails and does not fail the query
}

// Line is a line that a function printed.
type Line struct {
	Function   string // "" if it was printed before the first call
	Text       string
	Suppressed int64 // number of lines suppressed directly before it
	Last       bool  // no more lines of the query will be shown
}

// account is what the functions of one query have done and printed.
type account struct {
	query string

	mu         sync.Mutex
	observer   *Observer // nil until one is set
	waiting    []func(*Observer)
	functions  map[string]*Usage
	metrics    map[string][]Metric   // by function
	crowded    map[string]bool       // functions with too many metrics
	processes  map[*Process]struct{} // that run
	subtasks   int                   // as many as there were processes at a time
	shown      lineBudget
	logged     lineBudget
	suppressed int64 // lines since the last that was shown
	unlogged   int64
}

func newAccount(query string) *account {
	return &account{
		query: query, functions: map[string]*Usage{}, metrics: map[string][]Metric{}, crowded: map[string]bool{}, processes: map[*Process]struct{}{},
		shown: lineBudget{burst: 100, perSecond: 2, total: 1000}, logged: lineBudget{burst: 10_000, perSecond: 100},
	}
}

// notify calls the observer, now or as soon as there is one. The waiting calls are limited by
// the number of lines shown and of functions.
func (a *account) notify(what func(*Observer)) {
	a.mu.Lock()
	o := a.observer
	if o == nil {
		a.waiting = append(a.waiting, what)
	}
	a.mu.Unlock()
	if o != nil {
		what(o)
	}
}

// follow makes o the account's observer, which first receives the calls that wait.
func (a *account) follow(o Observer) {
	for {
		a.mu.Lock()
		waiting := a.waiting
		a.waiting = nil
		if len(waiting) == 0 {
			a.observer = &o
		}
		a.mu.Unlock()
		if len(waiting) == 0 {
			return
		}
		for _, what := range waiting {
			what(&o)
		}
	}
}

// maxShown is the number of bytes of a line that are shown.
const maxShown = 2000

// printed passes a line that a function printed for a worker to the log and to the observer,
// within their line budgets.
func (a *account) printed(caller operation.Caller, function, text string) {
	now := time.Now()
	a.mu.Lock()
	log, unlogged := a.logged.allow(now), a.unlogged
	if log {
		a.unlogged = 0
	} else {
		a.unlogged++
	}
	show, suppressed := a.shown.allow(now), a.suppressed
	last := a.shown.used == a.shown.total
	if show {
		a.suppressed = 0
	} else {
		a.suppressed++
	}
	a.mu.Unlock()
	if log {
		caller.Log.Log(context.Background(), levelOf(text), "printed", "query", a.query, "function", function, "held", unlogged, "line", text)
	}
	if show {
		if len(text) > maxShown {
			text = strings.ToValidUTF8(text[:maxShown], "") + "…"
		}
		a.notify(func(o *Observer) { o.Printed(Line{Function: function, Text: text, Suppressed: suppressed, Last: last}) })
	}
}

// levelOf returns the level of a line, which it has if it was written with the logger of a riffle.Context.
func levelOf(line string) slog.Level {
	level := slog.LevelInfo
	if text, ok := strings.CutPrefix(line, "level="); ok {
		text, _, _ = strings.Cut(text, " ")
		_ = level.UnmarshalText([]byte(text)) // other lines can begin like that, too
	}
	return level
}

// called counts a call of a function. With Null and Skip, an error is no failed row: it fails the query, whatever
// is set.
func (a *account) called(f *function, rows int, took time.Duration, failures guest.Failures, err error) {
	var failed *guest.Failure
	if f.onError == Fail && errors.As(err, &failed) {
		failures = guest.Failures{Count: 1, First: failed}
	}
	a.mu.Lock()
	u := a.functions[f.call.Name]
	if u == nil {
		u = &Usage{Function: f.call.Name, Table: f.call.Kind == abi.KindTable, OnError: f.onError}
		a.functions[f.call.Name] = u
	}
	u.Rows += int64(rows)
	u.Batches++
	u.Time += took
	first := u.Failed == 0 && failures.Count > 0
	u.Failed += int64(failures.Count)
	if first {
		u.First = failures.First
	}
	reported := *u
	a.mu.Unlock()
	if first && err == nil {
		a.notify(func(o *Observer) { o.Failed(reported) })
	}
}

// usage returns what the functions have done, by name.
func (a *account) usage() []Usage {
	for _, p := range a.running() {
		p.collect()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []Usage
	for _, u := range a.functions {
		all = append(all, *u)
		last := &all[len(all)-1]
		last.Subtasks, last.Metrics = a.subtasks, slices.Clone(a.metrics[u.Function])
	}
	slices.SortFunc(all, func(x, y Usage) int { return strings.Compare(x.Function, y.Function) })
	return all
}

// keptForgotten is the number of forgotten queries that are remembered. A late worker of a
// forgotten query starts within seconds.
const keptForgotten = 1000

// account returns the account of a query, and creates it if necessary. A late worker of a
// forgotten query gets an account that is not kept.
func (e *Engine) account(query string) *account {
	e.mu.Lock()
	defer e.mu.Unlock()
	a := e.accounts[query]
	if a == nil {
		a = newAccount(query)
		if !slices.Contains(e.forgotten, query) {
			e.accounts[query] = a
		}
	}
	return a
}

// Follow notifies o from now on of what the functions of a query do, and of what was kept for it: their
// output and their failures.
func (e *Engine) Follow(query string, o Observer) { e.account(query).follow(o) }

// Usage returns what the functions of a query have done so far, by name.
func (e *Engine) Usage(query string) []Usage {
	if a := e.findAccount(query); a != nil {
		return a.usage()
	}
	return nil
}

// findAccount returns the account of a query, or nil.
func (e *Engine) findAccount(query string) *account {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.accounts[query]
}

// Flush returns when a query's observer has received all earlier output. It returns the number of lines
// suppressed since the last one.
func (e *Engine) Flush(query string) (suppressed int64) {
	a := e.findAccount(query)
	if a == nil {
		return 0
	}
	a.flush()
	a.mu.Lock()
	defer a.mu.Unlock()
	suppressed, a.suppressed = a.suppressed, 0
	return suppressed
}

// flush returns when the account has all lines that its processes have printed.
func (a *account) flush() {
	for _, p := range a.running() {
		p.Flush()
	}
}

// running returns the processes of the query.
func (a *account) running() []*Process {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Collect(maps.Keys(a.processes))
}

// Forget drops what is kept about a query that has ended.
func (e *Engine) Forget(query string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.accounts, query)
	e.forgotten = append(e.forgotten, query)
	if len(e.forgotten) > keptForgotten {
		e.forgotten = e.forgotten[1:]
	}
}

// lineBudget limits the number of lines: burst at once, then perSecond, and no more than
// total, if total is not 0.
type lineBudget struct {
	burst, perSecond float64
	total            int

	used int
	left float64
	at   time.Time // when left was last updated
}

func (a *lineBudget) allow(now time.Time) bool {
	if a.at.IsZero() {
		a.left = a.burst
	} else {
		a.left = min(a.burst, a.left+now.Sub(a.at).Seconds()*a.perSecond)
	}
	a.at = now
	if a.left < 1 || a.total > 0 && a.used == a.total {
		return false
	}
	a.left--
	a.used++
	return true
}
