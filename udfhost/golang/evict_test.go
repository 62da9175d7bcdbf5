package golang

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// Of a cache that is too large, what was used least recently goes first, but nothing of the last two days.
func TestCacheIsBounded(t *testing.T) {
	cache := t.TempDir()
	folders := map[string]string{"four": "glue", "five": "modules"}
	now := time.Now()
	for name, days := range map[string]int{"today": 0, "yesterday": 1, "three": 3, "four": 4, "five": 5, "forty": 40} {
		path := filepath.Join(cache, "key", cmp.Or(folders[name], "programs"), name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, 100), 0o600); err != nil {
			t.Fatal(err)
		}
		used := now.Add(-time.Duration(days) * 24 * time.Hour)
		if err := os.Chtimes(path, used, used); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		most int64
		kept []string
	}{
		{1000, []string{"five", "four", "three", "today", "yesterday"}},
		{400, []string{"four", "three", "today", "yesterday"}},
		{399, []string{"three", "today", "yesterday"}},
		{0, []string{"today", "yesterday"}},
	} {
		evict(cache, now, test.most)
		var kept []string
		files, err := filepath.Glob(filepath.Join(cache, "key", "*", "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			kept = append(kept, filepath.Base(file))
		}
		slices.Sort(kept)
		if !slices.Equal(kept, test.kept) {
			t.Errorf("at most %d bytes: %q", test.most, kept)
		}
	}
}
