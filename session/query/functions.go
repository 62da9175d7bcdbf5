package query

import (
	"fmt"
	"time"

	"riffle/udfhost/engine"
)

// observe passes what the query's functions print and report on to its subscribers.
func (q *Query) observe() {
	q.config.Functions.Follow(q.Number(), engine.Observer{
		Printed: func(l engine.Line) {
			q.notify(Printed{Query: q.ID(), Function: l.Function, Text: l.Text, Suppressed: l.Suppressed, Last: l.Last})
		},
		Failed: func(u engine.Usage) {
			// A caller that waits for the query's end receives everything at the end.
			if !q.config.Started.Bounded {
				q.notifyFailed(u)
			}
		},
	})
}

// notify offers an event that never waits, unless the query has ended.
func (q *Query) notify(e Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.end != nil {
		return
	}
	for _, s := range q.subscribers {
		s.offer(e)
	}
}

// endFunctions reports, at the query's end, the rest of what its functions have printed,
// and which of them failed.
func (q *Query) endFunctions() {
	if q.config.Functions == nil {
		return
	}
	suppressed := q.config.Functions.Flush(q.Number())
	usage := q.config.Functions.Usage(q.Number())
	q.config.Functions.Forget(q.Number())
	if suppressed > 0 {
		q.notify(Printed{Query: q.ID(), Suppressed: suppressed})
	}
	for _, u := range usage {
		if u.Failed > 0 && u.OnError != engine.Fail {
			q.notifyFailed(u)
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.usage = usage
}

// notifyFailed reports how many rows failed for a function, unless it has
// reported the same number before.
func (q *Query) notifyFailed(u engine.Usage) {
	q.mu.Lock()
	again := q.failed[u.Function] == u.Failed
	if q.failed == nil {
		q.failed = map[string]int64{}
	}
	q.failed[u.Function] = u.Failed
	q.mu.Unlock()
	if !again {
		q.notify(FailedRows{Function: u.Function, Rows: u.Failed, Table: u.Table, Skipped: u.OnError == engine.Skip, First: u.First.Error()})
	}
}

// String returns the event as a line for the user.
func (f FailedRows) String() string {
	calls, became := "1 call of "+f.Function+" failed", "its result is NULL"
	if f.Rows > 1 {
		calls, became = fmt.Sprintf("%d calls of %s failed", f.Rows, f.Function), "their results are NULL, the first"
	}
	switch {
	case f.Table:
		became = "it has no further results"
		if f.Rows > 1 {
			became = "they have no further results, the first"
		}
	case f.Skipped:
		became = "its row was skipped"
		if f.Rows > 1 {
			became = "their rows were skipped, the first"
		}
	}
	return calls + ", " + became + ": " + f.First
}

// Usage says what the functions of a query have done.
type Usage struct {
	Query     string // the query's ID
	Number    string // see [Query.Number]
	Running   bool
	Elapsed   time.Duration
	Functions []FunctionUsage // by name
}

// FunctionUsage says what one function has done for a query.
type FunctionUsage = engine.Usage

// Usage returns what the functions of the query have done so far.
func (q *Query) Usage() Usage {
	if q.config.Functions == nil {
		return Usage{}
	}
	q.mu.Lock()
	over, usage, end := q.usage != nil || q.end != nil, q.usage, q.end
	q.mu.Unlock()
	u := Usage{Query: q.ID(), Number: q.Number(), Running: !over, Elapsed: q.Elapsed(), Functions: usage}
	switch {
	case !over: // it may notify the query
		u.Functions = q.config.Functions.Usage(q.Number())
	case end != nil:
		u.Elapsed = end.Elapsed
	}
	return u
}
