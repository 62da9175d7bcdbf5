package repl

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"riffle/render"

	"github.com/charmbracelet/x/ansi"
)

// heldMost is how much of a result is held back until all of it is there. Of a
// larger one the rest goes to the pager as it comes.
const heldMost = 64 << 20

// paging is a result on its way to the terminal: held back until it is known whether
// the screen has room for it, and if not, shown by a program that pages. It is
// used by one goroutine.
type paging struct {
	program *exec.Cmd // nil if it does not start
	always  bool      // also for what the screen has room for
	whole   bool      // lines that are too wide have no room; else they go on in the next row
	screen  *screen
	outside func(run func() error) error // lets another program have the terminal
	notice  func(string)

	held  bytes.Buffer
	input io.WriteCloser // of the program, when it runs
	ended chan error
	left  bool   // before the end of the result
	note  string // the last line since then, or of what was not taken
	noted bool   // that line is a note of the result: how many rows it has
}

func (p *paging) Write(text []byte) (int, error) {
	if p.input != nil {
		p.send(text)
		return len(text), nil
	}
	p.held.Write(text)
	if p.held.Len() > heldMost && p.program != nil {
		p.start()
	}
	return len(text), nil
}

// busy reports whether the terminal is the program's.
func (p *paging) busy() bool { return p != nil && p.input != nil && !p.left }

// send gives the program text. The user may have left it: then the rest of the
// result is nobody's.
func (p *paging) send(text []byte) {
	if !p.left {
		_, err := io.WriteString(p.input, ansi.Strip(string(text)))
		p.left = err != nil
	}
	if p.left {
		text = bytes.TrimSuffix(text, []byte("\n"))
		p.note = string(text[bytes.LastIndexByte(text, '\n')+1:])
	}
}

// show ends the result: what is held is printed if there is room, else the program
// shows it until the user leaves it.
func (p *paging) show() error {
	if p.input == nil && p.program != nil && (p.always || !p.fits()) {
		p.start()
	}
	if p.input == nil {
		_, err := p.screen.Write(p.held.Bytes())
		return err
	}
	_ = p.input.Close()
	if err := <-p.ended; err != nil && !errors.Is(err, context.Canceled) {
		p.notice(fmt.Sprintf(`the pager %s: %v: \pager off turns paging off`, strings.Join(p.program.Args, " "), err))
	}
	if p.left && p.noted {
		p.notice(p.note)
	}
	return nil
}

// fits reports whether the screen has room for what is held and the prompt below it.
func (p *paging) fits() bool {
	width, height := p.screen.size()
	rows := 0
	for line := range bytes.Lines(p.held.Bytes()) {
		cells := cellsOf(strings.TrimSuffix(string(line), "\n"))
		if cells > width && p.whole {
			return false
		}
		if rows += max(1, (cells+width-1)/width); rows >= height {
			return false
		}
	}
	return true
}

// start starts the program, which then has the terminal, and gives it what is held.
// Where it does not start there is no input, and all goes on to be held.
func (p *paging) start() {
	_ = p.screen.clear()
	input, failed := p.program.StdinPipe()
	started := make(chan error, 2)
	p.ended = make(chan error, 1)
	go func() { // show waits for it
		err := p.outside(func() error {
			if failed == nil {
				failed = p.program.Start()
			}
			if started <- failed; failed != nil {
				return nil
			}
			return p.program.Wait()
		})
		started <- err // it had no terminal to run in
		p.ended <- err
	}()
	if err := <-started; err != nil {
		<-p.ended
		p.notice(fmt.Sprintf("the pager %s: %v", strings.Join(p.program.Args, " "), err))
		p.program = nil
		return
	}
	p.input = input
	p.send(p.held.Bytes())
	p.held = bytes.Buffer{}
}

// pagerEnvironment tells less, unless the user does, to leave long lines to the
// arrow keys and what it has shown on the screen; and that the text is UTF-8,
// whatever the locale says.
func pagerEnvironment(env []string) []string {
	for _, preset := range []string{"LESS=-SRX~", "LESSCHARSET=utf-8"} {
		name, _, _ := strings.Cut(preset, "=")
		if !slices.ContainsFunc(env, func(v string) bool { return strings.HasPrefix(v, name+"=") }) {
			env = append(env, preset)
		}
	}
	return env
}

// paging is how a result is shown at the prompt; nil if it is to be written as it
// comes.
func (s *Shell) paging(ctx context.Context) *paging {
	setting := s.display.Pager
	if setting == "off" || s.console.screen == nil || s.file != nil || s.demo != nil || s.repeating {
		return nil
	}
	own := setting
	if setting == "on" || setting == "always" {
		own = ""
	}
	program := strings.Fields(cmp.Or(own, os.Getenv("PAGER"), "less"))
	if len(program) == 0 {
		return nil
	}
	if _, err := exec.LookPath(program[0]); err != nil {
		s.display.Pager = "off"
		s.print(render.WithoutControls(fmt.Sprintf(`there is no pager %s: results are shown without paging; \pager PROGRAM sets another pager`, program[0])))
		return nil
	}
	cmd := exec.CommandContext(ctx, program[0], program[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Env = pagerEnvironment(os.Environ())
	return &paging{
		program: cmd, always: setting == "always", screen: s.console.screen, notice: s.print,
		outside: func(run func() error) error {
			defer s.drainInterrupts() // Ctrl-C was the program's
			return s.editor.outside(run)
		},
	}
}

// paged is an output that is paged where there is no room for it.
func (s *Shell) paged(ctx context.Context, o output) output {
	if p := s.paging(ctx); p != nil {
		p.noted = o.footer
		o.page, o.w = p, p
	}
	return o
}

// pagedWhole is paged for a result of the user's own: its table has all columns whole,
// and is paged too if it is too wide.
func (s *Shell) pagedWhole(ctx context.Context, o output) output {
	o = s.paged(ctx, o)
	if o.page != nil && o.Format == "table" {
		o.width, o.page.whole = 0, true
	}
	return o
}
