//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// piped is a riffle that reads statements from a pipe. It runs each one as soon as it
// is complete, and reports the end of a job on standard error.
type piped struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	errors <-chan string // lines of standard error
	rows   <-chan int    // lines of standard output, counted in pieces
	last   []string      // of standard error, for messages
}

// finished matches the line that riffle prints at the end of an INSERT.
var finished = regexp.MustCompile(`^q\d+ finished`)

func openPiped(ctx context.Context, p *peers, args ...string) (*piped, error) {
	environment, err := p.riffleEnvironment(ctx)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, p.riffle, args...)
	cmd.Env = environment
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &piped{cmd: cmd, stdin: stdin, errors: lines(stderr), rows: countLines(stdout)}, nil
}

// lines sends its input line by line and closes the channel at the end.
func lines(r io.Reader) <-chan string {
	sent := make(chan string, 1024)
	go func() {
		defer close(sent)
		for scanner := bufio.NewScanner(r); scanner.Scan(); {
			sent <- scanner.Text()
		}
	}()
	return sent
}

// countLines sends the number of lines in each piece that it reads.
func countLines(r io.Reader) <-chan int {
	sent := make(chan int, 1024)
	go func() {
		defer close(sent)
		buffer := make([]byte, 256<<10)
		for {
			n, err := r.Read(buffer)
			if n > 0 {
				sent <- strings.Count(string(buffer[:n]), "\n")
			}
			if err != nil {
				return
			}
		}
	}()
	return sent
}

// send writes statements and ignores their output.
func (p *piped) send(text string) error {
	_, err := io.WriteString(p.stdin, text+"\n")
	return err
}

// insert runs an INSERT to the end of its job.
func (p *piped) insert(ctx context.Context, text string) (time.Duration, error) {
	began := time.Now()
	if err := p.send(text); err != nil {
		return 0, errors.Join(err, p.lost(ctx))
	}
	for {
		select {
		case line, open := <-p.errors:
			if !open {
				return 0, p.lost(ctx)
			}
			if p.last = append(p.last, line); finished.MatchString(line) {
				return time.Since(began), nil
			}
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// inserts returns a function that runs an INSERT of so many rows to the end of its job.
func (p *piped) inserts(insert func(rows int) string) func(context.Context, int) (time.Duration, error) {
	return func(ctx context.Context, rows int) (time.Duration, error) {
		return p.insert(ctx, insert(rows)+";")
	}
}

// query runs a query until it has printed so many lines.
func (p *piped) query(ctx context.Context, text string, want int) (time.Duration, error) {
	began := time.Now()
	if err := p.send(text); err != nil {
		return 0, errors.Join(err, p.lost(ctx))
	}
	for got := 0; got < want; {
		select {
		case n, open := <-p.rows:
			if !open {
				return 0, p.lost(ctx)
			}
			got += n
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	return time.Since(began), nil
}

// lost is an error with the last lines that riffle printed before it ended.
func (p *piped) lost(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for line := range p.errors {
		p.last = append(p.last, line)
	}
	return fmt.Errorf("riffle ended:\n%s", strings.Join(p.last[max(0, len(p.last)-8):], "\n"))
}

// close ends the input and waits until riffle has ended.
func (p *piped) close() error {
	err := p.stdin.Close()
	for range p.rows {
	}
	for line := range p.errors {
		p.last = append(p.last, line)
	}
	if failed := p.cmd.Wait(); failed != nil {
		return fmt.Errorf("%w:\n%s", failed, strings.Join(p.last[max(0, len(p.last)-8):], "\n"))
	}
	return err
}
