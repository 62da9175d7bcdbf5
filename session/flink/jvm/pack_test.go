package jvm

import (
	"archive/zip"
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

var someManifest = Manifest{JDK: 17, Sources: "sha256:" + strings.Repeat("ab", 32)}

func TestPackDependsOnContentsAlone(t *testing.T) {
	file := func(text string, age time.Duration) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(text), ModTime: time.Now().Add(-age), Mode: 0o600}
	}
	one := pack(t, fstest.MapFS{"b/B.class": file("b", 0), "a.class": file("a", time.Hour)},
		fstest.MapFS{"META-INF/services/x": file("y", 0)})
	two := pack(t, fstest.MapFS{"META-INF/services/x": file("y", time.Minute)},
		fstest.MapFS{"a.class": file("a", 0), "b/B.class": file("b", time.Second), ".b.swp": file("z", 0), "a.class~": file("z", 0)})
	if !bytes.Equal(one, two) {
		t.Error("same contents in other trees, of other ages, gave other bytes")
	}
	var names []string
	z, err := zip.NewReader(bytes.NewReader(one), int64(len(one)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		names = append(names, f.Name)
		if _, err := fs.ReadFile(z, f.Name); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	if got, want := strings.Join(names, " "), "META-INF/MANIFEST.MF META-INF/services/x a.class b/B.class"; got != want {
		t.Errorf("entries %s, want %s", got, want)
	}
}

func TestPackRefusesAFileTwice(t *testing.T) {
	tree := fstest.MapFS{"a": {Data: []byte("1")}}
	err := Pack(&bytes.Buffer{}, someManifest, tree, tree)
	if err == nil || !strings.Contains(err.Error(), "a is there twice") {
		t.Errorf("error %v", err)
	}
}

func TestManifest(t *testing.T) {
	got, err := ReadManifest(pack(t, fstest.MapFS{"a": {}}))
	if err != nil || got != someManifest {
		t.Errorf("read back %+v, %v", got, err)
	}
	for line := range strings.SplitSeq(string(someManifest.marshal()), "\r\n") {
		if len(line) > 70 {
			t.Errorf("%d bytes without the line end: %s", len(line), line)
		}
	}
	for name, text := range map[string]string{
		"empty":          "",
		"somebody's":     "Manifest-Version: 1.0\r\nBuild-Jdk-Spec: 17\r\n",
		"no number":      "Build-Jdk-Spec: x\r\nRiffle-Sources: y\r\n",
		"begins indeed":  " 17\r\n",
		"sources absent": "Riffle-Sources: \r\nBuild-Jdk-Spec: 17\r\n",
	} {
		if m, err := parseManifest([]byte(text)); err == nil {
			t.Errorf("%s: parsed as %+v", name, m)
		}
	}
}

func TestSourcesHashSeesEveryChange(t *testing.T) {
	tree := func() fstest.MapFS {
		return fstest.MapFS{
			"src/riffle/A.java":          {Data: []byte("class A {}")},
			"resources/META-INF/s/x":     {Data: []byte("A")},
			"riffle.jar":                 {Data: []byte("of no account")},
			"src/riffle/.A.java.swp":     {Data: []byte("of no account")},
			"resources/META-INF/s/empty": {},
		}
	}
	seen := map[string]string{}
	for _, c := range []struct {
		name   string
		change func(fstest.MapFS)
	}{
		{"as it is", func(fstest.MapFS) {}},
		{"text", func(m fstest.MapFS) { m["src/riffle/A.java"].Data = []byte("class A { }") }},
		{"name", func(m fstest.MapFS) { m["src/riffle/B.java"] = m["src/riffle/A.java"]; delete(m, "src/riffle/A.java") }},
		{"resource", func(m fstest.MapFS) { m["resources/META-INF/s/x"].Data = nil }},
		{"one more", func(m fstest.MapFS) { m["src/riffle/C.java"] = &fstest.MapFile{} }},
		{"one less", func(m fstest.MapFS) { delete(m, "resources/META-INF/s/empty") }},
	} {
		m := tree()
		c.change(m)
		hash, err := SourcesHash(m)
		if err != nil {
			t.Fatal(err)
		}
		if same, ok := seen[hash]; ok {
			t.Errorf("%q hashes as %q", c.name, same)
		}
		seen[hash] = c.name
	}
	same := tree()
	same["riffle.jar"].Data = nil
	delete(same, "src/riffle/.A.java.swp")
	if hash, err := SourcesHash(same); err != nil || seen[hash] != "as it is" {
		t.Errorf("what is no source changed the hash (%v)", err)
	}
	if hash, err := SourcesHash(fstest.MapFS{}); err == nil {
		t.Errorf("an empty tree has hash %s", hash)
	}
}

// TestJarsAreOfTheseSources fails when sources changed and the committed jars
// were not made again.
func TestJarsAreOfTheseSources(t *testing.T) {
	for folder, jar := range map[string][]byte{clusterFolder: embeddedCluster, gatewayFolder: embeddedGateway} {
		m, err := ReadManifest(jar)
		if err != nil {
			t.Fatal(err)
		}
		hash, err := SourcesHash(os.DirFS(folder))
		if err != nil {
			t.Fatal(err)
		}
		if m.Sources != hash {
			t.Errorf("%s: the jar was made from %s, the sources are %s: run go generate ./session/flink/jvm", folder, m.Sources, hash)
		}
	}
}

func pack(t *testing.T, trees ...fs.FS) []byte {
	t.Helper()
	var jar bytes.Buffer
	if err := Pack(&jar, someManifest, trees...); err != nil {
		t.Fatal(err)
	}
	return jar.Bytes()
}

// ReadManifest reads the manifest of a jar that Pack wrote.
func ReadManifest(jar []byte) (Manifest, error) {
	z, err := zip.NewReader(bytes.NewReader(jar), int64(len(jar)))
	if err != nil {
		return Manifest{}, fmt.Errorf("read jar: %w", err)
	}
	data, err := fs.ReadFile(z, manifestName)
	if err != nil {
		return Manifest{}, fmt.Errorf("read jar: %w", err)
	}
	return parseManifest(data)
}

func parseManifest(data []byte) (m Manifest, err error) {
	var lines []string
	for scan := bufio.NewScanner(bytes.NewReader(data)); scan.Scan(); {
		if more, ok := strings.CutPrefix(scan.Text(), " "); ok && len(lines) > 0 {
			lines[len(lines)-1] += more
			continue
		}
		lines = append(lines, scan.Text())
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		switch name {
		case "Build-Jdk-Spec":
			if m.JDK, err = strconv.Atoi(value); err != nil {
				return Manifest{}, fmt.Errorf("jar manifest: Build-Jdk-Spec %q is no number", value)
			}
		case "Riffle-Sources":
			m.Sources = value
		}
	}
	if m.JDK == 0 || m.Sources == "" {
		return Manifest{}, fmt.Errorf("jar manifest: no Build-Jdk-Spec or no Riffle-Sources: not a jar of ours")
	}
	return m, nil
}
