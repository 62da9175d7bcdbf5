//go:build unix && !linux

package guest

// inPipe is the ioctl for the number of bytes in a pipe: FIONREAD in macOS's sys/filio.h, which
// package unix lacks.
const inPipe = 0x4004667f

// locatesOutput: a guest here does not notice that its output has not been read yet.
const locatesOutput = false
