// Package jvm holds the part of riffle that runs inside Flink's JVM: the Java
// sources under src, the service files under resources, and riffle.jar, which
// is built from them, committed, and embedded in the riffle binary.
//
// Sources become the jar by one way only, Build: javac compiles them against a
// Flink class path, Pack writes classes and resources to a zip whose bytes
// depend on nothing but its contents, and the manifest records the hash of the
// sources (SourcesHash). A test compares that hash with the tree, so a jar that
// was forgotten fails the build. At run time Install writes the embedded jar
// to disk, where the launcher puts it on the JVM's class path.
//
// After a change to src or resources:
//
//	go generate ./session/flink/jvm
package jvm

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

//go:generate go run ./build

//go:embed riffle.jar
var embedded []byte

// Install makes sure that dir holds the embedded jar and returns its path. The
// name contains the hash of the contents, so that different versions of riffle
// share a folder. A jar that is there with the same bytes is left alone: the
// JVM ties its class-data archive to the jar's modification time. Concurrent
// calls, of other processes too, are safe.
func Install(dir string) (string, error) {
	sum := sha256.Sum256(embedded)
	path := filepath.Join(dir, "riffle-"+hex.EncodeToString(sum[:8])+".jar")
	if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, embedded) {
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("install riffle.jar: %w", err)
	}
	if err := WriteFile(path, embedded); err != nil {
		return "", fmt.Errorf("install riffle.jar: %w", err)
	}
	return path, nil
}

// WriteFile writes data to path so that a reader sees the old file or the whole
// new one, never a part.
func WriteFile(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
