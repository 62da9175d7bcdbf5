// Package wholefile writes files atomically: a reader sees the old file or the complete new one,
// never a part of it. This also holds when two processes write the same file, and when a process
// is killed while it writes.
package wholefile

import (
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Write writes the content of from to a file, as Create does.
func Write(path string, mode os.FileMode, from io.Reader) error {
	return Create(path, mode, func(to *os.File) error {
		_, err := io.Copy(to, from)
		return err
	})
}

// Create writes a file with a function. If the function returns an error, the file stays as it was. The
// umask restricts mode. The file's folder must exist.
func Create(path string, mode os.FileMode, write func(*os.File) error) error {
	name := strings.Replace(unfinished(filepath.Base(path)), "*", rand.Text()[:8], 1)
	f, err := os.OpenFile(filepath.Join(filepath.Dir(path), name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return named(path, err)
	}
	err = write(f)
	if failed := f.Close(); err == nil {
		err = failed
	}
	if err == nil {
		err = named(path, os.Rename(f.Name(), path))
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the error is already there
	}
	return err
}

// named puts the file's own name into an error, in place of the one that it is written under.
func named(path string, err error) error {
	var open *os.PathError
	var rename *os.LinkError
	switch {
	case errors.As(err, &open):
		return &os.PathError{Op: open.Op, Path: path, Err: open.Err}
	case errors.As(err, &rename):
		return &os.PathError{Op: "write", Path: path, Err: rename.Err}
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

// unfinished is the pattern of the names under which Create writes a file.
func unfinished(name string) string { return "." + name + ".*" }

// Unfinished returns the files that Create is writing, or left when its process was killed, for paths that
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
