package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The user's own script runs before the first prompt of each shell.
func TestShellRunsTheUsersInit(t *testing.T) {
	state := t.TempDir()
	if err := os.Mkdir(filepath.Join(state, "riffle"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(state, "riffle", "init.sql"), []byte("\\echo as ever\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := openShell(t, state)
	s.await("as ever" + newline)
	s.press(ctrlD)
	s.ends(0)

	s = openShell(t, state, "--no-init")
	s.await(prompt)
	s.press(`\echo now` + enter)
	s.await(`2004lnow` + newline)
	s.press(ctrlD)
	s.ends(0)
	if strings.Contains(s.shown, "as ever") {
		t.Errorf("with --no-init: %q", s.shown)
	}
}
