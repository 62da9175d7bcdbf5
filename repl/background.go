package repl

import (
	"io"
	"sync"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// answerTime is the time after which a terminal is assumed not to answer.
const answerTime = 500 * time.Millisecond

// inquiry asks the terminal for the color of its background. Nobody waits for the answer: it
// arrives among the keys at any time, and the prompt is shown before. The next question is the
// terminal's identity, which all terminals answer, so after that answer no other is to come.
type inquiry struct {
	answered func(dark bool)
	asked    time.Time
	once     sync.Once
	done     chan struct{}
}

// ask asks the terminal. answered is called from another goroutine.
func (k *keyboard) ask(terminal io.Writer, answered func(dark bool)) {
	k.inquiry.Store(&inquiry{answered: answered, asked: time.Now(), done: make(chan struct{})})
	_, _ = io.WriteString(terminal, ansi.RequestBackgroundColor+ansi.RequestPrimaryDeviceAttributes)
}

// hear processes an event from the terminal.
func (q *inquiry) hear(event uv.Event) {
	if q == nil {
		return
	}
	switch event := event.(type) {
	case uv.BackgroundColorEvent:
		if event.Color != nil {
			q.answered(event.IsDark())
		}
	case uv.PrimaryDeviceAttributesEvent:
		q.once.Do(func() { close(q.done) })
	}
}

// await waits for the answer if one may still come, so that it does not reach whatever reads
// the terminal next.
func (q *inquiry) await() {
	if q == nil {
		return
	}
	select {
	case <-q.done:
	case <-time.After(time.Until(q.asked.Add(answerTime))):
	}
}
