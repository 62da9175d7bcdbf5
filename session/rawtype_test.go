package session_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"riffle/session/query"
)

// A RAW value comes from Java alone: testdata/raw has a function that makes some.
func TestRawIsItsObjectsText(t *testing.T) {
	jar, err := filepath.Abs("testdata/raw/raw.jar")
	if err != nil {
		t.Fatal(err)
	}
	run(t, fmt.Sprintf("CREATE TEMPORARY FUNCTION ToURI AS 'example.ToURI' USING JAR '%s'", filepath.ToSlash(jar)))
	defer run(t, "DROP TEMPORARY FUNCTION ToURI")
	got := shown(t, run(t, `SELECT u, CAST(u AS STRING), ARRAY[ToURI(s), ToURI(NULLIF(s, s))] FROM (
		SELECT s, ToURI(NULLIF(s, '-')) AS u FROM (VALUES ('http://a/'), ('-'), ('b')) AS v(s))`).Events)
	// Flink's own CAST of the array fails: it reads its elements with a wrong serializer.
	want := [][]string{
		{"http://a/", "http://a/", "[http://a/, NULL]"},
		{"NULL", "NULL", "[-, NULL]"},
		{"b", "b", "[b, NULL]"},
	}
	if got.ended.State != query.Finished || !slices.EqualFunc(got.rows, want, slices.Equal) {
		t.Errorf("shows %q (%v)", got.rows, got.ended.Err)
	}
	if !slices.ContainsFunc(got.notices, func(text string) bool {
		return strings.HasPrefix(text, "column u: RAW('java.net.URI', ") && strings.HasSuffix(text, " is shown as text")
	}) {
		t.Errorf("says %q", got.notices)
	}
}
