package catalog

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// folders holds the contents of folders whose paths are being typed. They are read in the
// background. A read that hangs, on a mount whose server is gone, cannot be interrupted, so
// nobody waits for it, and few reads run at a time.
type folders struct {
	mu      sync.Mutex
	read    map[string]folder // by path
	reading map[string]bool
}

// folder is what a folder contained when it was read.
type folder struct {
	names []string // folders end in a slash
	at    time.Time
}

const (
	// folderAge is how long the contents of a folder stay valid.
	folderAge = time.Second
	// folderReads is the maximum number of reads at a time.
	folderReads = 4
	// keptFolders is the number of folders whose contents are kept.
	keptFolders = 32
)

// request starts to read a folder, unless it was read a moment ago, and reports whether it was
// never read. It does not wait.
func (f *folders) request(path string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	was, known := f.read[path]
	if f.reading[path] || len(f.reading) == folderReads || time.Since(was.at) < folderAge {
		return !known
	}
	if f.read == nil {
		f.read, f.reading = map[string]folder{}, map[string]bool{}
	}
	f.reading[path] = true
	go func() {
		names := namesIn(path)
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.reading, path)
		if len(f.read) == keptFolders {
			clear(f.read)
		}
		f.read[path] = folder{names, time.Now()}
	}()
	return !known
}

// known returns the folders that were read.
func (f *folders) known() map[string][]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	known := make(map[string][]string, len(f.read))
	for path, folder := range maps.All(f.read) {
		known[path] = folder.names
	}
	return known
}

// namesIn returns the names in a folder, sorted; none if the folder cannot be read.
func namesIn(path string) []string {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil
	}
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		name, isFolder := entry.Name(), entry.IsDir()
		if entry.Type()&os.ModeSymlink != 0 {
			info, err := os.Stat(filepath.Join(path, name))
			isFolder = err == nil && info.IsDir()
		}
		if isFolder {
			name += "/"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
