//go:build unix && !linux

package flink

import "syscall"

// attributes puts the JVM into a process group of its own. A Ctrl-C in the terminal then reaches
// only riffle, which cancels a statement, and not the JVM.
//
// If riffle is killed while this JVM records an archive, it completes the archive
// before it halts, in a session folder that the next riffle removes.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
