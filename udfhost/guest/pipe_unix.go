//go:build unix

package guest

import (
	"errors"
	"fmt"
	"os"
	"strconv"

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

// withholdFiles keeps every file that is open here from processes that are
// started, but for those that they are given: a file that this process was
// itself started with would be theirs, too.
func withholdFiles() error {
	entries, err := os.ReadDir(openFiles)
	if err != nil {
		return fmt.Errorf("look which files are open: %w", err)
	}
	for _, entry := range entries {
		if fd, err := strconv.Atoi(entry.Name()); err == nil && fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
	return nil
}
