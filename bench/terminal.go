//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"
)

// terminal is a program in a pseudo-terminal and its output so far: text without
// escape sequences, with the time at which each piece arrived.
type terminal struct {
	cmd     *exec.Cmd
	master  *os.File
	started time.Time // just before the program was executed

	mu     sync.Mutex
	text   []byte
	pieces []piece
	read   int           // how far expect has consumed text
	more   chan struct{} // has a token when there is more text
	ended  chan struct{} // closed when the program's output has ended
}

// piece is a part of the text that arrived at once.
type piece struct {
	end int // offset of its end in text
	at  time.Time
}

// rows and columns of the terminal: wide, so that no peer wraps its tables.
const rows, columns = 50, 200

// openTerminal starts cmd. Its owner closes the terminal.
func openTerminal(cmd *exec.Cmd) (*terminal, error) {
	t := &terminal{cmd: cmd, more: make(chan struct{}, 1), ended: make(chan struct{}), started: time.Now()}
	var err error
	t.master, err = pty.StartWithSize(cmd, &pty.Winsize{Rows: rows, Cols: columns})
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	go t.collect()
	return t, nil
}

// collect reads until the program has closed its side.
func (t *terminal) collect() {
	defer close(t.ended)
	var plain stripper
	buffer := make([]byte, 64<<10)
	for {
		n, err := t.master.Read(buffer)
		at := time.Now()
		if n > 0 {
			if bytes.Contains(buffer[:n], []byte("\x1b[6n")) { // the program asks for the cursor position
				_, _ = t.master.WriteString("\x1b[1;1R")
			}
			t.mu.Lock()
			t.text = plain.strip(t.text, buffer[:n])
			t.pieces = append(t.pieces, piece{end: len(t.text), at: at})
			t.mu.Unlock()
			select {
			case t.more <- struct{}{}:
			default:
			}
		}
		if err != nil {
			return
		}
	}
}

// send types keys.
func (t *terminal) send(keys string) error {
	_, err := t.master.WriteString(keys)
	return err
}

// expect waits until pattern matches output since the last match. It returns when the
// end of the match arrived, and the match.
func (t *terminal) expect(ctx context.Context, pattern *regexp.Regexp) (time.Time, string, error) {
	for {
		if at, text, ok := t.match(pattern); ok {
			return at, text, nil
		}
		select {
		case <-t.more:
		case <-t.ended:
			if at, text, ok := t.match(pattern); ok {
				return at, text, nil
			}
			return time.Time{}, "", fmt.Errorf("%s ended before it showed %q; last it showed\n%s", t.cmd.Path, pattern, t.tail())
		case <-ctx.Done():
			return time.Time{}, "", fmt.Errorf("%s did not show %q: %w; last it showed\n%s", t.cmd.Path, pattern, ctx.Err(), t.tail())
		}
	}
}

// forget excludes the output so far from further matches.
func (t *terminal) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.read = len(t.text)
}

func (t *terminal) match(pattern *regexp.Regexp) (time.Time, string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	found := pattern.FindIndex(t.text[t.read:])
	if found == nil {
		return time.Time{}, "", false
	}
	text := string(t.text[t.read+found[0] : t.read+found[1]])
	t.read += found[1]
	for _, p := range t.pieces {
		if p.end >= t.read {
			return p.at, text, true
		}
	}
	return time.Time{}, "", false
}

// tail returns the end of the output.
func (t *terminal) tail() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text[max(0, len(t.text)-2000):]))
}

// close hangs up and ends the program and its children. It kills those that do not
// end by themselves.
func (t *terminal) close() error {
	tree := processTree(t.cmd.Process.Pid)
	_ = t.cmd.Process.Signal(syscall.SIGHUP)
	exited := make(chan error, 1)
	go func() { exited <- t.cmd.Wait() }()
	select {
	case <-exited:
	case <-time.After(10 * time.Second):
		_ = t.cmd.Process.Kill()
		<-exited
	}
	err := t.master.Close()
	<-t.ended
	return errors.Join(err, endAll(tree))
}

// stripper removes escape sequences and carriage returns from terminal output, which
// arrives in pieces that may end anywhere.
type stripper struct{ state stripState }

type stripState uint8

const (
	plainText      stripState = iota
	escape                    // after ESC
	control                   // in ESC [ …
	charset                   // after ESC ( and the like
	operating                 // in ESC ] …, up to BEL or ESC \
	operatingMaybe            // after ESC in there
)

// strip appends the text in raw to text.
func (s *stripper) strip(text, raw []byte) []byte {
	for _, c := range raw {
		switch s.state {
		case plainText:
			switch c {
			case 0x1b:
				s.state = escape
			case '\r', '\a', 0:
			default:
				text = append(text, c)
			}
		case escape:
			switch c {
			case '[':
				s.state = control
			case ']', 'P', '_', '^':
				s.state = operating
			case '(', ')', '*', '+', '#':
				s.state = charset
			default:
				s.state = plainText
			}
		case control:
			if c >= 0x40 && c <= 0x7e {
				s.state = plainText
			}
		case charset:
			s.state = plainText
		case operating:
			switch c {
			case 0x1b:
				s.state = operatingMaybe
			case '\a':
				s.state = plainText
			}
		case operatingMaybe:
			s.state = operating
			if c == '\\' {
				s.state = plainText
			}
		}
	}
	return text
}
