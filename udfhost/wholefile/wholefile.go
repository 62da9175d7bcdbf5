// Package wholefile writes files atomically: a reader sees the old file or the complete new one,
// never a part of it. This also holds when two processes write the same file, and when a process
// is killed while it writes.
package wholefile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Write writes the content of from to a file with a mode. The file's folder must exist.
func Write(path string, mode os.FileMode, from io.Reader) error {
	f, err := os.CreateTemp(filepath.Dir(path), unfinished(filepath.Base(path)))
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the error is already there
	}
	return err
}

// Move moves a complete file to another path, also on another file system.
func Move(from, to string) error {
	if os.Rename(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if err := Write(to, info.Mode().Perm(), in); err != nil {
		return err
	}
	return os.Remove(from)
}

// unfinished is the pattern of the names under which Write writes a file.
func unfinished(name string) string { return "." + name + ".*" }

// Unfinished returns the files that Write is writing, or left when its process was killed, for paths that
// match a pattern of filepath.Glob. The value is the path that was to be written.
func Unfinished(pattern string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(filepath.Dir(pattern), unfinished(filepath.Base(pattern))))
	if err != nil {
		return nil, err
	}
	paths := map[string]string{}
	for _, file := range files {
		name := strings.TrimPrefix(filepath.Base(file), ".")
		paths[file] = filepath.Join(filepath.Dir(file), strings.TrimSuffix(name, filepath.Ext(name)))
	}
	return paths, nil
}
