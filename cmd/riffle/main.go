// Command riffle is the interactive shell for streaming tables on Apache Flink. It also
// runs scripts and is the Jupyter kernel. This package connects the other packages. It
// implements only the command line, the user's configuration, signals and exit codes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"riffle/render"
	"riffle/repl"
	"riffle/session"
	"riffle/session/flink/dist"
	"riffle/session/run"
	"riffle/session/sqltext"
	"riffle/udfhost"
	"riffle/udfhost/worker"
)

// The exit codes. In addition, a program that ends by a signal returns 128 plus the signal's
// number, as shells do.
const (
	exitOK     = 0
	exitFailed = 1 // a statement or a job
	exitUsage  = 2
)

func main() {
	if udfhost.ShimName(os.Args[0]) { // Flink starts us as its Python
		os.Exit(worker.Main(os.Args, os.Environ()))
	}
	os.Exit(riffle(os.Args[1:]))
}

// riffle runs the command line.
func riffle(args []string) int {
	if len(args) > 0 && args[0] == "kernel" {
		return kernelCommand(args[1:])
	}
	in, err := parse(args)
	switch {
	case err != nil:
		fmt.Fprintf(os.Stderr, "riffle: %v\nriffle help lists commands and flags\n", err)
		return exitUsage
	case in.help, in.command == "help":
		fmt.Print(usage())
		return exitOK
	case in.version, in.command == "version":
		fmt.Println("riffle", version())
		return exitOK
	case in.command == "doctor":
		return doctor(context.Background(), os.Stdout, in.cluster)
	}
	in, err = in.configured()
	if err == nil && in.show.Detach && in.cluster == "" {
		err = errors.New("--detach needs --cluster: jobs in riffle's own cluster end with riffle")
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "riffle: %v\n", err)
		return exitUsage
	}
	before, err := in.preparations()
	if err == nil {
		var cells []session.Cell
		if cells, err = in.cells(); err == nil {
			return in.live(before, cells)
		}
	}
	fmt.Fprintf(os.Stderr, "riffle: %v\n", err)
	return exitFailed
}

// version returns the version of the build.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// cells returns the scripts to run; none if they are read from standard input.
func (in *invocation) cells() ([]session.Cell, error) {
	cells, err := readCells(in.files)
	if err != nil {
		return nil, err
	}
	for i, text := range in.texts {
		name := "-e"
		if len(in.texts) > 1 {
			name = fmt.Sprintf("-e[%d]", i+1)
		}
		cells = append(cells, session.Cell{Text: text, Name: name})
	}
	return cells, nil
}

func readCells(paths []string) ([]session.Cell, error) {
	var cells []session.Cell
	for _, path := range paths {
		read, err := session.ReadCells(path)
		if err != nil {
			return nil, err
		}
		cells = append(cells, read...)
	}
	return cells, nil
}

// preparations returns the cells that come before all others: those of --jar, of the
// configuration, of --set, and the scripts of --init.
func (in *invocation) preparations() ([]session.Cell, error) {
	var jars strings.Builder
	for _, path := range in.jars {
		fmt.Fprintf(&jars, "ADD JAR %s;\n", sqlText(path))
	}
	inits, err := readCells(in.inits)
	return slices.Concat([]session.Cell{{Text: jars.String(), Name: "--jar"}}, in.settings(), inits), err
}

// settings returns the cells of the configuration's Flink options, each with the line of its
// option, and those of --set. If an option occurs several times, the last one counts.
func (in *invocation) settings() []session.Cell {
	var cells []session.Cell
	var given strings.Builder
	for i, s := range in.set {
		if slices.ContainsFunc(in.set[i+1:], func(t setting) bool { return t.key == s.key }) {
			continue
		}
		statement := fmt.Sprintf("SET %s = %s;\n", sqlText(s.key), sqlText(s.value))
		if s.line == 0 {
			given.WriteString(statement)
			continue
		}
		cells = append(cells, session.Cell{Text: statement, Name: repl.OfConfiguration + in.config, Line: s.line})
	}
	return append(cells, session.Cell{Text: given.String(), Name: "--set"})
}

// sqlText returns a text as a SQL literal.
func sqlText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// ownInit returns the user's own script for the shell, riffle/init.sql in the configuration
// folder, which runs before the first prompt of each shell.
func (in *invocation) ownInit() ([]session.Cell, error) {
	dir, err := os.UserConfigDir()
	if err != nil || in.noInit {
		return nil, nil // without a home folder there is no configuration
	}
	cells, err := readCells([]string{filepath.Join(dir, "riffle", "init.sql")})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return cells, err
}

// live starts a session, prepares it, and runs the cells in it, or the shell.
func (in *invocation) live(before, cells []session.Cell) int {
	ctx, interrupts, stop := signals()
	defer stop()
	console := repl.NewConsole(os.Stdin, os.Stdout, os.Stderr)
	console.Dress(in.theme)
	isShell := len(cells) == 0 && console.Interactive()
	for _, err := range in.wrong {
		repl.Report(os.Stderr, err)
	}
	if len(in.wrong) > 0 && !isShell {
		return exitUsage
	}
	if isShell {
		own, err := in.ownInit()
		if err != nil {
			return exitCode(ctx, err)
		}
		before = append(before, own...)
	}
	warn := console.Notice
	if in.show.Quiet {
		warn = func(string) {}
	}
	tries := onlyTries(slices.Concat(before, cells))
	s, closeSession, err := newSession(ctx, sessionOptions{
		progress: func(p dist.Progress) { console.Progress(string(p.Phase), p.Done, p.Total) },
		warn:     warn,
		debug:    in.debug,
		cluster:  in.cluster,
		rows:     in.rows,
		onDemand: tries,
		early:    tries || isShell,
	})
	if err != nil {
		return exitCode(ctx, err)
	}
	defer func() {
		for _, line := range s.Continuing() {
			console.Notice(line)
		}
		closeSession(err == nil, interrupts)
	}()
	for _, v := range in.vars {
		if err = s.Set(v.key, v.value); err != nil {
			return exitCode(ctx, err)
		}
	}
	switch {
	case in.command == "check":
		err = in.check(ctx, s, interrupts, before, cells)
	case in.command == "demo":
		err = repl.NewShell(console, s, in.show, interrupts).RunDemo(ctx, before, repl.Demo{Cell: cells[0], Speed: in.speed})
	case isShell:
		err = repl.NewShell(console, s, in.show, interrupts).Run(ctx, before)
	default:
		err = in.script(ctx, repl.NewScript(console, s, in.show, interrupts), before, cells)
	}
	return exitCode(ctx, err)
}

// check compares the output of scripts with the output recorded in them, or records it.
func (in *invocation) check(ctx context.Context, s *session.Session, interrupts <-chan os.Signal, before, cells []session.Cell) error {
	prepare := repl.NewScript(repl.NewConsole(os.Stdin, os.Stdout, os.Stderr), s, in.show, interrupts)
	if err := prepare.Prepare(ctx, before); err != nil {
		return err
	}
	shown := in.show
	shown.Format = prepare.Format()
	differences, failed := 0, 0
	for _, cell := range cells {
		found, err := repl.Check{Session: s, Options: shown, Interrupts: interrupts}.Run(ctx, cell)
		if err != nil {
			return err
		}
		if in.update && found.Text != cell.Text {
			if err := os.WriteFile(cell.Name, []byte(found.Text), 0o644); err != nil {
				return err
			}
		}
		fmt.Printf("%s: %d statements%s\n", cell.Name, found.Statements, in.verdict(found, found.Text != cell.Text))
		for _, err := range found.Failed {
			repl.Report(os.Stdout, err)
		}
		failed += len(found.Failed)
		if in.update {
			continue
		}
		for _, d := range found.Differences {
			differences++
			fmt.Println(cell.Name + ": " + d.Report())
		}
	}
	if differences > 0 {
		return errors.New("riffle check --update records the current output")
	}
	if failed > 0 {
		return fmt.Errorf("%s failed", render.Counted(failed, "statement"))
	}
	return nil
}

// verdict describes the result of a check. recorded says that the script with its current output is another text.
func (in *invocation) verdict(found repl.Checked, recorded bool) string {
	verdict := ""
	switch {
	case in.update && recorded:
		verdict = ", recorded"
	case len(found.Differences) > 0:
		verdict = ", different from the recorded output"
	case !found.OnlyCases:
		verdict = ", as recorded"
	}
	switch {
	case len(found.Failed) > 0:
		return verdict + fmt.Sprintf("; %s, %d failed", render.Counted(found.Cases, "case"), len(found.Failed))
	case found.Cases > 0:
		return verdict + "; " + render.Counted(found.Cases, "case") + " passed"
	}
	return verdict
}

// onlyTries reports whether cells declare and try functions and have no SQL, so that Flink need not be started.
func onlyTries(cells []session.Cell) bool {
	tries := false
	for _, cell := range cells {
		for _, st := range cell.Script() {
			switch st.Class {
			case sqltext.SQL, sqltext.Unknown:
				return false
			case sqltext.Command:
				tries = tries || st.Verb == "try"
			}
		}
	}
	return tries
}

func (in *invocation) script(ctx context.Context, script *repl.Script, before, cells []session.Cell) error {
	if err := script.Prepare(ctx, before); err != nil {
		return err
	}
	err := runAll(ctx, script, cells)
	if err == nil || errors.Is(err, run.ErrQuit) {
		script.End()
	}
	if open := script.Session.OpenSet(); open != nil && (err == nil || errors.Is(err, run.ErrQuit)) {
		err = open
	}
	if failed := script.Failed(); err == nil && failed > 0 {
		err = fmt.Errorf("%d of the statements failed", failed)
	}
	return err
}

func runAll(ctx context.Context, script *repl.Script, cells []session.Cell) error {
	if len(cells) == 0 {
		return script.RunStream(ctx, os.Stdin, "stdin")
	}
	for _, cell := range cells {
		if err := script.Run(ctx, cell); err != nil {
			return err
		}
	}
	return nil
}

// terminated is the end of the context by a signal.
type terminated struct{ signal syscall.Signal }

func (t terminated) Error() string { return t.signal.String() }

// signals returns a context that ends when the system asks riffle to end, and the channel of
// Ctrl-C. If the reader of our output has gone, writing fails; the default action of the signal
// would kill riffle in the middle of its work.
func signals() (context.Context, <-chan os.Signal, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	ends := make(chan os.Signal, 1)
	signal.Notify(ends, syscall.SIGTERM, syscall.SIGHUP)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	go func() {
		select {
		case s := <-ends:
			cancel(terminated{s.(syscall.Signal)})
		case <-ctx.Done():
		}
	}()
	return ctx, interrupts, func() {
		signal.Stop(ends)
		cancel(nil)
	}
}

// exitCode reports an error, unless nobody can read it, and returns the exit code.
func exitCode(ctx context.Context, err error) int {
	var end terminated
	switch {
	case errors.As(context.Cause(ctx), &end):
		return 128 + int(end.signal)
	case err == nil, errors.Is(err, run.ErrQuit):
		return exitOK
	case errors.Is(err, run.ErrInterrupted):
		return 128 + int(syscall.SIGINT)
	case errors.Is(err, syscall.EPIPE):
		return 128 + int(syscall.SIGPIPE)
	}
	repl.Report(os.Stderr, err)
	return exitFailed
}
