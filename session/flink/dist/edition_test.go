package dist

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPinLists(t *testing.T) {
	for _, c := range []struct {
		name  string
		pins  func() (edition, error)
		jars  int
		bytes int64 // of a fetch
		dist  string
	}{
		{"maven", mavenEdition, 58, 262482899, "org.apache.flink:flink-runtime:2.3.0"},
		{"wheel", wheelEdition, 12, 329139814, "pyflink/lib/flink-dist-2.3.0.jar"},
	} {
		e, err := c.pins()
		if err != nil {
			t.Fatal(err)
		}
		if len(e.jars) != c.jars || e.download != c.bytes {
			t.Errorf("%s: %d jars, %d bytes to fetch, want %d and %d", c.name, len(e.jars), e.download, c.jars, c.bytes)
		}
		if e.jars[0].name != "flink-table-planner-loader-2.3.0.jar" {
			t.Errorf("%s begins with %s, want the planner's loader", c.name, e.jars[0].name)
		}
		names, found := map[string]bool{}, false
		for _, j := range e.jars {
			if names[j.name] {
				t.Errorf("%s has %s twice", c.name, j.name)
			}
			names[j.name] = true
			found = found || j.coordinate == c.dist
		}
		if !found {
			t.Errorf("%s lacks %s", c.name, c.dist)
		}
	}
}

func TestNestedJarsOnTheClassPath(t *testing.T) {
	for _, c := range []struct {
		name  string
		pins  func() (edition, error)
		start []string // of the class path
		holds []string // later
		lacks []string
	}{
		{"maven", mavenEdition,
			[]string{plannerJar, "flink-table-api-java-uber-2.3.0.jar", "flink-table-runtime-2.3.0.jar", "flink-core-2.3.0.jar", "flink-core-api-2.3.0.jar",
				"flink-runtime-2.3.0.jar", "flink-streaming-java-2.3.0.jar", "flink-clients-2.3.0.jar", "flink-rpc-core-2.3.0.jar", rpcJar, "flink-python-2.3.0.jar"},
			nil,
			[]string{"flink-table-planner-loader-2.3.0.jar", "flink-rpc-akka-loader-2.3.0.jar"}},
		{"wheel", wheelEdition,
			[]string{plannerJar, rpcJar, "flink-table-api-java-uber-2.3.0.jar"},
			[]string{"flink-dist-2.3.0.jar"},
			[]string{"flink-table-planner-loader-2.3.0.jar"}},
	} {
		e, err := c.pins()
		if err != nil {
			t.Fatal(err)
		}
		var path []string
		for _, jar := range (folder{dir: "cache", edition: e}).distribution(Cache).ClassPath {
			path = append(path, filepath.Base(jar))
		}
		start, rest := path[:len(c.start)], path[len(c.start):]
		if !slices.Equal(start, c.start) {
			t.Errorf("%s: the class path begins with\n%q, want\n%q", c.name, start, c.start)
		}
		for _, name := range c.holds {
			if !slices.Contains(rest, name) {
				t.Errorf("%s: the class path lacks %s", c.name, name)
			}
		}
		for _, name := range c.lacks {
			if slices.Contains(path, name) {
				t.Errorf("%s: the class path holds %s", c.name, name)
			}
		}
	}
}

func TestPinListRefused(t *testing.T) {
	sum := strings.Repeat("0a", 32)
	for _, c := range []struct{ line, want string }{
		{"", "no Flink"},
		{"g a 1 " + sum, "line 1: 2 fields before the hash"},
		{"g a", "line 1: 2 fields are too few"},
		{"g a 1 abc 10", `line 1: "abc" is no SHA-256`},
		{"g a 1 " + sum + " 0", `line 1: "0" is no size`},
		{"g a 1 " + sum + " ten", `line 1: "ten" is no size`},
		{"g ../a 1 " + sum + " 1", `"../a-1.jar" is no name of a file`},
	} {
		if _, err := parseEdition(c.line, mavenName); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want one with %q", c.line, err, c.want)
		}
	}
}

func FuzzParseEdition(f *testing.F) {
	sum := strings.Repeat("0a", 32)
	f.Add("g a 1 " + sum + " 12\ng b 1 " + sum + " 13\n# end\n")
	f.Add(artifactsList)
	f.Add("g a 1")
	f.Fuzz(func(t *testing.T, list string) {
		e, err := parseEdition(list, mavenName)
		if err != nil {
			return
		}
		// Writing what was read and reading it again gives the same.
		var again strings.Builder
		for _, j := range e.jars {
			fmt.Fprintf(&again, "%s %x %d\n", strings.ReplaceAll(j.coordinate, ":", " "), j.sum, j.size)
		}
		second, err := parseEdition(again.String(), mavenName)
		if err != nil {
			t.Fatalf("%v in\n%s", err, again.String())
		}
		for i, j := range second.jars {
			if j != e.jars[i] {
				t.Errorf("%+v became %+v", e.jars[i], j)
			}
		}
	})
}
