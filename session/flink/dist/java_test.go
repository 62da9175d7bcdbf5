package dist

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestJavaTwoWays compares the release file of this machine's Java with what Java itself
// reports.
func TestJavaTwoWays(t *testing.T) {
	read, err := FindJava(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	asked, err := askJava(t.Context(), read.Path)
	if err != nil {
		t.Fatal(err)
	}
	asked.Warning = read.Warning
	if asked != read {
		t.Errorf("read %+v\nasked %+v", read, asked)
	}
}

// TestJavaBehindAScript uses the binary of a version manager: a script that starts another Java
// than the one next to it.
func TestJavaBehindAScript(t *testing.T) {
	real, err := FindJava(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	home := jdk(t, "", "#!/bin/sh\nexec '"+real.Path+"' \"$@\"\n")
	t.Setenv("JAVA_HOME", home)
	if java, err := FindJava(t.Context()); err != nil || java != real {
		t.Errorf("found %+v, %v, want %+v", java, err, real)
	}
}

func TestJavaVersions(t *testing.T) {
	for _, c := range []struct {
		release, warning, err string
		want                  Java
	}{
		{release: "IMPLEMENTOR=\"Eclipse Adoptium\"\nJAVA_RUNTIME_VERSION=\"21.0.4+7-LTS\"\nJAVA_VERSION=\"21.0.4\"\n",
			want: Java{Version: 21, Release: "21.0.4+7-LTS", Vendor: "Eclipse Adoptium"}},
		{release: "JAVA_VERSION=\"17\"\n", want: Java{Version: 17, Release: "17"}},
		{release: "JAVA_VERSION=\"25-ea\"\n", want: Java{Version: 25, Release: "25-ea"}, warning: "supports Java 17 and 21"},
		{release: "JAVA_VERSION=\"11.0.2\"\n", err: "is Java 11, Flink 2.3.0 needs 17 or 21: install Java 17 or 21"},
		{release: "JAVA_VERSION=\"1.8.0_292\"\n", err: "is Java 8"},
		{release: "JAVA_VERSION=\"\"\n", err: "does not report its version"},
	} {
		home := jdk(t, c.release, "#!/bin/sh\nexit 1\n")
		t.Setenv("JAVA_HOME", home)
		java, err := FindJava(t.Context())
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%q: error %v, want one with %q", c.release, err, c.err)
			}
			continue
		}
		if !strings.Contains(java.Warning, c.warning) || (java.Warning == "") != (c.warning == "") {
			t.Errorf("%q: warning %q, want %q", c.release, java.Warning, c.warning)
		}
		c.want.Path, java.Warning = filepath.Join(home, "bin", "java"), ""
		if err != nil || java != c.want {
			t.Errorf("%q: %+v, %v, want %+v", c.release, java, err, c.want)
		}
	}
}

func TestNoJava(t *testing.T) {
	t.Setenv("JAVA_HOME", "")
	t.Setenv("PATH", t.TempDir())
	if java, err := FindJava(t.Context()); err == nil || !strings.Contains(err.Error(), "no java on PATH: install Java 17 or 21") {
		t.Errorf("found %+v, error %v", java, err)
	}
	t.Setenv("JAVA_HOME", "/nowhere")
	if java, err := FindJava(t.Context()); err == nil || !strings.Contains(err.Error(), "JAVA_HOME=/nowhere has no bin/java") {
		t.Errorf("found %+v, error %v", java, err)
	}
}

// jdk makes the folder of a JDK with these files release and bin/java.
func jdk(t *testing.T, release, binary string) string {
	t.Helper()
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(home, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "bin", "java"), []byte(binary), 0o755); err != nil {
		t.Fatal(err)
	}
	if release != "" {
		if err := os.WriteFile(filepath.Join(home, "release"), []byte(release), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return home
}
