package golang

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"riffle/session/sessiontest/processes"
	"riffle/udfhost/guest"
)

func TestRemove(t *testing.T) {
	s := newStore(t, guest.Options{})
	define(t, s, "cell[1]", "type P int\nfunc (p P) M() int { return 1 }\nfunc F(p P) int { return p.M() }\nvar _ P")
	if _, err := s.DraftWithout(t.Context(), "P"); err == nil || !strings.HasPrefix(err.Error(), "_ (cell[1]:4:7) would no longer compile: undefined: P") &&
		!strings.HasPrefix(err.Error(), "F (cell[1]:3:10) would no longer compile: undefined: P") {
		t.Errorf("got %v", err)
	}
	if _, err := s.DraftWithout(t.Context(), "Q"); err == nil || err.Error() != "no go declaration has the name Q" {
		t.Errorf("got %v", err)
	}
	draft, err := s.DraftWithout(t.Context(), "P", "F", "_")
	if err != nil || len(draft.Program.Functions) != 0 {
		t.Fatalf("got %+v, %v", draft, err)
	}
	if draft.Keep(); len(s.declarations) != 0 || s.Program() != draft.Program {
		t.Errorf("keeps %d declarations", len(s.declarations))
	}
}

// A discarded draft leaves nothing behind, and the next cell builds on the earlier state.
func TestDiscardedDraft(t *testing.T) {
	s := newStore(t, guest.Options{})
	define(t, s, "cell[1]", "func F(s string) string { return s + `1` }")
	before := s.Program()
	draft, err := s.Draft(t.Context(), Cell{Name: "cell[2]", Line: 1, Text: "func F(s string) string { return s + `2` }; func G() int { return 0 }"}, anyNames)
	if err != nil {
		t.Fatal(err)
	}
	if got := call(t, s, "F", "a"); s.Program() != before || got != `["a1"]` {
		t.Errorf("with a draft F(a) is %s", got)
	}
	draft.Discard()
	draft.Keep() // too late
	if !draft.process.Ended() {
		t.Error("its process goes on")
	}
	if p, _ := define(t, s, "cell[3]", "func H(s string) string { return F(s) }"); signaturesOf(p.Functions) != "F(STRING) → STRING; H(STRING) → STRING" {
		t.Errorf("the next program has %s", signaturesOf(p.Functions))
	}
	if got := call(t, s, "H", "a"); got != `["a1"]` {
		t.Errorf("H(a) is %s", got)
	}
}

// The names of functions are checked while the compiler runs: each part of this test would wait
// forever if one came after the other.
func TestNamesAreAdmittedWhileTheCompilerRuns(t *testing.T) {
	s := newStore(t, guest.Options{})
	define(t, s, "cell[1]", "func Before(n int) int { return n }")
	programs := func() int {
		all, err := filepath.Glob(filepath.Join(s.setup.builder.cache, "programs", "*"))
		if err != nil {
			t.Error(err)
		}
		return len(all)
	}
	known, asked := programs(), ""
	text := fmt.Sprintf("func Beside(n int) int { return n + %d }; func helper() {}", time.Now().UnixNano())
	draft, err := s.Draft(t.Context(), Cell{Name: "cell[2]", Line: 1, Text: text}, func(_ context.Context, functions []Function) error {
		asked = signaturesOf(functions)
		processes.Await(t, "the compiler has made a program", func() bool { return programs() > known })
		return nil
	})
	if err != nil || asked != "Beside(BIGINT) → BIGINT" {
		t.Fatalf("asked for %q: %v", asked, err)
	}
	draft.Keep()

	refused := errors.New("refused")
	text = "func Deeply(n int) int { return n }\n" + deepType
	if _, err := s.Draft(t.Context(), Cell{Name: "cell[3]", Line: 1, Text: text}, func(context.Context, []Function) error {
		return refused
	}); err != refused {
		t.Error(err)
	}
	define(t, s, "cell[5]", "func After(n int) int { return Beside(n) }")
}
