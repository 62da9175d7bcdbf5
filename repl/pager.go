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

// heldMost is the size up to which a result is held back until it is complete. The rest of a
// larger result is sent to the pager as it arrives.
const heldMost = 64 << 20

// paging is a result on its way to the terminal. It is held back until it is known whether it
// fits on the screen. If it does not, it is shown by a pager. It is used by one goroutine.
type paging struct {
	program *exec.Cmd // nil if it does not start
	always  bool      // also if it fits on the screen
	whole   bool      // lines that are too wide do not fit; otherwise they wrap
	screen  *screen
	outside func(run func() error) error // lets another program have the terminal
	notice  func(string)

	held  bytes.Buffer
	input io.WriteCloser // of the program, when it runs
	ended chan error
	left  bool   // before the end of the result
	note  string // the last line since then, or of what the pager did not take
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

// busy reports whether the pager has the terminal.
func (p *paging) busy() bool { return p != nil && p.input != nil && !p.left }

// send sends text to the pager. If the user has left the pager, the rest of the result is
// dropped.
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

// show ends the result. What is held back is printed if it fits; otherwise the pager shows it
// until the user leaves it.
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

// fits reports whether the result and the prompt below it fit on the screen.
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

// start starts the pager, which then has the terminal, and sends it what is held back. If the
// pager does not start, input stays nil and everything continues to be held back.
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

// pagerEnvironment sets options of less, unless the user has: the arrow keys scroll long lines,
// and the last page stays on the screen. It also sets UTF-8, whatever the locale is.
func pagerEnvironment(env []string) []string {
	for _, preset := range []string{"LESS=-SRX~", "LESSCHARSET=utf-8"} {
		name, _, _ := strings.Cut(preset, "=")
		if !slices.ContainsFunc(env, func(v string) bool { return strings.HasPrefix(v, name+"=") }) {
			env = append(env, preset)
		}
	}
	return env
}

// paging returns how a result is shown at the prompt; nil if it is written as it arrives.
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

// paged returns an output that is paged if it does not fit on the screen.
func (s *Shell) paged(ctx context.Context, o output) output {
	if p := s.paging(ctx); p != nil {
		p.noted = o.footer
		o.page, o.w = p, p
	}
	return o
}

// pagedWhole is paged for a result of the user's own: its table has all columns in full, and is
// also paged if it is too wide.
func (s *Shell) pagedWhole(ctx context.Context, o output) output {
	o = s.paged(ctx, o)
	if o.page != nil && o.Format == "table" {
		o.width, o.page.whole = 0, true
	}
	return o
}
