package guest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// output reads what a guest prints. Lines of the program are passed to deliver as they arrive.
// From the first line that looks like the Go runtime's report of a crash, lines are held back
// and searched for the reason. A process that still answers calls a while later has only
// printed something similar.
//
// A line belongs to the function that was called when it was printed, however late it is read:
// before another function is called, the number of bytes in the pipe marks where the new
// function's lines begin. What a goroutine of the user's prints between calls belongs to the
// function that was called last.
type output struct {
	file       *os.File
	deliver    func(function, line string) // may be nil
	done       chan struct{}
	lastCalled string // the function of the last call; owned by the caller that has the process's turn

	delivering sync.Mutex // held, before mu, while lines are delivered in their order

	mu          sync.Mutex
	progress    *sync.Cond    // bytesSplit has grown, or the output has ended
	bytesRead   int64         // bytes that were read from the pipe
	bytesSplit  int64         // those of them that were split into lines
	marks       []mark        // where functions begin; the first may have begun already
	locate      func() string // see callsAll; nil if one function is called
	partial     []byte        // of a line whose end is not there yet
	lastLine    string
	report      []byte
	reportBegan time.Time   // when the report began
	hasReport   atomic.Bool // a report has begun
	omitted     int         // lines that the report had no room for
	ended       bool        // the process has ended: nothing is added to the pipe any more
	remaining   int         // how much of that may be read
}

// mark is where the lines of a function begin, as an offset into everything that the process
// prints.
type mark struct {
	at       int64
	function string
}

const (
	maxLine   = 8 << 10   // longer lines are delivered in pieces
	maxReport = 256 << 10 // a report is cut after its first lines
	// reportTime is how long an ending process may take to print its report.
	reportTime = 2 * time.Second
)

func newOutput(file *os.File, deliver func(function, line string)) *output {
	o := &output{file: file, deliver: deliver, done: make(chan struct{}), marks: []mark{{}}, remaining: maxReport}
	o.progress = sync.NewCond(&o.mu)
	return o
}

// read reads until the end of the file. It runs in a goroutine of its own.
func (o *output) read() {
	defer func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		close(o.done)
		o.progress.Broadcast()
	}()
	chunk := make([]byte, maxLine)
	for {
		n, err := o.take(chunk)
		o.split(chunk[:n], err != nil)
		if err != nil {
			return
		}
	}
}

// end returns when all output of an ended process has been read.
func (o *output) end() {
	o.file.SetReadDeadline(time.Unix(1, 0)) // take waits no more
	<-o.done
	o.file.Close()
}

// take reads from the pipe to its end. If processes that the user's code has started keep the
// pipe open, it reads until a deadline, and then only what is in the pipe.
func (o *output) take(b []byte) (int, error) {
	raw, err := o.file.SyscallConn()
	if err != nil {
		return 0, err
	}
	n := 0
	read := func(fd uintptr) (enough bool) {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.ended {
			b = b[:min(len(b), o.remaining)]
		}
		if o.locate != nil {
			// Only as long as there is something to read is it known who has printed it.
			if there := pending(o.file); !o.ended {
				if there == 0 {
					return false
				}
				b = b[:min(len(b), int(there))]
			}
			o.prints(o.locate())
		}
		if n, err = readNow(fd, b); n > 0 {
			o.bytesRead += int64(n)
			o.remaining -= n
			return true
		}
		n = 0
		return o.ended || !errors.Is(err, syscall.EAGAIN)
	}
	if waited := raw.Read(read); errors.Is(waited, os.ErrDeadlineExceeded) && !o.ended {
		o.mu.Lock()
		o.ended, o.remaining = true, maxReport
		o.mu.Unlock()
		if err := o.file.SetReadDeadline(time.Time{}); err != nil {
			return 0, err
		}
		return o.take(b)
	} else if waited != nil {
		return 0, waited
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// calls records that a function is called, to which further output belongs.
func (o *output) calls(function string) {
	if function == o.lastCalled {
		return
	}
	o.lastCalled = function
	o.mu.Lock()
	defer o.mu.Unlock()
	m := mark{o.bytesRead + pending(o.file), function}
	if last := &o.marks[len(o.marks)-1]; last.at == m.at {
		*last = m // nothing was printed since: marks would pile up for functions that are called in turns
		return
	}
	o.marks = append(o.marks, m)
}

// callsAll records that several functions are called, the first of which is given. Until called, locate returns
// the one that is being called. As long as the pipe is not empty, it does not change.
func (o *output) callsAll(first string, locate func() string) {
	o.calls(first)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.locate = locate
}

// called records the function that was called last of several.
func (o *output) called(last string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.locate = nil
	o.prints(last)
	o.lastCalled = last
}

// prints records that what has not been read was printed by a function; o.mu is held.
func (o *output) prints(function string) {
	last := &o.marks[len(o.marks)-1]
	if last.at >= o.bytesRead {
		last.function = function
	} else if last.function != function {
		o.marks = append(o.marks, mark{o.bytesRead, function})
	}
}

// answered records that the process has completed a call, so it has not ended.
func (o *output) answered() {
	if o.hasReport.Load() {
		o.deliverReport(reportTime)
	}
}

// flush returns when everything that was printed before has been delivered.
func (o *output) flush() {
	o.mu.Lock()
	for upTo := o.bytesRead + pending(o.file); o.bytesSplit < upTo && !o.isDone(); {
		o.progress.Wait()
	}
	o.mu.Unlock()
	o.deliverReport(0)
	o.delivering.Lock()
	defer o.delivering.Unlock()
	o.mu.Lock()
	line := o.partial
	o.partial = nil
	o.mu.Unlock()
	o.add(line)
}

func (o *output) isDone() bool {
	select {
	case <-o.done:
		return true
	default:
		return false
	}
}

// split splits what was read into lines. If last is set, the final line needs no line end.
func (o *output) split(chunk []byte, last bool) {
	o.delivering.Lock()
	defer o.delivering.Unlock()
	for len(chunk) > 0 {
		end := bytes.IndexByte(chunk, '\n') + 1
		whole := end > 0
		if !whole {
			end = len(chunk)
		}
		o.mu.Lock()
		if room := maxLine - len(o.partial); end > room {
			end, whole = room, true
		}
		o.partial = append(o.partial, chunk[:end]...)
		o.bytesSplit += int64(end)
		line := o.partial
		if whole {
			o.partial = nil
		}
		o.mu.Unlock()
		if chunk = chunk[end:]; whole {
			o.add(line)
		}
	}
	if last {
		o.mu.Lock()
		line := o.partial
		o.partial = nil
		o.mu.Unlock()
		o.add(line)
	}
	o.progress.Broadcast()
}

// add takes the line that was split off last; o.delivering is held.
func (o *output) add(line []byte) {
	if len(line) == 0 {
		return
	}
	o.mu.Lock()
	function := o.functionAt(o.bytesSplit - int64(len(line)))
	if len(o.report) > 0 || startsReport(line) {
		o.addToReport(line)
		o.mu.Unlock()
		return
	}
	text := strings.TrimRight(string(line), "\r\n")
	o.lastLine = text
	o.mu.Unlock()
	if o.deliver != nil {
		o.deliver(function, text)
	}
}

// functionAt returns the function whose line begins at an offset; o.mu is held.
func (o *output) functionAt(at int64) string {
	for len(o.marks) > 1 && o.marks[1].at <= at {
		o.marks = o.marks[1:]
	}
	return o.marks[0].function
}

// addToReport adds a line to the report; o.mu is held.
func (o *output) addToReport(line []byte) {
	if len(o.report) == 0 {
		o.reportBegan = time.Now()
		o.hasReport.Store(true)
	}
	if len(o.report)+len(line) > maxReport {
		o.omitted++
		return
	}
	o.report = append(o.report, line...)
}

// deliverReport delivers the lines that were held back, if some time has passed.
func (o *output) deliverReport(after time.Duration) {
	o.delivering.Lock()
	defer o.delivering.Unlock()
	o.mu.Lock()
	if len(o.report) == 0 || time.Since(o.reportBegan) < after {
		o.mu.Unlock()
		return
	}
	report, omitted := o.report, o.omitted
	function := o.marks[0].function
	o.report, o.omitted = nil, 0
	o.hasReport.Store(false)
	for line := range strings.Lines(string(report)) {
		o.lastLine = strings.TrimRight(line, "\r\n")
	}
	o.mu.Unlock()
	if o.deliver == nil {
		return
	}
	for line := range strings.Lines(string(report)) {
		o.deliver(function, strings.TrimRight(line, "\r\n"))
	}
	if omitted > 0 {
		o.deliver(function, fmt.Sprintf("… and %d lines that were not kept", omitted))
	}
}

// startsReport reports whether line is one with which the Go runtime begins a report when it
// ends a process.
func startsReport(line []byte) bool {
	for _, start := range []string{
		"panic: ", "fatal error: ", "runtime: ", "SIG", "[signal ", "unexpected fault address ", "goroutine ",
	} {
		if bytes.HasPrefix(line, []byte(start)) {
			return true
		}
	}
	return false
}

// finish ends the output after the process. It returns the runtime's report if the process
// crashed, and the last line that the program printed. Lines that only looked like a report are
// delivered.
func (o *output) finish(crashed bool) (report []byte, lastLine string) {
	if !crashed {
		o.deliverReport(0)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.report, o.lastLine
}
