// Package processes helps tests that wait for processes to start or to end.
package processes

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Naming returns the command lines of the running processes that contain a text, such as the folder that
// only they work in. It reads Linux's /proc.
func Naming(t testing.TB, text string) []string {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, path := range paths {
		line, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(line), text) { // or the process has just ended
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

// Children returns the processes that this one has started and that run, except JVMs. It reads Linux's /proc.
func Children(t testing.TB) []int {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	var found []int
	for _, path := range paths {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has just ended
		}
		var pid, parent int
		var state string
		begin, end := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
		if _, err := fmt.Sscan(string(stat[:begin])+string(stat[end+1:]), &pid, &state, &parent); err != nil {
			t.Fatal(err)
		}
		if parent == os.Getpid() && state != "Z" && string(stat[begin+1:end]) != "java" {
			found = append(found, pid)
		}
	}
	return found
}

// Await waits until done, and fails the test if that takes a minute.
func Await(t testing.TB, what string, done func() bool) {
	t.Helper()
	AwaitWithin(t, time.Minute, what, done)
}

// AwaitWithin is Await for what may take longer than a minute.
func AwaitWithin(t testing.TB, limit time.Duration, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", limit, what)
		}
	}
}
