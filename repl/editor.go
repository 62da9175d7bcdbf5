package repl

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"riffle/session/run"
	"riffle/session/sqltext"
)

// editor reads what the user types.
type editor interface {
	// read returns a text of complete statements, or the line of a command that was typed
	// inside a statement; the next read then continues that statement. prompt returns the text
	// before a line, given why the text above it is incomplete, which is Complete for the first
	// line. At the end of input the error is io.EOF, at Ctrl-C run.ErrInterrupted.
	read(ctx context.Context, prompt func(sqltext.Reason) string) (string, error)
	// above prints text above the text being typed. If replacing is set, it replaces the last
	// such text. It may be called from any goroutine, from the beginning of a read to its end.
	above(text string, replacing bool)
	// begin sets the text that the next read starts with.
	begin(text string)
	// unfinished returns the statement that the next read continues, or "".
	unfinished() string
	// remember adds an entry to the history.
	remember(entry string)
	// entries returns the history, the oldest entry first.
	entries() []string
	// pressed returns the keys while no text is read; nil if there are no keys.
	pressed() <-chan key
	// hold keeps a pressed key for the next read.
	hold(k key)
	// outside gives the terminal to another program while run runs.
	outside(run func() error) error
	// close restores the terminal.
	close() error
}

// plainEditor reads from something that is not a terminal, or from a dumb terminal.
type plainEditor struct {
	prompts    io.Writer // nil for none
	lines      chan string
	err        error // why lines was closed
	interrupts <-chan os.Signal
	preset     string // what the next text starts with
}

// newPlainEditor starts to read. The reading goroutine ends with the input, or at the first
// line after ctx has ended: a read from a pipe cannot be interrupted.
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

// read reads lines until they form complete statements.
func (e *plainEditor) read(ctx context.Context, prompt func(sqltext.Reason) string) (string, error) {
	text := e.preset
	e.preset = ""
	_, reason := sqltext.Incomplete(text)
	for {
		line, err := e.readLine(ctx, prompt(reason))
		if err != nil {
			return "", err
		}
		if begin, ok := commandWithin(text + line); ok {
			e.preset = text
			return (text + line)[begin:], nil
		}
		text += line
		var open bool
		if open, reason = sqltext.Incomplete(text); !open {
			return text, nil
		}
		text += "\n"
	}
}

// commandWithin reports whether the last line of a text is a command inside a SQL or Go
// statement, and where the line begins. Inside a string or a comment, a backslash does not
// begin a command. Blank lines at the end are ignored, because pasted text ends with them.
func commandWithin(text string) (begin int, ok bool) {
	text = strings.TrimRight(text, " \t\r\n")
	begin = strings.LastIndexByte(text, '\n') + 1
	if !strings.HasPrefix(strings.TrimLeft(text[begin:], " \t"), `\`) {
		return 0, false
	}
	_, reason := sqltext.Incomplete(text[:begin])
	return begin, reason == sqltext.OpenStatement || reason == sqltext.OpenSet || reason == sqltext.OpenDeclaration
}

// readLine returns a line without its end.
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
		return "", run.ErrInterrupted
	case <-ctx.Done():
		return "", io.EOF
	}
}

func (e *plainEditor) above(text string, _ bool) {
	if e.prompts != nil {
		_, _ = io.WriteString(e.prompts, "\n"+text+"\n")
	}
}

func (e *plainEditor) begin(text string)              { e.preset = text }
func (e *plainEditor) unfinished() string             { return e.preset }
func (e *plainEditor) remember(string)                {}
func (e *plainEditor) entries() []string              { return nil }
func (e *plainEditor) pressed() <-chan key            { return nil }
func (e *plainEditor) hold(key)                       {}
func (e *plainEditor) outside(run func() error) error { return run() }
func (e *plainEditor) close() error                   { return nil }
