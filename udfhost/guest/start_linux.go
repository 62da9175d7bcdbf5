package guest

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// diesWithHost: the kernel ends a guest when the thread that started it ends,
// see Launcher.
const diesWithHost = true

// attributes puts a guest into a process group of its own, so that an interrupt
// typed at the terminal does not reach it, and ties its life to ours.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// limit bounds the guest's private memory and keeps it from writing a core
// file when it is made to show its goroutines.
func limit(pid int, memory int64) error {
	if err := unix.Prlimit(pid, unix.RLIMIT_CORE, &unix.Rlimit{}, nil); err != nil {
		return fmt.Errorf("forbid core files: %w", err)
	}
	if memory <= 0 {
		return nil
	}
	bound := &unix.Rlimit{Cur: uint64(memory), Max: uint64(memory)}
	if err := unix.Prlimit(pid, unix.RLIMIT_DATA, bound, nil); err != nil {
		return fmt.Errorf("limit memory to %d bytes: %w", memory, err)
	}
	return nil
}
