package jvm

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestInstallKeepsWhatIsRight(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	jars := installed(t, dir)
	for path, jar := range map[string][]byte{jars.Cluster: embeddedCluster, jars.Gateway: embeddedGateway} {
		before := stat(t, path)
		if again := installed(t, dir); again != jars {
			t.Errorf("second install went to %v, the first to %v", again, jars)
		}
		if after := stat(t, path); !os.SameFile(before, after) || before.ModTime() != after.ModTime() {
			t.Error("second install wrote a jar that was right")
		}
		if data := read(t, path); !bytes.Equal(data, jar) {
			t.Errorf("%s differs from the embedded jar", path)
		}
	}
}

func TestInstallMendsADamagedJar(t *testing.T) {
	dir := t.TempDir()
	jars := installed(t, dir)
	for path, jar := range map[string][]byte{jars.Cluster: embeddedCluster, jars.Gateway: embeddedGateway} {
		if err := os.WriteFile(path, jar[:len(jar)/2], 0o644); err != nil {
			t.Fatal(err)
		}
		installed(t, dir)
		if data := read(t, path); !bytes.Equal(data, jar) {
			t.Errorf("%s stayed truncated", path)
		}
	}
}

func TestInstallAtOnce(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			jars, err := Install(dir)
			if err != nil {
				t.Error(err)
				return
			}
			if data, err := os.ReadFile(jars.Gateway); err != nil || !bytes.Equal(data, embeddedGateway) {
				t.Errorf("read %d of %d bytes: %v", len(data), len(embeddedGateway), err)
			}
		})
	}
	wg.Wait()
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 2 {
		t.Errorf("left in the folder: %v", left)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) != 0 {
		t.Errorf("left in the folder: %v", left)
	}
}

func installed(t *testing.T, dir string) Jars {
	t.Helper()
	jars, err := Install(dir)
	if err != nil {
		t.Fatal(err)
	}
	return jars
}

func stat(t *testing.T, path string) os.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
