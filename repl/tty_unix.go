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

// tty is the mode of the terminal from which keys are read.
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

// edit sets the mode in which the editor receives every key.
func (t *tty) edit() error { return t.set(unix.ECHO | unix.ICANON | unix.IEXTEN | unix.ISIG) }

// watch sets the mode while a statement runs: Ctrl-C is a signal, and keys are not echoed,
// because they would damage the painted frame. They wait for the next prompt.
func (t *tty) watch() error { return t.set(unix.ECHO | unix.ICANON | unix.IEXTEN) }

// set makes the terminal deliver single, unchanged keys, with some local modes off.
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

// restore restores the terminal's original mode.
func (t *tty) restore() error { return t.apply(t.original) }

// notifyResize sends to c whenever the size of the terminal has changed.
func notifyResize(c chan<- os.Signal) { signal.Notify(c, syscall.SIGWINCH) }
