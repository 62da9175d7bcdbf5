//go:build unix

package repl

import (
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// notStopped is how long it may take until a requested stop takes effect.
const notStopped = 2 * time.Second

// hasShell reports whether there is a shell that can continue this program after a stop. If the
// terminal itself has started the program, there is none.
func hasShell() bool {
	session, err := unix.Getsid(0)
	return err == nil && session != syscall.Getpgrp()
}

// jobControl stops this program at Ctrl-Z. The parent shell gets the terminal in its original
// mode. When the shell continues the program, the mode and the picture are restored.
type jobControl struct {
	tty     *tty
	screen  *screen
	resized chan<- os.Signal // notified when the picture must be drawn for the current size

	stops     chan os.Signal
	continues chan os.Signal
	quit      chan struct{}
	done      chan struct{}
}

func newJobControl(t *tty, s *screen, resized chan<- os.Signal) *jobControl {
	j := &jobControl{
		tty: t, screen: s, resized: resized,
		stops: make(chan os.Signal, 1), continues: make(chan os.Signal, 1), quit: make(chan struct{}), done: make(chan struct{}),
	}
	signal.Notify(j.continues, syscall.SIGCONT)
	signal.Notify(j.stops, syscall.SIGTSTP)
	go j.run()
	return j
}

// suspend stops this program as the signal of Ctrl-Z does.
func (j *jobControl) suspend() {
	select {
	case j.stops <- syscall.SIGTSTP:
	default: // it is about to
	}
}

func (j *jobControl) close() {
	signal.Stop(j.stops)
	signal.Stop(j.continues)
	close(j.quit)
	<-j.done
}

func (j *jobControl) run() {
	defer close(j.done)
	for {
		select {
		case <-j.stops:
			j.stop()
		case <-j.continues: // it was stopped by a signal that cannot be caught
			j.tty.mu.Lock()
			j.screen.mu.Lock()
			j.screen.drawn, j.screen.below = nil, 0
			j.resume()
		case <-j.quit:
			return
		}
	}
}

// stop holds the terminal's mode and picture until this program continues.
func (j *jobControl) stop() {
	j.tty.mu.Lock()
	j.screen.mu.Lock()
	j.screen.leave()
	_, _ = io.WriteString(j.screen.w, plainPaste)
	_ = unix.IoctlSetTermios(j.tty.fd, setTermios, &j.tty.original)
	if hasShell() {
		// Not SIGTSTP: Go ignores that signal after it was registered for it once.
		_ = syscall.Kill(0, syscall.SIGSTOP)
		select {
		case <-j.continues:
		case <-time.After(notStopped):
		}
	}
	j.resume()
}

// resume sets the last mode again and paints. Both locks are held on entry and released when it
// returns.
func (j *jobControl) resume() {
	_ = unix.IoctlSetTermios(j.tty.fd, setTermios, &j.tty.mode)
	if j.tty.mode.Lflag&unix.ISIG == 0 { // at the prompt
		_, _ = io.WriteString(j.screen.w, bracketedPaste)
	}
	_ = j.screen.repaint()
	j.screen.mu.Unlock()
	j.tty.mu.Unlock()
	select {
	case j.resized <- syscall.SIGWINCH:
	default:
	}
}
