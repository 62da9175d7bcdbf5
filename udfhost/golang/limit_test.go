package golang

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"riffle/session/sessiontest/processes"
	"riffle/udfhost/guest"
)

// deepType is a type that the compiler works on without end.
var deepType = "type Deep " + strings.Repeat("[]", 60_000) + "int"

// wideType returns one that the type checker takes seconds for: the time doubles with
// each struct.
func wideType() string {
	var b strings.Builder
	b.WriteString("type W0 struct{ a, b int }\n")
	for i := range 20 {
		fmt.Fprintf(&b, "type W%d struct{ a, b W%d }\n", i+1, i)
	}
	return b.String()
}

// A build that takes too long is ended with a reason, and the next cell works. The type checker
// continues for about a second, which slows other tests down.
func TestBuildsAreLimited(t *testing.T) {
	for _, test := range []struct {
		limit time.Duration
		text  string
	}{{time.Second, deepType}, {20 * time.Millisecond, wideType()}} {
		s := New(Options{CacheDir: cacheDir, Guest: guest.Options{}, Limit: test.limit})
		if err := refuse(t, s, "cell[1]", test.text); !errors.Is(err, errTooMuch) {
			t.Errorf("%.10s…: %v", test.text, err)
		}
		if running := processes.Naming(t, s.setup.builder.scratch); len(running) > 0 {
			t.Errorf("still running: %q", running)
		}
		s.setup.checker.limit, s.setup.builder.limit = defaultLimit, defaultLimit
		define(t, s, "cell[2]", "func Fine(x int64) int64 { return x }")
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOutOfMemoryIsSaid(t *testing.T) {
	err := compileErrors(&toolError{tool: "compile", text: "fatal error: runtime: cannot allocate memory\n\nruntime stack:\n"})
	if !errors.Is(err, errTooMuch) {
		t.Error(err)
	}
}

// storeVariable has this program compile deepType, with the given cache.
const storeVariable = "RIFFLE_TEST_STORE_OF"

func compileDeepType(cache string) {
	s := New(Options{CacheDir: cache})
	_, err := s.Draft(context.Background(), Cell{Name: "cell[1]", Text: deepType}, anyNames)
	panic(err)
}

// A compiler does not outlive riffle, however riffle ends.
func TestToolsDieWithTheirHost(t *testing.T) {
	if runtime.GOOS != "linux" {
		return // see bindLife
	}
	temp := t.TempDir() // the child's scratch folder is in it
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), storeVariable+"="+cacheDir, "TMPDIR="+temp)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	processes.Await(t, "the compiler starts", func() bool {
		return strings.Contains(strings.Join(processes.Naming(t, temp), " "), "main.a")
	})
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	child.Wait()
	processes.Await(t, "the compiler has ended", func() bool { return len(processes.Naming(t, temp)) == 0 })
}
