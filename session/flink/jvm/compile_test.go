package jvm

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"riffle/session/flink/dist"
	"riffle/udfhost/wholefile"
)

// scratch is a source tree of one class that needs nothing of Flink.
var scratch = map[string]string{
	"src/riffle/Hello.java": `package riffle;
public final class Hello {
    private Hello() {}
    public static void main(String[] args) throws Exception {
        try (var in = Hello.class.getResourceAsStream("/META-INF/services/word")) {
            System.out.println(new String(in.readAllBytes()) + Hello.class.getPackage().getName());
        }
    }
}
`,
	"resources/META-INF/services/word": "hello from ",
}

func TestBuildRunsAndIsReproducible(t *testing.T) {
	compiler := Compiler{Javac: javac(t), Release: OldestJDK}
	jar := build(t, compiler, scratch)
	if !bytes.Equal(jar, build(t, compiler, scratch)) {
		t.Error("two builds in two folders differ")
	}
	path := filepath.Join(t.TempDir(), "hello.jar")
	if err := wholefile.Write(path, 0o644, bytes.NewReader(jar)); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), java(t), "-cp", path, "riffle.Hello").CombinedOutput()
	if got := strings.TrimSpace(string(out)); err != nil || got != "hello from riffle" {
		t.Errorf("java says %q, %v", got, err)
	}
}

func TestBuildTellsWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name  string
		tree  map[string]string
		wants []string
	}{
		{"errors", map[string]string{
			"src/riffle/Uses.java": "package riffle; class Uses { riffle.gateway.Main x; }",
			"src/riffle/Bad.java":  "package riffle; class Bad { int x = \"\"; }",
		}, []string{"package riffle.gateway does not exist", "Bad.java:1: error: incompatible types"}},
		{"foreign text", map[string]string{"src/riffle/Loads.java": "package riffle; class Loads { String name = \"org.apache.calcite.rex.RexCall\"; }"},
			[]string{"riffle/Loads.class uses package org.apache.calcite"}},
		{"warning", map[string]string{"src/riffle/Raw.java": "package riffle; class Raw { java.util.List x; }"}, []string{"[rawtypes]"}},
		{"nothing", map[string]string{"src/riffle/readme.txt": ""}, []string{"no .java file"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Compiler{Javac: javac(t), Release: OldestJDK, Foreign: foreign}.Build(t.Context(), writeTree(t, c.tree))
			for _, want := range c.wants {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("error %v, want one with %q", err, want)
				}
			}
		})
	}
}

// A class of the gateway's jar names that jar's own package, which is foreign to the cluster's.
func TestForeignPackagesAreFound(t *testing.T) {
	for name, want := range map[string]string{clusterName: "", gatewayName: ".class uses package riffle.gateway"} {
		jar, err := zip.NewReader(bytes.NewReader(committed[name]), int64(len(committed[name])))
		if err != nil {
			t.Fatal(err)
		}
		classes, err := fs.Sub(jar, "riffle")
		if err != nil {
			t.Fatal(err)
		}
		err = checkForeign(classes, []string{"riffle.gateway"})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error %v, want one with %q", name, err, want)
		}
	}
}

// TestCommittedJarsAreTheBuild compiles the sources against Flink. The bytes of a
// class differ from one javac to the next, so they are compared where the
// javac is of the version that made the committed jars; elsewhere the names are.
func TestCommittedJarsAreTheBuild(t *testing.T) {
	jars, err := Build(t.Context(), javac(t), flinkJars(t), ".")
	if err != nil {
		t.Fatal(err)
	}
	for name, embedded := range committed {
		committed, built := manifest(t, embedded), manifest(t, jars[name])
		if committed.JDK == built.JDK {
			if !bytes.Equal(jars[name], embedded) {
				t.Errorf("%s is not what JDK %d builds: run go generate ./session/flink/jvm", name, built.JDK)
			}
			continue
		}
		if got, want := entries(t, embedded), entries(t, jars[name]); got != want {
			t.Errorf("%s holds\n%s\nthe build\n%s", name, got, want)
		}
	}
}

var committed = map[string][]byte{clusterName: embeddedCluster, gatewayName: embeddedGateway}

func javac(t *testing.T) string {
	t.Helper()
	path, err := FindJavac()
	if err != nil {
		t.Fatal(err)
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func java(t *testing.T) string { return filepath.Join(filepath.Dir(javac(t)), "java") }

func flinkJars(t *testing.T) []string {
	t.Helper()
	flink, err := dist.Find(t.Context(), dist.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return flink.ClassPath
}

func build(t *testing.T, c Compiler, tree map[string]string) []byte {
	t.Helper()
	jar, err := c.Build(t.Context(), writeTree(t, tree))
	if err != nil {
		t.Fatal(err)
	}
	return jar
}

func writeTree(t *testing.T, tree map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range tree {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func manifest(t *testing.T, jar []byte) Manifest {
	t.Helper()
	m, err := ReadManifest(jar)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func entries(t *testing.T, jar []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(jar), int64(len(jar)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	return strings.Join(names, "\n")
}
