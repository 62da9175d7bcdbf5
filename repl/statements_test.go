package repl_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"riffle/repl"
	"riffle/session"
	"riffle/session/query"
	"riffle/session/sessiontest"
	"riffle/session/sessiontest/sample"
	"riffle/session/statement"
)

// The page is the table with the output of its examples on a real Flink, as riffle run prints
// it. The sample has one section in six. An example fails if and only if the table gives the
// reason.
func TestStatementsPage(t *testing.T) {
	dir := t.TempDir()
	buildShelf(t, filepath.Join(dir, "shelf.jar"))
	l := newLab(t, dir)
	seen := map[string]string{}
	// Those with a job come first, when SHOW JOBS knows no other.
	sections := slices.SortedStableFunc(slices.Values(statement.Sections()), func(a, b statement.Section) int {
		return strings.Compare(b.Background, a.Background)
	})
	path := filepath.Join("..", "docs", "statements.md")
	if !sample.Whole {
		seen = sectionsOf(t, path)
	}
	for _, section := range sample.Every(6, sections) {
		seen[section.Title] = l.section(section)
	}
	page := pageHead
	for _, section := range statement.Sections() {
		page += seen[section.Title]
	}
	if *repl.Update {
		if !sample.Whole {
			t.Fatal("to write the page takes a whole run: go test -tags long ./repl -run StatementsPage -update")
		}
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), page); diff != "" {
		t.Errorf("docs/statements.md (-) is not what the table and Flink say (+): go test -tags long ./repl -run StatementsPage -update\n%s", diff)
	}
}

const pageHead = `# Statements

This page lists every statement in the grammar of Flink 2.3, with an example and its output. For a statement that does not work, the output is the error. For commands such as ` + "`\\queries`" + `, and for ` + "`quit`, `exit`, `clear` and `help`" + ` of Flink's SQL Client, see [commands.md](commands.md).

(The page is generated from the table in ` + "`session/statement` by running the examples: `go test -tags long ./repl -run StatementsPage -update`" + `. Ids and times are replaced by fixed values.)
`

// sectionsOf returns the sections of a page by their titles, as they are there.
func sectionsOf(t *testing.T, path string) map[string]string {
	t.Helper()
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, section := range strings.SplitAfter(string(page), "\n\n## ")[1:] {
		title, _, _ := strings.Cut(section, "\n")
		sections[title] = "\n## " + strings.TrimSuffix(section, "\n## ")
	}
	return sections
}

// buildShelf builds the jar of testdata/shelf: a connector, a catalog and a model that support
// what those of Flink do not.
func buildShelf(t *testing.T, path string) {
	t.Helper()
	sessiontest.BuildJar(t, filepath.Join("testdata", "shelf"), map[string]string{path: ""})
}

// lab runs examples as riffle run does, and captures the output.
type lab struct {
	t       *testing.T
	dir     string
	session *session.Session
	script  *repl.Script
	printed *os.File
	read    int64 // of printed
}

func newLab(t *testing.T, dir string) *lab {
	t.Helper()
	printed, err := os.Create(filepath.Join(dir, "printed"))
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, dir: dir, printed: printed}
	say := func(line string) { fmt.Fprintln(printed, line) }
	t.Cleanup(func() { printed.Close() })
	s := sessiontest.OpenWith(t, func(c *session.Config) {
		c.Notice = say
	}).Session
	l.session = s
	if err := s.Set("dir", filepath.ToSlash(dir)); err != nil {
		t.Fatal(err)
	}
	return l
}

// run runs a text and returns its output.
func (l *lab) run(text string) (string, error) {
	console := repl.NewConsole(os.Stdin, l.printed, l.printed)
	l.script = repl.NewScript(console, l.session, repl.Options{Format: "table"}, nil)
	err := l.script.Run(l.t.Context(), session.Cell{Text: text, Name: "example"})
	if err != nil {
		repl.Report(l.printed, err)
	}
	return l.settled(l.news()), err
}

// news returns the output since the last call.
func (l *lab) news() string {
	all, err := os.ReadFile(l.printed.Name())
	if err != nil {
		l.t.Fatal(err)
	}
	news := string(all[l.read:])
	l.read = int64(len(all))
	return news
}

var (
	jobID     = regexp.MustCompile(`\b[0-9a-f]{32}\b`)
	savepoint = regexp.MustCompile(`savepoint-[0-9a-f]{6}-[0-9a-f]{12}`)
	planNode  = regexp.MustCompile(`("id" : |\[)[0-9]+\b`)
	queryID   = regexp.MustCompile(`\bq[0-9]+\b`)
	took      = regexp.MustCompile(`\([0-9.]+ (ms|s|min)\)`)
	startTime = regexp.MustCompile(`(77 │.*│ )20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:.]{8,12} *`) // after a job's id
)

// settled replaces what differs between runs.
func (l *lab) settled(text string) string {
	text = strings.ReplaceAll(text, filepath.ToSlash(l.dir), "${dir}")
	text = jobID.ReplaceAllString(text, strings.Repeat("7", 32))
	text = savepoint.ReplaceAllString(text, "savepoint-777777-777777777777")
	text = planNode.ReplaceAllString(text, "${1}1")
	text = queryID.ReplaceAllString(text, "q1")
	text = took.ReplaceAllString(text, "(0.1 s)")
	return startTime.ReplaceAllString(text, "${1}2026-01-01 12:00:00.000 ")
}

// section runs a section in a session that contains nothing else.
func (l *lab) section(s statement.Section) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n## %s\n", s.Title)
	if s.Text != "" {
		fmt.Fprintf(&b, "\n%s\n", s.Text)
	}
	if s.Setup != "" {
		if seen, err := l.run(s.Setup); err != nil {
			l.t.Fatalf("%s: %s", s.Title, seen)
		}
		fmt.Fprintf(&b, "\nThe examples run after this setup:\n\n```sql\n%s\n```\n", s.Setup)
	}
	if s.Background != "" {
		defer l.background(s.Background)()
		fmt.Fprintf(&b, "\nThis query is running at the same time:\n\n```sql\n%s\n```\n", s.Background)
	}
	for _, kind := range s.Kinds {
		b.WriteString(l.kind(kind))
	}
	l.clear(s)
	return b.String()
}

// kind shows each form with its example. Of a kind that is rejected as a whole, it shows the
// first.
func (l *lab) kind(kind statement.Kind) string {
	var b strings.Builder
	for i, form := range kind.Forms {
		seen := l.example(form, kind.Refused+form.Refused)
		fmt.Fprintf(&b, "\n### `%s`\n", form.Syntax)
		if kind.Refused != "" && i > 0 {
			fmt.Fprintf(&b, "\nNot supported either.\n")
			continue
		}
		if form.Note != "" {
			fmt.Fprintf(&b, "\n%s\n", form.Note)
		}
		switch {
		case kind.Refused != "":
			fmt.Fprintf(&b, "\nNot supported: %s.\n", kind.Refused)
		case form.Refused != "":
			fmt.Fprintf(&b, "\nFails: %s.\n", form.Refused)
		}
		fmt.Fprintf(&b, "\n```sql\n%s\n```\n```\n%s```\n", form.Example, seen)
	}
	return b.String()
}

func (l *lab) example(form statement.Form, refused string) string {
	seen, err := l.run(form.Example)
	switch {
	case err != nil && refused == "":
		l.t.Errorf("%s:\n%s\n%s", form.Syntax, form.Example, seen)
	case err == nil && refused != "":
		l.t.Errorf("%s ran, it should not: %s\n%s", form.Syntax, refused, seen)
	}
	return seen
}

// background starts a job, sets ${job}, and returns a function that ends it.
func (l *lab) background(text string) func() {
	var reply session.Reply
	for _, st := range l.session.Cell(text).Statements() {
		var err error
		if reply, err = l.session.Execute(l.t.Context(), st, query.ProgressOnly); err != nil {
			l.t.Fatal(session.Explain(err))
		}
	}
	defer reply.Events.Close()
	for running := false; !running; { // until a row is here, and so each task runs
		e, err := reply.Events.Next(l.t.Context())
		if err != nil {
			l.t.Fatal(err)
		}
		_, running = e.(query.Progress)
	}
	if err := l.session.Set("job", reply.Query.Started().Job); err != nil {
		l.t.Fatal(err)
	}
	return func() {
		select {
		case <-reply.Query.Done(): // an example has stopped it
		default:
			if err := reply.Query.Cancel(context.WithoutCancel(l.t.Context())); err != nil {
				l.t.Error(err)
			}
			<-reply.Query.Done()
		}
	}
}

// clear removes what a section has left, except Go functions, which cannot be removed.
func (l *lab) clear(s statement.Section) {
	l.t.Helper()
	text := "RESET;\nUSE CATALOG default_catalog;\nUSE default_database;\n"
	for _, leftover := range []struct{ show, drop string }{
		{"SHOW VIEWS", "DROP TEMPORARY VIEW IF EXISTS `%s`; DROP VIEW IF EXISTS `%[1]s`;\n"},
		{"SHOW TABLES", "DROP TEMPORARY TABLE IF EXISTS `%s`; DROP TABLE IF EXISTS `%[1]s`;\n"},
		{"SHOW MODELS", "DROP MODEL `%s`;\n"},
		{"SHOW CATALOGS NOT LIKE 'default_catalog'", "DROP CATALOG `%s`;\n"},
		{"SHOW USER FUNCTIONS NOT LIKE 'twice'", "DROP TEMPORARY SYSTEM FUNCTION IF EXISTS `%s`; DROP FUNCTION IF EXISTS `%[1]s`;\n"},
		{"SHOW JARS", "REMOVE JAR '%s';\n"},
	} {
		seen, err := l.run(text + "\\format csv\n" + leftover.show + ";")
		if err != nil {
			l.t.Fatalf("after %s: %s", s.Title, seen)
		}
		_, names, _ := strings.Cut(seen, "\n") // after the text and the header
		for strings.HasPrefix(seen, "OK\n") || strings.HasPrefix(seen, "format is") {
			_, seen, _ = strings.Cut(seen, "\n")
			_, names, _ = strings.Cut(seen, "\n")
		}
		text = ""
		for name := range strings.Lines(names) {
			text += fmt.Sprintf(leftover.drop, strings.Trim(strings.TrimSpace(name), `"`))
		}
	}
	if seen, err := l.run(text); err != nil {
		l.t.Fatalf("after %s: %s", s.Title, seen)
	}
}
