//go:build unix

package repl

import (
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// tty is the mode of the terminal that keys come from.
type tty struct {
	fd       int
	original unix.Termios

	mu   sync.Mutex   // held while this program is stopped
	mode unix.Termios // the one that was set last
}

func newTTY(f *os.File) (*tty, error) {
	t := &tty{fd: int(f.Fd())}
	mode, err := unix.IoctlGetTermios(t.fd, getTermios)
	if err != nil {
		return nil, fmt.Errorf("terminal: %w", err)
	}
	t.original, t.mode = *mode, *mode
	return t, nil
}

// edit gives every key to the editor.
func (t *tty) edit() error { return t.set(unix.ECHO | unix.ICANON | unix.IEXTEN | unix.ISIG) }

// watch is the mode while a statement runs: Ctrl-C is a signal, and keys are not
// shown, since they would damage what is painted. They wait for the next prompt.
func (t *tty) watch() error { return t.set(unix.ECHO | unix.ICANON | unix.IEXTEN) }

// set makes keys come one by one and unchanged, with some local modes off.
func (t *tty) set(off termiosFlag) error {
	mode := t.original
	mode.Iflag &^= unix.BRKINT | unix.ICRNL | unix.INLCR | unix.IGNCR | unix.ISTRIP | unix.IXON
	mode.Lflag &^= off
	mode.Cc[unix.VMIN], mode.Cc[unix.VTIME] = 1, 0
	return t.apply(mode)
}

func (t *tty) apply(mode unix.Termios) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mode = mode
	return unix.IoctlSetTermios(t.fd, setTermios, &mode)
}

// restore gives the terminal its mode back.
func (t *tty) restore() error { return t.apply(t.original) }

// notifyResize sends to c whenever the size of the terminal has changed.
func notifyResize(c chan<- os.Signal) { signal.Notify(c, syscall.SIGWINCH) }
