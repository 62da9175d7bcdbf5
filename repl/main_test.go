package repl_test

import (
	"os"
	"testing"

	"riffle/udfhost"
)

func TestMain(m *testing.M) {
	if udfhost.ShimName(os.Args[0]) { // Flink starts this very binary as its Python
		os.Exit(udfhost.Shim(os.Args, os.Environ()))
	}
	os.Exit(m.Run())
}
