package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"riffle/repl/theme"
	"riffle/session"
)

// written writes a configuration and reads it below a command line.
func written(t *testing.T, text string, args ...string) (invocation, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := parse(append([]string{"--config", path}, args...))
	if err != nil {
		t.Fatal(err)
	}
	return in.configured()
}

const everything = `
format = "vertical"
null = "∅"
rows = 1_000
for = "1m"
on-error = "continue"
changelog = true
quiet = true
strict = true
timing = false
debug = true
theme = "light"
profile = "second"
init = ["one.sql", "/etc/two.sql"]

[flink]
parallelism.default = 2
"table.exec.mini-batch.enabled" = true
table = { dml-sync = false, exec.resource.default-parallelism = 3 }
[flink.pipeline]
name = "it's mine"

[var]
day = "2026-01-01"
limit = 5

[colors]
keyword = "bold red"

[profiles.first]
format = "csv"
[profiles.second]
format = "json"
flink.parallelism.default = 4
[profiles.second.var]
limit = 7
`

func TestConfiguration(t *testing.T) {
	in, err := written(t, everything)
	if err != nil || len(in.wrong) > 0 {
		t.Fatal(err, in.wrong)
	}
	show := in.show
	if show.Format != "json" || show.Null != "∅" || show.Rows != 1000 || show.For != time.Minute ||
		!show.Continue || !show.Changelog || !show.Quiet || !show.Strict || !show.Untimed || !in.debug {
		t.Errorf("%+v", show)
	}
	if want := []string{filepath.Join(filepath.Dir(in.config), "one.sql"), "/etc/two.sql"}; !slices.Equal(in.inits, want) {
		t.Errorf("init is %q, want %q", in.inits, want)
	}
	pairs := func(settings []setting) (all []string) {
		for _, s := range settings {
			all = append(all, s.key+"="+s.value)
		}
		return all
	}
	if diff := cmp.Diff(pairs(in.set), []string{
		"parallelism.default=2", "table.exec.mini-batch.enabled=true", "table.dml-sync=false", "table.exec.resource.default-parallelism=3",
		"pipeline.name=it's mine", "parallelism.default=4",
	}); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(pairs(in.vars), []string{"day=2026-01-01", "limit=5", "limit=7"}); diff != "" {
		t.Error(diff)
	}
	if in.theme.Name != theme.Light {
		t.Errorf("the theme is %s", in.theme.Name)
	}
	// The statements have the lines of the keys, and the last occurrence of a key counts.
	var statements []string
	for _, cell := range in.settings() {
		statements = append(statements, fmt.Sprintf("%d %s", cell.Line, cell.Text))
	}
	if diff := cmp.Diff(statements, []string{
		"18 SET 'table.exec.mini-batch.enabled' = 'true';\n", "19 SET 'table.dml-sync' = 'false';\n",
		"19 SET 'table.exec.resource.default-parallelism' = '3';\n", "21 SET 'pipeline.name' = 'it''s mine';\n",
		"34 SET 'parallelism.default' = '4';\n", "0 ",
	}); diff != "" {
		t.Error(diff)
	}
}

// The command line overrides the profile, and the profile overrides the top level.
func TestCommandLineGoesBefore(t *testing.T) {
	for _, c := range []struct {
		args  []string
		want  string
		quiet bool
	}{
		{nil, "json", true},
		{[]string{"--profile", "first"}, "csv", true},
		{[]string{"--format", "tsv", "--profile=first"}, "tsv", true},
		{[]string{"--quiet=off"}, "json", false},
	} {
		in, err := written(t, everything, c.args...)
		if err != nil {
			t.Fatal(err)
		}
		if in.show.Format != c.want || in.show.Quiet != c.quiet {
			t.Errorf("%q: %s, %t", c.args, in.show.Format, in.show.Quiet)
		}
	}
}

// Each error is reported with its position, and the rest of the configuration takes effect.
func TestWrongConfiguration(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"fromat = 'csv'", ":1:1: there is no key fromat\n  fromat = 'csv'\n  ^^^^^^\ndid you mean format?"},
		{"format = 'xml'", `:1:10: there is no format "xml": the formats are table, `},
		{"theme = 'drak'", `:1:9: there is no theme "drak": the themes are auto, dark, light, none`},
		{"quiet = 'perhaps'", `:1:9: "perhaps" is not on or off`},
		{"quiet = [true]", ":1:1: quiet takes one value: a string, a number, true or false"},
		{"for = 2026-01-01", ":1:1: for takes one value: a string, a number, true or false"},
		{"flink = 3", ":1:1: flink is a table: [flink]"},
		{"[format]\na = 1", ":1:2: format is a key, not a table"},
		{"[flnk]\na = 1\nb = 2", ":1:2: there is no table flnk\n  [flnk]\n   ^^^^\ndid you mean flink?"},
		{"[colors]\nkeyword = 'gren'", ":2:11: gren is not a color: did you mean green?"},
		{"[colors]\nkeywrd = 'green'", ":2:10: there is no role keywrd: did you mean keyword?"},
		{"[var]\n1x = 'a'", `:2:6: "1x" is not a valid variable name`},
		{"[profiles]\ndev = 1", ":2:1: profiles.dev is a table: [profiles.dev]"},
		{"[profiles.dev]\nprofile = 'x'", ":2:1: there is no key profile"},
		{"[profiles.dev]\nfromat = 'csv'", ":2:1: there is no key fromat"},
		{"profile = 'dve'\n[profiles.dev]\nformat = 'csv'", ":1:11: "},
		{"format = 'csv'\nformat = 'csv'", ":2:1: key format is already defined"},
		{"format = csv", ":1:10: "},
		{"format = \"csv", ":1:"},
		{"[flink\na = 1", ":1:"},
	} {
		in, err := written(t, c.text+"\n[var]\nrest = 'counts'")
		if strings.Contains(c.text, "[var]") {
			in, err = written(t, c.text+"\nrest = 'counts'")
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(in.wrong) != 1 || !strings.Contains(session.Explain(in.wrong[0]), "config.toml"+c.want) {
			t.Errorf("%s\ngives %v, want %s", c.text, in.wrong, c.want)
			continue
		}
		syntax := strings.HasPrefix(c.text, "format = csv") || strings.HasPrefix(c.text, "format = \"csv") || strings.HasPrefix(c.text, "[flink\n") || strings.Contains(c.want, "already defined")
		if rest := len(in.vars) > 0 && in.vars[len(in.vars)-1].key == "rest"; rest == syntax {
			t.Errorf("%s\nleaves the variables %v", c.text, in.vars)
		}
	}
}

func TestNoConfiguration(t *testing.T) {
	in, err := parse([]string{"--config", filepath.Join(t.TempDir(), "missing.toml")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.configured(); err == nil || !strings.HasPrefix(err.Error(), "--config: open ") {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := written(t, everything, "--profile", "secnd"); err == nil || !strings.HasSuffix(err.Error(), "has no profile secnd: did you mean second?") {
		t.Errorf("a profile that is not there: %v", err)
	}
	if _, err := written(t, everything, "--no-config"); err == nil {
		t.Error("--config and --no-config are both taken")
	}
}

// Any text is either read or rejected, and a rejection has a position in the text.
func TestAnyTextIsAConfiguration(t *testing.T) {
	pieces := []string{"format", "flink", "profiles", "x", ".", "=", " ", "\n", "[", "]", "[[", "]]", "{", "}", "'csv'", "\"\\u00e9\"", "\"\"\"", "1", "true", "2026-01-01", ",", "#"}
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		path := filepath.Join(dir, "config.toml")
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "text"), "")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		in, err := invocation{config: path}.configured()
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range in.wrong {
			if !strings.HasPrefix(err.Error(), path+":") {
				t.Fatalf("%q: %v", text, err)
			}
		}
	})
}

// Every key is a flag's name, or there is a reason why it is not.
func TestKeysAreFlags(t *testing.T) {
	for _, f := range flags() {
		if f.key.name != "" && f.key.name != f.name && f.key.kind != table {
			t.Errorf("--%s is %s in a configuration", f.name, f.key.name)
		}
		if f.brief == "" || f.name == "" && f.short == "" && f.key.name == "" {
			t.Errorf("a flag without a name, or without what it is: %+v", f)
		}
	}
}
