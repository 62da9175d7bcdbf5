package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// packageRow matches a row of the table of packages: name, description, imports.
var packageRow = regexp.MustCompile("(?m)^\\| `([a-z0-9/-]+)` \\| ([^|]+) \\| ([^|]+) \\|$")

// The table of packages in docs/architecture.md has every package of riffle, with its real
// imports of riffle's packages.
func TestPackagesPage(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "architecture.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	imports := packages(t)
	missing := map[string]bool{}
	for name := range imports {
		missing[name] = true
	}
	table := section(t, string(page), "| package |")
	if rows, whole := strings.Count(table, "\n")-2, packageRow.FindAllString(table, -1); len(whole) != rows {
		t.Errorf("of the %d rows of the table of packages, %d have a name, a description and imports", rows, len(whole))
	}
	made := packageRow.ReplaceAllStringFunc(string(page), func(row string) string {
		found := packageRow.FindStringSubmatch(row)
		list, is := imports[found[1]]
		if !is {
			t.Errorf("there is no package %s", found[1])
			return row
		}
		if !missing[found[1]] {
			t.Errorf("the table of packages has %s twice", found[1])
		}
		delete(missing, found[1])
		return fmt.Sprintf("| `%s` | %s | %s |", found[1], found[2], described(list))
	})
	for name := range missing {
		t.Errorf("the table of packages lacks %s", name)
	}
	switch {
	case made == string(page):
	case *update:
		if err := os.WriteFile(path, []byte(made), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Error("the imports of a package have changed: go test ./cmd/riffle -run PackagesPage -update")
	}
}

// section returns the page from a line's beginning to the next empty line.
func section(t *testing.T, page, beginning string) string {
	t.Helper()
	_, found, is := strings.Cut(page, "\n"+beginning)
	if !is {
		t.Fatalf("no line begins with %s", beginning)
	}
	whole, _, _ := strings.Cut(found, "\n\n")
	return beginning + whole + "\n"
}

func described(imports []string) string {
	if len(imports) == 0 {
		return "–"
	}
	return "`" + strings.Join(imports, "`, `") + "`"
}

// Imports point down the layers, and forbidden imports do not exist: the rules below the table.
func TestPackagesKeepApart(t *testing.T) {
	ground := []string{"udfhost/sqltype", "udfhost/rowkind"} // lie below all floors
	for _, name := range ground {
		if all := packages(t)[name]; len(all) > 0 {
			t.Errorf("%s imports %v: it lies below all floors", name, all)
		}
	}
	floors := []string{"cmd", "repl kernel", "session", "udfhost render", "internal"}
	floor := func(name string) int {
		if slices.Contains(ground, name) {
			return len(floors)
		}
		top, _, _ := strings.Cut(name, "/")
		return slices.IndexFunc(floors, func(f string) bool { return slices.Contains(strings.Fields(f), top) })
	}
	for name, imports := range packages(t) {
		for _, imported := range imports {
			if floor(name) > floor(imported) {
				t.Errorf("%s imports %s, which stands above it", name, imported)
			}
			if name != imported && floor(name) == floor(imported) && top(name) != top(imported) {
				t.Errorf("%s imports %s, which stands beside it", name, imported)
			}
			for _, rule := range []struct{ who, never string }{
				{"repl", "session/flink"}, {"kernel", "session/flink"},
				{"repl", "session/py4j"}, {"kernel", "session/py4j"},
				{"repl", "udfhost"}, {"kernel", "udfhost"},
			} {
				if within(name, rule.who) && within(imported, rule.never) && !slices.Contains(ground, imported) {
					t.Errorf("%s imports %s", name, imported)
				}
			}
			ofSession := within(name, "session") && !within(name, "session/flink") && !within(name, "session/sessiontest")
			if ofSession && within(imported, "session/flink") {
				t.Errorf("%s imports %s: what it needs of a Flink is in session/gateway", name, imported)
			}
		}
	}
}

func top(name string) string {
	first, _, _ := strings.Cut(name, "/")
	return first
}

func within(name, folder string) bool { return name == folder || strings.HasPrefix(name, folder+"/") }

// packages returns the packages of the program and of its tests, without those that only
// developers run, with their imports of riffle's packages.
func packages(t *testing.T) map[string][]string {
	t.Helper()
	list := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	list.Dir = filepath.Join("..", "..")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		name := strings.TrimPrefix(fields[0], "riffle/")
		if within(name, "bench") || within(name, "docs") {
			continue
		}
		all[name] = []string{}
		for _, imported := range fields[1:] {
			if ours, is := strings.CutPrefix(imported, "riffle/"); is {
				all[name] = append(all[name], ours)
			}
		}
	}
	return all
}
