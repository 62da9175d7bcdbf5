package dist

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"
	"unicode"
)

// run runs a child process, which writes to log, and calls tick a few times a
// second. When ctx ends it kills the child with all its children: mvn and pip
// may be scripts that start others.
func run(ctx context.Context, cmd *exec.Cmd, log *os.File, tick func()) error {
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = killedWithParent()
	started, ended := make(chan error, 1), make(chan error, 1)
	go func() {
		// Linux sends the parent's death signal when this thread ends.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-ctx.Done():
			_ = killGroup(cmd.Process.Pid) // it may just have ended
			<-ended
			return ctx.Err()
		case <-ticker.C:
			tick()
		}
	}
}

// failure is the error of a program of which the log was kept.
type failure struct {
	program  string
	log      string // path
	settings string // where the user sets the mirror that the program uses
	err      error
}

// decisive finds the line of the log that shows why a program failed: the first line that
// begins with mark, otherwise the first that looks like an error, otherwise the last.
func (f failure) decisive(mark string) string {
	log, err := os.Open(f.log)
	if err != nil {
		return f.err.Error()
	}
	defer log.Close()
	var marked, likely, last string
	traceback := false // of pip: its last line has the reason
	scan := bufio.NewScanner(log)
	scan.Buffer(nil, 1<<20)
	for scan.Scan() && marked == "" {
		line := strings.TrimSpace(strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return -1
			}
			return r
		}, ansi.ReplaceAllString(scan.Text(), "")))
		if rest, ok := strings.CutPrefix(line, mark); ok {
			marked = strings.TrimSpace(rest)
		}
		if marked == "Exception:" {
			marked, traceback = "", true
		}
		if likely == "" && !traceback && complaint.MatchString(line) {
			likely = line
		}
		if line != "" {
			last = line
		}
	}
	for _, line := range []string{marked, likely, last} {
		if line != "" {
			return line
		}
	}
	return f.err.Error()
}

var (
	ansi      = regexp.MustCompile("\x1b\\[[0-9;]*m")
	complaint = regexp.MustCompile(`(?i)\b(error|not defined|cannot|failed|no module)\b`)
	network   = regexp.MustCompile(`(?i)unknown ?host|name resolution|name or service|nodename|refused|timed out|timeout|unreachable|no route|reset|handshake|pkix|certificate|status code|connection broken|could not transfer`)
	full      = regexp.MustCompile(`(?i)no space left|disk quota`)
	denied    = regexp.MustCompile(`(?i)permission denied|read-only`)
)

// explain turns the decisive line into the line that a user sees.
func (f failure) explain(line string) error {
	step := "see " + f.log
	switch {
	case full.MatchString(line):
		step = "make room on the disk and start again"
	case denied.MatchString(line):
		step = "make that writable and start again"
	case network.MatchString(line):
		step = "check the network, or the mirror in " + f.settings + ", and start again"
	}
	// The end of a long line is more informative than its middle.
	const head, tail = 150, 150
	if runes := []rune(line); len(runes) > head+tail {
		line = string(runes[:head]) + " … " + string(runes[len(runes)-tail:])
	}
	return fmt.Errorf("%s failed: %s: %s", f.program, strings.TrimRight(line, ",.: "), step)
}
