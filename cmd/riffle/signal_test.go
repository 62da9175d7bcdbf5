package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a busy machine may take for a step.
const patience = 90 * time.Second

const endless = `CREATE TABLE gen (k BIGINT) WITH ('connector'='datagen','rows-per-second'='1000');
	SELECT k FROM gen;`

// started is a running riffle.
type started struct {
	*exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	closer io.Closer // of out
	errors bytes.Buffer
}

func start(t *testing.T, args ...string) *started {
	t.Helper()
	r := &started{Cmd: exec.CommandContext(t.Context(), "riffle", args...)}
	r.Env = append(os.Environ(), "XDG_STATE_HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir())
	r.Stderr = &r.errors
	out, err := r.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.out, r.closer = bufio.NewReader(out), out
	if r.in, err = r.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	return r
}

// send writes to the pipe.
func (r *started) send(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(r.in, text); err != nil {
		t.Fatal(err)
	}
}

// wants reads the next lines.
func (r *started) wants(t *testing.T, lines ...string) {
	t.Helper()
	for _, want := range lines {
		if got := r.line(t); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// startPiped starts a riffle that has run two queries of its pipe, and that waits in line 3 for the rest
// of a third. first is put before the second query.
func startPiped(t *testing.T, first string, args ...string) *started {
	t.Helper()
	r := start(t, append([]string{"--format", "csv"}, args...)...)
	r.send(t, "SELECT 1\nAS a;\n")
	r.wants(t, "a", "1")
	r.send(t, first+"SELECT 2 AS b; SELECT\n")
	r.wants(t, "b", "2")
	return r
}

func (r *started) line(t *testing.T) string {
	t.Helper()
	defer r.killLate().Stop()
	line, err := r.out.ReadString('\n')
	if err != nil {
		t.Fatalf("no more lines: %v; standard error:\n%s", err, &r.errors)
	}
	return strings.TrimSuffix(line, "\n")
}

// killLate ends a riffle that hangs, so that the test reports where.
func (r *started) killLate() *time.Timer {
	return time.AfterFunc(patience, func() { _ = r.Process.Kill() })
}

// code waits for the end.
func (r *started) code(t *testing.T) int {
	t.Helper()
	defer r.killLate().Stop()
	_, _ = io.Copy(io.Discard, r.out)
	err := r.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return r.ProcessState.ExitCode()
}

// A script that waits for the rest of its pipe.
func TestSignalEndsAScriptThatWaits(t *testing.T) {
	r := start(t, "--format", "csv")
	r.send(t, "\\echo a\n")
	r.wants(t, "a")
	if err := r.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got := r.code(t); got != 143 || r.errors.Len() > 0 {
		t.Errorf("exit code %d, want 143; standard error %q", got, &r.errors)
	}
}

// A text that is longer than the pipe is not completely written when its reader ends.
func TestReaderThatGoesEndsAScript(t *testing.T) {
	r := start(t, "-e", `\echo `+strings.Repeat("x", 100_000), "--quiet")
	if err := r.closer.Close(); err != nil {
		t.Fatal(err)
	}
	if got := r.code(t); got != 141 || r.errors.Len() > 0 {
		t.Errorf("exit code %d, want 141; standard error %q", got, &r.errors)
	}
}

// The last statement of a pipe needs no line end.
func TestPipeEndsWithAStatement(t *testing.T) {
	r := start(t, "--format", "csv")
	r.send(t, "\\echo a\n  SELCT")
	r.in.Close()
	r.wants(t, "a")
	if code := r.code(t); code != 1 || !strings.Contains(r.errors.String(), "stdin:2:3: ") {
		t.Errorf("exit code %d, standard error %q", code, &r.errors)
	}
}

// A statement that arrives through a pipe runs when it is complete, not at the end of the pipe.
// The pipe continues after a mistake if it is told to. Ctrl-C ends it.
func TestPipedStatementsRunAsTheyCome(t *testing.T) {
	r := startPiped(t, "SELECT nope;", "--on-error", "continue")
	r.send(t, "  three;"+endless+"\n")
	r.line(t) // the header
	r.line(t)
	if err := r.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	code := r.code(t)
	for _, says := range []string{"stdin:3:8: there is no column nope\n", "stdin:4:3: "} {
		if code != 130 || !strings.Contains(r.errors.String(), says) {
			t.Errorf("exit code %d, standard error %q lacks %q", code, &r.errors, says)
		}
	}
}
