package repl

import (
	"os"
	"os/signal"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// A pager and the shell both get a Ctrl-C. When the pager has ended, that Ctrl-C must not interrupt the
// statement that follows, even if it has not reached the shell's channel yet.
func TestInterruptsOfAProgramAreForgotten(t *testing.T) {
	// A signal to the calling thread has arrived when the call returns. One to the process may arrive later.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	s := &Shell{interrupts: interrupts}
	for range 200 {
		if err := unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGINT); err != nil {
			t.Fatal(err)
		}
		s.drainInterrupts()
		idle := make(chan os.Signal, 1)
		signal.Notify(idle, os.Interrupt)
		signal.Stop(idle)
		select {
		case <-interrupts:
			t.Fatal("an interrupt came after it was to be forgotten")
		default:
		}
	}
}
