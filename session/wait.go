package session

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"riffle/session/sqltext"
)

// Wait bounds how long somebody waits for a query that streams: until it has
// received so many rows, or for so long, whichever is first. Without either it is
// waited for to its end.
type Wait struct {
	Rows int64         // changes that the query is to receive; 0 for any number
	For  time.Duration // 0 for any time
	Then Then
	// Must makes it an error if the rows have not come in the time.
	Must bool
}

// Then is what becomes of a query when nobody waits for it any more.
type Then uint8

// What becomes of it. Which one it is that nobody names, the one who waits knows.
const (
	Unsaid Then = iota
	CancelIt
	LeaveIt // to the background
)

// waitOptions are the words before the = in a Wait's text.
var waitOptions = []string{"rows", "for", "then", "else"}

// ParseWait reads how long to wait: rows=100 for=10s then=background else=fail, each
// at most once and in any order. Spans of errors are in the text.
func ParseWait(text string) (Wait, *sqltext.Error) {
	var w Wait
	seen := map[string]bool{}
	at := 0
	for word := range strings.FieldsSeq(text) {
		at += strings.Index(text[at:], word)
		span := sqltext.Span{Start: at, End: at + len(word)}
		at = span.End
		key, value, _ := strings.Cut(word, "=")
		problem := w.set(key, value)
		if seen[key] {
			problem = key + "= is there twice"
		}
		if problem != "" {
			return Wait{}, &sqltext.Error{Span: span, Message: problem}
		}
		seen[key] = true
	}
	if w.Must && w.Rows == 0 {
		return Wait{}, &sqltext.Error{Span: sqltext.Span{End: len(text)}, Message: "else=fail is for rows that do not come: add rows=N"}
	}
	return w, nil
}

// set reads one option, and tells what is wrong with it, "" for nothing.
func (w *Wait) set(key, value string) string {
	var err error
	switch key {
	case "rows":
		if w.Rows, err = strconv.ParseInt(value, 10, 64); err != nil || w.Rows < 1 {
			return "rows= takes a number from 1: rows=100"
		}
	case "for":
		if w.For, err = time.ParseDuration(value); err != nil || w.For <= 0 {
			return "for= takes a time with its unit: for=500ms, for=10s, for=5m or for=1h"
		}
	case "then":
		switch value {
		case "cancel":
			w.Then = CancelIt
		case "background":
			w.Then = LeaveIt
		default:
			return "then= takes cancel or background"
		}
	case "else":
		if w.Must = value == "fail"; !w.Must {
			return "else= takes fail"
		}
	default:
		problem := fmt.Sprintf("there is no option %s: it takes rows=N, for=TIME, then=background and else=fail", key)
		if near := sqltext.Nearest(key, slices.Values(waitOptions)); near != "" {
			problem = fmt.Sprintf("there is no option %s: did you mean %s=?", key, near)
		}
		return problem
	}
	return ""
}

// Short says how many of a query's rows are missing when the time is over, "" if none
// is.
func (w Wait) Short(q *Query, rows int64) string {
	if rows >= w.Rows {
		return ""
	}
	came := "came"
	if q.started.Schema == nil {
		came = "were written"
	}
	return fmt.Sprintf("%d of %d rows %s in %s", rows, w.Rows, came, w.For)
}

// Count is the number of changes received so far, or of the rows that a job without
// rows of its own has written, which Flink counts about once a second.
func (q *Query) Count(ctx context.Context) int64 {
	if q.started.Schema != nil {
		return q.Rows()
	}
	h, err := q.Health(ctx)
	if err != nil {
		return 0
	}
	return max(h.RowsOut, 0)
}

// countEvery is how often a job is asked whether it has written enough.
const countEvery = 300 * time.Millisecond

// awaitWritten waits until a job has written so many rows, or has ended.
func (q *Query) awaitWritten(ctx context.Context, rows int64) (*Ended, error) {
	tick := time.NewTicker(countEvery)
	defer tick.Stop()
	for q.Count(ctx) < rows {
		select {
		case <-tick.C:
		case <-q.done:
			return q.end, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return nil, nil
}

// milestone is a number of changes that somebody waits for.
type milestone struct {
	rows    int64
	reached chan struct{}
}

// Await waits until the query has received, or written, so many changes, 0 for its
// end. It returns how the query ended, nil if it runs; the error is ctx's own.
func (q *Query) Await(ctx context.Context, rows int64) (*Ended, error) {
	if q.started.Schema == nil && rows > 0 {
		return q.awaitWritten(ctx, rows)
	}
	m := milestone{rows, make(chan struct{})}
	if rows > 0 {
		q.mu.Lock()
		q.milestones = append(q.milestones, m)
		q.pass()
		q.mu.Unlock()
		defer q.giveUp(m)
	}
	select {
	case <-m.reached:
	case <-q.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.end, nil
}

// pass tells who waits for as many changes as there are; q.mu is held.
func (q *Query) pass() {
	q.milestones = slices.DeleteFunc(q.milestones, func(m milestone) bool {
		if m.rows <= q.rows {
			close(m.reached)
		}
		return m.rows <= q.rows
	})
}

func (q *Query) giveUp(m milestone) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.milestones = slices.DeleteFunc(q.milestones, func(other milestone) bool { return other.reached == m.reached })
}

// endedQueries is of how many queries that have ended the session knows how.
const endedQueries = 100

// Outcome tells how a query ended, one of the last that did.
func (s *Session) Outcome(id string) (Ended, bool) {
	if q := s.calledQuery(id); q != nil {
		return q.End()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.outcomes {
		if o.query == id {
			return o.end, true
		}
	}
	return Ended{}, false
}

// outcome is how a query ended.
type outcome struct {
	query string
	end   Ended
}

// keepOutcome notes how a query has ended; s.mu is held.
func (s *Session) keepOutcome(q *Query) {
	q.mu.Lock()
	defer q.mu.Unlock()
	s.outcomes = append(s.outcomes, outcome{q.Number(), *q.end})
	if len(s.outcomes) > endedQueries {
		s.outcomes = slices.Delete(s.outcomes, 0, 1)
	}
}
