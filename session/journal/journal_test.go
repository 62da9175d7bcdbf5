package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"riffle/session/gateway"
)

// recorder is a gateway that records its calls, and fails as specified.
type recorder struct {
	calls []string
	fails map[string]error
}

func (r *recorder) called(call string) error {
	r.calls = append(r.calls, call)
	return r.fails[call]
}

func (r *recorder) Configure(_ context.Context, options map[string]string) error {
	return r.called(fmt.Sprint("configure ", options))
}

func (r *recorder) Register(_ context.Context, functions []gateway.Function) error {
	return r.called("register " + strings.Join(names(functions), " "))
}

func (r *recorder) Execute(_ context.Context, sql, name string) (gateway.Answer, error) {
	return gateway.Answer{}, r.called(name + " " + sql)
}

func names(functions []gateway.Function) (list []string) {
	for _, f := range functions {
		list = append(list, f.Name)
	}
	return list
}

func functions(names ...string) (list []gateway.Function) {
	for _, name := range names {
		list = append(list, gateway.Function{Name: name})
	}
	return list
}

func restored(t *testing.T, j *Journal, s State) []string {
	t.Helper()
	g := &recorder{}
	if err := j.Restore(t.Context(), g, s, func(notice string) { t.Error(notice) }); err != nil {
		t.Fatal(err)
	}
	return g.calls
}

func TestRestoreInOrder(t *testing.T) {
	var j Journal
	if got := restored(t, &j, State{}); got != nil || j.Restored(State{}) != "Flink is back" {
		t.Errorf("an empty session: %q, %s", got, j.Restored(State{}))
	}
	j.Add(Entry{SQL: "CREATE TEMPORARY TABLE a (n INT)"})
	j.Declare([]string{"F", "G"})
	j.Add(Entry{SQL: "CREATE VIEW b AS SELECT F(n) FROM a"})
	s := State{Settings: map[string]string{"k": "v"}, Functions: functions("F", "G")}
	want := []string{"configure map[k:v]", "register F G", "restored1 CREATE TEMPORARY TABLE a (n INT)", "restored2 CREATE VIEW b AS SELECT F(n) FROM a"}
	if got := restored(t, &j, s); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := j.Restored(s); got != "Flink is back, with the session's 1 setting, 2 functions, 2 statements" {
		t.Error(got)
	}
}

// A Go function comes after the statements about another function of its name, and a
// declaration that changes it does not move it.
func TestFunctionBehindStatementsAboutItsName(t *testing.T) {
	var j Journal
	j.Declare([]string{"F"})
	j.Add(Entry{SQL: "make g", Function: "g"})
	j.Declare([]string{"F", "G"})
	j.Add(Entry{SQL: "make h", Function: "H"})
	j.Add(Entry{SQL: "drop h", Function: "h"})
	j.Declare([]string{"F", "G", "H"})
	j.Add(Entry{SQL: "use all"})
	j.Declare([]string{"F", "G", "H"})
	s := State{Functions: functions("F", "G", "H")}
	want := []string{"register F", "restored1 make g", "register F G", "restored2 make h", "restored3 drop h", "register F G H", "restored4 use all"}
	if got := restored(t, &j, s); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}

	// G was dropped and comes back: it is another declaration.
	j.Declare([]string{"F", "H"})
	j.Declare([]string{"F", "H", "G"})
	want = []string{"register F", "restored1 make g", "restored2 make h", "restored3 drop h", "register F H", "restored4 use all", "register F G H"}
	if got := restored(t, &j, s); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A step that a gateway rejects is named with its position, and the rest is restored.
func TestRefusedStepIsNamed(t *testing.T) {
	var j Journal
	j.Add(Entry{SQL: "CREATE VIEW a AS\nSELECT 1", Position: "cell[3]:2:1"})
	j.Add(Entry{SQL: "USE b", Position: "cell[4]:1:1"})
	g := &recorder{fails: map[string]error{
		"configure map[k:v]": errors.New("no such key"), "register F": errors.New("no"), "restored1 CREATE VIEW a AS\nSELECT 1": errors.New("not there"),
	}}
	var said []string
	err := j.Restore(t.Context(), g, State{Settings: map[string]string{"k": "v"}, Functions: functions("F")}, func(notice string) { said = append(said, notice) })
	want := []string{
		"not restored: the settings: no such key", "not restored: the Go functions: no",
		"not restored: cell[3]:2:1: CREATE VIEW a AS …: not there",
	}
	if err != nil || !slices.Equal(said, want) || g.calls[len(g.calls)-1] != "restored2 USE b" {
		t.Errorf("%v, %q after %q", err, said, g.calls)
	}
}

// A gateway that is lost while it is brought to the session's state gets no further calls, and
// its failure is not reported; the same holds if the session ends.
func TestLostAgain(t *testing.T) {
	var j Journal
	j.Add(Entry{SQL: "USE a"})
	j.Add(Entry{SQL: "USE b"})
	ended, end := context.WithCancel(t.Context())
	end()
	for name, test := range map[string]struct {
		ctx context.Context
		err error
	}{
		"lost":  {t.Context(), fmt.Errorf("execute: %w", &gateway.LostError{})},
		"ended": {ended, errors.New("closed")},
	} {
		g := &recorder{fails: map[string]error{"restored1 USE a": test.err}}
		err := j.Restore(test.ctx, g, State{}, func(notice string) { t.Errorf("%s: %s", name, notice) })
		if !errors.Is(err, test.err) || len(g.calls) != 1 {
			t.Errorf("%s: %v after %q", name, err, g.calls)
		}
	}
}
