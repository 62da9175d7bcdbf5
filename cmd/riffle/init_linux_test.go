package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"riffle/session/sessiontest/sample"
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

// An init script runs in the background as soon as Flink has started, and its output appears
// without a key being pressed. Then the same shell gets a flood.
func TestShellRunsTheInitScript(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"good.sql": "CREATE TEMPORARY VIEW v AS SELECT 41 AS a;\n\\format csv\nSELECT a + 1 AS answer FROM v;\n" +
			"CREATE TABLE gen (k INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1');\nCREATE TABLE hole (k INT) WITH ('connector' = 'blackhole');\n" +
			"INSERT INTO hole SELECT k FROM gen;\n",
		"bad.sql": "SELECT 1 AS a;\nSELECT nope;\nSELECT 3 AS c;\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := openShell(t, t.TempDir(), "-i", filepath.Join(dir, "good.sql"), "-i", filepath.Join(dir, "bad.sql"))
	s.await(prompt)
	s.await(`answer` + newline + `42` + newline)
	s.await(`q[0-9]+: job [0-9a-f]+ runs in the background`)
	s.await(`good.sql: 6 statements \([0-9.]+ s\)`)
	s.await(`bad.sql:2:8: .*nope` + newline + `  SELECT nope;` + newline + `         \^\^\^\^` + newline)
	s.await("1 statement after it not run")
	s.press("SELECT a + 2 AS more FROM v;" + enter)
	s.await(`more` + newline + `43` + newline)
	s.press(`\format table` + enter)
	s.await(`format is table`)
	flood(s)
	s.press(ctrlD)
	s.await("still running: quit again to cancel")
	s.press(ctrlD)
	s.ends(0)
}

// A statement that waits for a failing script does not run. A dumb terminal receives no escape
// sequences at all.
func TestInitScriptThatFails(t *testing.T) {
	script := filepath.Join(t.TempDir(), "bad.sql")
	if err := os.WriteFile(script, []byte("SELECT 1 AS a;\nSELECT nope;\nSELECT 3 AS c;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, env := range sample.Every(2, [][]string{{"TERM=dumb"}, plain}) {
		s := openShellOf(t, 100, 24, t.TempDir(), env, "--theme", "dark", "-i", script)
		s.await(`riffle> `)
		s.press("SELECT 'too early' AS b;" + enter)
		s.await(`bad.sql:2:8: `)
		s.await("not run, because a startup script failed")
		s.press("SELECT CAST(NULL AS INT) AS x, 'later' AS b;" + enter)
		s.await(`│ NULL │ later │`)
		s.press("SELECT missing;" + enter)
		s.await(`there is no column missing`)
		s.press("quit" + enter)
		s.ends(0)
		if env[0] == "TERM=dumb" && strings.Contains(s.all(), "\x1b") {
			t.Errorf("TERM=dumb got %q", s.all())
		}
	}
}
