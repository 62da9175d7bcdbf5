//go:build unix

package kernel

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// parentAlive returns a function that reports whether a process is still alive: our parent, or
// one above the program that started us.
func parentAlive(pid int) func() bool {
	parent := os.Getppid()
	return func() bool {
		return os.Getppid() == parent && !errors.Is(unix.Kill(pid, 0), unix.ESRCH)
	}
}
