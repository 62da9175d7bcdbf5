package sessiontest

import (
	"archive/zip"
	"errors"
	"os"
	"path/filepath"
)

// EmptyJar creates a jar for statements that add one.
func EmptyJar(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(zip.NewWriter(file).Close(), file.Close())
}
