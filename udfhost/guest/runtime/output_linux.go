package runtime

import (
	"syscall"
	"unsafe"
)

// printed reports whether the host has yet to read something that the program has printed.
func printed() bool {
	var n int32
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, stdout, syscall.TIOCINQ, uintptr(unsafe.Pointer(&n)))
	return errno != 0 || n > 0
}

// stdout is the pipe of both the standard output and the standard error.
const stdout = 1
