//go:build unix

package golang

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// separate puts a tool and what it starts into a process group of its own: an
// interrupt typed at the terminal does not reach it, and the end of cmd's
// context ends all of it.
func separate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return unix.Kill(-cmd.Process.Pid, unix.SIGKILL) }
}

// lowerPriority makes a process, and those that it will start, give way to
// others.
func lowerPriority(pid int) error { return unix.Setpriority(unix.PRIO_PROCESS, pid, 19) }
