//go:build unix

package golang

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// separate puts a tool and its children into a process group of their own. An interrupt typed
// at the terminal does not reach them, and the end of cmd's context ends all of them.
func separate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
}

// lowerPriority gives a process, and the processes that it will start, the lowest priority.
func lowerPriority(pid int) error { return unix.Setpriority(unix.PRIO_PROCESS, pid, 19) }
