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
	path := install(t, dir)
	before := stat(t, path)
	if again := install(t, dir); again != path {
		t.Errorf("second install went to %s, the first to %s", again, path)
	}
	if after := stat(t, path); !os.SameFile(before, after) || before.ModTime() != after.ModTime() {
		t.Error("second install wrote a jar that was right")
	}
	if data := read(t, path); !bytes.Equal(data, embedded) {
		t.Error("installed jar differs from the embedded one")
	}
}

func TestInstallMendsADamagedJar(t *testing.T) {
	dir := t.TempDir()
	path := install(t, dir)
	if err := os.WriteFile(path, embedded[:len(embedded)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	install(t, dir)
	if data := read(t, path); !bytes.Equal(data, embedded) {
		t.Error("a truncated jar stayed")
	}
}

func TestInstallAtOnce(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			path, err := Install(dir)
			if err != nil {
				t.Error(err)
				return
			}
			if data, err := os.ReadFile(path); err != nil || !bytes.Equal(data, embedded) {
				t.Errorf("read %d of %d bytes: %v", len(data), len(embedded), err)
			}
		})
	}
	wg.Wait()
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("left in the folder: %v", left)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) != 0 {
		t.Errorf("left in the folder: %v", left)
	}
}

func install(t *testing.T, dir string) string {
	t.Helper()
	path, err := Install(dir)
	if err != nil {
		t.Fatal(err)
	}
	return path
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
