package main

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// testFile is a file with tests, by its path in the tree.
type testFile struct {
	text    string
	tests   []string // TestX, and the names of subtests
	whole   bool     // only with the build tag long
	sampled bool     // it depends on whether the whole test runs
}

var (
	testFunction = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	subtest      = regexp.MustCompile(`\bt\.Run\("([^"]+)"`)
	wholeOnly    = regexp.MustCompile(`(?m)^//go:build .*\blong\b`)
)

// testFiles returns all test files of the tree.
func testFiles(t *testing.T) map[string]testFile {
	t.Helper()
	files := map[string]testFile{}
	tree := os.DirFS("../..")
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		data, err := fs.ReadFile(tree, name)
		text := string(data)
		f := testFile{text: text, whole: wholeOnly.MatchString(text), sampled: strings.Contains(text, "sample.Whole") ||
			strings.Contains(text, "sample.Of(") || strings.Contains(text, "sample.Every(")}
		for _, found := range append(testFunction.FindAllStringSubmatch(text, -1), subtest.FindAllStringSubmatch(text, -1)...) {
			f.tests = append(f.tests, strings.ReplaceAll(found[1], " ", "_"))
		}
		files[name] = f
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// patterns match go test's -run and -skip in a script. Each name is one of a list in brackets,
// a complete name, or that of a subtest. skipArray matches an array of names without Test, of which the script
// makes a list in brackets.
var (
	skipArray   = regexp.MustCompile(`(?s)\n\t*skip\+?=\(\n(.*?)\n\t*\)\n`)
	patterns    = regexp.MustCompile(`-(?:run|skip) '([^']*)'`)
	listed      = regexp.MustCompile(`Test\(([^)]*)\)`)
	named       = regexp.MustCompile(`Test\w+`)
	namedWithin = regexp.MustCompile(`/\^(\w+)\$`)
)

func namesIn(script string) []string {
	var names []string
	for _, array := range skipArray.FindAllStringSubmatch(script, -1) {
		for line := range strings.Lines(array[1]) {
			words, _, _ := strings.Cut(line, "#")
			for name := range strings.FieldsSeq(words) {
				names = append(names, "Test"+strings.Trim(name, "'"))
			}
		}
	}
	for _, p := range patterns.FindAllStringSubmatch(script, -1) {
		for _, list := range listed.FindAllStringSubmatch(p[1], -1) {
			for name := range strings.SplitSeq(list[1], "|") {
				names = append(names, "Test"+name)
			}
		}
		names = append(names, named.FindAllString(p[1], -1)...)
		for _, within := range namedWithin.FindAllStringSubmatch(p[1], -1) {
			names = append(names, within[1])
		}
	}
	return names
}

// A test that a script of .ci names, to run it or to leave it out, exists in that script's build.
func TestScriptsNameTests(t *testing.T) {
	files := testFiles(t)
	for _, script := range []string{"run", "race"} {
		names := namesIn(readFile(t, "../../.ci/"+script))
		if len(names) == 0 {
			t.Errorf(".ci/%s names no test: is it read as it should be?", script)
		}
		for _, name := range names {
			is := regexp.MustCompile("^(?:" + name + ")$").MatchString
			found := false
			for _, f := range files {
				found = found || (script == "race" || !f.whole) && slices.ContainsFunc(f.tests, is)
			}
			if !found {
				t.Errorf(".ci/%s: there is no test %s", script, name)
			}
		}
	}
}

// sampleRow is a row of the table of samples: file, test.
var sampleRow = regexp.MustCompile("(?m)^\\| `([\\w/]+_test\\.go)` \\| `(\\w+)(?:/(\\w+))?`")

// The table in .ci/README.md has each file that depends on whether the whole test runs, with
// tests that exist.
func TestSamplesAreListed(t *testing.T) {
	files, rows := testFiles(t), map[string]int{}
	for _, row := range sampleRow.FindAllStringSubmatch(readFile(t, "../../.ci/README.md"), -1) {
		name, test, within := row[1], row[2], row[3]
		rows[name]++
		f, is := files[name]
		if !is || !f.whole && !f.sampled {
			t.Errorf("%s is listed, and has no sample", name)
		}
		of := func(test string) bool {
			for other, f := range files {
				if path.Dir(other) == path.Dir(name) && slices.Contains(f.tests, test) {
					return true
				}
			}
			return false
		}
		if !of(test) || within != "" && !of(within) {
			t.Errorf("%s has no test %s", name, strings.TrimSuffix(test+"/"+within, "/"))
		}
	}
	for name, f := range files {
		if (f.whole || f.sampled) && rows[name] == 0 && !strings.HasSuffix(name, "/suite_test.go") {
			t.Errorf("the table of samples lacks %s", name)
		}
	}
}

// No test is skipped: its requirements are met, or it fails.
func TestNothingIsSkipped(t *testing.T) {
	skips := regexp.MustCompile(`\b\w+\.(Skip|Skipf|SkipNow)\(`)
	for name, f := range testFiles(t) {
		if found := skips.FindString(f.text); found != "" {
			t.Errorf("%s has %s…)", name, found)
		}
	}
	scripts, err := fs.Glob(os.DirFS("scripttest/testdata"), "*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("%d scripts, %v", len(scripts), err)
	}
	skip := regexp.MustCompile(`(?m)^(\[[^]]*\] *)*skip\b`)
	for _, name := range scripts {
		if skip.MatchString(readFile(t, "scripttest/testdata/"+name)) {
			t.Errorf("%s is skipped", name)
		}
	}
}
