//go:build unix && !linux

package guest

import "syscall"

// diesWithHost is false: this system does not end a guest with its parent, so the guest watches
// for that itself (abi.FlagWatchHost).
const diesWithHost = false

// attributes puts a guest into a process group of its own, so that an interrupt
// typed at the terminal does not reach it.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// openFiles is the folder of the files that this process has open.
const openFiles = "/dev/fd"
