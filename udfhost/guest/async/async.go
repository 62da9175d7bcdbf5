//go:build unix

// Package async computes the rows of a batch concurrently, for functions that wait: those whose first parameter is a
// context. It is linked into programs that have such functions.
//
// The glue reads the arguments of one row after the other, and passes each row to Rows.Go, which waits while too many
// rows are in progress. When all rows are done, the glue writes their results in the order of the rows.
package async

import (
	"context"
	"errors"
	"strconv"
	"time"

	"riffle/udfhost/guest/abi"
	guest "riffle/udfhost/guest/runtime"
)

// Context is the type of the parameter, for the glue.
type Context = context.Context

// Error is the type of errors, for the glue: a user may have given its name to something else.
type Error = error

// NoError returns the error of a function that returns none.
func NoError() Error { return nil }

// Rows is the rows of a call. Its methods are called by the goroutine of the call.
type Rows[T any] struct {
	call    *guest.Call
	options abi.Async
	ctx     context.Context
	cancel  context.CancelCauseFunc

	rows      []row[T]
	done      chan int     // rows that are done
	look      *time.Ticker // when to look whether the host has told the call to end
	running   int
	completed int
	failed    int  // the first row that failed in a call that ends with it, or -1
	stopped   bool // the host has told the call to end
}

// lookInterval is how often the guest looks whether the call is to end, while it waits for rows.
const lookInterval = 20 * time.Millisecond

// row is the outcome of a row.
type row[T any] struct {
	value   T
	called  bool
	failed  bool
	failure guest.Failure
}

// Why the context of a row is cancelled before its deadline.
var (
	errFailed  = errors.New("another row has failed")
	errStopped = errors.New("the query has ended")
)

// Begin begins the rows of a call.
func Begin[T any](c *guest.Call) *Rows[T] {
	options := c.Async()
	options.Concurrent = max(options.Concurrent, 1)
	ctx, cancel := context.WithCancelCause(context.Background())
	return &Rows[T]{
		call: c, options: options, ctx: ctx, cancel: cancel,
		rows: make([]row[T], c.Rows()), done: make(chan int, min(int(options.Concurrent), c.Rows())),
		look: time.NewTicker(lookInterval), failed: -1,
	}
}

// Next is called before the arguments of a row are read. It returns false if the call is to end.
func (r *Rows[T]) Next(i int) bool {
	for len(r.done) > 0 {
		r.await()
	}
	*r.call.Progress() = i
	return !r.ending()
}

// Go begins to compute row i with f.
func (r *Rows[T]) Go(i int, f func(Context) (T, error)) {
	for r.running >= int(r.options.Concurrent) {
		r.await()
	}
	if r.ending() {
		return
	}
	r.rows[i].called = true
	r.running++
	go r.compute(i, f)
}

// ending reports whether the call is to end: a row has failed, or the host says so.
func (r *Rows[T]) ending() bool { return r.failed >= 0 || r.stopped }

// await waits for a row. The host sees the progress: a number that changes, and that is no row's, because many are in
// progress.
func (r *Rows[T]) await() {
	*r.call.Progress() = len(r.rows) + 1 + r.completed
	i := r.next()
	r.running--
	r.completed++
	if r.rows[i].failed && !r.call.Tolerant() && !r.ending() {
		r.failed = i
		r.cancel(errFailed)
	}
}

// next returns the next row that is done.
func (r *Rows[T]) next() int {
	for {
		select {
		case i := <-r.done:
			return i
		case <-r.look.C:
			if !r.stopped && r.call.Stopped() {
				r.stopped = true
				r.cancel(errStopped)
			}
		}
	}
}

// Wait waits for all rows that have begun, and reports whether the call has ended: one of them has failed, or the host
// does not need the results any more.
func (r *Rows[T]) Wait() (ended bool) {
	r.finish()
	if r.stopped {
		r.call.End()
		return true
	}
	return r.failed >= 0 && r.call.FailRow(r.failed, r.rows[r.failed].failure)
}

// Stop ends the rows that are in progress, because the call ends for another reason.
func (r *Rows[T]) Stop() {
	r.cancel(errFailed)
	r.finish()
}

// finish waits for all rows that have begun.
func (r *Rows[T]) finish() {
	for r.running > 0 {
		r.await()
	}
	r.look.Stop()
	r.cancel(nil)
}

// Result returns the result of row i; ok is false if the function has not returned one.
func (r *Rows[T]) Result(i int) (value T, ok bool) {
	*r.call.Progress() = i
	row := &r.rows[i]
	if row.failed {
		r.call.FailRow(i, row.failure) // does not end a call that is tolerant
	}
	return row.value, row.called && !row.failed
}

// compute computes row i: it calls f until f returns no error, the time is over, or there are no more retries.
func (r *Rows[T]) compute(i int, f func(Context) (T, error)) {
	row := &r.rows[i]
	defer func() { r.done <- i }()
	ctx, cancel := context.WithTimeout(r.ctx, time.Duration(r.options.Timeout)*time.Microsecond)
	defer cancel()
	for attempt := uint32(1); ; attempt++ {
		err := row.attempt(ctx, f)
		if err == nil {
			return
		}
		if attempt <= r.options.Retries && r.pause(ctx) {
			continue
		}
		row.failed, row.failure = true, guest.Returned(explain(ctx, r.options, attempt, err))
		return
	}
}

// pause waits before a retry. It returns false if there is no time for one.
func (r *Rows[T]) pause(ctx context.Context) bool {
	timer := time.NewTimer(time.Duration(r.options.Delay) * time.Microsecond)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}

// attempt calls f once and returns its error. A panic fails the row at once.
func (r *row[T]) attempt(ctx context.Context, f func(Context) (T, error)) (err error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		v := recover()
		if v == nil {
			v = "runtime.Goexit ends only a goroutine"
		}
		r.failed, r.failure = true, guest.Panicked(v)
		err = nil
	}()
	r.value, err = f(ctx)
	if err != nil {
		err = message(err.Error()) // which may panic
	}
	returned = true
	return err
}

// message is the text of an error.
type message string

func (m message) Error() string { return string(m) }

// explain returns the text of the error with which the last attempt ended.
func explain(ctx context.Context, o abi.Async, attempts uint32, err error) string {
	text := err.Error()
	if ctx.Err() == context.DeadlineExceeded {
		text = "no result within " + (time.Duration(o.Timeout) * time.Microsecond).String() + ": " + text
	}
	if attempts > 1 {
		text += " (after " + strconv.Itoa(int(attempts)) + " attempts)"
	}
	return text
}
