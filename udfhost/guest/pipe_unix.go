//go:build unix

package guest

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// readPending reads from a pipe without waiting; where nothing is in it, it
// returns io.EOF.
func readPending(file *os.File, b []byte) (int, error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return 0, err
	}
	n := 0
	// A function that returns true is called once, whatever the pipe says.
	if waited := raw.Read(func(fd uintptr) bool { n, err = unix.Read(int(fd), b); return true }); waited != nil {
		return 0, waited
	}
	if n <= 0 {
		return 0, io.EOF // empty, at its end or b is
	}
	return n, nil
}
