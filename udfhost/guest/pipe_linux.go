package guest

import "golang.org/x/sys/unix"

// inPipe is the ioctl for the number of bytes in a pipe, FIONREAD.
const inPipe = unix.TIOCINQ

// locatesOutput says that a guest notices that its output has not been read yet, see package abi. Only then can it
// get several calls at a time, because the host attributes each line to a function.
const locatesOutput = true
