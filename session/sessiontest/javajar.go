package sessiontest

import (
	"archive/zip"
	"bytes"
	"os"
	"strings"
	"testing"

	"riffle/session/flink/dist"
	"riffle/session/flink/jvm"
)

// BuildJar builds jars from a folder with Java sources in src and other files in resources. The sources are compiled
// against Flink and riffle's own jars. into maps the path of each jar to the start of the names of its files; several
// for one jar are separated by commas.
func BuildJar(t *testing.T, root string, into map[string]string) {
	t.Helper()
	found, err := dist.Find(t.Context(), dist.Options{})
	if err != nil {
		t.Fatal(err)
	}
	javac, err := jvm.FindJavac()
	if err != nil {
		t.Fatal(err)
	}
	ours, err := jvm.Install(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	compiler := jvm.Compiler{Javac: javac, Release: jvm.OldestJDK, ClassPath: append(found.ClassPath, ours.Cluster, ours.Gateway)}
	all, err := compiler.Build(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	for path, begins := range into {
		part, err := part(all, strings.Split(begins, ","))
		if err == nil {
			err = os.WriteFile(path, part, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// part returns a jar of those files of a jar whose names begin in one of some ways.
func part(jar []byte, begins []string) ([]byte, error) {
	from, err := zip.NewReader(bytes.NewReader(jar), int64(len(jar)))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	to := zip.NewWriter(&b)
	for _, file := range from.File {
		for _, begin := range begins {
			if !strings.HasPrefix(file.Name, begin) {
				continue
			}
			if err := to.Copy(file); err != nil {
				return nil, err
			}
			break
		}
	}
	if err := to.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
