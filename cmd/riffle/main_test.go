package main

import (
	"archive/zip"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"riffle/udfhost"
)

// update is set to write the pages in docs that tests make.
var update = flag.Bool("update", false, "write the pages that tests make anew")

// The tests run riffle itself: this binary under the name riffle, and under the
// shim's names when Flink starts it.
func TestMain(m *testing.M) {
	if udfhost.ShimName(os.Args[0]) {
		os.Exit(udfhost.Shim(os.Args, os.Environ()))
	}
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

// Those in testdata/flink run on a real one, which is found as users find it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "flink"),
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			for _, key := range []string{"HOME", "XDG_CACHE_HOME", "FLINK_HOME", "JAVA_HOME", "GOROOT", "GOCACHE"} {
				env.Setenv(key, os.Getenv(key))
			}
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, "config"))
			for _, name := range []string{"extra.jar", filepath.Join("jars", "other.jar")} {
				if err := emptyJar(filepath.Join(env.WorkDir, name)); err != nil {
					return err
				}
			}
			return nil
		},
	})
}

// emptyJar makes one for scripts that add jars.
func emptyJar(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(zip.NewWriter(file).Close(), file.Close())
}
