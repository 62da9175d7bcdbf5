package runtime

import (
	"iter"
	"syscall"

	"riffle/udfhost/guest/abi"
)

// tableCall is a call of a table function. Its results may need more memory than there is. So the glue runs in a
// coroutine, which is suspended in the middle of the user's iterator whenever a batch of results is full.
type tableCall struct {
	call  Call
	next  func() (struct{}, bool) // fills the next batch; false if the call is complete
	stop  func()                  // ends the coroutine
	pause func(struct{}) bool     // suspends the coroutine; false if the call is to end

	row      int    // the current one
	complete int    // results of the batch
	ending   bool   // the user's iterator has been told to stop
	status   uint32 // of the last batch
	clock    batchClock
}

// newTableCall prepares the call that request describes. It copies the arguments, because other calls use the
// memory while this one is suspended.
func newTableCall(memory []byte, request abi.Request, s *scopes, function func(*Call)) *tableCall {
	t := new(tableCall)
	t.call.scopes = s
	own := make([]byte, request.Output+abi.Alignment) // descriptors begin within it, even if there are no results
	copy(own, memory[:request.Output])
	t.call.begin(memory, own, request)
	t.call.table = t
	t.next, t.stop = iter.Pull(func(yield func(struct{}) bool) {
		t.pause = yield
		t.call.compute(function)
	})
	return t
}

// resume prepares for the continuation of the call, as request asks for it. The last batch is not needed any more.
func (t *tableCall) resume(memory []byte, request abi.Request) {
	c := &t.call
	c.memory, c.request = memory, request
	*c.word(abi.CurrentOffset) = request.Call
	*c.Progress() = t.row
	c.reply = replyTo(request, abi.StatusDone)
	if c.result.parts != nil {
		c.result.parts.cut(0)
	}
	t.complete = 0
}

// fill computes the next batch of results, writes it and returns the reply.
func (t *tableCall) fill(memory []byte, request abi.Request) abi.Reply {
	t.resume(memory, request)
	begun := now()
	t.clock.start(begun)
	t.status = abi.StatusDone
	if _, more := t.next(); more {
		t.status = abi.StatusMore
	}
	c := &t.call
	if c.reply.Status == abi.StatusDone { // it has not failed
		c.reply.Status = t.status
		c.write(0)
	}
	c.reply.Microseconds = uint64(max(0, now()-begun))
	return c.reply
}

// fetch writes the batch again, from the result that request names on.
func (t *tableCall) fetch(memory []byte, request abi.Request) {
	t.call.memory, t.call.request = memory, request
	t.call.reply = replyTo(request, t.status)
	t.call.write(int(request.From))
}

// TableResult makes the result a table. The types are those of the descriptors of its columns, which the glue gets.
// It appends to each of them for each result, and then calls Yield.
//
//go:noinline
func (c *Call) TableResult(columns int, types ...abi.Type) Parts {
	return c.Result(append([]abi.Type{abi.Row, abi.Type(1 + columns), abi.Int32}, types...)...)[2:]
}

// Row begins a row. It reports whether the call is to end: the glue then returns.
//
//go:noinline
func (c *Call) Row(i int) (ends bool) {
	c.table.row = i
	*c.Progress() = i
	return c.table.suspendIfFull()
}

// Yield ends a result of the current row. It reports whether the call is to end: the glue then returns.
//
//go:noinline
func (c *Call) Yield() (ends bool) {
	c.table.end(c.table.row)
	*c.word(abi.YieldedOffset)++
	return c.table.suspendIfFull()
}

// end ends a result, which is of a row.
func (t *tableCall) end(row int) {
	parts := t.call.result.parts
	parts[0].SetRow()
	parts[1].SetInt32(int32(row))
	t.complete++
}

// suspendIfFull suspends the call if the batch is full. It reports whether the call is to end.
func (t *tableCall) suspendIfFull() (ends bool) {
	switch {
	case t.ending || *t.call.word(abi.StopOffset) == t.call.request.Call:
		t.ending = true
	case t.complete == 0:
	case t.complete >= abi.BatchResults, t.call.result.parts.bytes() >= abi.BatchBytes, t.clock.late():
		t.ending = !t.pause(struct{}{})
	}
	return t.ending
}

// drop drops the result that has been begun for a row that fails, and marks the row if the host needs that.
func (t *tableCall) drop(row int) {
	parts := t.call.result.parts
	if parts == nil {
		return
	}
	parts.cut(t.complete)
	if t.call.request.Flags&abi.FlagMarked == 0 {
		return
	}
	for k := 2; k < parts[0].whole; k += parts[k].whole {
		parts[k:].SetNull()
	}
	t.end(^row)
}

// IsTable reports whether the iterator that a function has returned is not nil. nil has no results.
func IsTable[F ~func(Y), Y any](f F) bool { return f != nil }

// batchMicros is how long results wait for others, if the function is slow.
const batchMicros = 20_000

// batchClock tells when the results of a slow function have waited long enough. Asking for the time takes as long as
// computing a result, so a fast function is asked less often.
type batchClock struct {
	began, asked int64 // microseconds
	step, left   int   // results between two questions, and until the next
}

// A question is asked later than the one before if that was less than fastMicros ago.
const (
	fastMicros = 500
	maxStep    = 63
)

func (b *batchClock) start(at int64) { *b = batchClock{began: at, asked: at, step: b.step} }

// late reports whether the batch has taken too long.
func (b *batchClock) late() bool {
	if b.left > 0 {
		b.left--
		return false
	}
	at := now()
	if at-b.asked < fastMicros {
		b.step = min(2*b.step+1, maxStep)
	} else {
		b.step = 0
	}
	b.asked, b.left = at, b.step
	return at-b.began >= batchMicros
}

// now returns the time in microseconds. Where the system keeps it from the guest, it is 0.
func now() int64 {
	var t syscall.Timeval
	syscall.Gettimeofday(&t)
	return int64(t.Sec)*1e6 + int64(t.Usec)
}
