package jvm

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// needFlinkPython are the classes of riffle-cluster.jar that work only where
// flink-python is: Flink's operators for functions.
var needFlinkPython = []string{
	"riffle.job.function.BatchCalls",
	"riffle.job.function.BatchFunctionOperator",
	"riffle.job.function.BatchOperator",
	"riffle.job.function.Bundles",
	"riffle.job.function.ColumnFunctionOperator",
	"riffle.job.function.EarlyResults",
	"riffle.job.function.EmittedResults",
	"riffle.job.function.RowFunctionOperator",
	"riffle.job.function.RunnerParts",
	"riffle.job.function.TableFunctionOperator",
}

// TestClusterJarLinks loads each class of riffle-cluster.jar with the jars in the lib folder of
// a Flink cluster, and looks up everything that the class refers to.
func TestClusterJarLinks(t *testing.T) {
	lib, python := clusterLib(t)
	asm := slices.IndexFunc(lib, func(jar string) bool { return strings.Contains(jar, "flink-shaded-asm") })
	if asm < 0 {
		t.Fatal("no ASM among Flink's jars")
	}
	args := []string{"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", lib[asm], filepath.Join("testdata", "Links.java"), clusterName, python}
	out, err := exec.CommandContext(t.Context(), java(t), append(args, lib...)...).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var need []string
	for line := range strings.Lines(string(out)) {
		which, lack, _ := strings.Cut(line, " ")
		class, _, _ := strings.Cut(lack, " ")
		if which != "without" {
			t.Errorf("%s does not work even with flink-python: %s", class, lack)
			continue
		}
		class, _, _ = strings.Cut(class, "$")
		if !slices.Contains(need, class) {
			need = append(need, class)
		}
	}
	if !slices.Equal(need, needFlinkPython) {
		t.Errorf("these do not work without flink-python:\n%s\nwant %v", out, needFlinkPython)
	}
}

// The oldest Java of Flink's images can run what is sent there.
func TestClusterJarIsForJava11(t *testing.T) {
	jar, err := zip.NewReader(bytes.NewReader(embeddedCluster), int64(len(embeddedCluster)))
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.Lines(entries(t, embeddedCluster)) {
		name = strings.TrimSpace(name)
		if !strings.HasSuffix(name, ".class") {
			continue
		}
		data, err := fs.ReadFile(jar, name)
		if err != nil {
			t.Fatal(err)
		}
		if major := binary.BigEndian.Uint16(data[6:]); major != 55 {
			t.Errorf("%s has the class file version %d, Java 11 takes 55", name, major)
		}
	}
}

// clusterLib is what Flink's distribution has in lib, as the artifacts that its
// flink-dist.jar is made of, and flink-python, which it has in opt.
func clusterLib(t *testing.T) (lib []string, python string) {
	t.Helper()
	for _, jar := range flinkJars(t) {
		switch name := filepath.Base(jar); {
		case strings.HasPrefix(name, "flink-python"):
			python = jar
		case strings.HasPrefix(name, "jackson-"), strings.HasPrefix(name, "icu4j"): // nothing in lib has them
		case name == "flink-table-planner.jar", name == "flink-rpc-akka.jar": // in lib they are within other jars
		default:
			lib = append(lib, jar)
		}
	}
	if python == "" {
		t.Fatal("no flink-python among Flink's jars")
	}
	return lib, python
}
