package repl

import (
	"strconv"
	"strings"
	"testing"

	"github.com/rivo/uniseg"
)

// terminal is as much of a terminal as the screen needs: it wraps, scrolls and executes the few
// sequences that may be sent to it. Any other sequence fails the test.
type terminal struct {
	t             *testing.T
	width, height int
	lines         [][]string // cells; scrolled out ones included
	row, col      int
	wrap          bool
}

func newTerminal(t *testing.T, width, height int) *terminal {
	return &terminal{t: t, width: width, height: height, lines: [][]string{nil}, wrap: true}
}

func (v *terminal) size() (int, int) { return v.width, v.height }

func (v *terminal) Write(p []byte) (int, error) {
	state := -1
	for text := string(p); text != ""; {
		if rest, found := strings.CutPrefix(text, "\x1b["); found {
			text, state = v.control(rest), -1
			continue
		}
		var cluster string
		var width int
		cluster, text, width, state = uniseg.FirstGraphemeClusterInString(text, state)
		v.put(cluster, width)
	}
	return len(p), nil
}

func (v *terminal) control(text string) (rest string) {
	end := strings.IndexFunc(text, func(r rune) bool { return r >= '@' })
	argument, final, rest := text[:end], text[end], text[end+1:]
	switch {
	case final == 'm':
	case final == 'A':
		n := 1
		if argument != "" {
			n, _ = strconv.Atoi(argument)
		}
		v.row = max(v.row-n, max(0, len(v.lines)-v.height))
	case final == 'B' && argument == "":
		v.row = min(v.row+1, max(0, len(v.lines)-v.height)+v.height-1)
		for v.row >= len(v.lines) {
			v.lines = append(v.lines, nil)
		}
	case final == 'K' && argument == "":
		v.lines[v.row] = v.lines[v.row][:min(v.col, len(v.lines[v.row]))]
	case final == 'J' && argument == "":
		if v.col == 0 && v.row == max(0, len(v.lines)-v.height) {
			v.t.Error("the screen was cleared from its first row on: tmux keeps a copy of it in the scrollback")
		}
		v.lines = v.lines[:v.row+1]
		v.lines[v.row] = v.lines[v.row][:min(v.col, len(v.lines[v.row]))]
	case final == 'l' && argument == "?7":
		v.wrap = false
	case final == 'h' && argument == "?7":
		v.wrap = true
	default:
		v.t.Fatalf("the terminal was sent ESC [ %s%c", argument, final)
	}
	return rest
}

func (v *terminal) put(cluster string, width int) {
	switch cluster {
	case "\r":
		v.col = 0
		return
	case "\n", "\r\n": // the driver sends a carriage return along
		v.newLine()
		return
	}
	if width == 0 {
		v.t.Fatalf("the terminal was sent %q", cluster)
	}
	if v.col+width > v.width {
		if !v.wrap {
			v.col = v.width - width
		} else {
			v.newLine()
		}
	}
	line := v.lines[v.row]
	for len(line) < v.col+width {
		line = append(line, " ")
	}
	line[v.col] = cluster
	for i := 1; i < width; i++ {
		line[v.col+i] = ""
	}
	v.lines[v.row], v.col = line, v.col+width
}

func (v *terminal) newLine() {
	v.col = 0
	if v.row++; v.row == len(v.lines) {
		v.lines = append(v.lines, nil)
	}
}

// resize wraps long lines again as terminals do. (It does not join those that were wrapped
// before.)
func (v *terminal) resize(width, height int) {
	v.trim()
	v.width, v.height = width, height
	var lines [][]string
	for i, line := range v.lines {
		for len(line) > width {
			lines, line = append(lines, line[:width:width]), line[width:]
		}
		lines = append(lines, line)
		if i == v.row {
			v.row = len(lines) - 1
			v.col = min(v.col, len(line))
		}
	}
	v.lines = lines
}

// trim drops empty lines below the cursor.
func (v *terminal) trim() {
	for len(v.lines) > v.row+1 && len(v.lines[len(v.lines)-1]) == 0 {
		v.lines = v.lines[:len(v.lines)-1]
	}
}

func (v *terminal) String() string {
	v.trim()
	var b strings.Builder
	for _, line := range v.lines {
		b.WriteString(strings.TrimRight(strings.Join(line, ""), " ") + "\n")
	}
	return b.String()
}
