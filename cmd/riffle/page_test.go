package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"riffle/repl/theme"
	"riffle/session/sessiontest"
)

// settingsPage returns the tables of docs/shell.md that are generated from the tables of flags
// and roles.
func settingsPage() (settings, roles string) {
	var b strings.Builder
	b.WriteString("| setting | |\n|---|---|\n")
	for _, f := range flags() {
		switch {
		case f.key.name == "":
			continue
		case f.key.kind == table:
			fmt.Fprintf(&b, "| `[%s]` |", f.key.name)
		case f.key.kind == single:
			fmt.Fprintf(&b, "| `%s` |", f.key.name)
		default:
			fmt.Fprintf(&b, "| `%s`, one or a list |", f.key.name)
		}
		fmt.Fprintf(&b, " %s |\n", f.brief)
	}
	settings = b.String()
	b.Reset()
	b.WriteString("| role | used for | dark | light | none |\n|---|---|---|---|---|\n")
	names, are := theme.Roles()
	for r, name := range names {
		fmt.Fprintf(&b, "| `%s` | %s |", name, are[r])
		for _, of := range []theme.Name{theme.Dark, theme.Light, theme.None} {
			fmt.Fprintf(&b, " %s |", theme.StyleOf(of, theme.Role(r)))
		}
		b.WriteString("\n")
	}
	return settings, b.String()
}

var (
	settingsTable = regexp.MustCompile(`\| setting \| \|\n\|---\|---\|\n(?:(?:\|.*\||SETTINGS)\n)+`)
	rolesTable    = regexp.MustCompile(`\| role \| used for \|.*\n\|[-|]+\|\n(?:(?:\|.*\||ROLES)\n)+`)
	tomlExample   = regexp.MustCompile("(?s)```toml\n(.*?)```")
)

func TestShellPageHasTheSettings(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "shell.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	settings, roles := settingsPage()
	want := string(text)
	for pattern, made := range map[*regexp.Regexp]string{settingsTable: settings, rolesTable: roles} {
		if !pattern.MatchString(want) {
			t.Fatalf("%s has no table %s", path, pattern)
		}
		want = pattern.ReplaceAllLiteralString(want, made)
	}
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(text) {
		t.Errorf("%s does not have the settings: go test ./cmd/riffle -run ShellPage -update", path)
	}
}

// The example of the page is right, and has a key of each kind.
func TestShellPageHasAnExample(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "shell.md"))
	if err != nil {
		t.Fatal(err)
	}
	example := tomlExample.FindStringSubmatch(string(text))
	if example == nil {
		t.Fatal("there is no example")
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	jar := filepath.Join(home, "jars", "flink-sql-connector-kafka-4.0.1-2.0.jar")
	if err := sessiontest.EmptyJar(jar); err != nil {
		t.Fatal(err)
	}
	in, err := written(t, example[1], "--profile", "nightly")
	if err != nil || len(in.wrong) > 0 {
		t.Fatal(err, in.wrong)
	}
	if in.show.Format != "jsonl" || !in.show.Strict || len(in.jars) != 1 || in.jars[0] != jar || len(in.set) != 3 {
		t.Errorf("%+v", in)
	}
}
