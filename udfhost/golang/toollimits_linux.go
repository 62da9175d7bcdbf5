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

// bindLife makes the operating system end a tool when this process dies for any reason.
func bindLife(cmd *exec.Cmd) { cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL }

// restrict limits the resources of a running tool, and of the processes that it will start,
// such as compilers that outlive a killed go command. If the system does not allow it, as in
// some sandboxes, the time of a build is still limited.
func restrict(pid int) {
	for resource, max := range map[int]uint64{unix.RLIMIT_CPU: toolSeconds, unix.RLIMIT_DATA: toolMemory} {
		var now unix.Rlimit
		if unix.Prlimit(pid, resource, nil, &now) == nil {
			max = min(max, now.Max)
			_ = unix.Prlimit(pid, resource, &unix.Rlimit{Cur: max, Max: max}, nil)
		}
	}
}
