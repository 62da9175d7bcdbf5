package repl

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"sync"

	"riffle/repl/edit"
	"riffle/repl/theme"
	"riffle/session/complete"
	"riffle/session/run"
	"riffle/session/sqltext"
)

// A terminal in bracketed-paste mode marks where pasted text begins and ends, so that pasted
// text runs nothing before Enter.
const (
	bracketedPaste = "\x1b[?2004h"
	plainPaste     = "\x1b[?2004l"
)

// textEditor is the editor on a terminal. The text being typed, with any number of lines, is
// the frame at the end of the screen. The keys are in editorkeys.go, and the text with their
// effects in package edit.
type textEditor struct {
	screen   *screen
	tty      *tty
	jobs     *jobControl
	keyboard *keyboard
	history  *history
	complete completion
	theme    func() theme.Theme
	keys     map[string]func(*textEditor)
	resized  chan os.Signal
	dressed  chan struct{} // the theme has changed

	buffer edit.Buffer
	prompt func(sqltext.Reason) string
	preset string // what the next text starts with
	held   []key  // pressed before the next text
	place  int    // in the history; len(entries) is the text that was typed
	typed  string // that text, while a history entry is shown
	menu   []string
	search *search

	mu      sync.Mutex
	printed bool // a line that may be replaced is under the text
}

// completion is the editor's access to what can be typed.
type completion struct {
	// at returns what the text before the cursor can become, and how many bytes of
	// it the candidates replace.
	at func(text string, cursor int) (replaced int, candidates []complete.Candidate)
	// anticipate is called with the text after each key, and never waits. It reports whether
	// something is still being read for it.
	anticipate func(text string, cursor int) (pending bool)
}

func newTextEditor(console *Console, h *history, c completion) (*textEditor, error) {
	t, err := newTTY(console.in)
	if err != nil {
		return nil, err
	}
	e := &textEditor{
		screen: console.screen, tty: t, history: h, complete: c, theme: console.theme, keys: byName(editKeys()),
		resized: make(chan os.Signal, 1), dressed: make(chan struct{}, 1),
	}
	if err := t.edit(); err != nil {
		return nil, err
	}
	if e.keyboard, err = newKeyboard(console.in); err != nil {
		return nil, errors.Join(err, t.restore())
	}
	if console.asksBackground() {
		e.keyboard.ask(e.screen.w, func(dark bool) {
			console.setBackground(dark)
			select {
			case e.dressed <- struct{}{}:
			default:
			}
		})
	}
	notifyResize(e.resized)
	e.jobs = newJobControl(t, e.screen, e.resized)
	h.load()
	return e, nil
}

func (e *textEditor) read(ctx context.Context, prompt func(sqltext.Reason) string) (text string, err error) {
	if err := e.tty.edit(); err != nil {
		return "", err
	}
	_, _ = io.WriteString(e.screen.w, bracketedPaste)
	defer func() {
		_, _ = io.WriteString(e.screen.w, plainPaste)
		err = errors.Join(err, e.tty.watch())
	}()
	e.prompt = prompt
	e.buffer.Reset()
	if e.preset != "" {
		e.buffer.Set(e.preset)
		e.preset = ""
	}
	e.place, e.typed, e.menu, e.search = len(e.history.entries), "", nil, nil
	for {
		if err := e.paint(""); err != nil {
			return "", err
		}
		k, err := e.await(ctx)
		if err != nil {
			return "", errors.Join(e.leave(""), err)
		}
		switch e.press(k) {
		case submit:
			text := e.buffer.Text()
			if begin, ok := commandWithin(text); ok {
				e.preset, text = text[:begin], text[begin:]
			}
			return text, e.leave("")
		case goOn:
			e.anticipate()
		case giveUp:
			return "", errors.Join(e.leave("^C"), run.ErrInterrupted)
		case atEnd:
			return "", errors.Join(e.leave(""), io.EOF)
		}
	}
}

// await waits for the next key, and paints when the terminal's size or the theme
// has changed.
func (e *textEditor) await(ctx context.Context) (key, error) {
	if len(e.held) > 0 {
		k := e.held[0]
		e.held = e.held[1:]
		return k, nil
	}
	for {
		select {
		case k := <-e.keyboard.keys:
			return k, nil
		case <-e.resized:
		case <-e.dressed:
		case <-ctx.Done():
			return key{}, io.EOF
		}
		if err := e.paint(""); err != nil {
			return key{}, err
		}
	}
}

// leave turns the text into printed output.
func (e *textEditor) leave(end string) error {
	e.menu, e.search = nil, nil
	e.buffer.End()
	if err := e.paint(end); err != nil {
		return err
	}
	return e.screen.keep()
}

// paint draws the text, followed by an end that is not part of it, and the completion
// candidates below it.
func (e *textEditor) paint(end string) error {
	width, height := e.screen.size()
	text := e.buffer.Text()
	lay := edit.Lay(text+end, e.buffer.Cursor(), width, e.linePrompts(text), e.paints(text))
	room := max(1, height-1)
	menu := e.below()
	if len(menu) > max(0, room-3) {
		menu = menu[:max(0, room-3)]
	}
	rows, row := lay.Rows, lay.Row
	if end == "" { // text that stays is kept in full
		rows, row = windowOf(rows, row, room-len(menu))
	}
	return e.screen.paintTyping(append(rows[:len(rows):len(rows)], menu...), row, lay.Column)
}

// windowOf returns as many rows around the cursor's as fit.
func windowOf(rows []string, row, room int) ([]string, int) {
	if len(rows) <= room {
		return rows, row
	}
	from := max(0, min(row-room/2, len(rows)-room))
	return rows[from : from+room], row - from
}

// linePrompts returns the text before each line: the prompt, or a mark for why the text above
// the line is incomplete.
func (e *textEditor) linePrompts(text string) func(int) (string, int) {
	reasons := sqltext.LineReasons(text)
	return func(n int) (string, int) {
		prompt := ""
		switch {
		case n == 0 && e.search != nil:
			prompt = e.search.prompt()
		case n == 0:
			prompt = e.prompt(sqltext.Complete)
		case reasons[n-1] == sqltext.Complete: // another statement of the same text
			prompt = e.prompt(sqltext.OpenStatement)
		default:
			prompt = e.prompt(reasons[n-1])
		}
		return prompt, cellsOf(prompt)
	}
}

// rolesOf maps kinds of tokens to roles of the theme.
var rolesOf = map[sqltext.Kind]theme.Role{
	sqltext.Keyword: theme.Keyword, sqltext.String: theme.String, sqltext.Number: theme.Number, sqltext.Comment: theme.Comment,
	sqltext.Hint: theme.Hint, sqltext.QuotedIdentifier: theme.Identifier, sqltext.CommandLine: theme.Command, sqltext.Invalid: theme.Error,
}

// paints returns the text's colors.
func (e *textEditor) paints(text string) []edit.Paint {
	var paints []edit.Paint
	codes := e.theme()
	if begin, ok := commandWithin(text); ok && codes[theme.Command] != "" {
		paints = append(paints, edit.Paint{Start: begin, End: len(text), Code: codes[theme.Command]})
		text = text[:begin]
	}
	for _, t := range sqltext.Lex(text) {
		if role, ok := rolesOf[t.Kind]; ok && codes[role] != "" {
			paints = append(paints, edit.Paint{Start: t.Span.Start, End: t.Span.End, Code: codes[role]})
		}
	}
	return paints
}

func (e *textEditor) above(text string, replacing bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if replacing {
		_ = e.screen.setStatus(text)
		e.printed = true
		return
	}
	if e.printed {
		_ = e.screen.setStatus("")
		e.printed = false
	}
	_, _ = io.WriteString(e.screen, text+"\n")
}

func (e *textEditor) remember(entry string) {
	if _, err := e.history.add(entry); err != nil {
		e.history.broken(err)
	}
}

func (e *textEditor) entries() []string { return e.history.entries }

func (e *textEditor) begin(text string) { e.preset = text }

func (e *textEditor) unfinished() string { return e.preset }

func (e *textEditor) hold(k key) { e.held = append(e.held, k) }

func (e *textEditor) pressed() <-chan key { return e.keyboard.keys }

// outside gives the terminal to another program while run runs.
func (e *textEditor) outside(run func() error) error {
	e.keyboard.pause()
	err := e.tty.restore()
	if err == nil {
		err = run()
	}
	return errors.Join(err, e.tty.watch(), e.keyboard.resume())
}

func (e *textEditor) close() error {
	signal.Stop(e.resized)
	e.jobs.close()
	e.keyboard.pause()
	return e.tty.restore()
}
