package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// shell is a riffle on a terminal, and what it has shown.
type shell struct {
	t    *testing.T
	cmd  *exec.Cmd
	keys *os.File

	screen *vt.SafeEmulator // what a user would see

	mu    sync.Mutex
	shown string
	seen  int // how much of it was waited for
}

// openShell opens a shell on a terminal of 100 columns and 24 lines.
func openShell(t *testing.T, state string, args ...string) *shell {
	t.Helper()
	return openShellOf(t, 100, 24, state, plain, args...)
}

// plain is the environment of a terminal without colors.
var plain = []string{"TERM=xterm-256color", "NO_COLOR=1", "PAGER=cat"}

// openShellOf opens a shell of another size, with additional environment variables.
func openShellOf(t *testing.T, width, height int, state string, env []string, args ...string) *shell {
	t.Helper()
	return openProgram(t, width, height, state, env, "riffle", args...)
}

// openProgram opens another program, such as a shell from which riffle is started.
func openProgram(t *testing.T, width, height int, state string, env []string, program string, args ...string) *shell {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	for _, variable := range os.Environ() {
		if !slices.Contains(ofTerminals, strings.SplitN(variable, "=", 2)[0]) {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	cmd.Env = append(append(cmd.Env, "XDG_STATE_HOME="+state, "XDG_CONFIG_HOME="+state), env...)
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)})
	if err != nil {
		t.Fatal(err)
	}
	s := &shell{t: t, cmd: cmd, keys: terminal, screen: vt.NewSafeEmulator(width, height)}
	go func() { _, _ = io.Copy(io.Discard, s.screen) }() // it answers nothing; tests do
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 4096)
		for {
			n, err := terminal.Read(buffer)
			s.screen.Write(buffer[:n])
			s.mu.Lock()
			s.shown += string(buffer[:n])
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		terminal.Close()
		<-done
		s.screen.Close()
	})
	return s
}

// ofTerminals are the variables that describe the terminal, on which no test may depend, and
// those of the user's pager.
var ofTerminals = []string{"TERM", "NO_COLOR", "COLORTERM", "COLORFGBG", "TMUX", "CLICOLOR", "CLICOLOR_FORCE", "PAGER", "LESS"}

func (s *shell) press(keys string) {
	s.t.Helper()
	if _, err := s.keys.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// await waits for output that was not waited for before, and returns it.
func (s *shell) await(pattern string) string {
	s.t.Helper()
	re := regexp.MustCompile(pattern)
	deadline := time.Now().Add(patience)
	for {
		s.mu.Lock()
		news := s.shown[s.seen:]
		at := re.FindStringIndex(news)
		if at != nil {
			s.seen += at[1]
		}
		s.mu.Unlock()
		if at != nil {
			return news[at[0]:at[1]]
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s was not shown; since then there was\n%q", pattern, news)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// all returns everything that was shown so far.
func (s *shell) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown
}

func (s *shell) ends(code int) {
	s.t.Helper()
	kill := time.AfterFunc(patience, func() { _ = s.cmd.Process.Kill() })
	defer kill.Stop()
	_ = s.cmd.Wait()
	if got := s.cmd.ProcessState.ExitCode(); got != code {
		s.t.Errorf("exit code %d, want %d", got, code)
	}
}

const (
	enter   = "\r"
	ctrlC   = "\x03"
	ctrlD   = "\x04"
	ctrlP   = "\x10"
	ctrlU   = "\x15"
	newline = `(?:\x1b\[K)?\r+\n`
	right   = "\x1b[C"

	// prompt matches a prompt without typed text, followed by the cursor.
	prompt = `riffle> (?:\x1b\[K)?\x1b\[\?7h\r\x1b\[8C`
)

func TestShell(t *testing.T) {
	state := t.TempDir()
	begun := time.Now()
	s := openShellOf(t, 100, 24, state, append([]string{"COLORTERM=truecolor"}, plain...), "--theme", "light")
	s.await(prompt)
	t.Logf("prompt after %v", time.Since(begun))

	// The prompt did not wait for Flink, and neither does Ctrl-C.
	s.press("SELECT 1;" + enter)
	s.await("Flink is starting · [0-9.]+ s · Ctrl-C cancels")
	s.press(ctrlC)
	s.await("interrupted" + newline)
	s.await(prompt)

	// A statement over several lines; the prompt shows what is missing.
	s.press("CREATE TABLE gen (k INT, v DOUBLE)" + enter)
	s.await("     -> ")
	s.press("WITH ('connector'='datagen','rows-per-second'='200','fields.k.min'='1','fields.k.max'='3" + enter)
	s.await("     '> ")
	s.press(ctrlC)
	s.await(prompt)
	s.press("CREATE TABLE gen (k INT, v DOUBLE)" + enter)
	s.await("     -> ")
	s.press("WITH ('connector'='datagen','rows-per-second'='200','fields.k.min'='1','fields.k.max'='3');" + enter)
	s.await(`OK \([0-9.]+ s\)`)

	// Tab completes the text up to the point where the candidates differ, and lists them if
	// there are several.
	s.press("sel\t")
	s.await("select")
	s.press(" k, upp\t")
	s.await("upper")
	s.press(ctrlU + "SHOW CREATE \t")
	s.await(`CATALOG +keyword` + newline + `CONNECTION +keyword`)
	s.press(ctrlC)
	s.await(prompt)

	// A Go function is complete when its last brace is typed.
	s.press("func Twice(n int32) int32 {" + enter)
	s.await(`   \.\.\.> `)
	s.press("return 2 * n" + enter + "}" + enter)
	s.await(`Twice\(INT\) → INT \([0-9.]+ s\)`)

	// A query without an end is one table in place, and Ctrl-C keeps the shell.
	s.press("SELECT Twice(k) AS k, COUNT(*) AS n FROM gen GROUP BY k;" + enter)
	s.await(`│ +k │ +n │`)
	s.await(`q[0-9]+ running · [0-9,]+ changes.* · 3 rows.* · [0-9.]+ s · \? keys`)
	s.press(ctrlC)
	s.await(`\(\+[0-9,]+ changes, 3 rows, [0-9.]+ s, interrupted\)`)
	s.await(prompt)

	// Keys work on the table while it streams. The query can be sent to the background, and
	// shown again.
	s.press("SELECT k, COUNT(*) AS n FROM gen GROUP BY k;" + enter)
	s.await(`· \? keys`)
	s.press(right + right + "ss")
	s.await(`n ▼`)
	s.press("fk >= 2" + enter)
	s.await(`filter: k >= 2 · descending by n`)
	s.press("b")
	live := strings.Fields(s.await(`q[0-9]+ runs in the background`))[0]
	s.await(prompt)
	s.press(`\show ` + live + enter)
	s.await(live + ` running · .* · 3 rows`)
	s.press("q")
	s.await(`changes, 3 rows, [0-9.]+ s, interrupted\)`)
	s.await(prompt)

	// A pasted text runs at Enter, as a whole, up to a mistake.
	s.press("\x1b[200~SELECT 1 AS a;\nSELECT k,\n\tnope FROM gen;\nSELECT 3 AS c;\n\x1b[201~")
	s.await(`SELECT 3 AS c;` + newline + `     -> \x1b`)
	s.press(enter)
	s.await(`\(1 row, [0-9.]+ s\)`)
	s.await(`cell\[[0-9]+\]:3:2: there is no column nope` + newline + `  .*nope FROM gen;` + newline + `  .*\^\^\^\^` + newline)
	s.await("1 statement after it not run" + newline)
	s.press(`\trace` + enter)
	s.await(`\tat org\.apache\.`)

	// A job in the background is listed, cancelled, and prevents the shell from leaving.
	s.press("CREATE TABLE hole (k INT) WITH ('connector'='blackhole'); INSERT INTO hole SELECT k FROM gen;" + enter)
	id := strings.Fields(s.await(`q[0-9]+: job [0-9a-f]+ runs in the background`))[0]
	id = strings.TrimSuffix(id, ":")
	s.press(`\q` + enter)
	s.await(`│ ` + id + ` +│ (starting|running) │ .*NULL │ +NULL │`)
	s.press("quit" + enter)
	s.await(id + ` still running: quit again to cancel`)
	s.press(`\cancel ` + id + enter)
	s.await(id + ` cancelled \([0-9.]+ s\)`)
	s.press(ctrlD)
	s.ends(0)
	s.withoutColors()

	// The history is kept, and only the user can read it.
	info, err := os.Stat(filepath.Join(state, "riffle", "history"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("history: %v, %v", info, err)
	}

	// The next shell recalls a statement of several lines with one key, and can be left before
	// Flink has started.
	s = openShell(t, state)
	s.await(prompt)
	for range 10 {
		s.press(ctrlP)
	}
	s.await(`func Twice\(n int32\) int32 \{` + newline + `   \.\.\.> return 2 \* n` + newline + `   \.\.\.> \}`)
	s.press(ctrlC)
	s.await(prompt)
	s.press(ctrlD)
	s.ends(0)
}
