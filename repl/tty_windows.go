package repl

import (
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// tty is the mode of the console from which keys are read.
type tty struct {
	handle   windows.Handle
	original uint32
}

func newTTY(f *os.File) (*tty, error) {
	t := &tty{handle: windows.Handle(f.Fd())}
	if err := windows.GetConsoleMode(t.handle, &t.original); err != nil {
		return nil, fmt.Errorf("terminal: %w", err)
	}
	return t, nil
}

// edit sets the mode in which the editor receives every key.
func (t *tty) edit() error {
	return t.set(windows.ENABLE_LINE_INPUT | windows.ENABLE_ECHO_INPUT | windows.ENABLE_PROCESSED_INPUT)
}

// watch sets the mode while a statement runs: Ctrl-C is a signal, and keys are not echoed,
// because they would damage the painted frame. They wait for the next prompt.
func (t *tty) watch() error {
	return t.set(windows.ENABLE_LINE_INPUT | windows.ENABLE_ECHO_INPUT)
}

// set makes the console deliver single keys, as the sequences that terminals send, with some
// modes off.
func (t *tty) set(off uint32) error {
	return windows.SetConsoleMode(t.handle, t.original&^off|windows.ENABLE_VIRTUAL_TERMINAL_INPUT)
}

// restore restores the console's original mode.
func (t *tty) restore() error { return windows.SetConsoleMode(t.handle, t.original) }

// jobControl does nothing: Windows has no job control.
type jobControl struct{}

func newJobControl(*tty, *screen, chan<- os.Signal) *jobControl { return nil }

func (*jobControl) suspend() {}
func (*jobControl) close()   {}

// notifyResize does nothing: the console sends no signal.
func notifyResize(chan<- os.Signal) {}
