package repl

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pageTables returns the tables of docs/shell.md, which are generated from the tables of keys.
func pageTables() string {
	var b strings.Builder
	b.WriteString("| key | |\n|---|---|\n")
	for _, key := range editKeys() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", strings.Join(key.names, "` `"), key.help)
	}
	prompt := b.String()
	b.Reset()
	b.WriteString("| key | |\n|---|---|\n")
	for _, key := range liveKeys() {
		if key.help != "" {
			fmt.Fprintf(&b, "| %s | %s |\n", key.shown, strings.ReplaceAll(key.help, "|", `\|`))
		}
	}
	return prompt + "\x00" + b.String()
}

var keyTable = regexp.MustCompile(`(?:\| key \| \|\n\|---\|---\|\n(?:\|.*\|\n)+|KEYS-OF-THE-\w+\n)`)

func TestShellPageHasTheKeys(t *testing.T) {
	path := filepath.Join("..", "docs", "shell.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tables := strings.Split(pageTables(), "\x00")
	n := 0
	want := keyTable.ReplaceAllStringFunc(string(text), func(string) string { n++; return tables[(n-1)%len(tables)] })
	if n != len(tables) {
		t.Fatalf("%s has %d tables of keys", path, n)
	}
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(text) {
		t.Errorf("%s does not have the keys: go test ./repl -run ShellPage -update", path)
	}
}

func TestEditKeysAreUnique(t *testing.T) {
	seen := map[string]bool{"enter": true, "ctrl+j": true, "ctrl+c": true, "ctrl+d": true, "up": true, "down": true, "space": true}
	for _, key := range editKeys() {
		for _, name := range key.names {
			if seen[name] || key.help == "" {
				t.Errorf("%s does two things, or has no help", name)
			}
			seen[name] = true
		}
	}
}
