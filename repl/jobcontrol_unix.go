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

// notStopped is how long a stop may take to come, once this program has asked for it.
const notStopped = 2 * time.Second

// hasShell reports whether somebody can continue this program when it is stopped: what
// a terminal itself has started nobody can.
func hasShell() bool {
	session, err := unix.Getsid(0)
	return err == nil && session != syscall.Getpgrp()
}

// jobControl stops this program at Ctrl-Z: the shell that it was started from gets the
// terminal as it was, and when that continues it, modes and picture are there again.
type jobControl struct {
	tty     *tty
	screen  *screen
	resized chan<- os.Signal // is told when the picture has to be made for the size of now

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
		case <-j.continues: // it was stopped by a signal that nobody can catch
			j.tty.mu.Lock()
			j.screen.mu.Lock()
			j.screen.drawn, j.screen.below = nil, 0
			j.resume()
		case <-j.quit:
			return
		}
	}
}

// stop holds the terminal's mode and picture until this program goes on.
func (j *jobControl) stop() {
	j.tty.mu.Lock()
	j.screen.mu.Lock()
	j.screen.leave()
	_, _ = io.WriteString(j.screen.w, plainPaste)
	_ = unix.IoctlSetTermios(j.tty.fd, setTermios, &j.tty.original)
	if hasShell() {
		// Not SIGTSTP: Go ignores one that it was told of before.
		_ = syscall.Kill(0, syscall.SIGSTOP)
		select {
		case <-j.continues:
		case <-time.After(notStopped):
		}
	}
	j.resume()
}

// resume sets the mode that was set last and paints. Both locks are held; they are
// not when it returns.
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
