package query

import (
	"context"
	"time"
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
	for wait := silentFor; q.Elapsed() < askUntil; wait = askEvery {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
		complaints, err := q.config.Source.Complaints()
		if err != nil || len(complaints) == 0 || !q.showsNothing(ctx) {
			continue
		}
		c := complaints[0]
		text := "no rows so far: " + c.String()
		if q.othersSilent(ctx) {
			text += ", for this query or another one that waits for rows"
		}
		if c.Hint != "" {
			text += "; " + c.Hint
		}
		q.notify(Notice{Text: text, Passing: true})
		return
	}
}

// showsNothing reports whether the query has received or written no rows although its
// connectors had the time.
func (q *Query) showsNothing(ctx context.Context) bool {
	if q.config.Started.Schema != nil {
		return q.silent(ctx)
	}
	h, err := q.Health(ctx)
	return err == nil && (h.RowsIn <= 0 || h.RowsOut <= 0 || len(h.Silent) > 0)
}

// beginWatch runs watchSilence until the function that it returns is called.
func (q *Query) beginWatch(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		q.watchSilence(ctx)
	}()
	return func() {
		cancel()
		<-ended
	}
}
