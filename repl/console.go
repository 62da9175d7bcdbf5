package repl

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/term"

	"riffle/render"
	"riffle/repl/theme"
)

// Console is riffle's input and output. It owns the terminal, if there is one, and knows its capabilities.
// Goroutines other than the one that runs statements print through Notice and Progress.
type Console struct {
	in       *os.File
	out, err io.Writer // frames on the terminal are erased before what is written here
	screen   *screen   // where frames are painted; nil if nowhere
	colors   bool      // on out
	choice   theme.Choice
	dress    atomic.Pointer[theme.Theme] // as this terminal shows it

	outIsTerminal bool

	mu       sync.Mutex
	editor   editor // not nil while a line is being typed
	reported int64  // tenths of the progress reported so far, without a terminal
}

// NewConsole returns a console on the standard streams.
func NewConsole(in, out, err *os.File) *Console {
	c := &Console{in: in, out: out, err: err}
	c.outIsTerminal = isTerminal(out)
	if os.Getenv("TERM") == "dumb" {
		return c
	}
	switch {
	case c.outIsTerminal:
		c.screen = &screen{w: out, size: sizeOf(out)}
		c.out = c.screen
		if isTerminal(err) {
			c.err = c.screen
		}
		c.colors = os.Getenv("NO_COLOR") == ""
		c.Dress(theme.Choice{})
	case isTerminal(err):
		c.screen = &screen{w: err, size: sizeOf(err)}
		c.err = c.screen
	}
	return c
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// sizeOf returns a function that returns the size of a terminal, or the size of the first
// terminals if it does not report one.
func sizeOf(f *os.File) func() (int, int) {
	return func() (int, int) {
		width, height, err := term.GetSize(int(f.Fd()))
		if err != nil || width <= 0 || height <= 0 {
			return 80, 24
		}
		return width, height
	}
}

// Interactive reports whether a person types here.
func (c *Console) Interactive() bool { return isTerminal(c.in) && c.outIsTerminal }

// width returns the width of the terminal on which results are shown, or 0 if they are not
// shown on a terminal.
func (c *Console) width() int {
	switch {
	case !c.outIsTerminal:
		return 0
	case c.screen == nil:
		return 80
	}
	width, _ := c.screen.size()
	return width
}

// Notice prints text for the user at any time.
func (c *Console) Notice(text string) { c.notice(render.WithoutControls(text)) }

// notice is Notice for text that may be colored.
func (c *Console) notice(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.editor != nil {
		c.editor.above(text, false)
		return
	}
	fmt.Fprintln(c.err, text)
}

// Progress shows the progress in bytes of something that runs in the background, such as the download of Flink:
// one line that stays in its place. It ends with done == total, or with total == 0 if the amount is unknown.
func (c *Console) Progress(what string, done, total int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	line := what
	if total > 0 {
		line = fmt.Sprintf("%s %s %s of %s", what, bar(done, total), megabytes(done), megabytes(total))
	}
	switch {
	case c.editor != nil:
		c.editor.above(line, true)
	case c.screen == nil:
		c.report(line, done, total)
	case total > 0 && done >= total:
		_ = c.screen.setStatus("")
		fmt.Fprintln(c.err, line)
	default:
		width, _ := c.screen.size()
		_ = c.screen.setStatus(cutTo(line, width-1))
	}
}

// report prints progress as lines, at most ten.
func (c *Console) report(line string, done, total int64) {
	tenths := int64(0)
	if total > 0 {
		tenths = done * 10 / total
	}
	if done == 0 || tenths != c.reported {
		c.reported = tenths
		fmt.Fprintln(c.err, line)
	}
}

// bar draws a progress bar.
func bar(done, total int64) string {
	const width = 24
	full := int(min(done, total) * width / total)
	return "[" + strings.Repeat("#", full) + strings.Repeat("·", width-full) + "]"
}

// status shows a line below everything else while a statement runs. "" removes it.
func (c *Console) status(line string) error {
	if c.screen == nil {
		return nil
	}
	if line == "" {
		return c.screen.clear()
	}
	width, _ := c.screen.size()
	return c.screen.paint([]string{c.faint(cutTo(line, width-1))})
}

// setEditor gives the end of the screen to an editor, or takes it back with nil.
func (c *Console) setEditor(e editor) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.editor = e
	if e == nil || c.screen == nil {
		return nil
	}
	return c.screen.clear()
}

// await runs something that Ctrl-C ends, and shows in a status line what is in progress; ""
// shows no line.
func (c *Console) await(ctx context.Context, interrupts <-chan os.Signal, what func(time.Duration) string, do func(context.Context) error) error {
	shown := false
	err := interruptibly(ctx, interrupts, func(d time.Duration) {
		if line := what(d); line != "" {
			shown = true
			_ = c.status(line)
		}
	}, do)
	if shown {
		if cleared := c.status(""); err == nil {
			err = cleared
		}
	}
	return err
}

// commandStatus describes what a slow command is doing.
func commandStatus(doing string, d time.Duration) string {
	if doing == "" {
		return ""
	}
	return doing + " · " + render.Running(d) + " · Ctrl-C cancels"
}
