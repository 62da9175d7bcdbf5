//go:build unix

package flink

import (
	"os/exec"
	"syscall"
)

// detach puts the JVM into a process group of its own. A Ctrl-C in the terminal then reaches
// only riffle, which cancels a statement, and not the JVM.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
