package dist

import "syscall"

// killedWithParent puts a child into a process group of its own, for run to kill,
// and has the kernel kill it when this process dies, whatever the cause: a mvn
// that lives on would fill a folder that nobody looks at again.
func killedWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
