package golang

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

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

// What takes too long is given up with a reason, and the next cell works. The type
// checker goes on for a second or so, which other tests have to bear.
func TestBuildsAreLimited(t *testing.T) {
	for _, test := range []struct {
		limit time.Duration
		text  string
	}{{time.Second, deepType}, {20 * time.Millisecond, wideType()}} {
		s := New(Options{CacheDir: cacheDir, Guest: guest.Options{}, Limit: test.limit})
		if err := refuse(t, s, "cell[1]", test.text); !errors.Is(err, errTooMuch) {
			t.Errorf("%.10s…: %v", test.text, err)
		}
		if running := toolsOf(t, s.setup.builder.scratch); len(running) > 0 {
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
	await(t, "the compiler to start", func() bool {
		return strings.Contains(strings.Join(toolsOf(t, temp), " "), "main.a")
	})
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	child.Wait()
	await(t, "the compiler to end", func() bool { return len(toolsOf(t, temp)) == 0 })
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// toolsOf returns the command lines of running programs that name a folder.
func toolsOf(t *testing.T, folder string) []string {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, path := range paths {
		line, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(line), folder) { // others have ended meanwhile
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}
