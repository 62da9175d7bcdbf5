//go:build !linux

package cluster_test

import (
	"testing"

	"riffle/session/sessiontest"
)

// functions needs Linux: functions are compiled for the cluster's platform, and processes are looked up in /proc.
func functions(*testing.T, *sessiontest.Mortal) {}
