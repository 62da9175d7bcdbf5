//go:build unix

package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

//go:embed peer.py
var peerScript string

// pyflinkProcess is a Python process that runs peer.py.
type pyflinkProcess struct {
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	answers *bufio.Reader
	log     *os.File
}

// pyflinkSettings are the settings of every measured PyFlink process.
const pyflinkSettings = "one warm JVM with the serial collector and all compiler tiers, parallelism 1"

// openPyFlink starts a process with initial Flink options, KEY=VALUE.
func openPyFlink(ctx context.Context, p *peers, options ...string) (*pyflinkProcess, error) {
	script := filepath.Join(p.folder, "tmp", "peer.py")
	if err := os.WriteFile(script, []byte(peerScript), 0o644); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(p.folder, "log", "peer.log"))
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(p.python, "python"), append([]string{script, "parallelism.default=1"}, options...)...)
	cmd.Env = p.environment("JVM_ARGS=-XX:+UseSerialGC")
	cmd.Stderr = log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	process := &pyflinkProcess{cmd, stdin, bufio.NewReader(stdout), log}
	if _, err := process.read(); err != nil {
		return nil, errors.Join(err, process.close())
	}
	return process, nil
}

// request is a line of peer.py's input.
type request struct {
	Do      string             `json:"do"`
	Text    string             `json:"text,omitempty"`
	Options map[string]*string `json:"options,omitempty"`
}

type pyflinkAnswer struct {
	Seconds float64
	Rows    *int
	Error   string
}

// ask sends a request and waits for its answer. It needs no context: the process ends
// with the context that it was started with.
func (p *pyflinkProcess) ask(r request) (pyflinkAnswer, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return pyflinkAnswer{}, err
	}
	if _, err := p.stdin.Write(append(text, '\n')); err != nil {
		return pyflinkAnswer{}, err
	}
	return p.read()
}

func (p *pyflinkProcess) read() (pyflinkAnswer, error) {
	for {
		line, err := p.answers.ReadString('\n')
		if err != nil {
			return pyflinkAnswer{}, fmt.Errorf("PyFlink ended, see %s: %w", p.log.Name(), err)
		}
		var a pyflinkAnswer
		if json.Unmarshal([]byte(line), &a) != nil {
			continue // other output on standard output
		}
		if a.Error != "" {
			return a, statementError(a.Error)
		}
		return a, nil
	}
}

// statementError is PyFlink's message for a statement that has failed. The process
// can run others.
type statementError string

func (e statementError) Error() string {
	return "PyFlink: " + strings.Join(strings.Fields(string(e[:min(len(e), 600)])), " ")
}

// sql runs a statement to its end.
func (p *pyflinkProcess) sql(text string) (time.Duration, error) {
	a, err := p.ask(request{Do: "sql", Text: text})
	return time.Duration(a.Seconds * float64(time.Second)), err
}

// fetch fetches a query's rows with do, which is pandas or collect, and checks their
// number.
func (p *pyflinkProcess) fetch(do, text string, want int) (time.Duration, error) {
	a, err := p.ask(request{Do: do, Text: text})
	if err == nil && (a.Rows == nil || *a.Rows != want) {
		err = fmt.Errorf("PyFlink's %s did not fetch %d rows", do, want)
	}
	return time.Duration(a.Seconds * float64(time.Second)), err
}

// set sets options of the process for the next jobs.
func (p *pyflinkProcess) set(options map[string]string) error {
	r := request{Do: "set", Options: map[string]*string{}}
	for key, value := range options {
		r.Options[key] = &value
	}
	_, err := p.ask(r)
	return err
}

// close ends the process and its children.
func (p *pyflinkProcess) close() error {
	tree := processTree(p.cmd.Process.Pid)
	err := p.stdin.Close()
	_, _ = io.Copy(io.Discard, p.answers)
	_ = p.cmd.Wait() // its answers have reported every error that matters
	return errors.Join(err, endAll(tree), p.log.Close())
}
