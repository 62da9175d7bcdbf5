package runtime

import (
	goruntime "runtime"

	"riffle/udfhost/guest/abi"
)

// Names of the user's package and of the glue in it, as stack traces have them.
const (
	userPrefix = "main."
	gluePrefix = "main.riffle_"
)

// maxText is the length to which each text of a failure is cut; the host keeps
// room for three.
const maxText = 8 << 10

// place is where in the user's source something failed.
type place struct {
	file     string
	line     int
	function string
}

// recovered turns a panic of the user's function into the call's failure.
func (c *Call) recovered() {
	if c.finished {
		return
	}
	switch v := recover().(type) {
	case nil: // runtime.Goexit: the process ends with a trace of its own
	case tooLarge:
		c.fail(abi.StatusTooLarge, "", place{})
	default:
		c.fail(abi.StatusPanic, describe(v), panicPlace())
	}
}

// fail completes the reply as that of a failure in the current row.
func (c *Call) fail(status uint32, message string, at place) {
	c.reply = replyTo(c.request, status)
	c.reply.FailingRow = uint64(*c.Progress())
	c.reply.Line = uint32(at.line)
	c.reply.Text = c.request.Output
	room := c.memory[c.request.Output:]
	room, c.reply.MessageBytes = putText(room, message)
	room, c.reply.FileBytes = putText(room, at.file)
	_, c.reply.FunctionBytes = putText(room, at.function)
}

func putText(room []byte, text string) (rest []byte, written uint32) {
	const more = "…"
	if len(text) > maxText {
		text = text[:maxText-len(more)] + more
	}
	n := copy(room, text)
	return room[n:], uint32(n)
}

// panicPlace is the innermost line of the user's on the stack of a panic.
func panicPlace() place {
	var counters [128]uintptr
	frames := goruntime.CallersFrames(counters[:goruntime.Callers(2, counters[:])])
	for {
		frame, more := frames.Next()
		if isUsers(frame.Function) {
			return place{frame.File, frame.Line, frame.Function[len(userPrefix):]}
		}
		if !more {
			return place{}
		}
	}
}

// isUsers reports whether a function was declared by the user, who cannot
// declare main.
func isUsers(function string) bool {
	return hasPrefix(function, userPrefix) && !hasPrefix(function, gluePrefix) && function != "main.main"
}

// describe is the text of what a function panicked with.
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

// typeName is the name of v's type, taken from the runtime's own message about
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
