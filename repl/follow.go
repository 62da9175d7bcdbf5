package repl

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"riffle/render"
	"riffle/session/changelog"
	"riffle/session/command"
	"riffle/session/query"
	"riffle/session/run"
)

const (
	// pauseAfter is the time without events after which a display shows what it holds back to
	// fit its columns to the rows. A sink sends its first row alone and the next ones 25 ms
	// later.
	pauseAfter = 150 * time.Millisecond
	// boundedPause is the same for a query that ends by itself, and so will soon show
	// everything.
	boundedPause = 2 * time.Second
	// tickEvery is the interval at which a status line changes: 4 times a second.
	tickEvery = 250 * time.Millisecond
	// healthEvery is the interval at which a job's health is requested while it is watched.
	healthEvery = time.Second
	// healthWithin limits the wait for it.
	healthWithin = 5 * time.Second
	// patience is how long a query may take to end after it was cancelled.
	patience = 30 * time.Second
)

// subject is the part of a query that a display uses.
type subject interface {
	ID() string
	Started() query.Started
	Rows() int64 // changes received so far
	Elapsed() time.Duration
	// Table returns the query's own table, as it is now, and Stats its figures. It returns
	// false if there is no table. The query keeps the table as long as it has a subscriber.
	Table() (*changelog.Snapshot, bool)
	Stats() changelog.Stats
	Changes() *changelog.Changes // the last ones
	Usage() query.Usage          // what its functions have done so far
}

// display shows what a query sends. One goroutine calls it.
type display interface {
	// restarted makes everything shown so far void.
	restarted(reason string) error
	// pause is called when no event has arrived for a moment, after some have.
	pause() error
	// tick is called several times a second while the query runs.
	tick() error
	// end is called last, unless an error occurred.
	end(o outcome) error
}

// writer is a display that receives each change. The query waits for it.
type writer interface {
	display
	// rows shows a batch of changes. The caller keeps the batch.
	rows(rec arrow.Record) error
}

// picture is a display of the query's own table. The query does not wait for it.
type picture interface {
	display
	// progress is called when the table may have changed.
	progress() error
	// hold makes the display show a table from now on, whatever happens to the query's own. It
	// takes over the table.
	hold(table *changelog.Snapshot)
}

// watched is a display that a user watches and controls while the query runs.
type watched interface {
	picture
	press(key string) wish
	drawn() bool   // there is a picture
	redraw() error // after a press
	healthy(h query.Health)
	note(text string) // of messages about the query
}

// outcome is how a query ended, and why.
type outcome struct {
	query.Ended
	// Limit is which of --rows and --for ended the query, as the user gave it.
	Limit       string
	Interrupted bool // by Ctrl-C, or by a key of the view
	// Left says that the key ended only the query: the text that it is in continues.
	Left bool
	// Unread is why the query has read nothing when the time of --for is over; nil if it has
	// read something, or if the reason is unknown.
	Unread *query.Unread
	// Written is the number of rows that a job without rows of its own has written by then.
	Written int64
	// Background: the user has sent the query to the background, where it continues.
	Background bool
}

// follower carries a query's events to a display, within limits.
type follower struct {
	query      *query.Query
	events     *query.Subscription
	front      command.FrontEnd // whose commands messages mention
	interrupts <-chan os.Signal
	notice     func(string)
	warn       func(string) // about doubts in the result
	bound      bound
	keys       <-chan key // for a display that is watched
	hold       func(key)  // keeps a key that is not for it

	writer    writer  // the display, if it is one
	picture   picture // likewise
	watched   watched // likewise
	incoming  <-chan query.Event
	stopPump  context.CancelFunc
	rest      query.Event      // that the pump has taken and not brought; read when incoming is closed
	asked     chan error       // answers the request to cancel
	examined  chan outcome     // receives the outcome of the query when the time is over
	impatient <-chan time.Time // the query should have ended by then
	givenUp   bool             // on waiting for its end
	seen      int64            // changes written
	held      bool             // the picture stays as it is
	doubts    []string         // why the result is not quite what was asked for
	stopped   outcome          // why the query was cancelled, if it was
}

// follow returns when the query has ended and the display has shown it. A second Ctrl-C ends
// the wait for that. An error of the display ends the query, and so does ctx. If the query is
// sent to the background, its events belong to the caller from then on.
func (f *follower) follow(ctx context.Context, d display) (o outcome, err error) {
	defer func() {
		if !o.Background || err != nil {
			f.events.Close()
		}
	}()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	f.writer, _ = d.(writer)
	f.picture, _ = d.(picture)
	f.watched, _ = d.(watched)
	if f.writer == nil {
		f.events.SwitchToProgress()
	}
	f.incoming = f.pump(ctx)
	f.asked = make(chan error, 1)
	f.examined = make(chan outcome, 1)
	t := f.begin(ctx)
	defer t.stop()
	for {
		if ended, err := f.step(ctx, d, t); ended || err != nil {
			return f.stopped, err
		}
	}
}

// times are the timers of a follower.
type times struct {
	pause  *time.Timer // no event for a moment
	tick   *time.Ticker
	health <-chan query.Health
	due    <-chan time.Time // the time to follow the query is over
	enough <-chan int64     // there are as many changes or rows as are waited for
}

func (f *follower) begin(ctx context.Context) times {
	t := times{pause: time.NewTimer(time.Hour), enough: f.enough(ctx)}
	every := tickEvery
	if f.watched != nil {
		every = frameEvery
		t.health = f.examine(ctx)
	}
	t.tick = time.NewTicker(every)
	if f.bound.time > 0 {
		t.due = time.After(f.bound.time)
	}
	return t
}

func (t times) stop() {
	t.pause.Stop()
	t.tick.Stop()
}

// step waits for the next event, and reports whether following the query is over. f.stopped
// then says how it ended.
func (f *follower) step(ctx context.Context, d display, t times) (over bool, err error) {
	select {
	case e, open := <-f.incoming:
		if !open {
			return true, fmt.Errorf("%s: its events ended early: %w", f.query.ID(), context.Cause(ctx))
		}
		if ended, ok := e.(query.Ended); ok {
			return true, f.ended(d, ended)
		}
		err = f.show(ctx, d, e)
		t.pause.Reset(f.pauseAfter())
	case <-t.pause.C:
		err = d.pause()
	case <-t.tick.C:
		err = d.tick()
	case h := <-t.health:
		f.watched.healthy(h)
	case k := <-f.keys:
		wished, failed := f.press(ctx, k)
		if wished == background {
			return true, f.leave(ctx, d)
		}
		err = failed
	case <-t.due:
		go func() { // it ends with ctx
			f.examined <- outcome{Unread: f.query.Unread(ctx), Written: f.query.Count(ctx)}
		}()
	case o := <-f.examined:
		f.stopped.Unread, f.stopped.Written = o.Unread, o.Written
		f.limit(ctx, f.bound.byTime)
	case f.stopped.Written = <-t.enough:
		f.seeMark()
		f.limit(ctx, f.bound.byRows)
	case <-f.interrupts:
		if f.watched != nil && f.watched.drawn() && f.watched.press("ctrl+c") == stay { // it was for a line typed there
			err = f.watched.redraw()
		} else {
			err = f.interrupt(ctx)
		}
	case err = <-f.asked:
		f.impatient = time.After(patience)
	case <-f.impatient:
		f.givenUp = true
		err = fmt.Errorf(`%s was cancelled but has not ended yet: \q lists it until it has`, f.query.ID())
	}
	if err != nil {
		return true, f.abandon(ctx, err)
	}
	if f.bound.leaves && f.stopped.Limit != "" {
		return true, f.leave(ctx, d)
	}
	return false, nil
}

// press passes a key to the view and does what the view requests, except for sending the query
// to the background.
func (f *follower) press(ctx context.Context, k key) (wish, error) {
	if !f.watched.drawn() { // typed before anything was visible: meant for the prompt
		f.hold(k)
		return stay, nil
	}
	switch w := pressAll(f.watched, k); w {
	case background:
		return w, nil
	case leave, interrupt:
		f.stopped.Left = w == leave
		return w, f.interrupt(ctx)
	default:
		return w, f.watched.redraw()
	}
}

// enough returns a channel that receives the number of changes, or of the rows that a job
// without rows of its own has written, when the bound is reached. A writer counts its own
// changes.
func (f *follower) enough(ctx context.Context) <-chan int64 {
	ofJob := f.query.Started().Schema == nil
	if f.bound.rows == 0 || f.writer != nil || ofJob && !f.bound.ofJobs {
		return nil
	}
	enough := make(chan int64, 1)
	go func() { // it ends with ctx
		if end, err := f.query.Await(ctx, f.bound.rows); end == nil && err == nil {
			enough <- f.query.Count(ctx)
		}
	}()
	return enough
}

// seeMark keeps the picture as it was after exactly the required number of changes, if they
// have arrived. The query may have more of them by now.
func (f *follower) seeMark() {
	if f.picture == nil || f.bound.rows == 0 || f.stopping() {
		return
	}
	if table, ok := f.query.RequestedSnapshot(); ok {
		f.picture.hold(table)
		f.held = true
	}
}

// pressAll presses a key, or the keys that a pasted text would have been.
func pressAll(d watched, k key) wish {
	if k.name != "" {
		return d.press(k.name)
	}
	for _, r := range k.pasted {
		if w := d.press(string(r)); w != stay {
			return w
		}
	}
	return stay
}

// examine requests the health of the query's job until ctx ends: at once if the query has run
// for a while. Figures that are not available are unknown, because an old figure misleads.
func (f *follower) examine(ctx context.Context) <-chan query.Health {
	found := make(chan query.Health)
	go func() {
		tick := time.NewTicker(healthEvery)
		defer tick.Stop()
		for first := f.query.Elapsed() > healthEvery; ; first = false {
			if !first {
				select {
				case <-tick.C:
				case <-ctx.Done():
					return
				}
			}
			limited, done := context.WithTimeout(ctx, healthWithin)
			h, err := f.query.Health(limited)
			done()
			if err != nil {
				h = query.Health{RowsIn: -1, RowsOut: -1, Restarts: h.Restarts}
			}
			select {
			case found <- h:
			case <-ctx.Done():
				return
			}
		}
	}()
	return found
}

func (f *follower) pauseAfter() time.Duration {
	if f.query.Started().Bounded {
		return boundedPause
	}
	return pauseAfter
}

// pump forwards the subscription's events to a channel, until the last one, or until ctx ends
// or it is stopped.
func (f *follower) pump(ctx context.Context) <-chan query.Event {
	ctx, f.stopPump = context.WithCancel(ctx)
	events := make(chan query.Event)
	go func() {
		defer close(events)
		for {
			e, err := f.events.Next(ctx)
			if err != nil {
				return
			}
			select {
			case events <- e:
			case <-ctx.Done():
				if !release(e) {
					f.rest = e
				}
				return
			}
		}
	}()
	return events
}

// release releases an event's rows, and reports whether it has any.
func release(e query.Event) bool {
	b, ok := e.(query.Batch)
	if ok {
		b.Record.Release()
	}
	return ok
}

// show passes an event to the display. Once the query is ending, nothing is shown any more.
func (f *follower) show(ctx context.Context, d display, e query.Event) error {
	said := command.EventText(f.front, f.query.ID(), e)
	switch e := e.(type) {
	case query.Batch:
		defer e.Record.Release()
		if f.stopping() {
			return nil
		}
		record := e.Record
		if f.bound.rows > 0 && f.seen+record.NumRows() >= f.bound.rows {
			record = record.NewSlice(0, f.bound.rows-f.seen)
			defer record.Release()
			f.limit(ctx, f.bound.byRows)
		}
		f.seen += record.NumRows()
		return f.writer.rows(record)
	case query.Progress:
		if f.picture != nil && !f.stopping() {
			return f.picture.progress()
		}
	case query.Restarted:
		f.seen = 0
		return d.restarted(e.Reason)
	case query.Notice:
		if !e.Passing {
			f.doubts = append(f.doubts, said)
		}
		tell(d, f.notice, said)
	case query.Printed:
		tell(d, f.notice, said)
	case query.Failing:
		tell(d, f.warn, said)
	case query.FailedRows:
		f.doubts = append(f.doubts, render.Visible(e.String()))
		tell(d, f.warn, said)
	}
	return nil
}

// tell prints a message about a query, and lets a watched display keep it in its log.
func tell(d display, told func(string), said string) {
	told(said)
	if live, ok := d.(watched); ok {
		live.note(said)
	}
}

// interruptibly runs something that Ctrl-C ends, and calls waiting from time to time.
func interruptibly(ctx context.Context, interrupts <-chan os.Signal, waiting func(time.Duration), do func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- do(ctx) }()
	begun := time.Now()
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			waiting(time.Since(begun))
		case <-interrupts:
			cancel()
			<-done
			return run.ErrInterrupted
		}
	}
}
