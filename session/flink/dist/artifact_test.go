package dist

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParseArtifact(t *testing.T) {
	for _, text := range []string{"org.apache.flink:flink-sql-avro:2.3.0", "a:b_2.12:1.0-rc1"} {
		if a, err := ParseArtifact(text); err != nil || a.String() != text {
			t.Errorf("%s is read as %s, %v", text, a, err)
		}
	}
	for _, text := range []string{"", "flink-sql-avro", "a:b", "a:b:c:d", "a::1", "../x:b:1", "a:b:1/2", "a:b:-1", "a:b:1 2"} {
		if a, err := ParseArtifact(text); err == nil || !strings.Contains(err.Error(), "write group:artifact:version") {
			t.Errorf("%q is read as %s, %v", text, a, err)
		}
	}
	for _, text := range []string{"a:b:1-SNAPSHOT", "a:b:LATEST", "a:b:release"} {
		if a, err := ParseArtifact(text); err == nil || !strings.Contains(err.Error(), "from day to day") {
			t.Errorf("%q is read as %s, %v", text, a, err)
		}
	}
}

// An artifact includes its dependencies, except those that Flink contains, and is downloaded
// once.
func TestArtifactByMaven(t *testing.T) {
	o := Options{CacheDir: t.TempDir()}
	avro := Artifact{"org.apache.flink", "flink-avro", Version}
	var said []string
	first, err := avro.Jars(t.Context(), o, func(what string) { said = append(said, what) })
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, jar := range first {
		names = append(names, filepath.Base(jar))
	}
	if !slices.Contains(names, "flink-avro-"+Version+".jar") || !slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, "avro-1.") }) {
		t.Errorf("brings %q", names)
	}
	for _, name := range names {
		if strings.HasPrefix(name, "flink-") && !strings.HasPrefix(name, "flink-avro") || strings.HasPrefix(name, "slf4j") {
			t.Errorf("brings %s, which Flink has", name)
		}
	}
	if len(said) == 0 || !strings.HasPrefix(said[0], "fetching org.apache.flink:flink-avro:"+Version) {
		t.Errorf("says %q", said)
	}
	t.Setenv("PATH", t.TempDir())
	again, err := avro.Jars(t.Context(), o, func(what string) { t.Errorf("says %s of what is there", what) })
	if err != nil || !slices.Equal(again, first) {
		t.Errorf("then brings %q, %v", again, err)
	}
	avro.version = "0.0.1"
	if _, err := avro.Jars(t.Context(), o, func(string) {}); err == nil || !strings.Contains(err.Error(), "install Maven") {
		t.Errorf("without mvn: %v", err)
	}
}

func TestArtifactThatIsNotThere(t *testing.T) {
	o := Options{CacheDir: t.TempDir()}
	_, err := Artifact{"org.apache.flink", "flink-json", Version}.Jars(t.Context(), o, func(string) {})
	if err == nil || err.Error() != "flink-json is a part of Flink, and there already" {
		t.Errorf("says %v", err)
	}
	_, err = Artifact{"org.apache.flink", "flink-sql-avro", "2.3.99"}.Jars(t.Context(), o, func(string) {})
	if err == nil || !strings.Contains(err.Error(), "Could not find artifact org.apache.flink:flink-sql-avro:jar:2.3.99 in ") ||
		!strings.HasSuffix(err.Error(), ": check its name and version at search.maven.org") {
		t.Errorf("says %v", err)
	}
}
