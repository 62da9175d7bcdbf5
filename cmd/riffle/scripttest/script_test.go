package scripttest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"riffle/session/sessiontest"
	"riffle/session/sessiontest/modules"
	"riffle/session/sessiontest/sample"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	sessiontest.QuickJava()
	os.Exit(func() int {
		bin, err := os.MkdirTemp("", "riffle-bin-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(bin)
		if out, err := exec.CommandContext(context.Background(), "go", "build", "-ldflags=-s -w", "-buildvcs=false", "-o", bin, "riffle/cmd/riffle").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
			return 1
		}
		if err := os.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH")); err != nil {
			panic(err)
		}
		return m.Run()
	}())
}

// The scripts in testdata run on a real Flink, which is found in the way that users' is.
func TestScripts(t *testing.T) {
	proxy := modules.Serve(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Condition: func(name string) (bool, error) {
			if name != "long" { // what only a whole run does: each start of Flink costs seconds
				return false, fmt.Errorf("there is no condition %s", name)
			}
			return sample.Whole, nil
		},
		Setup: func(env *testscript.Env) error {
			for _, key := range []string{"HOME", "XDG_CACHE_HOME", "FLINK_HOME", "JAVA_HOME", "GOROOT", "GOCACHE", "JDK_JAVA_OPTIONS"} {
				env.Setenv(key, os.Getenv(key))
			}
			env.Setenv("GOPROXY", proxy)
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, "config"))
			for _, name := range []string{"extra.jar", filepath.Join("jars", "other.jar")} {
				if err := sessiontest.EmptyJar(filepath.Join(env.WorkDir, name)); err != nil {
					return err
				}
			}
			return nil
		},
	})
}
