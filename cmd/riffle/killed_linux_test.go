package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// isKilled kills a shell in which a query calls a Go function.
func (s *shell) isKilled() { leavesNoProcess(s.t, s.cmd.Process, func() { s.ends(-1) }) }

// leavesNoProcess kills a riffle in which a query calls a Go function, and checks that no
// process survives: no JVM, no shim, no guest. While riffle lives, none of its processes is a
// Python. ended waits for its end.
func leavesNoProcess(t *testing.T, riffle *os.Process, ended func()) {
	t.Helper()
	family := descendants(riffle.Pid)
	var programs []string
	for _, pid := range family {
		program, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		programs = append(programs, filepath.Base(program))
	}
	if len(family) < 3 { // a JVM, a shim, a guest
		t.Errorf("riffle has started %q", programs)
	}
	for _, program := range programs {
		if strings.HasPrefix(program, "python") {
			t.Errorf("a Python runs: %q", programs)
		}
	}
	if err := riffle.Kill(); err != nil {
		t.Fatal(err)
	}
	ended()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		var alive []int
		for _, pid := range family {
			if lives(pid) {
				alive = append(alive, pid)
			}
		}
		if len(alive) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still alive: %v of %v (%q)", alive, family, programs)
		}
	}
}

// descendants returns the processes that a process has started, and theirs.
func descendants(pid int) []int {
	var all []int
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		children, err := os.ReadFile(task)
		if err != nil {
			continue // the thread has just ended
		}
		for field := range strings.FieldsSeq(string(children)) {
			if child, err := strconv.Atoi(field); err == nil {
				all = append(append(all, child), descendants(child)...)
			}
		}
	}
	return all
}

// lives reports whether a process lives. A zombie, which only waits for its parent, does not.
func lives(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}
