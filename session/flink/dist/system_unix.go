//go:build unix

package dist

import "syscall"

// FreeDisk is the room that this user has on the disk of a folder, in bytes; not
// known where the file system does not tell.
func FreeDisk(dir string) (bytes int64, known bool) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return 0, false
	}
	return int64(disk.Bavail) * int64(disk.Bsize), true
}

// killGroup kills a child that killedWithParent was for, and what it has started.
func killGroup(pid int) error { return syscall.Kill(-pid, syscall.SIGKILL) }
