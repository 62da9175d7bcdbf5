package repl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gofrs/flock"

	"riffle/session/sqltext"
)

const (
	historyEntries = 1000      // kept in memory
	historyRead    = 256 << 10 // bytes read from the end of the file
	historyMost    = 4 << 20   // size at which the file is cut to historyRead
)

// history is what was typed in this shell and others, on disk: a line for each
// entry, with \n for its line ends and without the values of secret options:
// only the shell where they were typed recalls them. Shells share the file; each reads what the
// others added when it adds an entry itself.
type history struct {
	path    string
	entries []string
	offset  int64 // how far the file has been read
	warn    func(string)
	once    sync.Once
}

// StateFile is where a file lies that is state, no configuration, and may be lost.
func StateFile(name string) (string, error) {
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

var (
	escapeEntry   = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)
	unescapeEntry = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r")
)

// load reads the file. Without one, or on an error, the history is empty.
func (h *history) load() []string {
	if err := h.update(nil); err != nil && !errors.Is(err, os.ErrNotExist) {
		h.broken(err)
	}
	return h.entries
}

// add appends an entry and returns all of them.
func (h *history) add(entry string) ([]string, error) {
	if n := len(h.entries); n > 0 && h.entries[n-1] == entry {
		return h.entries, nil
	}
	if err := os.MkdirAll(filepath.Dir(h.path), 0o700); err != nil {
		h.entries = append(h.entries, entry)
		return h.entries, err
	}
	err := h.update(&entry)
	if err != nil {
		h.entries = append(h.entries, entry)
	}
	return h.entries, err
}

// update reads what is new in the file and, if there is one, adds an entry.
func (h *history) update(entry *string) error {
	flags := os.O_RDWR
	if entry != nil {
		flags |= os.O_CREATE | os.O_APPEND
	}
	f, err := os.OpenFile(h.path, flags, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if entry == nil {
		return h.read(f)
	}
	lock := flock.New(h.path, flock.SetFlag(os.O_RDWR))
	if err := lock.Lock(); err != nil {
		return err
	}
	defer lock.Unlock()
	if err := h.read(f); err != nil {
		return err
	}
	line := escapeEntry.Replace(sqltext.Mask(*entry)) + "\n"
	if _, err := f.WriteString(line); err != nil {
		return err
	}
	h.offset += int64(len(line))
	h.entries = append(h.entries, *entry)
	h.trim()
	return h.shorten(f)
}

func (h *history) read(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	if size < h.offset {
		h.offset, h.entries = 0, nil // another shell has cut the file
	}
	from := max(h.offset, size-historyRead)
	text, err := io.ReadAll(io.NewSectionReader(f, from, size-from))
	if err != nil {
		return err
	}
	if from > h.offset { // begins in the middle of a line
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	h.offset = size
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSuffix(line, []byte("\n")); len(line) > 0 {
			h.entries = append(h.entries, unescapeEntry.Replace(string(line)))
		}
	}
	h.entries = slices.Compact(h.entries)
	h.trim()
	return nil
}

func (h *history) trim() {
	if extra := len(h.entries) - historyEntries; extra > 0 {
		h.entries = slices.Delete(h.entries, 0, extra)
	}
}

// shorten cuts a file that has grown large.
func (h *history) shorten(f *os.File) error {
	if h.offset < historyMost {
		return nil
	}
	var b strings.Builder
	for _, entry := range h.entries {
		b.WriteString(escapeEntry.Replace(entry) + "\n")
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	n, err := f.WriteString(b.String())
	h.offset = int64(n)
	return err
}

// broken tells once that the history cannot be kept.
func (h *history) broken(err error) {
	h.once.Do(func() { h.warn(fmt.Sprintf("the history is not kept: %v", err)) })
}
