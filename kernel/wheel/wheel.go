package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"riffle/kernel/spec"
)

// sources is the Python package in the wheel.
//
//go:embed riffle_papermill/*.py riffle_papermill/py.typed
var sources embed.FS

// wheel is a package for one platform.
//
// https://packaging.python.org/en/latest/specifications/binary-distribution-format/
type wheel struct {
	version  string
	platform platform
	program  []byte
	license  []byte
}

func (w wheel) fileName() string {
	return fmt.Sprintf("riffle-%s-py3-none-%s.whl", w.version, w.platform.tags)
}

// file is a file of the archive.
type file struct {
	content []byte
	mode    fs.FileMode
}

// archive returns the content of the wheel: the installed files with their places, and the
// metadata.
func (w wheel) archive() ([]byte, error) {
	files := map[string]file{}
	scripts := "riffle-" + w.version + ".data/scripts/"
	files[scripts+w.platform.program()] = file{w.program, 0o755}
	kernel, err := spec.Kernel{Name: "riffle", Program: spec.Packaged(w.platform.goos)}.Files()
	if err != nil {
		return nil, err
	}
	for name, content := range kernel {
		files["riffle-"+w.version+".data/data/share/jupyter/kernels/riffle/"+name] = file{content, 0o644}
	}
	names, err := fs.Glob(sources, "riffle_papermill/*")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		content, err := fs.ReadFile(sources, name)
		if err != nil {
			return nil, err
		}
		files[name] = file{content, 0o644}
	}
	info := "riffle-" + w.version + ".dist-info/"
	files[info+"licenses/LICENSE"] = file{w.license, 0o644}
	files[info+"METADATA"] = file{[]byte(w.metadata()), 0o644}
	files[info+"WHEEL"] = file{[]byte(w.tags()), 0o644}
	files[info+"entry_points.txt"] = file{[]byte("[papermill.engine]\nriffle = riffle_papermill.engine:Engine\n"), 0o644}
	files[info+"RECORD"] = file{[]byte(record(files, info+"RECORD")), 0o644}
	return zipped(files, info)
}

// zipped returns the archive of files, with the metadata at its end, and without times.
func zipped(files map[string]file, info string) ([]byte, error) {
	names := slices.SortedFunc(maps.Keys(files), func(a, b string) int {
		if last := strings.HasPrefix(a, info); last != strings.HasPrefix(b, info) {
			return map[bool]int{true: 1, false: -1}[last]
		}
		return strings.Compare(a, b)
	})
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range names {
		header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
		header.SetMode(files[name].mode)
		w, err := z.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(files[name].content); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return out.Bytes(), err
}

// record lists the files with their checksums.
func record(files map[string]file, itself string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		sum := sha256.Sum256(files[name].content)
		fmt.Fprintf(&b, "%s,sha256=%s,%d\n", name, base64.RawURLEncoding.EncodeToString(sum[:]), len(files[name].content))
	}
	return b.String() + itself + ",,\n"
}

func (w wheel) tags() string {
	text := "Wheel-Version: 1.0\nGenerator: riffle\nRoot-Is-Purelib: false\n"
	for tag := range strings.SplitSeq(w.platform.tags, ".") {
		text += "Tag: py3-none-" + tag + "\n"
	}
	return text
}

func (w wheel) metadata() string {
	return `Metadata-Version: 2.4
Name: riffle
Version: ` + w.version + `
Summary: Interactive shell and Jupyter kernel for streaming tables on Apache Flink, with functions in Go
License-Expression: Apache-2.0
License-File: LICENSE
Keywords: flink,sql,streaming,jupyter,kernel,papermill
Requires-Python: >=3.9
Provides-Extra: papermill
Requires-Dist: papermill>=2.4; extra == "papermill"
Description-Content-Type: text/markdown

# riffle

The command ` + "`riffle`" + ` is a shell for streaming tables on Apache Flink, and a Jupyter kernel. With this package both are there, and papermill runs riffle's notebooks with parameters.

It needs Java 17 or 21, Maven to fetch Flink once, and Go 1.26 for functions.
`
}
