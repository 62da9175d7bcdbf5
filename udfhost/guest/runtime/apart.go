//go:build unix

package runtime

import (
	"sync/atomic"

	"riffle/udfhost/guest/abi"
)

// Rows can be computed apart from the loop of the glue, by goroutines (package async). The glue reports
// their failures when it comes to the rows.

// Failure is the failure of such a row.
type Failure struct{ failure failure }

// Returned is the failure of a row for which the user's function returned an error.
func Returned(message string) Failure {
	return Failure{failure{status: abi.StatusFailed, message: message}}
}

// Panicked is the failure of a row for which the user's function panicked with a value. It is called by the
// deferred function that has recovered the value.
//
//go:noinline
func Panicked(value any) Failure {
	return Failure{failure{status: abi.StatusPanic, message: describe(value), at: panicPlace()}}
}

// FailRow records the failure of a row, and reports whether it ends the call. If not, the glue sets the row's
// result to NULL.
//
//go:noinline
func (c *Call) FailRow(row int, f Failure) (ends bool) {
	f.failure.row = row
	return c.fail(f.failure)
}

// Tolerant reports whether the call continues after a row that fails.
func (c *Call) Tolerant() bool { return c.request.Flags&abi.FlagTolerant != 0 }

// Async returns how the rows of an asynchronous function are computed.
func (c *Call) Async() abi.Async { return c.request.Async }

// Stopped reports whether the host has told this call to end.
func (c *Call) Stopped() bool { return atomic.LoadUint64(c.word(abi.StopOffset)) == c.request.Call }

// End ends a call that has Stopped. The host drops the reply.
func (c *Call) End() {
	c.reply = replyTo(c.request, abi.StatusFailed)
	c.writeFailure(failure{message: "the call has been stopped"}, c.request.Output)
}
