package repl

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/rivo/uniseg"

	"riffle/session"
	"riffle/session/sqltext"
)

// Demo says how a script is typed for an audience.
type Demo struct {
	Cell  session.Cell
	Speed float64 // 1 is a person's
}

const (
	// keystroke is about how long a person needs for a key.
	keystroke = 45 * time.Millisecond
	// demoPause is how long a text is shown before Enter, and a result before the next text.
	demoPause = 1200 * time.Millisecond
	// demoFor ends a query that does not end by itself, if neither --for nor --rows is given.
	demoFor = 8 * time.Second
)

// demoEditor is an editor that types a script by itself.
type demoEditor struct {
	*textEditor
	demo  Demo
	texts []string // still to be typed
}

func newDemoEditor(e *textEditor, d Demo) *demoEditor {
	editor := &demoEditor{textEditor: e, demo: d}
	text, at := readScript(d.Cell.Text).plain, 0
	for _, st := range (session.Cell{Text: text}).Statements() {
		end := endOf(st)
		if part := strings.TrimSpace(text[at:end]); part != "" {
			editor.texts = append(editor.texts, part)
		}
		at = end
	}
	return editor
}

// read types the next text. Any key continues without waiting, and Ctrl-C ends the demo.
func (e *demoEditor) read(ctx context.Context, prompt func(sqltext.Reason) string) (string, error) {
	if len(e.texts) == 0 {
		return "", io.EOF
	}
	if err := e.tty.edit(); err != nil {
		return "", err
	}
	defer e.tty.watch()
	text := e.texts[0]
	e.texts = e.texts[1:]
	e.prompt = prompt
	e.buffer.Reset()
	err := e.paint("")
	if err == nil {
		err = e.wait(ctx, demoPause)
	}
	graphemes := uniseg.NewGraphemes(text)
	for err == nil && graphemes.Next() {
		e.buffer.Insert(graphemes.Str())
		if err = e.paint(""); err == nil {
			err = e.wait(ctx, time.Duration(float64(keystroke)*(0.4+1.2*rand.Float64())))
		}
	}
	if err == nil {
		err = e.wait(ctx, demoPause/2)
	}
	return text, errors.Join(err, e.leave(""))
}

func (e *demoEditor) wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(time.Duration(float64(d) / e.demo.Speed)):
		return nil
	case k := <-e.keyboard.keys:
		if k.name == "ctrl+c" {
			e.texts = nil
			return io.EOF
		}
		return nil
	case <-ctx.Done():
		return io.EOF
	}
}

// remember keeps nothing, because nobody has typed the entry.
func (e *demoEditor) remember(string) {}

// RunDemo types a script at the prompt and runs it, as a person would.
func (s *Shell) RunDemo(ctx context.Context, before []session.Cell, d Demo) error {
	if s.console.screen == nil || !s.console.Interactive() {
		return errors.New("a demo needs a terminal: riffle run FILE runs the script")
	}
	if s.options.For == 0 && s.options.Rows == 0 {
		s.options.For = demoFor
	}
	s.demo = &d
	return s.Run(ctx, before)
}

// openDemo returns the editor of a demo.
func (s *Shell) openDemo(h *history) (editor, error) {
	e, err := newTextEditor(s.console, h, completion{s.complete, s.anticipate})
	if err != nil {
		return nil, err
	}
	return newDemoEditor(e, *s.demo), nil
}
