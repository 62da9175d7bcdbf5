package repl

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"riffle/session/linefile"
	"riffle/session/sqltext"
)

// historyEntries is the number of entries that a shell keeps in memory.
const historyEntries = 1000

// history is what was typed in this shell and others, on disk: a line for each entry, with \n
// for its line ends and without the values of secret options. Only the shell in which they were
// typed recalls those. Shells share the file.
type history struct {
	file    linefile.File
	entries []string
	warn    func(string)
	once    sync.Once
}

var (
	escapeEntry   = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)
	unescapeEntry = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r")
)

// load reads the file. If there is no file, or after an error, there are no entries.
func (h *history) load() []string {
	found, err := h.file.Read()
	h.take(found)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		h.broken(err)
	}
	return h.entries
}

// add appends an entry and returns all of them.
func (h *history) add(entry string) ([]string, error) {
	if n := len(h.entries); n > 0 && h.entries[n-1] == entry {
		return h.entries, nil
	}
	err := h.file.Add(func(found linefile.Added) string {
		h.take(found)
		return escapeEntry.Replace(sqltext.Mask(entry))
	})
	h.entries = append(h.entries, entry)
	h.trim()
	return h.entries, err
}

func (h *history) take(found linefile.Added) {
	if found.Truncated {
		h.entries = nil
	}
	for _, line := range found.Lines {
		h.entries = append(h.entries, unescapeEntry.Replace(line))
	}
	h.entries = slices.Compact(h.entries)
	h.trim()
}

func (h *history) trim() {
	if extra := len(h.entries) - historyEntries; extra > 0 {
		h.entries = slices.Delete(h.entries, 0, extra)
	}
}

// broken reports, once, that the history cannot be kept.
func (h *history) broken(err error) {
	h.once.Do(func() { h.warn(fmt.Sprintf("the history is not saved: %v", err)) })
}
