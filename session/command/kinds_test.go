package command_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"riffle/session/command"
)

// docs/functions.md has the table of the forms of functions, and the section that each of them names.
func TestFunctionKindsPage(t *testing.T) {
	const begin, end = "<!-- TestFunctionKindsPage writes this -->\n", "<!-- to here -->"
	path := filepath.Join("..", "..", "docs", "functions.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	before, rest, found := strings.Cut(page, begin)
	_, after, complete := strings.Cut(rest, end)
	if !found || !complete {
		t.Fatalf("%s has no place for the table", path)
	}
	var table strings.Builder
	table.WriteString("| Go | what it is | SQL |\n|---|---|---|\n")
	for _, k := range command.FunctionKinds() {
		what := k.Means
		if k.Section != "" {
			if !strings.Contains(page, "\n## "+k.Section+"\n") {
				t.Errorf("%s has no section %s", path, k.Section)
			}
			what = fmt.Sprintf("[%s](#%s)", what, strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(k.Section), ",", ""), " ", "-"))
		}
		fmt.Fprintf(&table, "| `%s` | %s | `%s` |\n", k.Go, what, k.Call)
	}
	want := before + begin + table.String() + end + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if page != want {
		t.Errorf("%s is not what the table says: go test ./session/command -update", path)
	}
}
