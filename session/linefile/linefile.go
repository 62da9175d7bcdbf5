// Package linefile implements a file of lines that several processes share. Shells and kernels
// keep their history in such files. When a process adds a line, it also reads the lines that
// other processes have added. A file that has grown large is cut to its last lines.
//
// The front ends define the content of a line: the shell writes text, the kernel JSON.
package linefile

import (
	"bytes"
	"io"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

const (
	// TailSize is the number of bytes that are read from the end of a file, and that remain of a
	// file that is cut.
	TailSize = 256 << 10
	// MaxSize is the size at which a file is cut.
	MaxSize = 4 << 20
)

// StatePath returns the path of riffle's file of that name for state, which may be lost, as opposed to
// configuration.
func StatePath(name string) (string, error) {
	state := os.Getenv("XDG_STATE_HOME")
	if state == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "riffle", name), nil
}

// File is a file as one process knows it. It is not safe for concurrent use.
type File struct {
	Path string
	read int64 // offset up to which the file was read
}

// Added are the lines that were added since the last read. For a file that was not read before, they are
// its last lines.
type Added struct {
	Lines []string
	// Truncated says that another process has cut the file, and that Lines are all that is left of it.
	Truncated bool
}

// Read reads the new lines. It returns an error if the file does not exist.
func (f *File) Read() (Added, error) {
	file, err := os.Open(f.Path)
	if err != nil {
		return Added{}, err
	}
	defer file.Close()
	return f.readFrom(file)
}

// Add adds the line that next returns, given the new lines. No other process writes in between. The file
// and its folder are created if they do not exist.
func (f *File) Add(next func(Added) (line string)) error {
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(f.Path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	lock := flock.New(f.Path, flock.SetFlag(os.O_RDWR))
	if err := lock.Lock(); err != nil {
		return err
	}
	defer lock.Unlock()
	found, err := f.readFrom(file)
	if err != nil {
		return err
	}
	line := next(found) + "\n"
	if _, err := file.WriteString(line); err != nil {
		return err
	}
	f.read += int64(len(line))
	if f.read < MaxSize {
		return nil
	}
	return f.truncate(file)
}

func (f *File) readFrom(file *os.File) (Added, error) {
	info, err := file.Stat()
	if err != nil {
		return Added{}, err
	}
	var found Added
	size := info.Size()
	if size < f.read {
		f.read, found.Truncated = 0, true
	}
	text, err := tail(file, max(f.read, size-TailSize), size, f.read)
	if err != nil {
		return Added{}, err
	}
	f.read = size
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSuffix(line, []byte("\n")); len(line) > 0 {
			found.Lines = append(found.Lines, string(line))
		}
	}
	return found, nil
}

// tail reads from an offset to the end. If the offset is not the beginning of a line, as begin
// is, it skips to the next line.
func tail(file *os.File, from, size, begin int64) ([]byte, error) {
	text, err := io.ReadAll(io.NewSectionReader(file, from, size-from))
	if from > begin {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	return text, err
}

// truncate keeps only the end of the file: what was written, which may be less than a front end
// remembers.
func (f *File) truncate(file *os.File) error {
	text, err := tail(file, f.read-TailSize, f.read, 0)
	if err != nil {
		return err
	}
	if err := file.Truncate(0); err != nil {
		return err
	}
	n, err := file.Write(text)
	f.read = int64(n)
	return err
}
