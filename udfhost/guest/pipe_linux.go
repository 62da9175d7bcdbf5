package guest

import "golang.org/x/sys/unix"

// inPipe is the ioctl for the number of bytes in a pipe, FIONREAD.
const inPipe = unix.TIOCINQ
