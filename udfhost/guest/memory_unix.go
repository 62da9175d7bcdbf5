//go:build unix && !linux

package guest

import (
	"fmt"
	"os"
)

// newSharedFile creates a file that has no path any more. It cannot be sealed on these systems,
// so a guest that truncates it crashes the host. Run only functions that you trust here.
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
