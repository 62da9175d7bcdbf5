// Command picture draws docs/riffle.svg, the picture in the README. It starts a real
// riffle on a terminal, types as a user would, and records the screen.
//
//	go run ./docs/picture
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

const (
	columns, lines = 96, 22
	file           = "docs/riffle.svg"
	patience       = 3 * time.Minute // on a fresh machine Flink is fetched first
)

// step is typed text, and the text that is then on the screen.
type step struct {
	keys  string
	shows string
}

var story = []step{
	{"", `riffle>`},
	{"CREATE TABLE orders (id BIGINT, amount DOUBLE) WITH ('connector' = 'datagen',\r" +
		"'rows-per-second' = '2000', 'fields.amount.min' = '1', 'fields.amount.max' = '999');\r", `OK \(`},
	{"func Grade(amount float64) string {\r  if amount >= 900 {\r  return \"gold\"\r\x7f\x7f}\rreturn \"plain\"\r\x7f\x7f}\r", `→ STRING`}, // lines are indented as the one before
	{"SELECT Grade(amount) AS grade, COUNT(*) AS orders, ROUND(AVG(amount), 2) AS average\rFROM orders GROUP BY Grade(amount);\r", `2 rows`},
	{"\x1b[C\x1b[Css", `orders ▼`},
}

func main() {
	if err := draw(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func draw(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "riffle-picture-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "bin", "riffle")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/riffle").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGHUP) } // as a terminal's end does: Flink ends too
	cmd.WaitDelay = 10 * time.Second
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "NO_COLOR=", "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	keys, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: columns, Rows: lines})
	if err != nil {
		return err
	}
	screen := vt.NewSafeEmulator(columns, lines)
	go func() { _, _ = io.Copy(keys, screen) }() // the terminal's answers, until it is closed
	defer screen.Close()
	go func() { // ends with the terminal, that is, with riffle
		buffer := make([]byte, 4096)
		for {
			n, err := keys.Read(buffer)
			screen.Write(buffer[:n])
			if err != nil {
				return
			}
		}
	}()
	defer func() {
		cancel()
		_ = cmd.Wait() // ended by a signal
		keys.Close()
	}()
	for _, s := range story {
		if _, err := keys.WriteString(s.keys); err != nil {
			return err
		}
		if err := await(screen, s.shows); err != nil {
			return err
		}
	}
	time.Sleep(3 * time.Second) // until the rates below the table are known
	return os.WriteFile(file, picture(screen), 0o644)
}

func await(screen *vt.SafeEmulator, pattern string) error {
	re := regexp.MustCompile(pattern)
	for end := time.Now().Add(patience); !re.MatchString(screen.String()); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("%s is not on the screen:\n%s", pattern, screen.String())
		}
	}
	return nil
}
