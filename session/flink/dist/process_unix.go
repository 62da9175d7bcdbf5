//go:build unix && !linux

package dist

import "syscall"

// killedWithParent puts a child into a process group of its own, for killGroup. If this process
// is killed first, the child finishes its work in a stage that the next fetch removes.
func killedWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
