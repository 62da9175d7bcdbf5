package guest

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// newSharedFile creates a file in memory that has no path. It is sealed against shrinking: a
// guest that truncates it could otherwise remove pages that the host is about to read.
func newSharedFile() (*os.File, error) {
	fd, err := unix.MemfdCreate("riffle-guest", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("create shared memory: %w", err)
	}
	file := os.NewFile(uintptr(fd), "riffle-guest")
	if _, err := unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_SEAL); err != nil {
		file.Close()
		return nil, fmt.Errorf("seal shared memory: %w", err)
	}
	return file, nil
}
