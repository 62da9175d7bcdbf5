//go:build unix && !linux

package guest

import (
	"fmt"
	"os"
)

// newSharedFile makes a file that no path leads to any more. It cannot be
// sealed here: a guest that truncates it ends the host, so that these systems
// are for functions that one trusts.
func newSharedFile() (*os.File, error) {
	file, err := os.CreateTemp("", "riffle-guest-*")
	if err != nil {
		return nil, fmt.Errorf("create shared memory: %w", err)
	}
	if err := os.Remove(file.Name()); err != nil {
		file.Close()
		return nil, fmt.Errorf("create shared memory: %w", err)
	}
	return file, nil
}
