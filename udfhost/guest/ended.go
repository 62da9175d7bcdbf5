package guest

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"riffle/udfhost/guest/abi"
)

// dumpGrace is the time within which a guest must print its goroutines before it is killed. The
// time only passes if a guest ignores the signal: a guest that prints its goroutines ends right
// after that, which takes milliseconds, or seconds on a busy machine.
const dumpGrace = 10 * time.Second

// dumpAndKill makes the guest print its goroutines and die.
func (p *Process) dumpAndKill() {
	_ = p.command.Process.Signal(syscall.SIGQUIT) // fails only if it has ended
	time.AfterFunc(dumpGrace, p.kill)
}

// endError returns the error if the guest has ended during requests, which are parts of calls.
func (p *Process) endError(ctx context.Context, calls []*call, requests []abi.Request) error {
	i := p.current(requests)
	c, request := calls[i], requests[i]
	name := c.function.Name
	if name == "" {
		name = "start guest"
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", name, context.Cause(ctx))
	}
	if p.closed.Load() {
		return fmt.Errorf("%s: %w", name, errEnded)
	}
	if reason, ok := strings.CutPrefix(p.lastLine, abi.JailRefused); ok && c.function.Name == "" {
		return &JailError{Reason: reason}
	}
	failure := &Failure{Function: c.function.Name, Row: -1}
	if row := p.position().row; c.function.Name != "" && row <= request.Rows {
		failure = c.failureIn(request, row, Failure{})
	}
	overdue := p.watch.hasExpired()
	failure.Message, failure.Place = readReport(p.report, overdue)
	switch code := p.state.ExitCode(); {
	case overdue:
		failure.Kind, failure.Waited = Overdue, p.limit(c)
	case p.options.Memory > 0 && outOfMemory(p.report):
		failure.Kind = Crashed
		failure.Message = fmt.Sprintf("out of memory, a function may use %d MiB,", p.options.Memory>>20)
	case failure.Message != "":
		failure.Kind = Crashed
	case code >= 0:
		failure.Kind = Exited
		failure.Message = fmt.Sprintf("the process was ended with exit status %d", code)
		if p.lastLine != "" {
			failure.Message += fmt.Sprintf(" after printing %q", p.lastLine)
		}
	default:
		failure.Kind = Crashed
		failure.Message = fmt.Sprintf("the process was ended by the system (%v)", p.state)
	}
	failure.Message = p.options.explainDenial(failure.Message)
	return failure
}

// position is where a guest is: in which call, on which row of it, and how many results table functions have returned.
type position struct{ call, row, yielded uint64 }

// position returns where the guest is, according to the guest.
func (p *Process) position() position {
	load := func(at int) uint64 { return atomic.LoadUint64((*uint64)(unsafe.Pointer(&p.shared.bytes[at]))) }
	return position{call: load(abi.CurrentOffset), row: load(abi.ProgressOffset), yielded: load(abi.YieldedOffset)}
}

// outOfMemory reports whether a process ended because it ran out of memory, for which the Go
// runtime has several messages. In addition, the collector of Go 1.26 does not check whether it
// got memory for its queues, and faults in the runtime's own code ("goroutine 0"), which a
// function cannot cause to fault in another way.
func outOfMemory(report []byte) bool {
	if bytes.HasPrefix(report, []byte("SIGSEGV: ")) {
		_, goroutine, _ := bytes.Cut(report, []byte("\ngoroutine "))
		return bytes.HasPrefix(goroutine, []byte("0 "))
	}
	return bytes.Contains(report, []byte("out of memory")) || bytes.Contains(report, []byte("cannot allocate memory"))
}
