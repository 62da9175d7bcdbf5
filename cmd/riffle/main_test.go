package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"riffle/session/sessiontest"
	"riffle/udfhost"
)

// update is set to write the pages in docs that tests generate.
var update = flag.Bool("update", false, "write the pages that tests make anew")

// The tests run riffle itself: this binary under the name riffle, and under the
// shim's names when Flink starts it.
func TestMain(m *testing.M) {
	if udfhost.ShimName(os.Args[0]) {
		os.Exit(udfhost.Shim(os.Args, os.Environ()))
	}
	sessiontest.QuickJava()
	testscript.Main(m, map[string]func(){"riffle": main, "testpager": testPager})
}

// The scripts in testdata/script need no Flink.
func TestCommandLine(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			path, err := exec.LookPath("riffle")
			env.Setenv("RIFFLE", path) // for scripts that empty PATH
			env.Setenv("JAVA_HOME", os.Getenv("JAVA_HOME"))
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, "cache"))
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, "config"))
			return err
		},
	})
}
