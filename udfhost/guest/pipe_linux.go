package guest

import "golang.org/x/sys/unix"

// inPipe is the ioctl that tells how much lies in a pipe, FIONREAD.
const inPipe = unix.TIOCINQ
