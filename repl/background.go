package repl

import (
	"io"
	"sync"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// answerTime is how long a terminal may take for an answer before it is taken for
// one that gives none.
const answerTime = 500 * time.Millisecond

// inquiry is a question for the colour of the terminal's background. Nobody
// waits for the answer: it comes among the keys, whenever it does, and the prompt
// is there before. Behind it every terminal is asked what it is, which all answer,
// so that it is known when no more will come.
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

// hear takes in what a terminal says.
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

// await waits for the answer, if one is to be expected still: it must not come to
// whoever reads the terminal next.
func (q *inquiry) await() {
	if q == nil {
		return
	}
	select {
	case <-q.done:
	case <-time.After(time.Until(q.asked.Add(answerTime))):
	}
}
