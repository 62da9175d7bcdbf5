//go:build unix

package repl

import (
	"os"
	"os/signal"
	"syscall"
	"testing"
)

// A pager and the shell both get a Ctrl-C. When the pager has ended, that Ctrl-C must not interrupt the
// statement that follows, even if it has not reached the shell's channel yet.
func TestInterruptsOfAProgramAreForgotten(t *testing.T) {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	s := &Shell{interrupts: interrupts}
	for range 200 {
		if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
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
