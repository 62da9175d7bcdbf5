//go:build !unix

package golang

import "os/exec"

// separate does nothing: functions do not run on this system.
func separate(*exec.Cmd) {}

// lowerPriority does nothing.
func lowerPriority(int) error { return nil }
