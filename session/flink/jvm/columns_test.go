package jvm

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestResultsAreNotTrusted reads results of functions on a cluster's jars alone: as they are, and with each byte
// changed. A changed batch must be refused, or read without an access beyond its columns.
func TestResultsAreNotTrusted(t *testing.T) { runOnCluster(t, "Results.java") }

// TestBundlesAreSmall plays bundles of slow functions and of large rows: the next ones have few rows.
func TestBundlesAreSmall(t *testing.T) { runOnCluster(t, "Sizes.java") }

// runOnCluster runs a program on a cluster's jars alone. It prints what is wrong.
func runOnCluster(t *testing.T, source string) {
	lib, _ := clusterLib(t)
	path := strings.Join(append([]string{clusterName}, lib...), string(filepath.ListSeparator))
	out, err := exec.CommandContext(t.Context(), java(t), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
		"-cp", path, filepath.Join("testdata", source)).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}
