package repl

import (
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// tty is the mode of the console that keys come from.
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

// edit gives every key to the editor.
func (t *tty) edit() error {
	return t.set(windows.ENABLE_LINE_INPUT | windows.ENABLE_ECHO_INPUT | windows.ENABLE_PROCESSED_INPUT)
}

// watch is the mode while a statement runs: Ctrl-C is a signal, and keys are not
// shown, since they would damage what is painted. They wait for the next prompt.
func (t *tty) watch() error {
	return t.set(windows.ENABLE_LINE_INPUT | windows.ENABLE_ECHO_INPUT)
}

// set makes keys come one by one, as the sequences that terminals send, with some
// modes off.
func (t *tty) set(off uint32) error {
	return windows.SetConsoleMode(t.handle, t.original&^off|windows.ENABLE_VIRTUAL_TERMINAL_INPUT)
}

// restore gives the console its mode back.
func (t *tty) restore() error { return windows.SetConsoleMode(t.handle, t.original) }

// jobControl does nothing: there is no Ctrl-Z of that kind.
type jobControl struct{}

func newJobControl(*tty, *screen, chan<- os.Signal) *jobControl { return nil }

func (*jobControl) suspend() {}
func (*jobControl) close()   {}

// notifyResize does nothing: the console sends no signal.
func notifyResize(chan<- os.Signal) {}
