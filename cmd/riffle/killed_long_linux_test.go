//go:build long

package main

import (
	"strings"
	"testing"
)

// A killed script leaves no process either. The sample kills a shell.
func TestKilledScriptLeavesNoProcess(t *testing.T) {
	r := start(t, "-e", "func Same(k int) int { return k }\n"+strings.Replace(endless, "SELECT k", "SELECT Same(k) AS k", 1), "--format", "csv", "--quiet")
	if header := r.line(t); header != "k" {
		t.Fatalf("the header is %q", header)
	}
	r.line(t) // a row, so that the function runs
	leavesNoProcess(t, r.Process, func() { r.code(t) })
}
