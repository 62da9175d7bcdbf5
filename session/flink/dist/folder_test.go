package dist

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// delivery is a fetcher that delivers given contents, under the jars' names.
type delivery map[string][]byte

func (d delivery) source(j jar) string { return "from " + j.coordinate }

func (d delivery) fetch(_ context.Context, want []jar, stage string, _ *os.File, report func(int64, int)) error {
	var n int64
	for i, j := range want {
		if err := os.WriteFile(filepath.Join(stage, j.name), d[j.name], 0o644); err != nil {
			return err
		}
		n += int64(len(d[j.name]))
		report(n, i+1)
	}
	return nil
}

const (
	plannerLoader = "flink-table-planner-loader-1.jar"
	rpcLoader     = "flink-rpc-akka-loader-1.jar"
	plannerText   = "the planner"
	rpcText       = "the RPC system"
)

// small returns an edition of three small files in an empty cache, and what delivers
// it.
func small(t *testing.T) (folder, delivery) {
	t.Helper()
	files := delivery{
		plannerLoader: zipOf(t, map[string]string{plannerJar: plannerText}),
		"core.jar":    []byte("the core"),
		rpcLoader:     zipOf(t, map[string]string{rpcJar: rpcText}),
	}
	e := edition{folder: "flink"}
	for _, name := range []string{plannerLoader, "core.jar", rpcLoader} {
		size := int64(len(files[name]))
		e.jars = append(e.jars, jar{coordinate: "group:" + name, name: name, sum: sha256.Sum256(files[name]), size: size})
		e.download += size
	}
	return folder{dir: filepath.Join(t.TempDir(), e.folder), edition: e}, files
}

func TestFill(t *testing.T) {
	f, files := small(t)
	watch := watcher{t: t}
	origin, err := f.fill(t.Context(), files, Options{Progress: watch.see})
	if err != nil || origin != Fetched {
		t.Fatalf("%q, %v", origin, err)
	}
	if !f.isComplete() || !f.intact() {
		t.Error("filled and not intact")
	}
	watch.ended(Fetching, f.edition.download, 3)
	watch.ended(Unpacking, int64(len(plannerText+rpcText)), 2)
	want := []string{"complete", "core.jar", rpcLoader, rpcJar, sizeRecord(rpcJar), plannerLoader, plannerJar, sizeRecord(plannerJar)}
	if got := namesIn(t, f.dir); !slices.Equal(got, want) {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
	if d := f.distribution(origin); !slices.Equal(d.ClassPath, []string{f.path(plannerJar), f.path("core.jar"), f.path(rpcJar)}) {
		t.Errorf("class path %q", d.ClassPath)
	}
	// A whole folder needs no fetcher.
	if origin, err := f.fill(t.Context(), nil, Options{Verify: true, Progress: watch.see}); err != nil || origin != Cache {
		t.Errorf("again: %q, %v", origin, err)
	}
	watch.ended(Checking, f.edition.download, 3)
}

func TestFillMends(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(f folder) error
		cheap  bool // whether the check of every start sees it
		origin Origin
	}{
		{"a jar is gone", func(f folder) error { return os.Remove(f.path("core.jar")) }, true, Fetched},
		{"a jar is cut", func(f folder) error { return os.Truncate(f.path("core.jar"), 3) }, true, Fetched},
		{"a jar is another", func(f folder) error { return os.WriteFile(f.path("core.jar"), []byte("THE CORE"), 0o644) }, false, Fetched},
		{"the loader is cut", func(f folder) error { return os.Truncate(f.path(plannerLoader), 30) }, true, Fetched},
		{"the planner is gone", func(f folder) error { return os.Remove(f.path(plannerJar)) }, true, Cache},
		{"the planner is cut", func(f folder) error { return os.Truncate(f.path(plannerJar), 3) }, true, Cache},
		{"the planner is another", func(f folder) error { return os.WriteFile(f.path(plannerJar), []byte("THE PLANNER"), 0o644) }, false, Cache},
		{"the RPC system is gone", func(f folder) error { return os.Remove(f.path(rpcJar)) }, true, Cache},
		{"the RPC system is cut", func(f folder) error { return os.Truncate(f.path(rpcJar), 3) }, true, Cache},
		{"the RPC system is another", func(f folder) error { return os.WriteFile(f.path(rpcJar), []byte("THE RPC SYSTEM"), 0o644) }, false, Cache},
		{"its size is not recorded", func(f folder) error { return os.Remove(f.path(sizeRecord(rpcJar))) }, true, Cache},
		{"its size is half recorded", func(f folder) error { return os.Truncate(f.path(sizeRecord(rpcJar)), 1) }, true, Cache},
		{"the marker is gone", func(f folder) error { return os.Remove(f.path(marker)) }, true, Cache},
		{"a stage was left", func(f folder) error {
			return errors.Join(os.MkdirAll(f.path("stage-1/download"), 0o755), os.Remove(f.path("core.jar")))
		}, true, Fetched},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, files := small(t)
			quiet := Options{Progress: func(Progress) {}}
			if _, err := f.fill(t.Context(), files, quiet); err != nil {
				t.Fatal(err)
			}
			if err := c.damage(f); err != nil {
				t.Fatal(err)
			}
			if whole := f.isComplete() && f.intact(); whole == c.cheap {
				t.Errorf("the cheap check says %v", whole)
			}
			quiet.Verify = !c.cheap
			if origin, err := f.fill(t.Context(), files, quiet); err != nil || origin != c.origin {
				t.Fatalf("%q, %v", origin, err)
			}
			if !f.isComplete() || !f.intact() {
				t.Error("mended and not intact")
			}
			files[plannerJar], files[rpcJar] = []byte(plannerText), []byte(rpcText)
			for name, want := range files {
				if got, err := os.ReadFile(f.path(name)); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s is %q, %v", name, got, err)
				}
			}
			if got := namesIn(t, f.dir); len(got) != 8 {
				t.Errorf("the folder holds %q", got)
			}
		})
	}
}

func TestFillRefusesAWrongJar(t *testing.T) {
	for name, text := range map[string]string{"longer": "the core, and more", "as long": "THE CORE", "absent": ""} {
		f, files := small(t)
		files["core.jar"] = []byte(text)
		_, err := f.fill(t.Context(), files, Options{Progress: func(Progress) {}})
		if err == nil || !strings.Contains(err.Error(), "not the pinned file") || !strings.Contains(err.Error(), "from group:core.jar") {
			t.Errorf("%s: error %v", name, err)
		}
		if f.isComplete() {
			t.Errorf("%s: the folder counts as whole", name)
		}
		if _, err := os.Stat(f.path("core.jar")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: the wrong jar got into the folder", name)
		}
	}
}

func TestUnwritable(t *testing.T) {
	f, _ := small(t)
	if err := os.WriteFile(f.dir, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := f.fill(t.Context(), nil, Options{Progress: func(Progress) {}})
	if err == nil || !strings.Contains(err.Error(), "make that folder writable") {
		t.Errorf("a file in the folder's place: error %v", err)
	}
}

func TestNoRoom(t *testing.T) {
	f, files := small(t)
	f.edition.download, f.edition.wholesale = 1<<60, true
	_, err := f.fill(t.Context(), files, Options{Progress: func(Progress) {}})
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "takes 1099511627851 MB") || !strings.Contains(err.Error(), "make room there") {
		t.Errorf("error %v", err)
	}
}

// watcher checks the laws of Progress as it comes.
type watcher struct {
	t    *testing.T
	last Progress
	ends map[Phase]Progress
}

func (w *watcher) see(p Progress) {
	w.t.Helper()
	if p.Done < 0 || p.Done > p.Total || p.FilesDone < 0 || p.FilesDone > p.FilesTotal {
		w.t.Errorf("out of bounds: %+v", p)
	}
	if p.Phase == w.last.Phase && (p.Done < w.last.Done || p.FilesDone < w.last.FilesDone || p.Total != w.last.Total) {
		w.t.Errorf("fell from %+v to %+v", w.last, p)
	}
	w.last = p
	if w.ends == nil {
		w.ends = map[Phase]Progress{}
	}
	w.ends[p.Phase] = p
}

func (w *watcher) ended(phase Phase, bytes int64, files int) {
	w.t.Helper()
	if p, want := w.ends[phase], (Progress{phase, bytes, bytes, files, files}); p != want {
		w.t.Errorf("%s ended with %+v, want %+v", phase, p, want)
	}
}

func zipOf(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func namesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
