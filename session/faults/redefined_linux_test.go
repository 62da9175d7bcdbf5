package faults_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"riffle/session/flink/jvm"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
)

// A function is declared again and again, and queries call it in between. Nothing of the versions before is left: no
// memory, process, file, stream or object of the JVM.
func TestRedefinitionsLeaveNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	m := sessiontest.Open(t)
	version := 0
	redefine := func(times int) {
		t.Helper()
		for range times {
			version++
			m.Do(fmt.Sprintf("func Version(n int64) int64 { return n + %d }", version))
			if version%10 > 0 {
				continue
			}
			want := strconv.Itoa(version + 1)
			if got := m.Table("SELECT Version(n) FROM (VALUES (CAST(1 AS BIGINT))) AS v (n)"); !slices.Equal(got, []string{want}) {
				t.Fatalf("version %d: %q", version, got)
			}
		}
	}
	redefine(20) // what is created once and kept exists afterwards
	before := left(t, m)
	redefine(sample.Of(40, 2000))
	// What may differ from one moment to the next.
	slack := map[string]int{"files": 4, "files of the JVM": 8, "threads of the JVM": 8, "objects of riffle in the JVM": 20,
		"kB of the heap": 4 << 10, "kB of the JVM's heap": 8 << 10}
	var after, grown map[string]int
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(time.Second) {
		after, grown = left(t, m), map[string]int{}
		for what, n := range after {
			if n > before[what]+slack[what] {
				grown[what] = n - before[what]
			}
		}
		if len(grown) == 0 {
			break
		}
	}
	t.Logf("after %d versions: %v, before: %v", version, after, before)
	for _, what := range slices.Sorted(maps.Keys(grown)) {
		t.Errorf("%s: %d, and %d before", what, after[what], before[what])
	}
}

// left counts what redefinitions could leave behind.
func left(t *testing.T, m *sessiontest.Mortal) map[string]int {
	t.Helper()
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	counts := map[string]int{
		"goroutines":          runtime.NumGoroutine(),
		"kB of the heap":      int(memory.HeapAlloc >> 10),
		"files":               entries(t, "/proc/self/fd"),
		"children":            descendants(t, os.Getpid()),
		"files of the JVM":    entries(t, fmt.Sprintf("/proc/%d/fd", m.PID())),
		"threads of the JVM":  entries(t, fmt.Sprintf("/proc/%d/task", m.PID())),
		"files in its folder": filesIn(t, m.Folder()),
		"temporary files":     filesIn(t, os.TempDir()),
	}
	countObjects(t, m.PID(), counts)
	return counts
}

func entries(t *testing.T, folder string) int {
	t.Helper()
	all, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// descendants counts the processes that a process has started, and that these have started.
func descendants(t *testing.T, pid int) int {
	t.Helper()
	n := 0
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		text, _ := os.ReadFile(task) // a thread that has just ended has no children
		for child := range strings.FieldsSeq(string(text)) {
			if id, err := strconv.Atoi(child); err == nil {
				n += 1 + descendants(t, id)
			}
		}
	}
	return n
}

func filesIn(t *testing.T, folder string) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			n++
		}
		return nil // a file may just have been deleted
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// countObjects counts the objects that the JVM still needs.
func countObjects(t *testing.T, pid int, counts map[string]int) {
	t.Helper()
	javac, err := jvm.FindJavac()
	if err != nil {
		t.Fatal(err)
	}
	histogram, err := exec.CommandContext(t.Context(), filepath.Join(filepath.Dir(javac), "jcmd"), strconv.Itoa(pid), "GC.class_histogram").CombinedOutput()
	if err != nil {
		t.Fatalf("jcmd: %v: %s", err, histogram)
	}
	for line := range strings.Lines(string(histogram)) {
		// num: #instances #bytes class
		fields := strings.Fields(line)
		if len(fields) < 4 {
			continue
		}
		instances, err := strconv.Atoi(fields[1])
		if err != nil {
			continue
		}
		bytes, err := strconv.Atoi(fields[2])
		if err != nil {
			t.Fatal(line)
		}
		counts["kB of the JVM's heap"] += bytes >> 10
		counts["classes with objects"]++
		if strings.HasPrefix(fields[3], "riffle.") {
			counts["objects of riffle in the JVM"] += instances
		}
	}
}
