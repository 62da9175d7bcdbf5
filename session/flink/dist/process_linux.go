package dist

import "syscall"

// killedWithParent puts a child into a process group of its own, which run can kill, and has
// the operating system kill it when this process dies for any reason: a mvn that survives would
// fill a folder that is no longer used.
func killedWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
