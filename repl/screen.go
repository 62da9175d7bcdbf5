package repl

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/rivo/uniseg"
)

// screen is the end of a terminal's text. Printed text scrolls up, and below it there may be a
// frame: lines that are repainted in place. screen moves the cursor and never clears the
// screen, so that the scrollback stays intact. It does not clear from the first row on either,
// because tmux treats that as clearing the screen and keeps a copy.
//
// Its methods may be called from several goroutines.
type screen struct {
	size func() (width, height int)

	mu     sync.Mutex
	w      io.Writer
	body   []string // of the frame, without line ends
	status string   // its last line; "" if there is none
	drawn  []int    // widths of the lines that are on the terminal now, in cells
	height int      // of the terminal that they were drawn on
	gone   int      // rows above them that the terminal has moved into its scrollback when it became lower

	typing bool // the cursor is seen, in the body at row and column
	row    int
	column int
	below  int // lines of the frame under the cursor, on the terminal now
}

// Write prints text, which ends with a line end, above the frame.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	s.erase(&b)
	b.Write(p)
	s.draw(&b)
	if _, err := io.WriteString(s.w, b.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// paint replaces the frame.
func (s *screen) paint(body []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.body, s.typing = body, false
	return s.repaint()
}

// paintTyping replaces the frame by one with a text cursor at row and column.
func (s *screen) paintTyping(body []string, row, column int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.body, s.typing, s.row, s.column = body, true, row, column
	return s.repaint()
}

// setStatus replaces the line below the frame.
func (s *screen) setStatus(line string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = line
	return s.repaint()
}

// clear erases the frame.
func (s *screen) clear() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.body, s.status, s.typing = nil, "", false
	return s.repaint()
}

// wipe clears the terminal except for the frame, which is then at its top.
func (s *screen) wipe() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	s.erase(&b)
	b.WriteString("\x1b[H\x1b[2J")
	s.draw(&b)
	_, err := io.WriteString(s.w, b.String())
	return err
}

// keep leaves the frame's body on the screen, as printed text.
func (s *screen) keep() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	s.erase(&b)
	for _, line := range s.body {
		b.WriteString(line + "\n")
	}
	s.body, s.typing = nil, false
	s.draw(&b)
	_, err := io.WriteString(s.w, b.String())
	return err
}

// repaint paints the frame over the one on the terminal. s.mu is held.
func (s *screen) repaint() error {
	if s.lines() == nil {
		return s.print(s.erase)
	}
	return s.print(func(b *strings.Builder) {
		rows := s.toTop(b)
		s.drawn = nil
		s.drawOver(b, rows)
	})
}

// leave prepares the terminal for another program. Its output begins below a text that is being
// typed, or in the place of any other frame. s.mu is held.
func (s *screen) leave() {
	_ = s.print(func(b *strings.Builder) {
		if !s.typing {
			s.erase(b)
			return
		}
		b.WriteString(strings.Repeat("\n", s.below+1) + "\r")
		s.drawn, s.below = nil, 0
	})
}

// print prints what write writes.
func (s *screen) print(write func(b *strings.Builder)) error {
	var b strings.Builder
	if write(&b); b.Len() == 0 {
		return nil
	}
	_, err := io.WriteString(s.w, b.String())
	return err
}

// toTop moves the cursor to the beginning of the frame, and returns the number of rows that the
// frame takes at most. A terminal that became narrower has wrapped the frame's lines, so their
// number is computed again.
//
// A terminal that becomes lower moves the frame's first rows into its scrollback, and shows
// them again when it becomes higher. The cursor goes up by these rows too: it stops at the
// terminal's first row, where the frame begins as long as rows of it are gone.
func (s *screen) toTop(b *strings.Builder) (rows int) {
	if len(s.drawn) == 0 {
		s.gone = 0
		return 0
	}
	width, height := s.size()
	above, wraps := 0, false // above counts the cursor's row
	for i, cells := range s.drawn {
		rows += max(1, (cells+width-1)/width)
		if i < len(s.drawn)-s.below {
			above = rows
		}
		wraps = wraps || cells > width
	}
	s.below = 0
	b.WriteString("\r")
	if up := above + s.gone - 1; up > 0 {
		fmt.Fprintf(b, "\x1b[%dA", up)
	}
	rows += s.gone
	s.gone = max(0, s.gone-max(0, height-s.height)) + max(0, above-height)
	if wraps { // and how many rows they will be in a wider terminal is not known
		s.gone = 0
	}
	return rows
}

// erase clears the frame and moves the cursor to its beginning.
func (s *screen) erase(b *strings.Builder) {
	rows := s.toTop(b)
	s.drawn, s.gone = nil, 0
	if rows > 0 {
		b.WriteString("\x1b[K")
	}
	if rows > 1 {
		b.WriteString("\x1b[B\x1b[J\x1b[A")
	}
}

// lines returns the lines of the frame.
func (s *screen) lines() []string {
	if s.status == "" {
		return s.body
	}
	return append(s.body[:len(s.body):len(s.body)], s.status)
}

// draw paints the frame at the cursor, on an empty part of the screen.
func (s *screen) draw(b *strings.Builder) { s.drawOver(b, 0) }

// drawOver paints the frame at the cursor, over the given number of rows, and leaves the cursor
// at its end. Lines do not wrap, whatever width the terminal assumes for them.
func (s *screen) drawOver(b *strings.Builder, rows int) {
	lines := s.lines()
	if len(lines) == 0 {
		return
	}
	width, height := s.size()
	s.height = height
	b.WriteString("\x1b[?7l")
	for i, line := range lines {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(line)
		cells := min(cellsOf(line), width)
		s.drawn = append(s.drawn, cells)
		if i < rows && cells < width { // otherwise the cursor is on the last character
			b.WriteString("\x1b[K")
		}
	}
	if rows > len(lines) {
		b.WriteString("\x1b[B\r\x1b[J\x1b[A")
	}
	b.WriteString("\x1b[?7h")
	if s.typing {
		if s.below = len(lines) - 1 - s.row; s.below > 0 {
			fmt.Fprintf(b, "\x1b[%dA", s.below)
		}
		b.WriteString("\r")
		if s.column > 0 {
			fmt.Fprintf(b, "\x1b[%dC", s.column)
		}
	}
}

// cellsOf returns the width of a line without its colors.
func cellsOf(line string) int {
	var plain strings.Builder
	for {
		before, after, found := strings.Cut(line, "\x1b[")
		plain.WriteString(before)
		if !found {
			return uniseg.StringWidth(plain.String())
		}
		_, line, _ = strings.Cut(after, "m")
	}
}

// cutTo shortens plain text to a width in cells.
func cutTo(text string, width int) string {
	if uniseg.StringWidth(text) <= width {
		return text
	}
	cells, state, end := 0, -1, 0
	for rest := text; ; {
		cluster, after, w, next := uniseg.FirstGraphemeClusterInString(rest, state)
		if cells+w > width-1 {
			return text[:end] + "…"
		}
		rest, state = after, next
		cells, end = cells+w, end+len(cluster)
	}
}
