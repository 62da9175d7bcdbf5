package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"testing"
)

// unzip returns the contents of an archive, by name.
func unzip(t *testing.T, archive []byte) (map[string][]byte, map[string]*zip.File) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	contents, files := map[string][]byte{}, map[string]*zip.File{}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if contents[f.Name], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
		files[f.Name] = f
	}
	return contents, files
}

func TestArchive(t *testing.T) {
	for _, p := range platforms {
		w := wheel{version: "1.2.3", platform: p, program: []byte("a program"), license: []byte("a license")}
		archive, err := w.archive()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.archive(); err != nil || !bytes.Equal(again, archive) {
			t.Errorf("%s: not the same bytes again (%v)", p.name(), err)
		}
		contents, files := unzip(t, archive)
		program := "riffle-1.2.3.data/scripts/" + p.program()
		if string(contents[program]) != "a program" || files[program].Mode().Perm() != 0o755 {
			t.Errorf("%s: the program is %q", p.name(), contents[program])
		}
		argv := `"{resource_dir}/../../../../bin/riffle",`
		if p.goos == "windows" {
			argv = `"{resource_dir}\\..\\..\\..\\..\\Scripts\\riffle.exe",`
		}
		if spec := contents["riffle-1.2.3.data/data/share/jupyter/kernels/riffle/kernel.json"]; !bytes.Contains(spec, []byte(argv)) {
			t.Errorf("%s: %s", p.name(), spec)
		}
		for tag := range strings.SplitSeq(p.tags, ".") {
			if !bytes.Contains(contents["riffle-1.2.3.dist-info/WHEEL"], []byte("\nTag: py3-none-"+tag+"\n")) {
				t.Errorf("%s: no tag %s", p.name(), tag)
			}
		}
		checkRecord(t, contents)
	}
}

// checkRecord compares the archive with its own list.
func checkRecord(t *testing.T, contents map[string][]byte) {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(contents["riffle-1.2.3.dist-info/RECORD"])).ReadAll()
	if err != nil || len(rows) != len(contents) {
		t.Fatalf("%d files, recorded are %d (%v)", len(contents), len(rows), err)
	}
	for _, row := range rows {
		sum := sha256.Sum256(contents[row[0]])
		want := []string{row[0], "sha256=" + base64.RawURLEncoding.EncodeToString(sum[:]), fmt.Sprint(len(contents[row[0]]))}
		if strings.HasSuffix(row[0], "/RECORD") {
			want = []string{row[0], "", ""}
		}
		if _, there := contents[row[0]]; !there || strings.Join(row, " ") != strings.Join(want, " ") {
			t.Errorf("recorded %q, want %q", row, want)
		}
	}
}

func TestVersions(t *testing.T) {
	for version, want := range map[string]string{
		"v1.2.3":                             "1.2.3",
		"v1.2.3+dirty":                       "1.2.3+dirty",
		"v1.2.3-rc.1":                        "1.2.3rc1",
		"v1.2.3-beta2":                       "1.2.3b2",
		"":                                   "0.dev0",
		"(devel)":                            "0.dev0",
		"v1.2.3-odd":                         "set one with --version",
		"v0.0.0-20261128130812-9a5e7286ab12": "0.0.0.dev20261128130812+9a5e7286ab12",
		"v1.2.4-0.20261128130812-9a5e7286ab12+dirty": "1.2.4.dev20261128130812+9a5e7286ab12.dirty",
	} {
		got, err := versionOf(version)
		if err != nil {
			got = err.Error()
		}
		if got != want && !strings.HasSuffix(got, want) {
			t.Errorf("%s is %s, want %s", version, got, want)
		}
	}
}

func TestUnknownPlatform(t *testing.T) {
	if err := run(t.Context(), t.TempDir(), "", "linux/amd64x"); err == nil || !strings.Contains(err.Error(), "use all, or some of linux/amd64, ") {
		t.Errorf("%v", err)
	}
}
