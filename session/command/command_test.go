package command_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rivo/uniseg"

	"riffle/session"
	"riffle/session/command"
	"riffle/session/complete"
	"riffle/session/gateway"
	"riffle/session/sqltext"
)

var update = flag.Bool("update", false, "write the docs page anew")

func TestDocsPageIsTheTable(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "commands.md")
	want := page()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the table says: go test ./session/command -update", path)
	}
}

// page returns the docs page of the table, in Markdown.
func page() string {
	var b strings.Builder
	b.WriteString("# Commands\n\n")
	b.WriteString("Besides SQL and Go you can type these commands. A command ends with its line and needs no semicolon.\n")
	b.WriteString("In notebooks, commands start with `%`, and those that configure a cell with `%%`.\n")
	b.WriteString("(This page is generated from the table in `session/command`: `go test ./session/command -update`.)\n")
	var group command.Group
	for _, c := range command.Table() {
		if c.Group != group {
			group = c.Group
			fmt.Fprintf(&b, "\n## %s\n", group)
		}
		fmt.Fprintf(&b, "\n### `%s`\n\n%s%s.", c.Usage(), strings.ToUpper(c.Brief[:1]), c.Brief[1:])
		if c.Help != "" {
			b.WriteString(" " + c.Help)
		}
		b.WriteString("\n\n")
		if also := c.Spellings(); len(also) > 0 {
			fmt.Fprintf(&b, "Also: `%s`. ", strings.Join(also, "`, `"))
		}
		fmt.Fprintf(&b, "Works in: %s.\n", c.FrontEnds)
	}
	return b.String()
}

// Help fits into 80 columns in each front end, the overview and each command's own.
func TestHelpFitsInto80Columns(t *testing.T) {
	subjects := []string{"", "func"}
	for _, c := range command.Table() {
		subjects = append(subjects, c.Name)
	}
	for _, f := range []command.FrontEnd{command.Shell, command.Script, command.Notebook} {
		e := env(t, f)
		for _, subject := range subjects {
			answer, err := run(t, e, `\help `+subject)
			if err != nil {
				t.Errorf("help %s: %v", subject, err)
			}
			for line := range strings.Lines(answer.Text) {
				if width := uniseg.StringWidth(strings.TrimRight(line, "\n")); width > 80 {
					t.Errorf("help %s has a line of %d columns: %s", subject, width, line)
				}
			}
		}
	}
}

// Every name must reach its command as the splitter reads the typed text, and no two commands
// may share a name.
func TestEveryNameIsTypedAndFound(t *testing.T) {
	seen := map[string]string{}
	for _, c := range command.Table() {
		if c.Brief == "" || c.FrontEnds == 0 {
			t.Errorf(`\%s has no help, or works nowhere`, c.Name)
		}
		for _, spelling := range append(c.Spellings(), `\`+c.Name) {
			if owner, taken := seen[spelling]; taken {
				t.Errorf("%s is %s and %s", spelling, owner, c.Name)
			}
			seen[spelling] = c.Name
			split := sqltext.Split(spelling)
			if len(split) != 1 || split[0].Class != sqltext.Command {
				t.Errorf("%s is not read as a command: %+v", spelling, split)
				continue
			}
			if found, ok := command.Find(split[0].Verb); !ok || found.Name != c.Name {
				t.Errorf("%s leads to %q", spelling, found.Name)
			}
		}
	}
}

// env returns a front end with a session whose Flink never comes: the commands here
// do without.
func env(t *testing.T, f command.FrontEnd) *command.Env {
	s := session.New(t.Context(), session.Config{
		Boot: func(ctx context.Context) (gateway.Gateway, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		},
	})
	t.Cleanup(s.Close)
	return &command.Env{
		Session: s, FrontEnd: f,
		Display: &command.Display{Formats: []string{"table", "csv"}, Format: "table", Timing: true},
	}
}

func run(t *testing.T, e *command.Env, text string) (command.Answer, error) {
	t.Helper()
	statements := session.Cell{Text: text, Name: "cell[1]"}.Statements()
	if len(statements) != 1 {
		t.Fatalf("%q is %d statements", text, len(statements))
	}
	return command.Run(t.Context(), e, statements[0])
}

func TestRun(t *testing.T) {
	for _, test := range []struct {
		name, typed string
		front       command.FrontEnd
		text        string // part of the answer
		failure     string // all of session.Explain
		action      command.Action
	}{
		{name: "help", typed: "help", text: `\cancel [QUERY|all|set]`},
		{name: "help of one", typed: `\help queries`, text: `Also: \q`},
		{name: "help of one with its backslash", typed: `\? \q`, text: `\queries`},
		{name: "help of a statement", typed: `\help show  tables`, text: "SHOW TABLES [FROM | IN [catalog.]database]"},
		{name: "help of none", typed: `\help nope`, failure: "cell[1]:1:7: there is no command or statement nope; Flink's functions are known once Flink has started\n  \\help nope\n        ^^^^"},
		{name: "no running queries", typed: `\q`, text: `no running queries (\quit or Ctrl-D quits riffle)`},
		{name: "nothing called", typed: `\stats`, text: "no query has run a Go function"},
		{name: "nothing called for", typed: `\stats q7`, failure: "cell[1]:1:8: no Go function has run for q7\n  \\stats q7\n         ^^"},
		{name: "leave", typed: "quit", action: command.Quit},
		{name: "exit", typed: "exit;", action: command.Quit},
		{name: "clear", typed: "clear", action: command.Clear},
		{name: "format", typed: `\format CSV`, text: "format is csv"},
		{name: "format now", typed: `\format`, text: "format is table; the formats are table, csv"},
		{name: "no such format", typed: `\format xml`, failure: "cell[1]:1:9: there is no format xml: the formats are table, csv\n  \\format xml\n          ^^^"},
		{name: "format that is a file", typed: `\format parquet`, failure: "cell[1]:1:9: parquet is a file, no text: \\save FILE.parquet writes the last result to one\n  \\format parquet\n          ^^^^^^^"},
		{name: "no variables", typed: `\set`, text: "no variables"},
		{name: "no such variable", typed: `\set day`, failure: "cell[1]:1:6: there is no variable day: \\set lists them\n  \\set day\n       ^^^"},
		{name: "no name of a variable", typed: `\set 1 2`, failure: "cell[1]:1:6: \"1\" is not a valid variable name: use letters, digits and _\n  \\set 1 2\n       ^"},
		{name: "unset of none", typed: `\unset day`, failure: "cell[1]:1:8: there is no variable day\n  \\unset day\n         ^^^"},
		{name: "timing", typed: `\timing`, text: "timing is off"},
		{name: "timing on", typed: `\timing on`, text: "timing is on"},
		{name: "timing else", typed: `\timing maybe`, failure: "cell[1]:1:9: timing is on or off, not maybe\n  \\timing maybe\n          ^^^^^"},
		{name: "trace of nothing", typed: `\trace`, text: "no error yet"},
		{name: "unknown", typed: `\querys`, failure: "cell[1]:1:1: there is no command \\querys\n  \\querys\n  ^^^^^^^\ndid you mean \\queries?"},
		{name: "more, as in psql", typed: `\dt+ o*`, failure: "cell[1]:1:1: there is no command \\dt+\n  \\dt+ o*\n  ^^^^\nuse \\dt; \\d NAME describes one"},
		{name: "too many", typed: `\clear all`, failure: "cell[1]:1:1: usage: \\clear\n  \\clear all\n  ^^^^^^"},
		{name: "too few", typed: `\show`, failure: "cell[1]:1:1: usage: \\show QUERY\n  \\show\n  ^^^^^"},
		{name: "nothing to cancel", typed: `\cancel`, text: "no running queries"},
		{name: "nothing of all to cancel", typed: `\cancel all`, text: "no running queries"},
		{name: "no such query", typed: `\cancel q9`, failure: "cell[1]:1:9: no running query is called q9: \\queries lists them\n  \\cancel q9\n          ^^"},
		{name: "nothing to stop", typed: `\stop q9 /tmp`, failure: "cell[1]:1:7: no running query is called q9: \\queries lists them, and SHOW JOBS lists all jobs\n  \\stop q9 /tmp\n        ^^"},
		{name: "elsewhere", typed: "quit", front: command.Notebook, failure: "cell[1]:1:1: quit does not work here\n  quit\n  ^^^^\nit works in shell, scripts"},
		{name: "magic", typed: "%echo a %b", front: command.Notebook, text: "a %b", action: command.Echo},
		{name: "magic help", typed: "%%help %show", front: command.Notebook, text: "%show QUERY\n  Bring a background query to the foreground: %show q3.\n"},
		{name: "unknown magic", typed: "%querys", front: command.Notebook, failure: "cell[1]:1:1: there is no command %querys\n  %querys\n  ^^^^^^^\ndid you mean %queries?"},
		{name: "unknown magic of a cell", typed: "%%backgroud", front: command.Notebook, failure: "cell[1]:1:1: there is no command %%backgroud\n  %%backgroud\n  ^^^^^^^^^^^\ndid you mean %%background?"},
		{name: "magic of another front end", typed: "%sq", front: command.Notebook, failure: "cell[1]:1:1: there is no command %sq\n  %sq\n  ^^^\ndid you mean %%sql?"},
		{name: "cell's magic below", typed: "%sql SELECT 1", front: command.Notebook, failure: "cell[1]:1:1: there is no command %sql\n  %sql SELECT 1\n  ^^^^\nnone is needed: write the SQL statement as it is"},
		{name: "cell's magic as a command", typed: "%time SELECT 1", front: command.Notebook, failure: "cell[1]:1:1: there is no command %time\n  %time SELECT 1\n  ^^^^^\nto show how long the cell takes, write %%time in the first line of the cell"},
		{name: "magic at a prompt", typed: "%%wait rows=5", front: command.Shell, failure: "cell[1]:1:1: %%wait works only in the first lines of a notebook's cell\n  %%wait rows=5\n  ^^^^^^\nuse \\wait"},
		{name: "misspelled magic", typed: "%%wiat rows=5", front: command.Notebook, failure: "cell[1]:1:1: there is no command %%wiat\n  %%wiat rows=5\n  ^^^^^^\ndid you mean %%wait?"},
		{name: "misspelled magic in a script", typed: "%%tmie", front: command.Script, failure: "cell[1]:1:1: there is no command %%tmie\n  %%tmie\n  ^^^^^^\ndid you mean %%time?"},
		{name: "misspelled command as a magic", typed: "%%queris", front: command.Notebook, failure: "cell[1]:1:1: there is no command %%queris\n  %%queris\n  ^^^^^^^^\ndid you mean %queries?"},
		{name: "cell's magic in the shell", typed: `\sql`, failure: "cell[1]:1:1: \\sql does not work here\n  \\sql\n  ^^^^\nit works in notebooks"},
		{name: "habit", typed: "%matplotlib inline", front: command.Notebook, failure: "cell[1]:1:1: riffle has no %matplotlib\n  %matplotlib inline\n  ^^^^^^^^^^^\n%plot draws a query's table as a chart"},
		{name: "habit in the shell", typed: `\pip install`, failure: "cell[1]:1:1: there is no command \\pip\n  \\pip install\n  ^^^^\n\\help lists the commands"},
		{name: "jobs", typed: "%jobs", front: command.Notebook, text: "no running queries"},
		{name: "wait for none", typed: `\wait q9 rows=1`, failure: "cell[1]:1:7: no running query is called q9: \\queries lists them\n  \\wait q9 rows=1\n        ^^"},
		{name: "wait for nonsense", typed: "%wait q9 rows=1  for=ever", front: command.Notebook, failure: "cell[1]:1:18: for= takes a time with its unit: for=500ms, for=10s, for=5m or for=1h\n  %wait q9 rows=1  for=ever\n                   ^^^^^^^^"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.front == 0 {
				test.front = command.Shell
			}
			answer, err := run(t, env(t, test.front), test.typed)
			if test.failure != "" {
				if err == nil || session.Explain(err) != test.failure {
					t.Errorf("failure %q, want %q", explained(err), test.failure)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(answer.Text, test.text) || answer.Action != test.action {
				t.Errorf("answer %+v, want %q and action %d", answer, test.text, test.action)
			}
		})
	}
}

func explained(err error) string {
	if err == nil {
		return ""
	}
	return session.Explain(err)
}

func TestTraceIsThatOfTheLastFailure(t *testing.T) {
	e := env(t, command.Shell)
	e.Display.Failure = &session.Error{Message: "no", Trace: "java.lang.No\n\tat here\n"}
	if answer, err := run(t, e, `\trace`); err != nil || answer.Text != "java.lang.No\n\tat here" {
		t.Errorf("%+v, %v", answer, err)
	}
	e.Display.Failure = errors.New("ours")
	if answer, err := run(t, e, `\trace`); err != nil || !strings.Contains(answer.Text, "no stack trace") {
		t.Errorf("%+v, %v", answer, err)
	}
}

func TestFormatChangesTheDisplay(t *testing.T) {
	e := env(t, command.Script)
	if _, err := run(t, e, `\format csv`); err != nil || e.Display.Format != "csv" {
		t.Errorf("format is %s, %v", e.Display.Format, err)
	}
}

func TestSetTakesTheRestOfTheLine(t *testing.T) {
	e := env(t, command.Shell)
	for _, typed := range []string{`\set day  two  blanks `, `\set n 1;`, `\set gone x`, `\unset gone`} {
		if _, err := run(t, e, typed); err != nil {
			t.Fatal(err)
		}
	}
	if answer, err := run(t, e, `\set day`); err != nil || answer.Text != "day is two  blanks" {
		t.Errorf("%+v, %v", answer, err)
	}
	answer, err := run(t, e, `\set`)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Rows.Release()
	if got := fmt.Sprint(answer.Rows.Columns()); got != `[["day" "n"] ["two  blanks" "1"]]` {
		t.Errorf("\\set lists %s", got)
	}
}

func TestEntriesAreThoseOfTheFrontEnd(t *testing.T) {
	var typed []string
	for _, entry := range command.Entries(command.Notebook, &command.Display{}) {
		typed = append(typed, entry.Names...)
	}
	if slices.Contains(typed, `%format`) || !slices.Contains(typed, `%queries`) || !slices.Contains(typed, "help") || !slices.Contains(typed, "%%wait") {
		t.Errorf("a notebook completes %q", typed)
	}
}

// A front end shows the table's texts with its own sigil for each backslash.
func TestEveryBackslashIsACommands(t *testing.T) {
	mentioned := regexp.MustCompile(`\\(\S?[\w]*)`)
	for _, c := range command.Table() {
		for _, found := range mentioned.FindAllStringSubmatch(c.Brief+" "+c.Help, -1) {
			if _, ok := command.Find(found[1]); !ok {
				t.Errorf(`\%s mentions %s`, c.Name, found[0])
			}
		}
	}
	answer, err := run(t, env(t, command.Notebook), "%help")
	if err != nil || strings.Contains(answer.Text, `\`) {
		t.Errorf("%s, %v", answer.Text, err)
	}
}

// Every argument is completed, or declared to be free text; and only the last one
// is the rest of a line.
func TestEveryArgumentIsDeclared(t *testing.T) {
	d := &command.Display{Formats: []string{"table", "csv"}}
	free := map[string]bool{}
	for _, entry := range command.Entries(command.Everywhere, d) {
		c, _ := command.Find(entry.Names[0])
		if (c.Arguments == "") != (len(entry.Arguments) == 0) {
			t.Errorf("%s takes %q, and completion knows of %d", entry.Names[0], c.Arguments, len(entry.Arguments))
		}
		if c.Most() != len(entry.Arguments) {
			t.Errorf("%s takes %d arguments at most, completion knows of %d", entry.Names[0], c.Most(), len(entry.Arguments))
		}
		for i, a := range entry.Arguments {
			switch {
			case a.Kind == complete.Undeclared, a.Kind == complete.Choice && len(a.Choices) == 0:
				t.Errorf("argument %d of %s is not declared", i+1, entry.Names[0])
			case a.Kind == complete.Text:
				free[c.Name] = true
			}
		}
	}
	if want := []string{"attach", "dm", "dv", "echo", "get", "history", "jar", "name", "parameters", "set", "warn", "watch"}; !slices.Equal(slices.Sorted(maps.Keys(free)), want) {
		t.Errorf("free text is taken by %q, expected of %q", slices.Sorted(maps.Keys(free)), want)
	}
}

// The command accepts every candidate for its arguments.
func TestArgumentsOffered(t *testing.T) {
	commands := command.Entries(command.Shell, &command.Display{Formats: []string{"table", "csv"}})
	for text, want := range map[string][]string{
		`\format `:     {"table", "csv"},
		`\last c`:      {"csv"},
		`\timing o`:    {"on", "off"},
		`\plot `:       {"bar", "line", "hist", "x=", "y=", "color=", "kind=", "title="},
		`\plot kind=h`: {"hist"},
		`\help unl`:    {"unload module"},
		`\help \e`:     {`\explain`, `\echo`, `\edit`},
		`\explain unl`: {"unload"},
	} {
		var got []string
		for _, c := range complete.Complete(text, len(text), complete.Names{Commands: commands}).Candidates {
			got = append(got, c.Text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	commands = command.Entries(command.Notebook, &command.Display{})
	for text, want := range map[string][]string{
		"%%":                   {"%%wait", "%%name", "%%background", "%%time", "%%sql", "%%go"},
		"%wa":                  {"%wait", "%%wait", "%warn"},
		"%%sql\nSELECT 1;\n%b": {"%%background"},
		"%help bac":            {"background"},
		"%help %%b":            {"%%background"},
		"%wait q1 rows=1 f":    {"for="},
		"%%wait f":             {"for="},
	} {
		var got []string
		names := complete.Names{Commands: commands, Queries: []complete.QueryEntry{{Name: "q1"}}}
		for _, c := range complete.Complete(text, len(text), names).Candidates {
			got = append(got, c.Text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
