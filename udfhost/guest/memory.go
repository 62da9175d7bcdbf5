//go:build unix

package guest

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"riffle/udfhost/guest/abi"
)

// sharedMemory is the memory that the host and one guest share, after the board in its file. The guest may write to
// all of it at any time, so the host copies what a guest wrote first and checks the copy.
type sharedMemory struct {
	file  *os.File
	bytes []byte
}

func newSharedMemory(size int) (*sharedMemory, error) {
	file, err := newSharedFile()
	if err != nil {
		return nil, err
	}
	m := &sharedMemory{file: file}
	if err := m.grow(size); err != nil {
		file.Close()
		return nil, err
	}
	return m, nil
}

// grow makes the memory size bytes long, which must not be less than before.
// Slices of the memory taken before are invalid afterwards.
func (m *sharedMemory) grow(size int) error {
	fd := int(m.file.Fd())
	if err := unix.Ftruncate(fd, int64(abi.BoardSize+size)); err != nil {
		return fmt.Errorf("enlarge shared memory to %d bytes: %w", size, err)
	}
	bytes, err := unix.Mmap(fd, abi.BoardSize, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("map %d bytes of shared memory: %w", size, err)
	}
	err = m.unmap()
	m.bytes = bytes
	return err
}

// board maps the board.
func (m *sharedMemory) board() ([]byte, error) {
	bytes, err := unix.Mmap(int(m.file.Fd()), 0, abi.BoardSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the board of shared memory: %w", err)
	}
	return bytes, nil
}

// closeBoard unmaps the board.
func closeBoard(bytes []byte) error {
	if err := unix.Munmap(bytes); err != nil {
		return fmt.Errorf("unmap the board of shared memory: %w", err)
	}
	return nil
}

func (m *sharedMemory) unmap() error {
	if m.bytes == nil {
		return nil
	}
	bytes := m.bytes
	m.bytes = nil
	if err := unix.Munmap(bytes); err != nil {
		return fmt.Errorf("unmap shared memory: %w", err)
	}
	return nil
}

func (m *sharedMemory) close() error {
	err := m.unmap()
	if closeErr := m.file.Close(); err == nil {
		err = closeErr
	}
	return err
}
