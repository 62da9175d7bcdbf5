package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	sourceFile = regexp.MustCompile("`([A-Za-z0-9_*]+\\.(?:go|java))`")
	pageLink   = regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)]*)?\)`)
)

// Each source file that a page names exists, and each link of a page leads to a file.
func TestPagesNameFilesThatExist(t *testing.T) {
	root := filepath.Join("..", "..")
	sources := map[string]bool{}
	var pages []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "testdata"):
			return filepath.SkipDir
		case strings.HasSuffix(path, ".md"):
			pages = append(pages, path)
		}
		sources[entry.Name()] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	exists := func(pattern string) bool {
		for name := range sources {
			if is, _ := filepath.Match(pattern, name); is {
				return true
			}
		}
		return false
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range sourceFile.FindAllStringSubmatch(string(text), -1) {
			if !exists(found[1]) {
				t.Errorf("%s names %s, which does not exist", page, found[1])
			}
		}
		for _, link := range pageLink.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), link[1])); err != nil {
				t.Errorf("%s links to %s, which does not exist", page, link[1])
			}
		}
	}
}
