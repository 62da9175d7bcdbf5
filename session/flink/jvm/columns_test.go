package jvm

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestResultsAreNotTrusted reads results of functions on a cluster's jars alone: as they are, and with each byte
// changed. A changed batch must be refused, or read without an access beyond its columns.
func TestResultsAreNotTrusted(t *testing.T) { runOnCluster(t, "Results.java") }

// TestBundlesAreSmall plays bundles of slow functions and of large rows: the next ones have few rows.
func TestBundlesAreSmall(t *testing.T) { runOnCluster(t, "Sizes.java") }

// TestBundlesInProgress plays results and failures of bundles: results that suddenly are large delay the next bundle,
// and a failure of one bundle among three is reported once its turn comes, and whenever the operator is called again.
// Results that are taken early are those of bundles of Beam's own, and come once and in their order, whenever the answer
// of the function host comes.
func TestBundlesInProgress(t *testing.T) {
	_, python := clusterLib(t)
	runOnCluster(t, "InProgress.java", python)
}

// runOnCluster runs a program on a cluster's jars, and on more. It prints what is wrong.
func runOnCluster(t *testing.T, source string, more ...string) {
	lib, _ := clusterLib(t)
	path := strings.Join(slices.Concat([]string{clusterName}, lib, more), string(filepath.ListSeparator))
	out, err := exec.CommandContext(t.Context(), java(t), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
		"-cp", path, filepath.Join("testdata", source)).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}
