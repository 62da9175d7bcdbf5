package repl

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"time"

	"github.com/chzyer/readline"
)

// lineEditor is the editor on a terminal. readline edits one line; a statement
// that was pasted or recalled is one line to it, with marks for its line ends
// (paste.go).
type lineEditor struct {
	readline *readline.Instance
	stdin    io.Closer
	out      io.Writer
	tty      *tty
	history  *history
	complete completer
	width    func() int
	resized  chan os.Signal
	printed  atomic.Bool // the last thing above the prompt may be replaced
}

func newLineEditor(in *os.File, out io.Writer, width func() int, h *history, c completer) (*lineEditor, error) {
	t, err := newTTY(in)
	if err != nil {
		return nil, err
	}
	e := &lineEditor{out: out, tty: t, history: h, complete: c, width: width, resized: make(chan os.Signal, 1)}
	stdin := readline.NewCancelableStdin(&pasteReader{in: in})
	e.stdin = stdin
	e.readline, err = readline.NewEx(&readline.Config{
		Stdin:                  stdin,
		Stdout:                 out,
		Stderr:                 out,
		HistoryLimit:           historyEntries,
		DisableAutoSaveHistory: true,
		HistorySearchFold:      true,
		AutoComplete:           noMenu{},
		Listener:               e,
		Painter:                markPainter{},
		EOFPrompt:              "\n", // nothing
		FuncGetWidth:           width,
		ForceUseInteractive:    true,
		FuncMakeRaw:            t.edit,
		FuncExitRaw:            t.watch,
		FuncOnWidthChanged:     e.onResize,
		FuncFilterInputRune:    e.filter,
	})
	if err != nil {
		return nil, errors.Join(err, t.restore())
	}
	e.recall(h.load())
	return e, nil
}

// onResize calls f whenever the terminal's size has changed, until close.
func (e *lineEditor) onResize(f func()) {
	notifyResize(e.resized)
	go func() {
		for range e.resized {
			f()
		}
	}()
}

// filter handles Ctrl-Z, at which readline would stop our parent, too.
func (e *lineEditor) filter(r rune) (rune, bool) {
	if r != readline.CharCtrlZ {
		return r, true
	}
	e.tty.suspend()
	return 0, false
}

func (e *lineEditor) readLine(ctx context.Context, prompt string) (string, error) {
	e.readline.SetPrompt(prompt)
	e.printed.Store(false)
	_, _ = io.WriteString(e.out, bracketedPaste)
	defer io.WriteString(e.out, plainPaste)
	stop := context.AfterFunc(ctx, func() { e.stdin.Close() })
	defer stop()
	line, err := e.readline.Readline()
	switch {
	case ctx.Err() != nil:
		return "", io.EOF
	case errors.Is(err, readline.ErrInterrupt):
		return "", ErrInterrupted
	case err != nil:
		return "", err
	}
	return unmark(line), nil
}

func (e *lineEditor) above(text string, replacing bool) {
	// Right before readline begins to read, the prompt is on the screen and
	// readline does not know yet that it has to move it.
	for range 20 {
		if e.readline.Terminal.IsReading() {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if replacing && e.printed.Load() {
		text = "\x1b[1A\x1b[2K" + text
	}
	_, _ = io.WriteString(e.readline.Stdout(), text+"\n")
	e.printed.Store(replacing)
}

func (e *lineEditor) remember(entry string) {
	entries, err := e.history.add(entry)
	if err != nil {
		e.history.broken(err)
	}
	e.recall(entries)
}

func (e *lineEditor) entries() []string { return e.history.entries }

// recall makes entries the history that readline moves through. It is given
// anew because readline, once the user has gone back in it, would save the
// entry that stands there instead of the new one.
func (e *lineEditor) recall(entries []string) {
	e.readline.ResetHistory()
	for _, entry := range entries {
		_ = e.readline.SaveHistory(mark(entry)) // fails only where it keeps a file
	}
}

func (e *lineEditor) close() error {
	signal.Stop(e.resized)
	close(e.resized)
	e.stdin.Close()
	err := e.readline.Close()
	return errors.Join(err, e.tty.restore())
}

// markPainter shows the marks.
type markPainter struct{}

func (markPainter) Paint(line []rune, _ int) []rune {
	if !strings.ContainsAny(string(line), string([]rune{lineMark, tabMark})) {
		return line
	}
	shown := make([]rune, len(line))
	for i, r := range line {
		switch r {
		case lineMark:
			r = '␤'
		case tabMark:
			r = '␉'
		}
		shown[i] = r
	}
	return shown
}
