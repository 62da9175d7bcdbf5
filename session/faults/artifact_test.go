package faults_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/sessiontest"
)

// The jars of an artifact are there for statements, in another JVM too.
func TestArtifactOutlivesItsJVM(t *testing.T) {
	jar, err := filepath.Abs("../testdata/raw/raw.jar")
	if err != nil {
		t.Fatal(err)
	}
	m := sessiontest.OpenWith(t, func(c *session.Config) {
		c.Jars = func(_ context.Context, artifact string, _ func(string)) ([]string, error) {
			if artifact != "example:raw:1" {
				return nil, errors.New("there is no " + artifact)
			}
			return []string{filepath.ToSlash(jar)}, nil
		}
	})
	silent := func(string) {}
	if _, err := m.AddArtifact(t.Context(), "example:raw:2", silent); err == nil || err.Error() != "there is no example:raw:2" {
		t.Errorf("says %v", err)
	}
	for range 2 { // a second time does no harm
		if n, err := m.AddArtifact(t.Context(), "example:raw:1", silent); n != 1 || err != nil {
			t.Fatalf("%d jars, %v", n, err)
		}
	}
	m.Do("CREATE TEMPORARY FUNCTION ToURI AS 'example.ToURI'")
	for _, when := range []string{"at first", "in another JVM"} {
		if got := m.Table("SELECT CAST(ToURI('http://x/') AS STRING) AS u"); strings.Join(got, " ") != "http://x/" {
			t.Errorf("%s: %q", when, got)
		}
		if when == "at first" {
			m.Kill()
		}
	}
}
