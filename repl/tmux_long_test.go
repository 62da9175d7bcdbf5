//go:build long && unix

package repl

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// tmux is a window of a real tmux in which nothing runs. The test writes to it.
type tmux struct {
	t      *testing.T
	socket string
	tty    *os.File
}

func startTmux(t *testing.T, width, height int) *tmux {
	v := &tmux{t: t, socket: t.TempDir() + "/tmux"}
	v.do("-f", os.DevNull, "new-session", "-d", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height), "sleep 600")
	t.Cleanup(func() { v.do("kill-server") })
	tty, err := os.OpenFile(strings.TrimSpace(v.do("display-message", "-p", "#{pane_tty}")), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	v.tty = tty
	v.awaitSize(width, height)
	return v
}

func (v *tmux) do(arguments ...string) string {
	v.t.Helper()
	command := exec.Command("tmux", append([]string{"-S", v.socket}, arguments...)...)
	command.Env = append(os.Environ(), "TERM=xterm-256color", "LC_ALL=C.UTF-8")
	out, err := command.CombinedOutput()
	if err != nil {
		v.t.Fatalf("tmux %s: %v: %s", arguments, err, out)
	}
	return string(out)
}

func (v *tmux) resize(width, height int) {
	v.t.Helper()
	v.do("resize-window", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height))
	v.awaitSize(width, height)
}

func (v *tmux) awaitSize(width, height int) {
	v.t.Helper()
	v.await(func() string {
		if w, h := sizeOf(v.tty)(); w != width || h != height {
			return fmt.Sprintf("the window has %d by %d cells", w, h)
		}
		return ""
	})
}

// shows checks the window's text together with its whole scrollback.
func (v *tmux) shows(what, want string) {
	v.t.Helper()
	v.await(func() string {
		got := strings.TrimRight(v.do("capture-pane", "-p", "-S", "-"), "\n")
		if got != strings.TrimRight(want, "\n") {
			return fmt.Sprintf("%s: the window and its scrollback have\n%s\nwant\n%s", what, got, want)
		}
		return ""
	})
}

// await waits until a check finds nothing to say.
func (v *tmux) await(check func() string) {
	v.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		fault := check()
		if fault == "" {
			return
		}
		if time.Now().After(end) {
			v.t.Fatal(fault)
		}
	}
}

// A real tmux has in its scrollback what was left there on purpose, and no line of a frame:
// under a view as high as the window, at a prompt in its first row, and after the window
// has changed.
func TestScrollbackOfTmux(t *testing.T) {
	v := startTmux(t, 60, 12)
	s := &screen{w: v.tty, size: sizeOf(v.tty)}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	printed := "one\ntwo\nthree\n"
	_, err := s.Write([]byte(printed))
	must(err)
	var frame string
	view := func() {
		_, height := s.size()
		for n := range 50 {
			var lines []string
			for row := range min(11, height-1) {
				lines = append(lines, fmt.Sprintf("row %d of frame %d", row, n))
			}
			must(s.paint(lines))
			frame = strings.Join(lines, "\n")
		}
	}
	view()
	v.shows("a view as high as the window", printed+frame)
	for _, height := range []int{7, 9, 12, 5, 20, 12} {
		v.resize(60, height)
		view()
		if height >= 12 {
			v.shows(fmt.Sprintf("a window of %d rows", height), printed+frame)
		}
	}
	must(s.keep())
	printed += frame + "\n"
	must(s.wipe())
	for n := range 30 {
		frame = "riffle> " + strings.Repeat("x", n+1)
		must(s.paintTyping([]string{frame}, 0, len(frame)))
	}
	v.shows("a prompt in the first row", printed+frame)
}
