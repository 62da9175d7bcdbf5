package flink

import "syscall"

// attributes puts the JVM into a process group of its own. A Ctrl-C in the terminal then reaches
// only riffle, which cancels a statement, and not the JVM. The kernel
// kills the JVM when the thread that started it ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
