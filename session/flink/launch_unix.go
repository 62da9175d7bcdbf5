//go:build unix

package flink

import (
	"os/exec"
	"syscall"
)

// detach puts the JVM in a process group of its own, so that a Ctrl-C in the
// terminal reaches riffle, which cancels a statement, and not the JVM.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
