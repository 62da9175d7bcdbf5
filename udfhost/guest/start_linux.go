package guest

import "syscall"

// diesWithHost is true: the operating system ends a guest when the thread that started it ends,
// see Launcher.
const diesWithHost = true

// attributes puts a guest into a process group of its own, so that an interrupt typed at the
// terminal does not reach it, and lets the guest die with this process.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// openFiles is the folder of the files that this process has open.
const openFiles = "/proc/self/fd"
