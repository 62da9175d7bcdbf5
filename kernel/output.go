package kernel

import (
	"strings"
	"sync"

	"riffle/render"
)

// textMost is the number of bytes of text that are collected for a message.
const textMost = 64 << 10

// output is the content below one cell. Text is collected, so that many lines become few
// messages: the painter sends it at its next tick. Anything else is shown after the text that
// precedes it.
type output struct {
	kernel *Kernel
	parent *request
	silent bool // nothing of the cell is visible

	mu   sync.Mutex
	name string // of the stream that text belongs to
	text strings.Builder
}

// print adds lines to a stream, stdout or stderr; "" adds none.
func (o *output) print(name, text string) {
	if text != "" {
		o.line(name, text)
	}
}

// warn shows what is wrong, as a line. Statements that run before all cells have no output of
// their own, so the next cell shows it.
func (o *output) warn(text string) {
	if o.parent == nil {
		o.kernel.Notice(text)
		return
	}
	o.line("stderr", render.WithoutControls(text))
}

// line is print, but "" is an empty line.
func (o *output) line(name, text string) {
	if o.silent {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.name != name {
		o.send()
	}
	if o.text.Len() == 0 {
		o.kernel.painter.pend(o)
	}
	o.name = name
	o.text.WriteString(text + "\n")
	if o.text.Len() >= textMost {
		o.send()
	}
}

// publish shows content other than text, after the text before it.
func (o *output) publish(key, messageType string, content any) {
	if o.silent {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.send()
	o.kernel.publish(o.parent, key, messageType, content)
}

func (o *output) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.send()
}

// send sends the collected text; o.mu is held.
func (o *output) send() {
	if o.text.Len() > 0 {
		o.kernel.publish(o.parent, "", "stream", object{"name": o.name, "text": o.text.String()})
		o.text.Reset()
	}
}

// notices are messages that belong to no cell, such as that the JVM was lost. They are shown
// below the running cell, or the next one.
type notices struct {
	mu    sync.Mutex
	lines []string
}

// Notice shows a line that does not belong to a cell.
func (k *Kernel) Notice(text string) {
	k.notices.mu.Lock()
	k.notices.lines = append(k.notices.lines, render.WithoutControls(text))
	k.notices.mu.Unlock()
	if cell := k.subshells.anyRunning(); cell != nil {
		k.printNotices(cell.out)
	}
}

// printNotices shows the notices that were not shown yet.
func (k *Kernel) printNotices(o *output) {
	if o.silent {
		return
	}
	k.notices.mu.Lock()
	lines := k.notices.lines
	k.notices.lines = nil
	k.notices.mu.Unlock()
	o.print("stderr", strings.Join(lines, "\n"))
}
