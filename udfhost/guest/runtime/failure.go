package runtime

import (
	goruntime "runtime"

	"riffle/udfhost/guest/abi"
)

// Names of the user's packages, and of what riffle adds to them, as in stack traces.
const (
	userPrefix = "main."
	belowMain  = "main/"
	gluePrefix = "main.riffle_"
)

// maxText is the length to which each text of a failure is cut. The host reserves space for
// three.
const maxText = 8 << 10

// place is where in the user's source something failed.
type place struct {
	file     string
	line     int
	function string
}

// failure is a row for which the user's function failed.
type failure struct {
	status  uint32 // abi's
	row     int    // the number of rows: a vectorized function failed for all that it was called for
	message string
	at      place
}

// recovered turns a panic of the user's function into the row's failure.
func (c *Call) recovered() {
	if c.finished {
		return
	}
	if c.table != nil && c.table.ending { // its results and failures are dropped
		c.finished = recover() != nil
		return
	}
	f := failure{row: *c.Progress()}
	switch v := recover().(type) {
	case nil: // runtime.Goexit: the process ends with its own trace
		return
	case tooLarge:
		f.status = abi.StatusTooLarge
	default:
		f.status, f.message, f.at = abi.StatusPanic, describe(v), panicPlace()
	}
	c.finished = c.fail(f)
	c.from = f.row + 1
}

// fail records a failure, and reports whether it ends the call.
func (c *Call) fail(f failure) (ends bool) {
	if c.request.Flags&abi.FlagTolerant == 0 || f.status == abi.StatusTooLarge {
		c.reply = replyTo(c.request, f.status)
		c.writeFailure(f, c.request.Output)
		return true
	}
	if c.failed == nil {
		c.failed = make(Bits, (c.Rows()+7)/8)
		c.first = f
	}
	if f.row < c.Rows() {
		c.failed.Set(f.row)
		c.count++
		if c.table != nil {
			c.table.drop(f.row)
		}
		return false
	}
	for _, row := range c.vector.rows {
		c.failed.Set(row)
	}
	c.count += len(c.vector.rows)
	return false
}

// writeFailure completes the reply with f, whose texts go to offset at.
func (c *Call) writeFailure(f failure, at uint64) {
	c.reply.FailingRow = uint64(f.row)
	c.reply.Line = uint32(f.at.line)
	c.reply.Text = at
	room := c.memory[at:c.request.Limit]
	room, c.reply.MessageBytes = putText(room, f.message)
	room, c.reply.FileBytes = putText(room, f.at.file)
	_, c.reply.FunctionBytes = putText(room, f.at.function)
}

// failures writes which rows of the kept call failed, and how the first did.
func (c *Call) failures(memory []byte, request abi.Request) {
	c.memory, c.request = memory, request
	c.reply = replyTo(request, abi.StatusFailures)
	copy(memory[request.Output:], c.failed)
	c.reply.Cause, c.reply.Failed = c.first.status, uint64(c.count)
	c.writeFailure(c.first, request.Output+uint64(abi.Align(len(c.failed))))
}

func putText(room []byte, text string) (rest []byte, written uint32) {
	const more = "…"
	if len(text) > maxText {
		text = text[:maxText-len(more)] + more
	}
	n := copy(room, text)
	return room[n:], uint32(n)
}

// panicPlace returns the innermost line of the user's code on the stack of a panic.
func panicPlace() place {
	var counters [128]uintptr
	frames := goruntime.CallersFrames(counters[:goruntime.Callers(2, counters[:])])
	for {
		frame, more := frames.Next()
		if name := users(frame.Function); name != "" {
			return place{frame.File, frame.Line, name}
		}
		if !more {
			return place{}
		}
	}
}

// users returns the name of a function that the user declared, or "". A user cannot declare main. Some declarations are
// in packages below main: main/5d0c.Grade.
func users(function string) string {
	if hasPrefix(function, belowMain) {
		for i := range function {
			if function[i] == '.' {
				return function[i+1:]
			}
		}
	}
	if !hasPrefix(function, userPrefix) || hasPrefix(function, gluePrefix) || function == "main.main" {
		return ""
	}
	return function[len(userPrefix):]
}

// describe returns the text of a panic value.
func describe(v any) (text string) {
	defer func() {
		if recover() != nil { // its Error or String panicked in turn
			text = "a value of type " + typeName(v)
		}
	}()
	switch v := v.(type) {
	case goruntime.Error:
		text = v.Error()
		if hasPrefix(text, "runtime error: ") {
			text = text[len("runtime error: "):]
		}
		return text
	case error:
		return v.Error()
	case interface{ String() string }:
		return v.String()
	case string:
		return v
	case int:
		return decimal(v)
	}
	return "a value of type " + typeName(v)
}

// typeName returns the name of v's type, taken from the runtime's own message about
// an assertion that cannot hold, so that reflect is not linked for its sake.
func typeName(v any) (name string) {
	defer func() {
		const start = "interface conversion: "
		err, _ := recover().(error)
		if err == nil || !hasPrefix(err.Error(), start) {
			return
		}
		name = err.Error()[len(start):]
		for i := range name {
			if hasPrefix(name[i:], " is not ") {
				name = name[:i]
				return
			}
		}
	}()
	_ = v.(interface{ riffleNeverImplemented() })
	return "unknown"
}

func hasPrefix(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }

func decimal(n int) string {
	if n < 0 {
		return "-" + digits(-uint64(n))
	}
	return digits(uint64(n))
}

func digits(n uint64) string {
	var text [20]byte
	i := len(text)
	for {
		i--
		text[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return string(text[i:])
		}
	}
}
