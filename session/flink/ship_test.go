package flink

import (
	"runtime"
	"strings"
	"testing"

	"riffle/session/gateway"
)

// Functions are compiled for this machine. A cluster of another kind is rejected before anything is submitted.
func TestOtherPlatformsAreRejected(t *testing.T) {
	names := map[string][]string{"amd64": {"amd64", "x86_64"}, "arm64": {"aarch64", "arm64"}}
	for arch, java := range names {
		for _, name := range java {
			err := ClusterFacts{Arch: name}.checkPlatform()
			if runtime.GOOS == "linux" && runtime.GOARCH == arch {
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			var want = "Go functions are compiled here for " + runtime.GOOS + "/" + runtime.GOARCH + ", and the cluster runs on linux/" + arch
			fault, ok := err.(*gateway.Fault)
			if !ok || fault.Message != want || !strings.Contains(fault.Hint, "SQL without Go functions works from here") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestPythonInLib(t *testing.T) {
	for jar, want := range map[string]bool{
		"/opt/flink/lib/flink-python-2.3.0.jar": true, "/opt/flink/lib/flink-python.jar": true,
		"/opt/flink/lib/flink-dist-2.3.0.jar": false, "/opt/flink-python/lib/flink-csv-2.3.0.jar": false,
	} {
		if isPython(jar) != want {
			t.Errorf("%s: %v", jar, !want)
		}
	}
}

// The gateway that records the class-data archive has the options of the session, but its own cluster. Nothing is
// packed for it.
func TestEmbeddedClusterGetsNoArchive(t *testing.T) {
	g := &Gateway{pack: func(string, string) (string, error) { panic("packed") }}
	if shipped, err := g.ship(t.Context(), []gateway.Function{{Name: "F"}}); shipped != nil || err != nil {
		t.Errorf("%+v, %v", shipped, err)
	}
}

// Functions that do not travel would run in the cluster's own Python, which knows nothing of them.
func TestFunctionsNeedAnArchiveOnACluster(t *testing.T) {
	g := &Gateway{remote: true}
	if _, err := g.ship(t.Context(), []gateway.Function{{Name: "F"}}); err != errNotPacked {
		t.Errorf("with a function: %v", err)
	}
	if shipped, err := g.ship(t.Context(), nil); shipped != nil || err != nil {
		t.Errorf("without functions: %+v, %v", shipped, err)
	}
}
