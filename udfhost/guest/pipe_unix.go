//go:build unix

package guest

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// readNow reads from a pipe without waiting. If the pipe is empty, the error is syscall.EAGAIN.
func readNow(fd uintptr, b []byte) (int, error) {
	for {
		n, err := unix.Read(int(fd), b)
		if !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}

// pending returns the number of bytes that lie in a pipe; 0 for one that is closed.
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

// withholdFiles keeps all open files of this process from the processes that it starts, except
// those that are passed to them: otherwise they would inherit a file that this process was
// itself started with.
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
