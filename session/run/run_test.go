package run_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"riffle/session"
	"riffle/session/command"
	"riffle/session/query"
	"riffle/session/run"
	"riffle/session/run/runtest"
)

// front is a front end that records its calls.
type front struct {
	said []string
	// giveUp is a text at which the user gives up, after it has run.
	giveUp  string
	session *session.Session
	begun   *query.Query // by the text that was given up
}

func (f *front) say(format string, args ...any) {
	f.said = append(f.said, fmt.Sprintf(format, args...))
}

func (f *front) Await(ctx context.Context, st session.Statement, _ func() string, do func(context.Context) error) error {
	err := do(ctx)
	if f.giveUp != "" && strings.HasSuffix(st.Text, f.giveUp) {
		if running := f.session.Queries(); len(running) > 0 {
			f.begun = running[0]
		}
		return run.ErrInterrupted
	}
	return err
}

func (f *front) Query(ctx context.Context, st session.Statement, reply session.Reply, b run.Bound) error {
	defer reply.Events.Close()
	text := reply.Query.ID()
	if st.Background {
		text += " in the background"
	}
	if !b.None() {
		text += fmt.Sprintf(" up to %d by %s", b.Rows, b.By)
	}
	f.say("%s", text)
	for {
		if _, err := reply.Events.Next(ctx); err != nil {
			return nil
		}
	}
}

func (f *front) Answer(_ context.Context, _ session.Statement, a command.Answer) error {
	if a.Action == command.Quit {
		return run.ErrQuit
	}
	switch {
	case a.Action == command.Follow:
		f.say("to follow: %s", a.Text)
	case a.Action == command.Continue && a.Text != "":
		f.say("%s", a.Text)
	}
	return nil
}

func (f *front) Done(string, time.Duration) {}
func (f *front) Note(text string)           {}
func (f *front) Warn(text string)           { f.say("warning: %s", text) }
func (f *front) Failed(err error)           { f.say("failed: %v", err) }
func (f *front) Print(text string) error    { f.say("%s", text); return nil }

// start makes a runner of scripts in a session whose folder has files.
func start(t *testing.T, files map[string]string) (*run.Runner, *front) {
	t.Helper()
	s, _ := runtest.Session(t, files)
	f := &front{session: s}
	r := &run.Runner{Session: s, Front: f, Kind: command.Script, Display: &command.Display{Format: "csv", Formats: []string{"csv"}}, Events: query.ProgressOnly}
	return r, f
}

func script(text string) session.Cell { return session.Cell{Text: text, Name: "main.sql"} }

// A statement that fails ends its text and the including ones, and the number of statements
// that did not run is known for each. Or the text continues, and failures are counted.
func TestTextsStopOrGoOn(t *testing.T) {
	files := map[string]string{
		"inner.sql":   "\\echo inner\nFROB x;\n\\echo a\n\\echo b",
		"endless.sql": "\\i endless.sql",
		"good.sql":    "\\echo good",
	}
	for _, test := range []struct {
		text string
		goOn bool
		said []string
		left []int
		fail int
		err  string
	}{
		{text: "\\i inner.sql\n\\echo c", said: []string{"inner"}, left: []int{2, 1}, err: "inner.sql:2:1: no statement starts with FROB"},
		{text: "\\i inner.sql\n\\echo c", goOn: true, said: []string{"inner", "failed: inner.sql:2:1", "a", "b", "c"}, fail: 1},
		{text: "FROB x", err: "main.sql:1:1"},
		{ // the depth of texts is right again after one that is too deep
			text: "\\i endless.sql\n\\i endless.sql\n\\i good.sql", goOn: true,
			said: []string{"failed: endless.sql:1:4", "failed: endless.sql:1:4", "good"}, fail: 2,
		},
		{text: "\\name x\nFROB y;\n\\echo c", goOn: true, said: []string{"failed: main.sql:2:1", "c"}, fail: 1}, // the name was for what failed
		{text: "\\name x\n\\echo c", said: []string{"c", "warning: the name x was not used"}},
		{text: "\\i good.sql\n\\i absent.sql\n\\i good.sql", goOn: true, said: []string{"good", "failed: main.sql:2:4: absent.sql: no such file", "good"}, fail: 1},
	} {
		r, f := start(t, files)
		r.Continue = test.goOn
		err := r.Script(t.Context(), script(test.text))
		if err == nil {
			r.End()
		}
		if test.err == "" != (err == nil) || err != nil && !strings.HasPrefix(err.Error(), test.err) {
			t.Errorf("%q ends with %v, want %s", test.text, err, test.err)
		}
		if left := run.NotRun(err); !reflect.DeepEqual(left, test.left) {
			t.Errorf("%q leaves %v, want %v", test.text, left, test.left)
		}
		if !slices.EqualFunc(f.said, test.said, strings.HasPrefix) || r.Failed() != test.fail {
			t.Errorf("%q says %q and %d failed, want %q and %d", test.text, f.said, r.Failed(), test.said, test.fail)
		}
		if (r.Display.Failure != nil) != (test.err != "" || test.fail > 0) {
			t.Errorf("%q: the last failure is %v", test.text, r.Display.Failure)
		}
	}
}

// A cell ends at the first statement that fails, also in a file that it includes, whether or
// not later cells run.
func TestCellsEndAtAFailure(t *testing.T) {
	files := map[string]string{"inner.sql": "FROB x;\n\\echo inner"}
	for _, may := range []bool{false, true} {
		r, f := start(t, files)
		r.Continue = true
		cells := []session.Cell{
			{Name: "a[1]", Text: "%echo one\n%i inner.sql\n%echo two", Notebook: true, MayFail: may},
			{Name: "a[2]", Text: "%%go\nSELECT 1", Notebook: true, MayFail: may},
			{Name: "a[3]", Text: "%echo three", Notebook: true},
		}
		for _, cell := range cells {
			if err := r.Script(t.Context(), cell); err != nil {
				t.Error(err)
			}
		}
		want := []string{"one", "failed: inner.sql:1:1", "failed: a[2]:2:1", "three"}
		if counted := map[bool]int{false: 2, true: 0}[may]; !slices.EqualFunc(f.said, want, strings.HasPrefix) || r.Failed() != counted {
			t.Errorf("says %q and %d failed, want %q and %d", f.said, r.Failed(), want, counted)
		}
	}
}

// Quitting and interrupting end all texts, even those that continue after failures.
func TestLeavingEndsAllTexts(t *testing.T) {
	r, f := start(t, map[string]string{"quit.sql": "quit\n\\echo a", "select.sql": "SELECT id FROM endless;\n\\echo a"})
	r.Continue = true
	if err := r.Script(t.Context(), script("\\i quit.sql\n\\echo b")); !errors.Is(err, run.ErrQuit) || len(f.said) > 0 {
		t.Errorf("ends with %v and says %q", err, f.said)
	}
	f.giveUp = "FROM endless"
	err := r.Script(t.Context(), script("\\i select.sql\n\\echo b"))
	if !errors.Is(err, run.ErrInterrupted) || !slices.Equal(run.NotRun(err), []int{1, 1}) || len(f.said) > 0 || r.Failed() > 0 || r.Display.Failure != nil {
		t.Errorf("ends with %v, leaves %v and says %q", err, run.NotRun(err), f.said)
	}
	select {
	case <-f.begun.Done():
	case <-time.After(time.Minute):
		t.Errorf("%s, which had begun, goes on", f.begun.ID())
	}
}

// hearing is a front that records what was done.
type hearing struct{ *front }

func (h hearing) Done(message string, _ time.Duration) { h.say("%s", message) }

// A user who interrupts a statement or a command at the very moment at which it completes is
// told its result, besides that the text has ended.
func TestWhatIsDoneIsSaid(t *testing.T) {
	for text, want := range map[string]string{"CREATE TABLE given_up (x INT)": "OK", "\\format csv": "format is csv"} {
		r, f := start(t, nil)
		r.Front, f.giveUp = hearing{f}, text
		if err := r.Script(t.Context(), script(text)); !errors.Is(err, run.ErrInterrupted) || !slices.Equal(f.said, []string{want}) {
			t.Errorf("%q ends with %v and says %q, want %q", text, err, f.said, want)
		}
	}
}

// Magics apply to what a text includes, and those of an included text do not apply after it.
func TestMagicsKeepToTheirText(t *testing.T) {
	const pick = "SELECT id FROM stream;\n"
	files := map[string]string{
		"plain.sql": pick, "bound.sql": "%%wait rows=3\n" + pick,
		"two.sql": pick + "\n" + pick,
	}
	for text, want := range map[string][]string{
		"\\i bound.sql\n" + pick:                                   {"q1 up to 3 by %%wait", "q2"},
		"%%wait rows=7\n\\i plain.sql\n\\i bound.sql\n" + pick:     {"q1 up to 7 by %%wait", "q2 up to 3 by %%wait", "q3 up to 7 by %%wait"},
		"%%background\n\\i two.sql\n\n" + pick:                     {"q1 in the background", "q2 in the background", "q3"},
		"%%background\n" + pick + pick + "\n" + pick:               {"q1 in the background", "q2 in the background", "q3"},
		"SET 'riffle.notebook.wait' = 'rows=5';\n" + pick:          {"q1 up to 5 by riffle.notebook.wait"},
		"%%wait rows=7\n" + pick + "\n" + pick + "%%time\n" + pick: {"q1 up to 7 by %%wait", "q2 up to 7 by %%wait", "q3"},
	} {
		r, f := start(t, files)
		if err := r.Script(t.Context(), script(text)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if !slices.Equal(f.said, want) {
			t.Errorf("%q says %q, want %q", text, f.said, want)
		}
	}
	r, f := start(t, files)
	cell := session.Cell{Name: "cell[1]", Text: "%%background\n%i two.sql\n" + pick}
	if err := r.Cell(t.Context(), cell); err != nil || len(f.said) != 3 || strings.Count(strings.Join(f.said, ""), "in the background") != 3 {
		t.Errorf("a cell says %q: %v", f.said, err)
	}
	if err := r.Typed(t.Context(), session.Cell{Name: "cell[2]", Text: "%%wait rows=3"}); err == nil {
		t.Error("what is typed at a prompt has magics")
	}
}

// The answer to \attach mentions commands as they are typed. A job that is followed already is not followed twice.
func TestAttach(t *testing.T) {
	s, _ := runtest.SessionOn(t, "http://flink:8081", nil)
	f := &front{session: s}
	r := &run.Runner{Session: s, Front: f, Kind: command.Script, Display: &command.Display{}, Events: query.ProgressOnly}
	const job = "\\attach 4f1c0a3de5b14f6c8f0e2d7c9b6a5e31\n"
	if err := r.Script(t.Context(), script(job+job)); err != nil {
		t.Fatal(err)
	}
	const text = "\nrunning\nq1 follows the job: \\queries shows its progress, \\stop q1 stops it with a savepoint"
	if want := []string{"to follow: " + text, text}; !slices.Equal(f.said, want) {
		t.Errorf("%q instead of %q", f.said, want)
	}
}
