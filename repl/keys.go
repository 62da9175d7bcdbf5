package repl

import (
	"context"
	"os"
	"sync/atomic"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/muesli/cancelreader"
)

// key is a key that was pressed, or a text that was pasted.
type key struct {
	name   string // "up", "ctrl+c", "a"; "" of a paste
	pasted string
}

// keyboard reads single keys from a terminal in the right mode. It continues to read while
// nobody takes the keys: what is typed while a statement runs is for the next prompt.
type keyboard struct {
	in     *os.File
	keys   chan key
	cancel context.CancelFunc
	reader cancelreader.CancelReader
	done   chan struct{}

	inquiry atomic.Pointer[inquiry] // the open question to the terminal; nil if there is none
}

func newKeyboard(in *os.File) (*keyboard, error) {
	k := &keyboard{in: in, keys: make(chan key)}
	return k, k.resume()
}

// resume begins to read.
func (k *keyboard) resume() (err error) {
	if k.reader, err = cancelreader.NewReader(k.in); err != nil {
		return err
	}
	var ctx context.Context
	ctx, k.cancel = context.WithCancel(context.Background())
	k.done = make(chan struct{})
	events := make(chan uv.Event)
	go func() {
		defer close(events)
		_ = uv.NewTerminalReader(k.reader, os.Getenv("TERM")).StreamEvents(ctx, events) // without keys there is Ctrl-C
	}()
	go func(done chan struct{}) {
		defer close(done)
		for event := range events {
			k.inquiry.Load().hear(event)
			pressed, ok := keyOf(event)
			if !ok {
				continue
			}
			select {
			case k.keys <- pressed:
			case <-ctx.Done():
			}
		}
	}(k.done)
	return nil
}

// pause stops reading: another program uses the terminal's input.
func (k *keyboard) pause() {
	k.inquiry.Load().await()
	k.cancel()
	k.reader.Cancel()
	<-k.done
	k.reader.Close()
}

func keyOf(event uv.Event) (key, bool) {
	switch event := event.(type) {
	case uv.KeyPressEvent:
		if event.Text != "" {
			return key{name: event.Text}, true
		}
		return key{name: event.String()}, true
	case uv.PasteEvent:
		return key{pasted: event.Content}, true
	}
	return key{}, false
}
