package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Typed text has colors for a dark background until the terminal has reported a light one. The
// prompt does not wait for the answer, and text typed before and after it is kept.
func TestShellAsksForTheBackground(t *testing.T) {
	s := openShellOf(t, 100, 24, t.TempDir(), []string{"TERM=xterm-256color"})
	s.await(`\x1b\]11;\?\x07\x1b\[c`)
	s.await(`\x1b\[1mriffle>\x1b\[0m `)
	s.press("SEL")
	s.press("ECT")
	s.await(`\x1b\[1;38;5;75mSELECT`)
	s.press("\x1b]11;rgb:ffff/ffff/ff00\x1b\\\x1b[?62;22;52c")
	s.await(`\x1b\[1;38;5;25mSELECT`) // without a key
	s.press(" 'a")
	s.await(`\x1b\[1;38;5;25mSELECT\x1b\[0m \x1b\[38;5;\d+m'a`)
	s.press(ctrlC)
	s.await(`riffle>`)
	s.press(ctrlD)
	s.ends(0)
	if strings.Contains(s.all(), "rgb:") || strings.Contains(s.all(), "62;22") {
		t.Errorf("the answer was taken for keys: %q", s.all())
	}
}

// A chosen theme needs no question, and the user's own styles override it. The same shell has a
// pager.
func TestShellWithAThemeAndAPager(t *testing.T) {
	state := t.TempDir()
	path := filepath.Join(state, "config.toml")
	if err := os.WriteFile(path, []byte("theme = 'light'\ncolor = 1\n[colors]\nkeyword = 'underline #0000d7'\n"+
		"[flink]\nparallelism.default = 'two'\ntable.local-time-zone = 'Asia/Tokyo'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := openShellOf(t, 100, 24, state, []string{"TERM=xterm-256color", "COLORFGBG=15;0", "PAGER=nosuchpager"},
		"--config", path, "--pager", "testpager reads")
	s.await(`config\.toml:2:1: there is no key color` + newline + `  color = 1` + newline + `  \^\^\^\^\^` + newline + `did you mean colors\?`)
	s.await(`\x1b\[1mriffle>`) // and the shell is there, with the rest
	s.press("SELECT `b`")
	s.await("\x1b\\[4;38;5;20mSELECT\x1b\\[0m \x1b\\[38;5;94m`b`")
	s.press(ctrlC)
	s.await(`riffle>`)
	s.await(`\[flink\] of .*config\.toml:6:29: 'two' is not a value of parallelism\.default`)
	s.press("SET;" + enter)
	s.await(`Asia/Tokyo`)
	pages(s)
	s.press(ctrlD)
	s.ends(0)
	if strings.Contains(s.all(), "\x1b]11") {
		t.Error("the terminal was asked for its background")
	}

	s = openShellOf(t, 100, 24, t.TempDir(), []string{"TERM=xterm-256color", "COLORFGBG=0;15"}, "--theme", "none")
	s.await(`\x1b\[1mriffle>`)
	s.press("SELECT 'b'")
	s.await(`\x1b\[1mSELECT\x1b\[0m 'b'`)
	s.press(ctrlC)
	s.await(`riffle>`)
	s.press(ctrlD)
	s.ends(0)
}

var styling = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// withoutColors checks that a shell has shown no styles except for the selection, and has asked
// the terminal nothing, as NO_COLOR requires.
func (s *shell) withoutColors() {
	s.t.Helper()
	shown := styling.FindAllString(s.all(), -1)
	if !slices.Contains(shown, "\x1b[7m") {
		s.t.Error("nothing is selected")
	}
	for _, sequence := range shown {
		if sequence != "\x1b[7m" && sequence != "\x1b[0m" {
			s.t.Errorf("with NO_COLOR it is styled %q", sequence)
		}
	}
	if strings.Contains(s.all(), "\x1b]11") {
		s.t.Error("with NO_COLOR the terminal was asked for its background")
	}
}
