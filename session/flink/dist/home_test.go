package dist

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// wholeHome lists the files of a Flink distribution; "zip" stands for a jar with its nested
// jar.
var wholeHome = map[string]string{
	"lib/flink-dist-2.3.0.jar":                 "zip",
	"lib/flink-table-api-java-uber-2.3.0.jar":  "",
	"lib/flink-table-planner-loader-2.3.0.jar": "zip",
	"lib/flink-table-runtime-2.3.0.jar":        "",
	"lib/my-connector.jar":                     "",
	"lib/notes.txt":                            "",
	"opt/flink-python-2.3.0.jar":               "",
	"opt/flink-table-planner_2.12-2.3.0.jar":   "",
}

func TestHome(t *testing.T) {
	const planner, rpc = "CACHE/" + plannerJar, "CACHE/" + rpcJar
	for _, c := range []struct {
		name   string
		change map[string]string // of wholeHome; "-" removes
		want   []string          // the class path
	}{
		{"as shipped", nil,
			[]string{planner, rpc, "lib/flink-table-api-java-uber-2.3.0.jar", "lib/flink-table-runtime-2.3.0.jar", "lib/my-connector.jar", "opt/flink-python-2.3.0.jar", "lib/flink-dist-2.3.0.jar"}},
		{"flink-python in lib", map[string]string{"lib/flink-python-2.3.0.jar": ""},
			[]string{planner, rpc, "lib/flink-python-2.3.0.jar", "lib/flink-table-api-java-uber-2.3.0.jar", "lib/flink-table-runtime-2.3.0.jar", "lib/my-connector.jar", "lib/flink-dist-2.3.0.jar"}},
		{"the planner in its loader's place", map[string]string{"lib/flink-table-planner-loader-2.3.0.jar": "-", "lib/flink-table-planner_2.12-2.3.0.jar": ""},
			[]string{"lib/flink-table-planner_2.12-2.3.0.jar", rpc, "lib/flink-table-api-java-uber-2.3.0.jar", "lib/flink-table-runtime-2.3.0.jar", "lib/my-connector.jar", "opt/flink-python-2.3.0.jar", "lib/flink-dist-2.3.0.jar"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			home, cache := makeHome(t, c.change), t.TempDir()
			d := findHome(t, home, cache)
			if d.Origin != Home || d.Version != "2.3.0" || d.Dir != home {
				t.Errorf("found %+v", d)
			}
			texts := map[string]string{planner: plannerText, rpc: rpcText}
			var got []string
			for _, path := range d.ClassPath {
				if rel, err := filepath.Rel(cache, path); err == nil && filepath.IsLocal(rel) {
					name := "CACHE/" + filepath.Base(rel)
					if data, err := os.ReadFile(path); err != nil || string(data) != texts[name] {
						t.Errorf("%s is %q, %v", path, data, err)
					}
					path = name
				} else if path, err = filepath.Rel(home, path); err != nil {
					t.Fatal(err)
				}
				got = append(got, path)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("class path\n%q, want\n%q", got, c.want)
			}
		})
	}
}

func TestHomeIsUnpackedOnce(t *testing.T) {
	for i, c := range []struct{ outer, entry, text string }{
		{"lib/flink-table-planner-loader-2.3.0.jar", plannerJar, plannerText},
		{"lib/flink-dist-2.3.0.jar", rpcJar, rpcText},
	} {
		home, cache := makeHome(t, nil), t.TempDir()
		first := findHome(t, home, cache).ClassPath[i]
		old := time.Now().Add(-time.Hour).Truncate(time.Second)
		if err := os.Chtimes(first, old, old); err != nil {
			t.Fatal(err)
		}
		if again := findHome(t, home, cache).ClassPath[i]; again != first {
			t.Errorf("unpacked to %s, then to %s", first, again)
		}
		if info, err := os.Stat(first); err != nil || !info.ModTime().Equal(old) {
			t.Errorf("%s was unpacked a second time", c.entry)
		}
		if err := os.Truncate(first, 3); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(findHome(t, home, cache).ClassPath[i]); err != nil || string(data) != c.text {
			t.Errorf("%s was cut and is %q, %v", c.entry, data, err)
		}
		// Another outer jar under the same name holds another.
		if err := os.WriteFile(filepath.Join(home, c.outer), zipOf(t, map[string]string{c.entry: "a newer one"}), 0o644); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(findHome(t, home, cache).ClassPath[i]); err != nil || string(data) != "a newer one" {
			t.Errorf("%s is %q, %v", c.entry, data, err)
		}
	}
}

func TestHomeRefused(t *testing.T) {
	dist := "lib/flink-dist-2.3.0.jar"
	manifest := func(version string) string {
		return "zip:Manifest-Version: 1.0\r\nImplementation-Version: " + version + "\r\n"
	}
	for _, c := range []struct {
		name   string
		change map[string]string
		want   string
	}{
		{"older", map[string]string{dist: "-", "lib/flink-dist-1.20.3.jar": ""}, "is Flink 1.20.3, riffle needs 2.3"},
		{"very old", map[string]string{dist: "-", "lib/flink-dist_2.12-1.13.6.jar": ""}, "is Flink 1.13.6, riffle needs 2.3"},
		{"a longer number", map[string]string{dist: "-", "lib/flink-dist-2.30.0.jar": ""}, "is Flink 2.30.0, riffle needs 2.3"},
		{"told by the manifest", map[string]string{dist: "-", "lib/flink-dist.jar": manifest("2.2.1")}, "is Flink 2.2.1, riffle needs 2.3"},
		{"no Flink", map[string]string{dist: "-"}, "has no lib/flink-dist-*.jar"},
		{"no version", map[string]string{dist: "-", "lib/flink-dist.jar": manifest("")[:30]}, "names no version"},
		{"no jar", map[string]string{dist: "-", "lib/flink-dist.jar": "x"}, "not a valid zip file"},
		{"no Python", map[string]string{"opt/flink-python-2.3.0.jar": "-"}, "has no opt/flink-python-2.3.0.jar"},
		{"no runtime", map[string]string{"lib/flink-table-runtime-2.3.0.jar": "-"}, "has no lib/flink-table-runtime-2.3.0.jar"},
		{"no planner", map[string]string{"lib/flink-table-planner-loader-2.3.0.jar": "-"}, "has no lib/flink-table-planner-loader-2.3.0.jar"},
		{"an empty loader", map[string]string{"lib/flink-table-planner-loader-2.3.0.jar": manifest("2.3.0")}, "has no flink-table-planner.jar: set it to a complete Flink"},
		{"an empty flink-dist", map[string]string{dist: manifest("2.3.0")}, "has no flink-rpc-akka.jar: set it to a complete Flink"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("FLINK_HOME", makeHome(t, c.change))
			d, err := Find(t.Context(), Options{CacheDir: t.TempDir()})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "FLINK_HOME") {
				t.Errorf("found %v, error %v, want one with %q", d, err, c.want)
			}
		})
	}
}

func TestHomeByItsManifest(t *testing.T) {
	home := makeHome(t, map[string]string{"lib/flink-dist-2.3.0.jar": "-"})
	dist := zipOf(t, map[string]string{rpcJar: rpcText,
		"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\r\nImplementation-Version: 2.3.7-vendor\r\n"})
	if err := os.WriteFile(filepath.Join(home, "lib/flink-dist.jar"), dist, 0o644); err != nil {
		t.Fatal(err)
	}
	if d := findHome(t, home, t.TempDir()); d.Version != "2.3.7-vendor" || filepath.Base(d.ClassPath[1]) != rpcJar {
		t.Errorf("found %+v", d)
	}
}

func findHome(t *testing.T, home, cache string) *Distribution {
	t.Helper()
	t.Setenv("FLINK_HOME", home)
	d, err := Find(t.Context(), Options{CacheDir: cache})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// makeHome writes wholeHome with changes to a folder. A text that begins with
// "zip:" becomes a jar with that manifest.
func makeHome(t *testing.T, change map[string]string) string {
	t.Helper()
	home := t.TempDir()
	files := maps.Clone(wholeHome)
	maps.Copy(files, change)
	for name, text := range files {
		data := []byte(text)
		if manifest, ok := strings.CutPrefix(text, "zip:"); ok {
			data = zipOf(t, map[string]string{"META-INF/MANIFEST.MF": manifest})
		}
		switch text {
		case "-":
			continue
		case "zip":
			data = zipOf(t, map[string]string{plannerJar: plannerText, rpcJar: rpcText})
		}
		path := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return home
}
