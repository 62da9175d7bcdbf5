//go:build unix

package dist

import "syscall"

// FreeDisk returns the space that is available to this user on the disk of a folder, in bytes. known is false
// if the file system does not report it.
func FreeDisk(dir string) (bytes int64, known bool) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return 0, false
	}
	return int64(disk.Bavail) * int64(disk.Bsize), true
}

// killGroup kills a child that was started with killedWithParent, and all processes that it has
// started.
func killGroup(pid int) error { return syscall.Kill(-pid, syscall.SIGKILL) }
