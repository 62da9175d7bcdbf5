package guest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// output reads what a guest prints. Lines of the program go to deliver as they
// come; from the first line on that looks like the Go runtime reporting the end
// of the process, they are held back, to be read for the reason.
type output struct {
	file    *os.File
	deliver func(line string) // may be nil
	done    chan struct{}

	mu       sync.Mutex
	lastLine string
	report   []byte
}

const (
	maxLine   = 8 << 10   // longer lines are delivered in pieces
	maxReport = 256 << 10 // a report is cut after its first lines
)

func newOutput(file *os.File, deliver func(string)) *output {
	return &output{file: file, deliver: deliver, done: make(chan struct{})}
}

// read collects until the end of the file; it runs in a goroutine of its own.
func (o *output) read() {
	defer close(o.done)
	lines := bufio.NewReaderSize(&printed{file: o.file, left: maxReport}, maxLine)
	for {
		line, err := lines.ReadSlice('\n')
		if len(line) > 0 {
			o.add(line)
		}
		if err != nil && err != bufio.ErrBufferFull {
			return
		}
	}
}

// end returns when all is collected that a process printed which has ended.
func (o *output) end() {
	o.file.SetReadDeadline(time.Unix(1, 0)) // printed waits no more
	<-o.done
	o.file.Close()
}

// printed reads a pipe to its end. Where processes that the user's code has
// started hold the pipe open, it ends after a read deadline with what is in the
// pipe, at most left bytes of it.
type printed struct {
	file  *os.File
	ended bool
	left  int
}

func (p *printed) Read(b []byte) (int, error) {
	if !p.ended {
		n, err := p.file.Read(b)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		p.ended = true
		if err := p.file.SetReadDeadline(time.Time{}); err != nil {
			return 0, err
		}
	}
	n, err := readPending(p.file, b[:min(len(b), p.left)])
	p.left -= n
	return n, err
}

func (o *output) add(line []byte) {
	o.mu.Lock()
	if len(o.report) > 0 || startsReport(line) {
		if len(o.report)+len(line) <= maxReport {
			o.report = append(o.report, line...)
		}
		o.mu.Unlock()
		return
	}
	text := strings.TrimRight(string(line), "\r\n")
	o.lastLine = text
	o.mu.Unlock()
	if o.deliver != nil {
		o.deliver(text)
	}
}

// startsReport reports whether line is one that the Go runtime begins with when
// it ends a process.
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

// finish ends the output after the process: it returns the runtime's report if
// the process crashed, and the last line that the program printed. What had
// only looked like a report is delivered.
func (o *output) finish(crashed bool) (report []byte, lastLine string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if crashed {
		return o.report, o.lastLine
	}
	held := bufio.NewScanner(io.LimitReader(bytes.NewReader(o.report), maxReport))
	held.Buffer(nil, maxReport)
	for held.Scan() {
		o.lastLine = held.Text()
		if o.deliver != nil {
			o.deliver(o.lastLine)
		}
	}
	return nil, o.lastLine
}
