package command_test

import (
	"testing"
	"time"

	"riffle/session"
	"riffle/session/command"
	"riffle/session/query"
	"riffle/session/sqltext"
)

func TestBegin(t *testing.T) {
	for text, want := range map[string]struct {
		mode command.Mode
		left int
	}{
		"SELECT 1; SELECT 2":                                      {left: 2},
		"%%sql\nSELECT 1;\nSELECT 2;":                             {command.Mode{Only: sqltext.SQL, HasMagics: true}, 2},
		"\n-- why\n%%go\n\nfunc F() int { return 1 }\ntype T int": {command.Mode{Only: sqltext.Go, HasMagics: true}, 1},
		"%%background\n%%time\n%echo x\nSELECT 1":                 {command.Mode{Background: true, Timed: true, HasMagics: true}, 2},
		"%%wait rows=100 for=10s\nSELECT 1":                       {command.Mode{Wait: query.Wait{Rows: 100, For: 10 * time.Second}, Bounded: true, HasMagics: true}, 1},
		"%%WAIT else=fail for=1m then=background rows=5;\n%%sql": {command.Mode{
			Only: sqltext.SQL, Bounded: true, HasMagics: true,
			Wait: query.Wait{Rows: 5, For: time.Minute, Then: query.LeaveIt, FailIfShort: true},
		}, 0},
		"%wait q1 rows=100\nSELECT 1": {left: 2}, // a command
		"%%queries\nSELECT 1":         {left: 2},
	} {
		mode, left, err := command.Begin(command.Notebook, session.Cell{Text: text}.Statements())
		if err != nil || len(left) != want.left || mode.Said() != want.mode.Said() {
			t.Errorf("%q: %+v, %d statements, %v", text, mode, len(left), err)
		}
	}
}

func TestBeginRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"%%sql\nfunc F() int { return 1 }":          "c:2:1: func does not start a SQL statement, which this cell is marked as\n  func F() int { return 1 }\n  ^^^^\nremove the %%sql line: a cell can contain SQL, Go and commands",
		"%%go\nfunc F() int { return 1 }\nSELECT 1": "c:3:1: SELECT does not start a Go declaration, which this cell is marked as\n  SELECT 1\n  ^^^^^^\nremove the %%go line: a cell can contain SQL, Go and commands",
		"%%go\nx := 1":                 "c:2:1: no statement starts with x\n  x := 1\n  ^\nGo statements go inside a func; var x = 5 declares a variable",
		"%%go\nfmt.Println(\"hi\")":    "c:2:1: no statement starts with fmt.Println(\"hi\")\n  fmt.Println(\"hi\")\n  ^^^^^^^^^^^^^^^^^\nGo statements go inside a func; var x = 5 declares a variable",
		"%%sql\n!ls":                   "c:2:1: riffle has no !ls\n  !ls\n  ^^^\nriffle does not run programs: use a terminal, or a notebook with another kernel",
		"%%sql\n?":                     "c:2:1: no statement starts with ?\n  ?\n  ^\n%help lists the commands; NAME? shows help for a name",
		"SELECT 1;\n%%wait rows=5":     "c:2:1: %%wait works only in the first lines of a cell\n  %%wait rows=5\n  ^^^^^^\nmove it above the first statement",
		"%echo x\n%%go":                "c:2:1: %%go works only in the first lines of a cell\n  %%go\n  ^^^^\nmove it above the first statement",
		"%%sql\nSELECT 1;\n%%sql":      "c:3:1: %%sql works only in the first lines of a cell\n  %%sql\n  ^^^^^\nmove it above the first statement",
		"%%sql\n%%go\n":                "c:2:1: a cell cannot be marked as SQL and as Go\n  %%go\n  ^^^^\nremove one of the two lines",
		"%%sql SELECT 1":               "c:1:7: %%sql takes no argument\n  %%sql SELECT 1\n        ^^^^^^^^\nwrite the statements in the lines below it",
		"%%background\n%%wait for=1s":  "c:2:1: %%wait cannot be combined with %%background\n  %%wait for=1s\n  ^^^^^^\n%%wait … then=background waits and then leaves the query running",
		"%%wait":                       "c:1:1: %%wait needs a limit\n  %%wait\n  ^^^^^^\nfor example %%wait rows=100 for=10s",
		"%%wait rows=0":                "c:1:8: rows= takes a positive number: rows=100\n  %%wait rows=0\n         ^^^^^^",
		"%%wait  for=1s rows=1 for=2s": "c:1:23: for= is given twice\n  %%wait  for=1s rows=1 for=2s\n                        ^^^^^^",
		"%%wait for=1s else=fail":      "c:1:8: else=fail needs a number of rows: add rows=N\n  %%wait for=1s else=fail\n         ^^^^^^^^^^^^^^^^",
		"%%wait for=1s than=cancel":    "c:1:15: there is no option than: did you mean then=?\n  %%wait for=1s than=cancel\n                ^^^^^^^^^^^",
		"%%wait for=1s then=stop":      "c:1:15: then= takes cancel or background\n  %%wait for=1s then=stop\n                ^^^^^^^^^",
		"%%wait 10s":                   "c:1:8: there is no option 10s: the options are rows=N, for=TIME, then=background and else=fail\n  %%wait 10s\n         ^^^",
	} {
		_, _, err := command.Begin(command.Notebook, session.Cell{Text: text, Name: "c", Sigil: "%"}.Statements())
		if explained(err) != want {
			t.Errorf("%q\ngot  %q\nwant %q", text, explained(err), want)
		}
	}
}

// What is typed out of habit is answered with what riffle has. What riffle itself has is not a
// habit.
func TestHabits(t *testing.T) {
	for text, want := range map[string]string{
		"!ls -l\nSELECT 1": "c:1:1: riffle has no !ls -l\n  !ls -l\n  ^^^^^^\nriffle does not run programs: use a terminal, or a notebook with another kernel",
		"%%bash\nls":       "c:1:1: riffle has no %%bash\n  %%bash\n  ^^^^^^\nriffle does not run programs: use a terminal, or a notebook with another kernel",
		"SELECT 1":         "",
		`\cd x`:            "",
	} {
		if err := command.ForeignCommand(session.Cell{Text: text, Name: "c"}.Statements()[0]); explained(err) != want {
			t.Errorf("%q: %q", text, explained(err))
		}
	}
	for _, c := range command.Table() {
		for _, name := range append(c.Aliases, c.Name) {
			if c.FrontEnds&command.Notebook == 0 {
				continue
			}
			if err := command.ForeignCommand(session.Cell{Text: "%" + name}.Statements()[0]); err != nil {
				t.Errorf("%%%s: %v", name, err)
			}
		}
	}
}

// A line that starts no statement is answered with what was probably meant.
func TestStrayLines(t *testing.T) {
	for _, test := range []struct {
		text, want string
		front      command.FrontEnd
	}{
		{".tables\nSELECT 1;", "c:1:1: no statement starts with .tables\n  .tables\n  ^^^^^^^\n\\dt lists tables and views", command.Shell},
		{"!ls -l", "c:1:1: no statement starts with !ls\n  !ls -l\n  ^^^\nriffle does not run programs: use another terminal", command.Shell},
		{"?", "c:1:1: no statement starts with ?\n  ?\n  ^\n\\help lists the commands", command.Script},
		{":q", "c:1:1: no statement starts with :q\n  :q\n  ^^\ntype quit or press Ctrl-D", command.Shell},
		{"q", "c:1:1: no statement starts with q\n  q\n  ^\ntype quit or press Ctrl-D; \\q lists the running queries", command.Shell},
		{"dt orders", "c:1:1: no statement starts with dt\n  dt orders\n  ^^\ncommands start with \\: \\dt", command.Shell},
		{".nope", "c:1:1: no statement starts with .nope\n  .nope\n  ^^^^^\ncommands start with \\: \\help lists them", command.Shell},
		{"dt", "c:1:1: no statement starts with dt\n  dt\n  ^^\ncommands start with %: %dt", command.Notebook},
		{"?", "c:1:1: no statement starts with ?\n  ?\n  ^\n%help lists the commands; NAME? shows help for a name", command.Notebook},
		{".tables", "c:1:1: no statement starts with .tables\n  .tables\n  ^^^^^^^\n%dt lists tables and views", command.Notebook},
		{"pip install x", "c:1:1: no statement starts with pip\n  pip install x\n  ^^^\n%jar GROUP:ARTIFACT:VERSION adds a connector from Maven", command.Notebook},
		{".mode csv", "c:1:1: no statement starts with .mode\n  .mode csv\n  ^^^^^\ncommands start with %: %help lists them", command.Notebook},
		{"go f()", "", command.Notebook},
		{"go f()", "", command.Shell},
		{"SELCT 1", "", command.Shell},
		{"x := 5", "", command.Shell},
		{"SELECT 1", "", command.Shell},
	} {
		cell := session.Cell{Text: test.text, Name: "c"}
		if test.front == command.Notebook {
			cell.Sigil = "%"
		}
		if err := command.Stray(test.front, cell.Statements()[0]); explained(err) != test.want {
			t.Errorf("%q\ngot  %q\nwant %q", test.text, explained(err), test.want)
		}
	}
}
