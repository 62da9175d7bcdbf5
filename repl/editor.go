package repl

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"
)

// editor reads what the user types, line by line.
type editor interface {
	// readLine returns a line without its end, which may hold line ends if it was
	// pasted or recalled. At the end of input the error is io.EOF, at Ctrl-C
	// ErrInterrupted.
	readLine(ctx context.Context, prompt string) (string, error)
	// above prints text above the line that is being typed; replacing, in the
	// place of the last such text if nothing was printed since. It may be called
	// from any goroutine, from the begin of a readLine to its end.
	above(text string, replacing bool)
	// remember adds an entry to the history, or replaces the last if part of it.
	remember(entry string)
	// entries are the history, the oldest first.
	entries() []string
	// close gives the terminal back as it was.
	close() error
}

// plainEditor reads from what is no terminal, or a terminal that can nothing.
type plainEditor struct {
	prompts    io.Writer // nil for none
	lines      chan string
	err        error // why lines was closed
	interrupts <-chan os.Signal
}

// newPlainEditor starts to read. The reading goroutine ends with the input or at
// the first line after ctx: a read from a pipe cannot be called off.
func newPlainEditor(ctx context.Context, in io.Reader, prompts io.Writer, interrupts <-chan os.Signal) *plainEditor {
	e := &plainEditor{prompts: prompts, lines: make(chan string), interrupts: interrupts}
	go func() {
		defer close(e.lines)
		r := bufio.NewReader(in)
		for {
			line, err := r.ReadString('\n')
			if line != "" {
				select {
				case e.lines <- line:
				case <-ctx.Done():
					return
				}
			}
			if err != nil {
				e.err = err
				return
			}
		}
	}()
	return e
}

func (e *plainEditor) readLine(ctx context.Context, prompt string) (string, error) {
	if e.prompts != nil {
		if _, err := io.WriteString(e.prompts, prompt); err != nil {
			return "", err
		}
	}
	select {
	case line, open := <-e.lines:
		switch {
		case open:
			return strings.TrimRight(line, "\r\n"), nil
		case errors.Is(e.err, io.EOF):
			return "", io.EOF
		}
		return "", e.err
	case <-e.interrupts:
		return "", ErrInterrupted
	case <-ctx.Done():
		return "", io.EOF
	}
}

func (e *plainEditor) above(text string, _ bool) {
	if e.prompts != nil {
		_, _ = io.WriteString(e.prompts, "\n"+text+"\n")
	}
}

func (e *plainEditor) remember(string)   {}
func (e *plainEditor) entries() []string { return nil }
func (e *plainEditor) close() error      { return nil }
