package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"riffle/udfhost"
)

// The tests run riffle itself: this binary under the name riffle, and under the
// shim's names when Flink starts it.
func TestMain(m *testing.M) {
	if udfhost.ShimName(os.Args[0]) {
		os.Exit(udfhost.Shim(os.Args, os.Environ()))
	}
	testscript.Main(m, map[string]func(){"riffle": main})
}

// The scripts in testdata/script need no Flink.
func TestCommandLine(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: filepath.Join("testdata", "script"), RequireExplicitExec: true})
}

// Those in testdata/flink run on a real one, which is found as users find it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "flink"),
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			for _, key := range []string{"HOME", "XDG_CACHE_HOME", "FLINK_HOME", "JAVA_HOME", "GOROOT", "GOCACHE"} {
				env.Setenv(key, os.Getenv(key))
			}
			return nil
		},
	})
}
