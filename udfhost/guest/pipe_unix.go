//go:build unix

package guest

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// readNow reads from a pipe without waiting; the error of one that is empty is
// syscall.EAGAIN.
func readNow(fd uintptr, b []byte) (int, error) {
	for {
		n, err := unix.Read(int(fd), b)
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}

// pending is the number of bytes that lie in a pipe; 0 for one that is closed.
func pending(file *os.File) int64 {
	raw, err := file.SyscallConn()
	if err != nil {
		return 0
	}
	n := 0
	if raw.Control(func(fd uintptr) { n, err = unix.IoctlGetInt(int(fd), inPipe) }) != nil || err != nil {
		return 0
	}
	return int64(n)
}
