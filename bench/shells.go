//go:build unix

package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// shell is a program with a prompt.
type shell struct {
	name     string
	settings string // how it was started, for the report
	command  func(context.Context) (*exec.Cmd, error)
	archive  string // class-data archive of a tuned peer

	prompt string         // as shown
	query  string         // SELECT 1, as typed
	result *regexp.Regexp // matches the row of the answer
	quit   string         // ends it
}

// opened is a running shell.
type opened struct {
	*terminal
	shell
}

// patience limits every wait for a shell. A peer may be slow on a busy machine, but
// one that hangs should end the run.
const patience = 3 * time.Minute

// open starts a shell and waits until its prompt echoes a key. It returns how long
// that took.
func (s shell) open(ctx context.Context) (*opened, time.Duration, error) {
	cmd, err := s.command(ctx)
	if err != nil {
		return nil, 0, err
	}
	t, err := openTerminal(cmd)
	if err != nil {
		return nil, 0, err
	}
	o := &opened{t, s}
	ready, err := o.firstKey(ctx)
	if err != nil {
		_ = t.close() // what went wrong before says more
		return nil, 0, err
	}
	return o, ready.Sub(t.started), nil
}

func (o *opened) firstKey(ctx context.Context) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := o.awaitPrompt(ctx); err != nil {
		return time.Time{}, err
	}
	key := o.query[:1]
	if err := o.send(key); err != nil {
		return time.Time{}, err
	}
	shown, _, err := o.expect(ctx, regexp.MustCompile(regexp.QuoteMeta(key)))
	if err != nil {
		return time.Time{}, err
	}
	return shown, o.send("\x7f") // deletes it again
}

func (o *opened) awaitPrompt(ctx context.Context) error {
	_, _, err := o.expect(ctx, regexp.MustCompile(regexp.QuoteMeta(o.prompt)))
	return err
}

// answer is when a line was entered and when its result was shown.
type answer struct{ entered, shown time.Time }

func (a answer) took() time.Duration { return a.shown.Sub(a.entered) }

// run enters a line and waits for a match of pattern and for the next prompt.
func (o *opened) run(ctx context.Context, line string, pattern *regexp.Regexp) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := o.send(line); err != nil {
		return answer{}, err
	}
	// The whole line is on the screen before Enter, so typing is not timed. Editors
	// redraw while they echo, so this looks for the end of the line.
	if _, _, err := o.expect(ctx, regexp.MustCompile(regexp.QuoteMeta(line[max(0, len(line)-8):]))); err != nil {
		return answer{}, err
	}
	a := answer{entered: time.Now()}
	if err := o.send("\r"); err != nil {
		return answer{}, err
	}
	var err error
	if a.shown, _, err = o.expect(ctx, pattern); err != nil {
		return answer{}, err
	}
	return a, o.awaitPrompt(ctx)
}

// leave ends the shell as a user would, and kills it if it does not end.
func (o *opened) leave(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := o.send(o.quit + "\r"); err == nil {
		select {
		case <-o.ended:
		case <-ctx.Done():
		}
	}
	return o.close()
}

var peerRow = regexp.MustCompile(`\|\s+1 \|`)

func (p *peers) riffleShell(ctx context.Context) (shell, error) {
	environment, err := p.riffleEnvironment(ctx)
	return shell{
		name:     "riffle",
		settings: "default settings",
		command: func(ctx context.Context) (*exec.Cmd, error) {
			cmd := exec.CommandContext(ctx, p.riffle)
			cmd.Env = environment
			return cmd, nil
		},
		prompt: "riffle> ",
		query:  "SELECT 1;",
		result: regexp.MustCompile(`│\s+1 │`),
		quit:   `\quit`,
	}, err
}

// sqlClient is SQL Client as shipped. Without options it runs a query on a cluster in
// its own JVM.
func (p *peers) sqlClient(options ...string) shell {
	return shell{
		name:     "SQL Client",
		settings: "sql-client.sh " + strings.Join(sqlClientOptions(options), " "),
		command: func(ctx context.Context) (*exec.Cmd, error) {
			cmd := exec.CommandContext(ctx, filepath.Join(p.flink, "bin", "sql-client.sh"), p.sqlClientArguments(options)...)
			cmd.Env = p.environment()
			return cmd, nil
		},
		prompt: "Flink SQL> ",
		query:  "SELECT 1;",
		result: peerRow,
		quit:   "QUIT;",
	}
}

// sqlClientOptions are Flink options. The tableau mode prints results; the other
// modes open a viewer.
func sqlClientOptions(options []string) []string {
	if len(options) == 0 {
		options = []string{"-Dexecution.target=local"}
	}
	return append([]string{"-Dsql-client.execution.result-mode=tableau"}, options...)
}

func (p *peers) sqlClientArguments(options []string) []string {
	return append([]string{"--history", filepath.Join(p.folder, "state", "sql-client")}, sqlClientOptions(options)...)
}

// pyflinkShell is PyFlink's shell as shipped.
func (p *peers) pyflinkShell() shell {
	return shell{
		name:     "pyflink-shell",
		settings: "pyflink-shell.sh local",
		command: func(ctx context.Context) (*exec.Cmd, error) {
			cmd := exec.CommandContext(ctx, filepath.Join(p.pyflink, "bin", "pyflink-shell.sh"), "local")
			cmd.Env = p.environment()
			return cmd, nil
		},
		prompt: ">>> ",
		query:  `st_env.sql_query("SELECT 1").execute().print()`,
		result: peerRow,
		quit:   "exit()",
	}
}

// shells returns the shells that start their own cluster, riffle first.
func (p *peers) shells(ctx context.Context) ([]shell, error) {
	riffle, err := p.riffleShell(ctx)
	if err != nil {
		return nil, fmt.Errorf("riffle: %w", err)
	}
	const use = "-XX:SharedArchiveFile="
	return []shell{riffle, p.sqlClient(), p.sqlClientTuned(use), p.pyflinkShell(), p.pyflinkShellTuned(use)}, nil
}

// withEnvironment adds variables to the environment of a command.
func withEnvironment(command func(context.Context) (*exec.Cmd, error), more ...string) func(context.Context) (*exec.Cmd, error) {
	return func(ctx context.Context) (*exec.Cmd, error) {
		cmd, err := command(ctx)
		if err == nil {
			cmd.Env = append(cmd.Env, more...)
		}
		return cmd, err
	}
}
