package repl

import (
	"context"
	"os"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/muesli/cancelreader"
)

// readKeys reads keys from a terminal whose mode gives them one by one, and sends
// each by its name: "up", "ctrl+c", "a". stop ends it and waits for its end; what
// is typed from then on is the next reader's.
func readKeys(in *os.File) (keys <-chan string, stop func(), err error) {
	reader, err := cancelreader.NewReader(in)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	events, names, done := make(chan uv.Event), make(chan string), make(chan struct{})
	go func() {
		defer close(events)
		_ = uv.NewTerminalReader(reader, os.Getenv("TERM")).StreamEvents(ctx, events) // without keys there is Ctrl-C
	}()
	go func() {
		defer close(done)
		for event := range events {
			for _, name := range keysOf(event) {
				select {
				case names <- name:
				case <-ctx.Done():
				}
			}
		}
	}()
	return names, func() {
		cancel()
		reader.Cancel()
		<-done
		reader.Close()
	}, nil
}

// keysOf names the keys of an event: that of a key, or those that a pasted text
// would have been.
func keysOf(event uv.Event) []string {
	switch event := event.(type) {
	case uv.KeyPressEvent:
		if event.Text != "" {
			return []string{event.Text}
		}
		return []string{event.String()}
	case uv.PasteEvent:
		var names []string
		for _, r := range event.Content {
			names = append(names, string(r))
		}
		return names
	}
	return nil
}
