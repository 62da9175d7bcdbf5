package dist

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestKilledWithMaven kills a riffle that fetches as no process can defend
// itself against, and looks for its mvn.
func TestKilledWithMaven(t *testing.T) {
	need(t, "mvn")
	t.Parallel()
	cache := t.TempDir()
	child := startChild(t, cache)
	child.expect(t, string(Fetching))
	until(t, "mvn runs", func() bool { return mentioned(cache) })
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	child.Wait()
	until(t, "mvn is gone", func() bool { return !mentioned(cache) })
}

// mentioned reports whether the arguments of a process have text in them.
func mentioned(text string) bool {
	processes, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range processes {
		if arguments, err := os.ReadFile(path); err == nil && strings.Contains(string(arguments), text) {
			return true
		}
	}
	return false
}

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not after 20 s: %s", what)
		}
	}
}
