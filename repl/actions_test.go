package repl

import "testing"

// The command that opens the editor is skipped when the editor opens the last entry, but a
// command that only begins like it is not.
func TestWhatOpensTheEditor(t *testing.T) {
	for entry, want := range map[string]bool{
		`\e`: true, `\e notes.sql`: true, `\edit`: true, "%e": true, "%edit": true,
		`\explain SELECT 1`: false, `\echo done`: false, "SELECT 1;": false, "": false,
	} {
		if got := opensEditor(entry); got != want {
			t.Errorf("%q opens the editor: %v", entry, got)
		}
	}
}
