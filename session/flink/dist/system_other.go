//go:build !unix

package dist

import (
	"os"
	"syscall"
)

// FreeDisk reports that the free space is unknown on this system.
func FreeDisk(string) (bytes int64, known bool) { return 0, false }

// killedWithParent changes nothing on this system.
func killedWithParent() *syscall.SysProcAttr { return nil }

// killGroup kills a child. Processes that it has started finish their work.
func killGroup(pid int) error {
	child, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return child.Kill()
}
