package golang

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// Limits of each process of the Go tools. A build of the standard library's
// largest packages takes a tenth of them.
const (
	toolSeconds = 180     // of processor time
	toolMemory  = 4 << 30 // bytes that it can write to
)

// bindLife has the kernel end a tool when this process dies, however it dies.
func bindLife(cmd *exec.Cmd) { cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL }

// restrict bounds what a tool that runs can use, and what those can that it will
// start, such as compilers that outlive a killed go command. Where it may not, as
// in some sandboxes, the time for a build is bounded all the same.
func restrict(pid int) {
	for resource, max := range map[int]uint64{unix.RLIMIT_CPU: toolSeconds, unix.RLIMIT_DATA: toolMemory} {
		var now unix.Rlimit
		if unix.Prlimit(pid, resource, nil, &now) == nil {
			max = min(max, now.Max)
			_ = unix.Prlimit(pid, resource, &unix.Rlimit{Cur: max, Max: max}, nil)
		}
	}
}
