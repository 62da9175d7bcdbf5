package query

import (
	"context"
	"slices"
	"sync"
	"time"

	"riffle/session/gateway"
)

const (
	// silentFor is how long a query may show nothing before its connectors' complaints are
	// looked up. Most sources have returned rows by then.
	silentFor = 5 * time.Second
	// askEvery is the interval of further look-ups, and askUntil when they end: a source
	// without complaints by then works, and has no rows yet.
	askEvery = 2 * time.Second
	askUntil = time.Minute
)

// watchSilence tells the subscribers, once, why no rows arrive, if a connector has logged the
// reason: its client retries forever, and for Flink the job is running. It returns when ctx
// ends.
func (q *Query) watchSilence(ctx context.Context) {
	if q.config.Started.Job == "" {
		return
	}
	var seen []gateway.Complaint // at the last look
	for wait := silentFor; q.Elapsed() < askUntil; wait = askEvery {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
		if q.Rows() > 0 {
			return
		}
		complaints, err := q.config.Source.Complaints()
		if err != nil {
			continue
		}
		c, ok := present(complaints, seen)
		seen = complaints
		if !ok {
			continue
		}
		if missing := q.missing(ctx); missing != "" {
			q.notify(Notice{Text: missing + ": " + q.reason(c), Passing: true})
			return
		}
	}
}

// present returns the last complaint that still holds according to the log: an error, or a
// warning that was repeated since the previous look. A client that has reached its server logs
// nothing more, and then the source may just have no rows.
func present(complaints, seen []gateway.Complaint) (gateway.Complaint, bool) {
	for _, c := range complaints {
		before := slices.IndexFunc(seen, func(s gateway.Complaint) bool { return s.Logger == c.Logger && s.Message == c.Message })
		if c.Error || before >= 0 && c.Times > seen[before].Times {
			return c, true
		}
	}
	return gateway.Complaint{}, false
}

// reason is a complaint with its next step. The log does not say which job it is about.
func (q *Query) reason(c gateway.Complaint) string {
	text := c.String()
	if len(q.config.Others()) > 0 {
		text += ", for this query or another one"
	}
	if c.Hint != "" {
		text += "; " + c.Hint
	}
	return text
}

// missing says which rows the query lacks although its connectors had the time, or "". What Flink
// does not know counts as missing for rows that would have come to the query, but not for rows that
// are written elsewhere.
func (q *Query) missing(ctx context.Context) string {
	h, err := q.Health(ctx)
	const none, some = "no rows so far", "no rows so far from one of its sources"
	switch {
	case err != nil || q.Rows() > 0:
		return ""
	case h.RowsIn > 0 && len(h.Silent) > 0:
		return some
	case h.RowsIn <= 0 && h.RowsOut <= 0, q.config.Started.Schema == nil && h.RowsOut == 0:
		return none
	}
	return ""
}

// beginWatch runs watchSilence and watchRestarts until the function that it returns is called.
func (q *Query) beginWatch(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var watches sync.WaitGroup
	watches.Go(func() { q.watchSilence(ctx) })
	watches.Go(func() { q.watchRestarts(ctx) })
	return func() {
		cancel()
		watches.Wait()
	}
}
