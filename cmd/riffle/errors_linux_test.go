package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"riffle/session"
	"riffle/session/command"
	"riffle/session/flink/dist"
	"riffle/session/query"
	"riffle/session/run"
	"riffle/session/sessiontest/modules"
	"riffle/session/sessiontest/sample"
)

// errorsPage is the table of errors. Its blocks are run. A cell of SQL or Go, or of a notebook,
// must fail with the text in the block below it, or succeed if no such block follows. A console block
// must print what it shows, with Linux' /dev/full.
const errorsPage = "../../docs/errors.md"

// block is one block of code in the page, at lines [from, to) without its fences.
type block struct {
	language string
	from, to int
}

func blocks(lines []string) []block {
	var all []block
	for i := 0; i < len(lines); i++ {
		if language, ok := strings.CutPrefix(lines[i], "```"); ok {
			b := block{language: language, from: i + 1}
			for i++; lines[i] != "```"; i++ {
			}
			b.to = i
			all = append(all, b)
		}
	}
	return all
}

func TestErrorsPage(t *testing.T) {
	path, err := filepath.Abs(errorsPage)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	modules.Use(t)
	if err := oldJava("java11"); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(page), "\n")
	runner := errorsRunner{t: t, session: errorsSession(t)}
	var made []string
	copied := 0
	all := blocks(lines)
	nth := map[string]int{}
	for i, b := range all {
		text := strings.Join(lines[b.from:b.to], "\n")
		hasText := i+1 < len(all) && all[i+1].language == "text"
		// The sample has every fifth error of each section, and the cells that those need.
		if (hasText || b.language == "console") && !sample.Whole {
			section := sectionOf(lines[:b.from])
			if nth[section]++; nth[section]%5 != 1 {
				continue
			}
		}
		switch b.language {
		case "sql", "go", "notebook":
			execute := runner.run
			if b.language == "notebook" {
				execute = runner.notebook
			}
			failure := runner.cell(execute, text, hasText)
			if hasText {
				made = append(append(made, lines[copied:all[i+1].from]...), failure)
				copied = all[i+1].to
			}
		case "console":
			command, _, _ := strings.Cut(text, "\n")
			made = append(append(made, lines[copied:b.from]...), command, runner.command(strings.TrimPrefix(command, "$ ")))
			copied = b.to
		}
	}
	got := strings.Join(append(made, lines[copied:]...), "\n")
	if *update {
		if !sample.Whole {
			t.Fatal("to write the page takes a whole run: go test -tags long ./cmd/riffle -run ErrorsPage -update")
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	reportDifference(t, string(page), got)
}

// sectionOf returns the last heading of some lines.
func sectionOf(lines []string) string {
	for _, line := range slices.Backward(lines) {
		if strings.HasPrefix(line, "## ") {
			return line
		}
	}
	return ""
}

// reportDifference describes each line that differs.
func reportDifference(t *testing.T, want, got string) {
	t.Helper()
	if want == got {
		return
	}
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			t.Fatalf("docs/errors.md:%d: says\n%s\nbut it is\n%s\n(go test -tags long ./cmd/riffle -run ErrorsPage -update writes it)",
				i+1, w[i], strings.Join(g[i:min(i+5, len(g))], "\n"))
		}
	}
	t.Fatalf("docs/errors.md has %d lines instead of %d", len(w), len(g))
}

// errorsRunner runs the page's blocks, in a folder of its own.
type errorsRunner struct {
	t       *testing.T
	session *session.Session
}

// oldJava creates a folder that looks like a JDK 11, which no machine needs to have.
func oldJava(folder string) error {
	if err := os.MkdirAll(filepath.Join(folder, "bin"), 0o755); err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(folder, "release"), []byte("JAVA_VERSION=\"11.0.2\"\n"), 0o644),
		os.WriteFile(filepath.Join(folder, "bin", "java"), nil, 0o755))
}

func errorsSession(t *testing.T) *session.Session {
	s, closeSession, err := newSession(t.Context(), sessionOptions{
		progress: func(dist.Progress) {}, warn: func(string) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeSession(false, nil) })
	return s
}

// cell runs a cell and returns its error as it is shown. Settings that a failing cell has
// changed are undone.
func (r errorsRunner) cell(execute func(session.Cell) error, text string, fails bool) string {
	name := "cell[1]"
	if fails {
		name = "cell[2]"
	}
	err := execute(session.Cell{Text: text, Name: name})
	if (err != nil) != fails {
		r.t.Errorf("%s\n: %v", text, err)
	}
	if err == nil {
		return "no error"
	}
	if err := r.run(session.Cell{Text: "RESET"}); err != nil {
		r.t.Fatal(err)
	}
	if explained := session.Explain(err); !foreign.MatchString(strings.ReplaceAll(explained, `\jar org.apache.`, "")) {
		return explained
	}
	r.t.Errorf("%s\nis told in Java's words:\n%s", text, session.Explain(err))
	return session.Explain(err)
}

// foreign matches words that no user should read, except in the name of an artifact.
var foreign = regexp.MustCompile(`org\.apache|java\.(lang|util|io)|Exception|default_catalog\.|\bat [a-z]+\.`)

func (r errorsRunner) run(cell session.Cell) error {
	for _, st := range cell.Statements() {
		reply, err := r.session.Execute(r.t.Context(), st, query.Lossless)
		if err == nil && reply.Events != nil {
			err = r.end(reply)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// notebook runs a cell as the kernel does.
func (r errorsRunner) notebook(c session.Cell) error {
	c.Sigil, c.Notebook = "%", true
	runner := run.Runner{Session: r.session, Front: errorsFront{errorsRunner: r}, Kind: command.Notebook, Display: &command.Display{}, Events: query.Lossless}
	return runner.Cell(r.t.Context(), c)
}

// errorsFront shows nothing. In the page's notebooks, the errors come before any output but that of commands.
type errorsFront struct {
	run.Front
	errorsRunner
}

func (errorsFront) Await(ctx context.Context, _ session.Statement, _ func() string, do func(context.Context) error) error {
	return do(ctx)
}

func (errorsFront) Answer(context.Context, session.Statement, command.Answer) error { return nil }

func (errorsFront) Note(string) {}

func (errorsFront) Done(string, time.Duration) {}

func (f errorsFront) Query(_ context.Context, _ session.Statement, reply session.Reply, _ run.Bound) error {
	return f.end(reply)
}

// end waits for the end of a query. A query that returns rows without an end has no error.
func (r errorsRunner) end(reply session.Reply) error {
	defer reply.Events.Close()
	for {
		event, err := reply.Events.Next(r.t.Context())
		switch e := event.(type) {
		case query.Batch:
			e.Record.Release()
			if !reply.Query.Started().Bounded {
				err = reply.Query.Cancel(r.t.Context())
			}
		case query.Ended:
			return e.Err
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
}

// command runs a line of the shell, in which riffle is this test's binary, and returns the
// output.
func (r errorsRunner) command(line string) string {
	cmd := exec.CommandContext(r.t.Context(), "/bin/sh", "-c", line)
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+r.t.TempDir())
	out, err := cmd.CombinedOutput()
	if err == nil {
		r.t.Errorf("%s: no error", line)
	}
	text := strings.TrimRight(string(out), "\n")
	return cacheFolder.ReplaceAllString(text, "/flink-…")
}

// cacheFolder differs from edition to edition.
var cacheFolder = regexp.MustCompile(`/flink-2\.3\.0-[0-9a-f]+`)
