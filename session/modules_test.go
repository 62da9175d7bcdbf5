package session_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest/modules"
)

// Queries call functions that use a module, with the version that the session has last got.
func TestModulesInQueries(t *testing.T) {
	modules.Use(t)
	get := func(version string) ([]string, error) {
		return shared.GetModule(t.Context(), "example.com/letters@"+version, func(string) {})
	}
	var refused *session.Error
	_, err := execute(t, "import \"example.com/letters\"", query.Lossless)
	if want := "add the module that has it: " + `\get example.com/letters@VERSION`; !errors.As(err, &refused) || refused.Hint != want {
		t.Errorf("without the module: %v, %+v", err, refused)
	}
	if changes, err := get("v1.1.0"); err != nil || !slices.Equal(changes, []string{"added example.com/letters v1.1.0"}) {
		t.Fatalf("%q, %v", changes, err)
	}
	run(t, "func OnlyLetters(s string) string { return letters.Only(s) }")
	const calls = "SELECT OnlyLetters('aB1'), OnlyLetters(w), OnlyLetters(OnlyLetters(w)) FROM (VALUES ('Äb-c'), ('1')) AS t(w) WHERE OnlyLetters(w) <> ''"
	wantRow(t, calls, "aB Äbc Äbc")
	if changes, err := get("v1.2.0"); err != nil || !slices.Equal(changes, []string{"changed example.com/letters from v1.1.0 to v1.2.0"}) {
		t.Fatalf("%q, %v", changes, err)
	}
	wantRow(t, calls, "B Ä Ä")
	if _, err := get("v1.3.0"); err == nil || !strings.Contains(err.Error(), "OnlyLetters (") || !strings.HasSuffix(err.Error(), "would no longer compile: undefined: letters.Only") {
		t.Errorf("a version without the function: %v", err)
	}
	wantRow(t, calls, "B Ä Ä")
	run(t, "DROP FUNCTION OnlyLetters")
	if changes, err := get("none"); err != nil || len(shared.Modules()) != 0 {
		t.Errorf("%q, %v, %v", changes, err, shared.Modules())
	}
}
