//go:build unix

package kernel

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// parentAlive reports whether a process lives on: ours, or one above a program that
// started us.
func parentAlive(pid int) func() bool {
	parent := os.Getppid()
	return func() bool {
		return os.Getppid() == parent && !errors.Is(unix.Kill(pid, 0), unix.ESRCH)
	}
}
