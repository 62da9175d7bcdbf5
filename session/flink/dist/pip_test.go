//go:build peers

package dist

import (
	"path/filepath"
	"testing"
)

// TestPip fetches Flink, really, where there is a pip and no Maven.
func TestPip(t *testing.T) {
	t.Parallel()
	e, err := wheelEdition()
	if err != nil {
		t.Fatal(err)
	}
	fetch, err := e.fetcher(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	watch := watcher{t: t}
	cache := t.TempDir()
	f := folder{dir: filepath.Join(cache, e.folder), edition: e}
	if origin, err := f.fill(t.Context(), fetch, Options{Progress: watch.see}); err != nil || origin != Fetched {
		t.Fatalf("%q, %v", origin, err)
	}
	watch.ended(Fetching, e.download, 12)
	// A folder of the wheel is found though there is a Maven now.
	if d := mustFind(t, Options{CacheDir: cache}); d.Origin != Cache || len(d.ClassPath) != 13 {
		t.Errorf("found %+v", d)
	}
}
