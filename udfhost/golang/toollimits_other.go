//go:build !linux

package golang

import "os/exec"

// bindLife does nothing: only Linux ties the life of one process to another's.
func bindLife(*exec.Cmd) {}

// restrict does nothing: only Linux lets one process limit another. The time
// that a build may take is limited everywhere.
func restrict(int) {}
