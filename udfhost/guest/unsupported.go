//go:build !unix

package guest

import (
	"errors"
	"os"
	"syscall"
)

const diesWithHost = true

func attributes() *syscall.SysProcAttr { return nil }

func withholdFiles() error { return nil }

// sharedMemory does not exist here: functions are rejected on this system.
type sharedMemory struct {
	file  *os.File
	bytes []byte
}

var errUnsupported = errors.New("go functions need linux or macos; on windows run riffle in wsl")

func newSharedMemory(int) (*sharedMemory, error) { return nil, errUnsupported }

func (*sharedMemory) grow(int) error { return errUnsupported }

func (*sharedMemory) close() error { return errUnsupported }

func (*sharedMemory) board() ([]byte, error) { return nil, errUnsupported }

func closeBoard([]byte) error { return errUnsupported }

func readNow(uintptr, []byte) (int, error) { return 0, errUnsupported }

const locatesOutput = false

func pending(*os.File) int64 { return 0 }
