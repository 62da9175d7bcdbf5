package repl_test

import (
	"os"
	"strings"
	"testing"

	"riffle/repl"
	"riffle/session"
	"riffle/session/run/runtest"
)

// A text has the same effect wherever it runs. Package kernel tests the same for a notebook's
// cell.
func TestTextsDoTheSameEverywhere(t *testing.T) {
	options := repl.Options{Format: "table"}
	for name, way := range map[string]func(*testing.T, *session.Session, *repl.Console) error{
		"script": func(t *testing.T, s *session.Session, c *repl.Console) error {
			cells, err := session.ReadCells(runtest.Main)
			if err != nil {
				t.Fatal(err)
			}
			return repl.NewScript(c, s, options, nil).Run(t.Context(), cells[0])
		},
		"pipe": func(t *testing.T, s *session.Session, c *repl.Console) error {
			text, err := os.Open(runtest.Main)
			if err != nil {
				t.Fatal(err)
			}
			defer text.Close()
			return repl.NewScript(c, s, options, nil).RunStream(t.Context(), text, runtest.Main)
		},
		"prompt": func(t *testing.T, s *session.Session, c *repl.Console) error {
			return repl.NewShell(c, s, options, nil).Run(t.Context(), nil)
		},
		"before the prompt": func(t *testing.T, s *session.Session, c *repl.Console) error {
			cells, err := session.ReadCells(runtest.Main)
			if err != nil {
				t.Fatal(err)
			}
			return repl.NewShell(c, s, options, nil).Run(t.Context(), cells)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("XDG_STATE_HOME", t.TempDir())
			runtest.Run(t, runtest.Without{}, func(t *testing.T, s *session.Session) string {
				typed := "\\echo behind it\n"
				if name == "prompt" {
					typed = `\i ` + runtest.Main + "\n"
				}
				return printed(t, typed, func(c *repl.Console) error { return way(t, s, c) })
			})
		})
	}
}

// The cells before the scripts print nothing and end at the first failure, and the format that
// they choose stays in effect.
func TestWhatComesBeforeScripts(t *testing.T) {
	s, _ := runtest.Session(t, map[string]string{"inner.sql": "\\format csv"})
	before := []session.Cell{{Name: "-i", Text: "\\i inner.sql\n\\set n 1"}}
	text := printed(t, "", func(c *repl.Console) error {
		script := repl.NewScript(c, s, repl.Options{Format: "table", Continue: true}, nil)
		if err := script.Prepare(t.Context(), before); err != nil || script.Format() != "csv" {
			t.Errorf("format %s: %v", script.Format(), err)
		}
		if err := script.Prepare(t.Context(), []session.Cell{{Name: "-i", Text: "FROB x"}}); err == nil || script.Failed() > 0 {
			t.Errorf("a failure before the scripts is %v, and %d have failed", err, script.Failed())
		}
		return script.Run(t.Context(), session.Cell{Name: "script", Text: "SELECT id FROM t;\n\\format\nFROB x;\n\\echo =1"})
	})
	if want := "id\n1\n2\nformat is csv; the formats are "; !strings.HasPrefix(text, want) || !strings.HasSuffix(text, "=1\n") {
		t.Errorf("printed %q, want %q and more", text, want)
	}
}

// printed returns what is printed on a console of files, followed by the error.
func printed(t *testing.T, typed string, do func(*repl.Console) error) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) *os.File {
		f, err := os.Create(dir + "/" + name)
		if err == nil {
			_, err = f.WriteString(text)
		}
		if err == nil {
			_, err = f.Seek(0, 0)
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	out := write("out", "")
	if err := do(repl.NewConsole(write("in", typed), out, out)); err != nil {
		repl.Report(out, err)
	}
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "riffle> ", "")
}
