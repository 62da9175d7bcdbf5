package udfhost_test

import (
	"os"
	"testing"

	"riffle/session/sessiontest"
	"riffle/udfhost"
)

func TestMain(m *testing.M) {
	if os.Getenv(workVariable) != "" {
		os.Exit(udfhost.Work(os.Args, os.Environ(), openNothing))
	}
	// Flink, and the tests of the shim, start this very binary as the shim.
	if udfhost.ShimName(os.Args[0]) {
		os.Exit(udfhost.Shim(os.Args, os.Environ()))
	}
	sessiontest.QuickJava()
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	defer closeFlink()
	return m.Run()
}
