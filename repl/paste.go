package repl

import (
	"bytes"
	"io"
	"strings"
)

// Marks stand for line ends and tabs inside readline's one line. They are
// noncharacters: Unicode reserves them for use inside of programs, so that they
// cannot be in what the user means.
const (
	lineMark = '\uFDD0'
	tabMark  = '\uFDD1'
)

var (
	toMarks   = strings.NewReplacer("\r\n", string(lineMark), "\n", string(lineMark), "\t", string(tabMark))
	fromMarks = strings.NewReplacer(string(lineMark), "\n", string(tabMark), "\t")
)

func mark(text string) string   { return toMarks.Replace(text) }
func unmark(text string) string { return fromMarks.Replace(text) }

// A terminal in bracketed-paste mode says where pasted text begins and ends.
const (
	bracketedPaste = "\x1b[?2004h"
	plainPaste     = "\x1b[?2004l"
	pasteBegin     = "\x1b[200~"
	pasteEnd       = "\x1b[201~"
)

// pasteReader is a terminal's input in which pasted line ends are marks, so that
// pasting runs nothing before Enter, and in which pasted control characters are
// left out, since each of them is a key to readline.
type pasteReader struct {
	in     io.Reader
	inside bool
	held   []byte // the begin of what may be a bracket, or half of a character
	ready  []byte
}

func (r *pasteReader) Read(p []byte) (int, error) {
	for len(r.ready) == 0 {
		var chunk [1024]byte
		n, err := r.in.Read(chunk[:])
		r.take(chunk[:n])
		if err != nil {
			r.ready = append(r.ready, r.held...)
			r.held = nil
			if len(r.ready) == 0 {
				return 0, err
			}
		}
	}
	n := copy(p, r.ready)
	r.ready = r.ready[n:]
	return n, nil
}

func (r *pasteReader) take(chunk []byte) {
	input := append(r.held, chunk...)
	r.held = nil
	for len(input) > 0 {
		bracket := pasteBegin
		if r.inside {
			bracket = pasteEnd
		}
		switch {
		case bytes.HasPrefix(input, []byte(bracket)):
			r.inside = !r.inside
			input = input[len(bracket):]
			continue
		case strings.HasPrefix(bracket, string(input)),
			r.inside && len(input) == 1 && (input[0] == '\r' || input[0] == 0xc2):
			r.held = append(r.held, input...)
			return
		case r.inside:
			input = input[r.pasted(input):]
			continue
		}
		r.ready = append(r.ready, input[0])
		input = input[1:]
	}
}

// pasted takes over the first character of pasted input, and returns how many
// bytes it has.
func (r *pasteReader) pasted(input []byte) int {
	switch c := input[0]; {
	case bytes.HasPrefix(input, []byte("\r\n")):
		r.ready = append(r.ready, string(lineMark)...)
		return 2
	case c == '\r' || c == '\n':
		r.ready = append(r.ready, string(lineMark)...)
	case c == '\t':
		r.ready = append(r.ready, string(tabMark)...)
	case c < ' ' || c == 0x7f:
	case c == 0xc2 && input[1] < 0xa0: // U+0080 to U+009F, among them another CSI
		return 2
	default:
		r.ready = append(r.ready, c)
	}
	return 1
}
